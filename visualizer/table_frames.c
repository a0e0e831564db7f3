/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/table_frames.c - the machine frames in a graph of page tables: one node with a row for each run of frames
 * that some range leads to. Ranges that share their frames end in the same row.
 */
#include "visualizer/table_parts.h"

#include <inttypes.h>
#include <stdlib.h>

/* FRAME_ROWS: there is no room. */
static size_t row_of(struct frames *frames, const struct page_range *range)
{
	bool guests = range->view.mapped && range->view.has_frame;
	uint64_t mfn = guests ? range->view.mfn : range->view.held_mfn;

	for (size_t i = 0; i < frames->rows; i++)
		if (frames->row[i].mfn == mfn && frames->row[i].pages == range->pages)
			return i;
	frames->full = frames->rows == FRAME_ROWS;
	if (frames->full)
		return FRAME_ROWS;
	frames->row[frames->rows].mfn = mfn;
	frames->row[frames->rows].gfn = range->view.gfn;
	frames->row[frames->rows].pages = range->pages;
	frames->row[frames->rows].guests = guests;
	return frames->rows++;
}

void frames_edge(struct frames *frames, const struct page_range *range, const char *from)
{
	struct dot dot = {.out = frames->edges, .depth = 1};
	bool reached = range->view.held || !frames->map->compared || !page_range_uniform(range);
	char to[TABLE_NAME];
	size_t row;

	if (!range->view.has_frame && !range->view.held)
		return;
	row = row_of(frames, range);
	if (row == FRAME_ROWS)
		return;
	snprintf(to, sizeof(to), "frames:f%zu:w", row);
	dot_edge(&dot, from, to, NULL, "style=%s, arrowhead=%s, color=\"%s\"", reached ? "solid" : "dashed",
	         reached ? "normal" : "empty", dot_color(reached ? DOT_BLUE : DOT_GREY));
}

static void run_text(char *text, const char *kind, uint64_t first, uint32_t pages)
{
	if (pages > 1)
		snprintf(text, TABLE_CELL, "%s %05" PRIx64 "-%05" PRIx64, kind, first, first + pages - 1);
	else
		snprintf(text, TABLE_CELL, "%s %05" PRIx64, kind, first);
}

static void draw_row(const struct frames *frames, struct dot *dot, size_t row)
{
	char port[TABLE_NAME], text[TABLE_CELL];
	struct dot_cell cell = {.port = port}, plain = {0};
	uint32_t pages = frames->row[row].pages;

	snprintf(port, sizeof(port), "f%zu", row);
	dot_open_row(dot);
	run_text(text, "mfn", frames->row[row].mfn, pages);
	dot_cell(dot, &cell, text);
	run_text(text, "gfn", frames->row[row].gfn, pages);
	dot_cell(dot, &plain, frames->row[row].guests ? text : "the VMM's");
	snprintf(text, sizeof(text), "%" PRIu32 " x 4 KiB", pages);
	dot_cell(dot, &plain, text);
	dot_close_row(dot);
}

/* The next row in the order of frames, longer runs first; FRAME_ROWS: that was all. */
static size_t next_row(const struct frames *frames, const bool *drawn)
{
	size_t best = FRAME_ROWS;

	for (size_t i = 0; i < frames->rows; i++)
		if (!drawn[i] && (best == FRAME_ROWS || frames->row[i].mfn < frames->row[best].mfn ||
		                  (frames->row[i].mfn == frames->row[best].mfn && frames->row[i].pages > frames->row[best].pages)))
			best = i;
	return best;
}

void frames_draw(const struct frames *frames, struct dot *dot)
{
	bool drawn[FRAME_ROWS] = {false};
	char fill[DOT_COLOR_TEXT];
	struct dot_cell head = {.strong = true, .columns = 3, .fill = dot_tint(DOT_GREY, 30, fill)};
	size_t row;

	dot_open_table(dot, "frames");
	dot_open_row(dot);
	dot_cell(dot, &head, "machine frames");
	dot_close_row(dot);
	head.strong = false;
	if (frames->full) {
		dot_open_row(dot);
		dot_cell(dot, &head, "left out: more frames than these");
		dot_close_row(dot);
	}
	while ((row = next_row(frames, drawn)) != FRAME_ROWS) {
		drawn[row] = true;
		draw_row(frames, dot, row);
	}
	dot_close_table(dot);
}
