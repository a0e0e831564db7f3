/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/table_rows.c - one page table in a graph: a row for each range of alike entries, the guest's beside the
 * hardware's. When there are too many, ranges that differ on the hardware's side only become one row, which counts; the
 * room that is left then shows parts of it. What has no room even so is counted in the last row.
 */
#include "visualizer/table_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ROWS = 8 };

struct drawing {
	const struct page_map *map;
	struct frames *frames;
	uint32_t pages_left_out;
};

bool part_is_table(const struct page_map *map, const struct part *part)
{
	return map->range[part->first].view.level == 1;
}

/* ---- cells ---- */

static bool direct(const struct page_map *map)
{
	return map->vm->paging == PAGING_DIRECT;
}

static void guest_text(const struct page_map *map, const struct page_range *range, char *text)
{
	const struct page_view *view = &range->view;
	const char *kind = direct(map) ? "mfn" : "gfn";
	uint64_t frame = direct(map) ? view->mfn : view->gfn;
	char rights[PAGE_RIGHTS_TEXT];

	if (!view->mapped)
		snprintf(text, TABLE_CELL, "not mapped");
	else if (range->pages == 1)
		snprintf(text, TABLE_CELL, "%s %05" PRIx64 "  %s", kind, frame, page_rights(view->rights, rights));
	else
		snprintf(text, TABLE_CELL, "%s %05" PRIx64 "-%05" PRIx64 "  %s", kind, frame, frame + range->pages - 1,
		         page_rights(view->rights, rights));
}

static void held_text(const struct page_range *range, char *text)
{
	const struct page_view *view = &range->view;
	char rights[PAGE_RIGHTS_TEXT];

	page_rights(view->hardware_rights, rights);
	if (range->pages == 1)
		snprintf(text, TABLE_CELL, "mfn %05" PRIx64 "  %s", view->held_mfn, rights);
	else
		snprintf(text, TABLE_CELL, "mfn %05" PRIx64 "-%05" PRIx64 "  %s", view->held_mfn, view->held_mfn + range->pages - 1,
		         rights);
}

/* "10 as the guest's, 3 traced, 2 missing". */
static void mixed_text(const struct page_range *range, char *text)
{
	size_t used = 0;
	unsigned items = 0;

	text[0] = '\0';
	for (unsigned state = 0; state < PAGE_STATES && used < TABLE_CELL; state++) {
		if (!range->in_state[state])
			continue;
		used += (size_t)snprintf(text + used, TABLE_CELL - used, "%s%" PRIu32 " %s", !items ? "" : items % 2 ? ", " : ",\n",
		                         range->in_state[state], page_state_name((enum page_state)state));
		items++;
	}
}

static void hardware_text(const struct page_range *range, char *text)
{
	enum page_state state = (enum page_state)range->view.state;
	size_t used;

	if (!page_range_uniform(range)) {
		mixed_text(range, text);
		return;
	}
	text[0] = '\0';
	if (range->view.held)
		held_text(range, text);
	used = strlen(text);
	if (state != PAGE_SAME)
		snprintf(text + used, TABLE_CELL - used, "%s%s", used ? "  " : "", page_state_name(state));
}

const char *range_fill(const struct page_range *range, char fill[DOT_COLOR_TEXT])
{
	static const enum dot_color colors[PAGE_STATES] = {
		[PAGE_SAME] = DOT_GREEN, [PAGE_MISSING] = DOT_WHITE, [PAGE_TRACED] = DOT_ORANGE, [PAGE_CLEAN] = DOT_YELLOW,
		[PAGE_HELD] = DOT_PURPLE, [PAGE_MORE] = DOT_SKY, [PAGE_STALE] = DOT_VERMILLION, [PAGE_NO_FRAME] = DOT_GREY,
		[PAGE_VMM] = DOT_GREY,
	};

	if (!page_range_uniform(range))
		return dot_color(DOT_WHITE);
	return dot_tint(colors[range->view.state], range->view.state == PAGE_SAME ? 20 : 45, fill);
}

/* ---- rows ---- */

/* `table` NULL: the row is a part of another, which has the way to the frames. */
static void draw_row(struct drawing *drawing, struct dot *dot, const char *table, const struct page_range *range)
{
	char port[TABLE_NAME], from[3 * TABLE_NAME], text[TABLE_CELL], fill[DOT_COLOR_TEXT];
	struct dot_cell plain = {0}, hardware = {.port = table ? port : NULL};
	const char *of = table ? "" : "of it ";

	snprintf(port, sizeof(port), "p%05" PRIx32, range->page);
	snprintf(from, sizeof(from), "%s:%s:e", table ? table : "", port);
	dot_open_row(dot);
	if (range->pages == 1)
		snprintf(text, sizeof(text), "%s%08" PRIx32, of, range->page << PAGE_SHIFT);
	else
		snprintf(text, sizeof(text), "%s%08" PRIx32 "-%08" PRIx32, of, range->page << PAGE_SHIFT,
		         ((range->page + range->pages) << PAGE_SHIFT) - 1);
	dot_cell(dot, &plain, text);
	guest_text(drawing->map, range, text);
	if (!drawing->map->compared) {
		hardware.fill = range_fill(range, fill);
		dot_cell(dot, &hardware, text);
	} else {
		dot_cell(dot, &plain, text);
		hardware_text(range, text);
		hardware.fill = range_fill(range, fill);
		dot_cell(dot, &hardware, text);
	}
	dot_close_row(dot);
	if (table)
		frames_edge(drawing->frames, range, from);
}

/* The row that says what the table had no room for. */
static void draw_rest(struct drawing *drawing, struct dot *dot, size_t rows, uint32_t pages)
{
	struct dot_cell cell = {.columns = drawing->map->compared ? 3 : 2};
	char text[TABLE_CELL];

	snprintf(text, sizeof(text), "left out: %zu more ranges, %" PRIu32 " pages", rows, pages);
	dot_open_row(dot);
	dot_cell(dot, &cell, text);
	dot_close_row(dot);
	drawing->pages_left_out += pages;
}

/* Ranges as they are when there is room for them, else joined where the guest's side goes on. */
static size_t joined_ranges(const struct drawing *drawing, const struct part *part, struct page_range *joined)
{
	const struct page_range *range = &drawing->map->range[part->first];
	bool join = part->ranges > TABLE_ROWS;
	size_t count = 0;

	for (size_t i = 0; i < part->ranges; i++) {
		if (join && count && page_range_continues(&joined[count - 1], &range[i]))
			page_range_join(&joined[count - 1], &range[i]);
		else
			joined[count++] = range[i];
	}
	return count;
}

/* Where a joined row is mixed, the room that is left shows parts of it: those that differ most first. */
static void draw_samples(struct drawing *drawing, struct dot *dot, const struct part *part, size_t room)
{
	static const enum page_state order[] = {PAGE_STALE, PAGE_TRACED, PAGE_HELD, PAGE_MORE, PAGE_NO_FRAME, PAGE_CLEAN,
	                                        PAGE_SAME};
	enum { ORDER = sizeof(order) / sizeof(order[0]), EACH = 3 };

	for (unsigned i = 0; i < ORDER; i++) {
		unsigned shown = 0;

		for (size_t k = 0; k < part->ranges && room && shown < EACH; k++) {
			const struct page_range *range = &drawing->map->range[part->first + k];

			if (range->view.state != order[i])
				continue;
			draw_row(drawing, dot, NULL, range);
			shown++;
			room--;
		}
	}
}

static void draw_rows(struct drawing *drawing, struct dot *dot, const char *table, const struct part *part)
{
	struct page_range *joined = calloc(part->ranges, sizeof(*joined));
	size_t count, most;
	uint32_t pages = 0;

	if (!joined)
		return;
	count = joined_ranges(drawing, part, joined);
	most = count > TABLE_ROWS ? TABLE_ROWS - 1 : count;
	for (size_t i = 0; i < count; i++) {
		if (i < most)
			draw_row(drawing, dot, table, &joined[i]);
		else
			pages += joined[i].pages;
	}
	if (count > most)
		draw_rest(drawing, dot, count - most, pages);
	else if (count < part->ranges)
		draw_samples(drawing, dot, part, TABLE_ROWS - count);
	free(joined);
}

/* Of the shadow tables beside a guest's one: a guest table of 1024 entries has two of 512. */
static void hardware_tables(const struct drawing *drawing, const struct part *part, char *text)
{
	uint64_t seen[2];
	unsigned count = 0;

	snprintf(text, TABLE_CELL, "%s", drawing->map->vm->paging == PAGING_NESTED ? "nested: gpa to ma" : "shadow");
	for (size_t i = part->first; i < part->first + part->ranges && count < 2; i++) {
		uint64_t table = drawing->map->range[i].view.hardware_table;

		if (table && (count == 0 || seen[0] != table))
			seen[count++] = table;
	}
	for (unsigned i = 0; i < count; i++)
		snprintf(text + strlen(text), TABLE_CELL - strlen(text), "%s %08" PRIx64, i ? "," : " ma", seen[i]);
}

static void draw_head(const struct drawing *drawing, struct dot *dot, const struct part *part)
{
	const struct page_view *view = &drawing->map->range[part->first].view;
	char text[TABLE_CELL], fill[DOT_COLOR_TEXT];
	struct dot_cell first = {.strong = true, .fill = dot_tint(DOT_SKY, 45, fill), .port = "top"}, head = first;

	head.port = NULL;
	dot_open_row(dot);
	dot_cell(dot, &first, "gla");
	if (view->level == 1)
		snprintf(text, sizeof(text), "page table, %s %08" PRIx64, direct(drawing->map) ? "ma" : "gpa", view->table);
	else
		snprintf(text, sizeof(text), view->level == 2 ? "large pages" : view->mapped ? "no paging" : "no table");
	dot_cell(dot, &head, text);
	if (drawing->map->compared) {
		hardware_tables(drawing, part, text);
		dot_cell(dot, &head, text);
	}
	dot_close_row(dot);
}

uint32_t part_draw(const struct page_map *map, const struct part *part, const char *name, struct frames *frames,
                   struct dot *dot)
{
	struct drawing drawing = {.map = map, .frames = frames};

	dot_open_table(dot, name);
	draw_head(&drawing, dot, part);
	draw_rows(&drawing, dot, name, part);
	dot_close_table(dot);
	return drawing.pages_left_out;
}
