/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/picture.c - differences of two grids as runs of cells, and back.
 */
#include "visualizer/remote/picture.h"

#include <string.h>

enum { REPEATED = 0x8000, COUNT_MASK = 0x7fff, RUN_HEAD = 6, CELL = 4, REPEAT_LEAST = 4, GAP_MOST = 2 };

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->glyph == b->glyph && a->role == b->role;
}

/* ---- out ---- */

/* The frames of one picture: when one is full the next begins. */
struct painter {
	struct bytes *bytes;
	const struct grid *grid;
	uint32_t number;
	size_t frame; /* where the open one begins */
	size_t last_mark; /* where it says whether it is the last */
};

static void open_frame(struct painter *painter)
{
	const struct grid *grid = painter->grid;

	painter->frame = frame_begin(painter->bytes, FRAME_PICTURE);
	bytes_put32(painter->bytes, painter->number);
	bytes_put16(painter->bytes, (uint16_t)grid->width);
	bytes_put16(painter->bytes, (uint16_t)grid->height);
	bytes_put16(painter->bytes, (uint16_t)grid->cursor_x);
	bytes_put16(painter->bytes, (uint16_t)grid->cursor_y);
	painter->last_mark = painter->bytes->size;
	bytes_put8(painter->bytes, 0);
}

static void close_frame(struct painter *painter, bool last)
{
	if (!painter->bytes->failed)
		painter->bytes->at[painter->last_mark] = last;
	frame_end(painter->bytes, painter->frame);
}

static void put_cell(struct bytes *bytes, const struct cell *cell)
{
	bytes_put32(bytes, (uint32_t)cell->role << 24 | (cell->glyph & 0xffffff));
}

static void put_run(struct painter *painter, int x, int y, int count, bool repeated)
{
	const struct cell *cell = &painter->grid->cell[(size_t)y * (size_t)painter->grid->width + (size_t)x];
	int cells = repeated ? 1 : count;

	if (painter->bytes->size - painter->frame + RUN_HEAD + (size_t)cells * CELL > FRAME_MOST) {
		close_frame(painter, false);
		open_frame(painter);
	}
	bytes_put16(painter->bytes, (uint16_t)y);
	bytes_put16(painter->bytes, (uint16_t)x);
	bytes_put16(painter->bytes, (uint16_t)(count | (repeated ? REPEATED : 0)));
	for (int i = 0; i < cells; i++)
		put_cell(painter->bytes, cell + i);
}

static int repeats(const struct cell *row, int x, int end)
{
	int count = 1;

	while (x + count < end && same_cell(&row[x], &row[x + count]))
		count++;
	return count;
}

/* Cells [x, end) of a row: what repeats is said once. */
static void put_cells(struct painter *painter, int x, int end, int y)
{
	const struct cell *row = &painter->grid->cell[(size_t)y * (size_t)painter->grid->width];

	while (x < end) {
		int count = repeats(row, x, end), begin = x;

		if (count >= REPEAT_LEAST) {
			put_run(painter, x, y, count, true);
			x += count;
			continue;
		}
		while (x < end && (count = repeats(row, x, end)) < REPEAT_LEAST)
			x += count;
		put_run(painter, begin, y, x - begin, false);
	}
}

/* Where the cells that changed, from x on, end: a few unchanged ones between are cheaper than another run. */
static int end_of_change(const struct cell *now, const struct cell *shown, int x, int width)
{
	int end = x + 1;

	for (int i = end; i < width && i - end <= GAP_MOST; i++)
		if (!same_cell(&now[i], &shown[i]))
			end = i + 1;
	return end;
}

static void put_row(struct painter *painter, const struct grid *shown, int y)
{
	int width = painter->grid->width;
	const struct cell *was = &shown->cell[(size_t)y * (size_t)width];
	const struct cell *is = &painter->grid->cell[(size_t)y * (size_t)width];

	for (int x = 0; x < width; x++) {
		int end;

		if (same_cell(&is[x], &was[x]))
			continue;
		end = end_of_change(is, was, x, width);
		put_cells(painter, x, end, y);
		x = end - 1;
	}
}

static size_t grid_bytes(const struct grid *grid)
{
	return (size_t)grid->width * (size_t)grid->height * sizeof(*grid->cell);
}

static bool same_picture(const struct grid *now, const struct grid *shown)
{
	size_t cells = (size_t)now->width * (size_t)now->height;

	if (now->width != shown->width || now->height != shown->height || now->cursor_x != shown->cursor_x ||
	    now->cursor_y != shown->cursor_y)
		return false;
	for (size_t i = 0; i < cells; i++)
		if (!same_cell(&now->cell[i], &shown->cell[i]))
			return false;
	return true;
}

bool picture_put(struct bytes *bytes, uint32_t number, const struct grid *now, struct grid *shown)
{
	struct painter painter = { .bytes = bytes, .grid = now, .number = number };

	if (same_picture(now, shown))
		return false;
	if ((now->width != shown->width || now->height != shown->height) &&
	    !grid_resize(shown, now->width, now->height)) {
		bytes->failed = true;
		return false;
	}
	open_frame(&painter);
	for (int y = 0; y < now->height; y++)
		put_row(&painter, shown, y);
	close_frame(&painter, true);
	if (now->cell)
		memcpy(shown->cell, now->cell, grid_bytes(now));
	shown->cursor_x = now->cursor_x;
	shown->cursor_y = now->cursor_y;
	return true;
}

/* ---- in ---- */

/* Nothing that a terminal would take for a command. */
static uint32_t printable(uint32_t glyph)
{
	if (glyph < ' ' || (glyph >= 0x7f && glyph < 0xa0))
		return '.';
	return glyph > 0x10ffff || (glyph >= 0xd800 && glyph < 0xe000) ? 0xfffd : glyph;
}

static bool take_cell(struct frame *frame, struct cell *cell)
{
	uint32_t word;

	if (!frame_get32(frame, &word))
		return false;
	cell->glyph = printable(word & 0xffffff);
	cell->role = (uint8_t)(word >> 24 < ROLE_COUNT ? word >> 24 : ROLE_TEXT);
	return true;
}

static bool take_run(struct frame *frame, struct grid *grid)
{
	uint16_t y, x, count;
	bool repeated;
	struct cell *cell;

	if (!frame_get16(frame, &y) || !frame_get16(frame, &x) || !frame_get16(frame, &count))
		return false;
	repeated = count & REPEATED;
	count &= COUNT_MASK;
	if (!count || y >= grid->height || x + count > grid->width)
		return false;
	cell = &grid->cell[(size_t)y * (size_t)grid->width + x];
	for (unsigned i = 0; i < count; i++) {
		if (repeated && i)
			cell[i] = cell[0];
		else if (!take_cell(frame, &cell[i]))
			return false;
	}
	return true;
}

bool picture_take(struct frame *frame, struct grid *grid, uint32_t *number, bool *last)
{
	uint16_t width, height, x, y;
	uint8_t mark;

	if (!frame_get32(frame, number) || !frame_get16(frame, &width) || !frame_get16(frame, &height) ||
	    !frame_get16(frame, &x) || !frame_get16(frame, &y) || !frame_get8(frame, &mark))
		return false;
	if (width > PICTURE_WIDTH_MOST || height > PICTURE_HEIGHT_MOST)
		return false;
	if ((width != grid->width || height != grid->height) && !grid_resize(grid, width, height))
		return false;
	while (frame->size)
		if (!take_run(frame, grid))
			return false;
	grid->cursor_x = x < width ? x : -1;
	grid->cursor_y = y < height ? y : -1;
	*last = mark;
	return true;
}
