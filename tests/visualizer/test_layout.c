/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_layout.c - panels' places at every size: inside the screen, never one over another, all of them
 * there from 80x24 on.
 */
#include "tests/harness.h"

#include "visualizer/screen/layout.h"
#include "visualizer/screen/panel.h"

#include <stdlib.h>
#include <string.h>

static bool apart(const struct layout_place *a, const struct layout_place *b)
{
	return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height < b->y || b->y + b->height < a->y;
}

static bool sound(const struct layout *layout, int width, int height)
{
	for (unsigned i = 0; i < layout->places; i++) {
		const struct layout_place *place = &layout->place[i];

		if (place->x < 0 || place->y < 1 || place->width < 1 || place->height < 1 || place->x + place->width > width ||
		    place->y + place->height > height - 1 || place->panel >= PANELS)
			return false;
		for (unsigned j = 0; j < i; j++)
			if (!apart(place, &layout->place[j]))
				return false;
	}
	return true;
}

static void test_every_size(void)
{
	struct layout_choice choice = {.top_right = PANEL_CPU, .lower_right = PANEL_EXITS, .tab = PANEL_CONSOLE};
	unsigned wrong = 0;

	for (unsigned form = 0; form < 4; form++)
		for (int width = 1; width <= 200; width++)
			for (int height = 1; height <= 60; height++) {
				struct layout layout;

				choice.zoom = form & 1;
				choice.story = form & 2;
				layout = layout_make(width, height, &choice);
				wrong += !sound(&layout, width, height);
				wrong += height > 0 && layout.status_row != 0;
				wrong += height > 1 && layout.key_row != height - 1;
				wrong += height > 2 && layout.places == 0;
			}
	CU_ASSERT_EQUAL(wrong, 0);
}

static bool shows(const struct layout *layout, unsigned panel)
{
	for (unsigned i = 0; i < layout->places; i++)
		if (layout->place[i].panel == panel)
			return true;
	return false;
}

static void test_forms(void)
{
	struct layout_choice choice = {.focus = PANEL_STORY, .top_right = PANEL_CPU, .lower_right = PANEL_WALK,
				       .tab = PANEL_EVENTS};
	struct layout layout = layout_make(79, 24, &choice);

	CU_ASSERT_EQUAL(layout.form, LAYOUT_ONE);
	CU_ASSERT(shows(&layout, PANEL_STORY) && layout.places == 1);
	CU_ASSERT_EQUAL(layout_make(80, 23, &choice).form, LAYOUT_ONE);
	layout = layout_make(80, 24, &choice);
	CU_ASSERT_EQUAL(layout.form, LAYOUT_TWO);
	CU_ASSERT(shows(&layout, PANEL_CPU) && !shows(&layout, PANEL_TRANSLATION) && shows(&layout, PANEL_WALK));
	CU_ASSERT(shows(&layout, PANEL_EVENTS));
	CU_ASSERT_EQUAL(layout_make(119, 60, &choice).form, LAYOUT_TWO);
	layout = layout_make(120, 24, &choice);
	CU_ASSERT_EQUAL(layout.form, LAYOUT_THREE);
	CU_ASSERT(shows(&layout, PANEL_TRANSLATION) && shows(&layout, PANEL_EXITS) && layout.places == 7);
	choice.zoom = true;
	layout = layout_make(120, 40, &choice);
	CU_ASSERT_EQUAL(layout.form, LAYOUT_ZOOM);
	CU_ASSERT(layout.places == 1 && layout.place[0].width == 120);
}

static void test_found_by_cell(void)
{
	struct layout_choice choice = {.top_right = PANEL_CPU, .lower_right = PANEL_EXITS, .tab = PANEL_CONSOLE};
	struct layout layout = layout_make(100, 30, &choice);

	for (unsigned i = 0; i < layout.places; i++) {
		const struct layout_place *place = &layout.place[i];

		CU_ASSERT_EQUAL(layout_find(&layout, place->x, place->y), (int)i);
		CU_ASSERT_EQUAL(layout_find(&layout, place->x + place->width - 1, place->y + place->height - 1), (int)i);
		CU_ASSERT_EQUAL(layout_find(&layout, place->x, place->y - 1), (int)i); /* its title */
	}
	CU_ASSERT_EQUAL(layout_find(&layout, 0, 0), -1);
	CU_ASSERT_EQUAL(layout_find(&layout, 5, 29), -1);
	CU_ASSERT_EQUAL(layout_find(&layout, -4, 5), -1);
	CU_ASSERT_EQUAL(layout_find(&layout, 5000, 5), -1);
}

static void test_lines_meet(void)
{
	struct layout_choice choice = {.top_right = PANEL_CPU, .lower_right = PANEL_EXITS, .tab = PANEL_CONSOLE};
	struct layout layout = layout_make(80, 24, &choice);
	struct grid grid = {0};
	struct area all;
	char *text = NULL, *line;
	size_t size;
	unsigned crossings = 0, dangling = 0;

	CU_ASSERT_FATAL(grid_resize(&grid, 80, 24));
	all = grid_area(&grid);
	layout_draw(&layout, &all);
	for (int y = 1; y < 23; y++)
		for (int x = 0; x < 80; x++) {
			uint32_t glyph = grid.cell[y * 80 + x].glyph;
			uint32_t below = y < 22 ? grid.cell[(y + 1) * 80 + x].glyph : ' ';

			crossings += glyph == GLYPH_CROSS || glyph == GLYPH_VERTICAL_LEFT || glyph == GLYPH_VERTICAL_RIGHT;
			/* A line that goes down goes on below. */
			dangling += glyph == GLYPH_VERTICAL && (below == ' ' || below == GLYPH_HORIZONTAL);
		}
	CU_ASSERT_EQUAL(dangling, 0);
	CU_ASSERT(crossings >= 5);
	FILE *out = open_memstream(&text, &size);
	grid_print(&grid, out, true, false);
	fclose(out);
	line = strchr(text, '\n') + 1;
	CU_ASSERT_EQUAL(strncmp(line, "+---", 4), 0);
	CU_ASSERT_EQUAL(strcspn(line, "\n"), 80);
	free(text);
	grid_free(&grid);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"places at every size", test_every_size},
		{"forms by size", test_forms},
		{"a cell's place", test_found_by_cell},
		{"lines meet", test_lines_meet},
		{0},
	};

	return harness_main("visualizer/layout", tests);
}
