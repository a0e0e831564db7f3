/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/layout.c - rectangles of panels, and the lines between them. Neighbours share a line; where lines
 * meet, the glyph is found from the directions in which they leave.
 */
#include "visualizer/screen/layout.h"

#include "visualizer/screen/panel.h"

/* ---- rectangles ---- */

static void add_place(struct layout *layout, unsigned panel, unsigned behind, int x, int y, int width, int height)
{
	layout->place[layout->places++] = (struct layout_place){
		.panel = panel, .behind = behind, .x = x, .y = y, .width = width, .height = height};
}

/* One panel, without lines beside it: text can be marked and copied. Where rows are few, it has no title. */
static void one_panel(struct layout *layout, int width, int height, unsigned panel)
{
	int top = layout->message_row < 0 ? 1 : 2, below = layout->message_row < 0 ? 1 : 2;

	if (width > 0 && height > top + below)
		add_place(layout, panel, panel, 0, top, width, height - top - below);
}

/* A row of panels between the lines `x[0]`, `x[1]`... */
static void add_row(struct layout *layout, int y, int height, const int *x, const unsigned *panel, int count)
{
	for (int i = 0; i < count; i++)
		add_place(layout, panel[i], panel[i], x[i] + 1, y, x[i + 1] - x[i] - 1, height);
}

struct rows {
	int top, lower, last; /* heights, without their title lines */
};

/* Status, message, keys and three title lines take six rows. A lecture gives the story more room. */
static struct rows split_rows(int height, bool story)
{
	int rest = height - 6;
	struct rows rows = {.top = rest * (story ? 40 : 45) / 100};

	rows.lower = rest * (story ? 40 : 34) / 100;
	rows.last = rest - rows.top - rows.lower;
	return rows;
}

static void two_columns(struct layout *layout, int width, int height, const struct layout_choice *choice)
{
	struct rows rows = split_rows(height, choice->story);
	const int x[] = {0, width / 2, width - 1}, whole[] = {0, width - 1};
	const unsigned top[] = {PANEL_CODE, choice->top_right};
	const unsigned lower[] = {PANEL_STORY, choice->lower_right};
	int lower_y = 3 + rows.top;

	add_row(layout, 2, rows.top, x, top, 2);
	add_row(layout, lower_y, rows.lower, x, lower, 2);
	add_row(layout, lower_y + rows.lower + 1, rows.last, whole, &choice->tab, 1);
	layout->place[1].behind = choice->top_right == PANEL_CPU ? PANEL_TRANSLATION : PANEL_CPU;
	layout->place[3].behind = choice->lower_right == PANEL_EXITS ? PANEL_WALK : PANEL_EXITS;
}

static void three_columns(struct layout *layout, int width, int height, const struct layout_choice *choice)
{
	struct rows rows = split_rows(height, choice->story);
	int first = width * 35 / 100, second = width * 68 / 100;
	const int x[] = {0, first, second, width - 1}, whole[] = {0, width - 1};
	static const unsigned top[] = {PANEL_CODE, PANEL_TRANSLATION, PANEL_CPU};
	static const unsigned lower[] = {PANEL_STORY, PANEL_EXITS, PANEL_WALK};
	int lower_y = 3 + rows.top;

	add_row(layout, 2, rows.top, x, top, 3);
	add_row(layout, lower_y, rows.lower, x, lower, 3);
	add_row(layout, lower_y + rows.lower + 1, rows.last, whole, &choice->tab, 1);
}

struct layout layout_make(int width, int height, const struct layout_choice *choice)
{
	struct layout layout = {
		.width = width,
		.height = height,
		.status_row = height > 0 ? 0 : -1,
		.message_row = height > 4 ? height - 2 : -1,
		.key_row = height > 1 ? height - 1 : -1,
	};

	if (width < LAYOUT_FULL_WIDTH || height < LAYOUT_FULL_HEIGHT)
		layout.form = LAYOUT_ONE;
	else if (choice->zoom)
		layout.form = LAYOUT_ZOOM;
	else
		layout.form = width < LAYOUT_THREE_WIDTH ? LAYOUT_TWO : LAYOUT_THREE;
	if (layout.form == LAYOUT_TWO)
		two_columns(&layout, width, height, choice);
	else if (layout.form == LAYOUT_THREE)
		three_columns(&layout, width, height, choice);
	else
		one_panel(&layout, width, height, choice->focus);
	return layout;
}

int layout_find(const struct layout *layout, int x, int y)
{
	for (unsigned i = 0; i < layout->places; i++) {
		const struct layout_place *place = &layout->place[i];

		if (x >= place->x && x < place->x + place->width && y >= place->y - 1 && y < place->y + place->height)
			return (int)i;
	}
	return -1;
}

/* ---- lines ---- */

enum { LEAVES_UP = 1, LEAVES_DOWN = 2, LEAVES_LEFT = 4, LEAVES_RIGHT = 8 };

/* By the directions in which lines leave. */
static const uint32_t line_glyphs[16] = {
	' ',
	GLYPH_VERTICAL,
	GLYPH_VERTICAL,
	GLYPH_VERTICAL,
	GLYPH_HORIZONTAL,
	GLYPH_UP_LEFT,
	GLYPH_DOWN_LEFT,
	GLYPH_VERTICAL_LEFT,
	GLYPH_HORIZONTAL,
	GLYPH_UP_RIGHT,
	GLYPH_DOWN_RIGHT,
	GLYPH_VERTICAL_RIGHT,
	GLYPH_HORIZONTAL,
	GLYPH_UP_HORIZONTAL,
	GLYPH_DOWN_HORIZONTAL,
	GLYPH_CROSS,
};

/* What is there already says where lines leave it: a whole line counts as both its ends. */
static unsigned directions_of(uint32_t glyph)
{
	if (glyph == GLYPH_VERTICAL)
		return LEAVES_UP | LEAVES_DOWN;
	if (glyph == GLYPH_HORIZONTAL)
		return LEAVES_LEFT | LEAVES_RIGHT;
	for (unsigned i = 1; i < 16; i++)
		if (line_glyphs[i] == glyph)
			return i;
	return 0;
}

static void join(const struct area *screen, int x, int y, unsigned directions)
{
	const struct grid *grid = screen->grid;
	uint32_t glyph;

	if (x < 0 || y < 0 || x >= grid->width || y >= grid->height)
		return;
	glyph = grid->cell[(size_t)y * (size_t)grid->width + (size_t)x].glyph;
	area_fill(screen, x, y, 1, ROLE_FRAME, line_glyphs[directions_of(glyph) | directions]);
}

static void draw_place(const struct layout_place *place, const struct area *screen)
{
	int left = place->x - 1, right = place->x + place->width, top = place->y - 1;
	int bottom = place->y + place->height;

	join(screen, left, top, LEAVES_RIGHT | LEAVES_DOWN);
	join(screen, right, top, LEAVES_LEFT | LEAVES_DOWN);
	for (int x = place->x; x < right; x++)
		join(screen, x, top, LEAVES_LEFT | LEAVES_RIGHT);
	for (int y = place->y; y < bottom; y++) {
		join(screen, left, y, LEAVES_UP | LEAVES_DOWN);
		join(screen, right, y, LEAVES_UP | LEAVES_DOWN);
	}
	/* The line below is the next row's title line, or the one with the message. */
	join(screen, left, bottom, LEAVES_UP | LEAVES_RIGHT);
	join(screen, right, bottom, LEAVES_UP | LEAVES_LEFT);
	for (int x = place->x; x < right; x++)
		join(screen, x, bottom, LEAVES_LEFT | LEAVES_RIGHT);
}

void layout_draw(const struct layout *layout, const struct area *screen)
{
	/* A panel alone has the title line only. */
	if (layout->form == LAYOUT_ONE || layout->form == LAYOUT_ZOOM) {
		if (layout->places && layout->place[0].y == 2)
			area_fill(screen, 0, 1, screen->width, ROLE_FRAME, GLYPH_HORIZONTAL);
		return;
	}
	for (unsigned i = 0; i < layout->places; i++)
		draw_place(&layout->place[i], screen);
}
