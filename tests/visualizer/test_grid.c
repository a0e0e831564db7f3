/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_grid.c - cells: cutting off, UTF-8, text forms; drawing at random never leaves its area.
 */
#include "tests/harness.h"

#include "visualizer/screen/grid.h"

#include <stdlib.h>
#include <string.h>

/* What grid_print makes of it; the caller frees. */
static char *printed(const struct grid *grid, bool ascii, bool roles)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	grid_print(grid, out, ascii, roles);
	fclose(out);
	return text;
}

static bool shows(const struct grid *grid, bool ascii, bool roles, const char *expected)
{
	char *text = printed(grid, ascii, roles);
	bool same = strcmp(text, expected) == 0;

	if (!same)
		printf("# got:\n%s# expected:\n%s", text, expected);
	free(text);
	return same;
}

static void test_text(void)
{
	struct grid grid = {0};
	struct area all;

	CU_ASSERT_FATAL(grid_resize(&grid, 8, 3));
	all = grid_area(&grid);
	CU_ASSERT_EQUAL(area_text(&all, 1, 0, ROLE_TEXT, "abc"), 4);
	CU_ASSERT_EQUAL(area_print(&all, 6, 1, ROLE_STRONG, "%d", 12345), 11);
	CU_ASSERT_EQUAL(area_text(&all, -2, 2, ROLE_DIM, "xyz"), 1);
	CU_ASSERT_EQUAL(area_text(&all, 0, 3, ROLE_TEXT, "below"), 5);
	CU_ASSERT_EQUAL(area_text(&all, 0, -1, ROLE_TEXT, "above"), 5);
	CU_ASSERT(shows(&grid, false, false, " abc\n      12\nz\n"));
	CU_ASSERT(shows(&grid, false, true, " abc\n      12\nz\n--- roles ---\n\n      ss\nd\n"));
	grid_clear(&grid);
	CU_ASSERT(shows(&grid, false, false, "\n\n\n"));
	grid_free(&grid);
}

static void test_utf8(void)
{
	struct grid grid = {0};
	struct area all;

	CU_ASSERT_FATAL(grid_resize(&grid, 12, 4));
	all = grid_area(&grid);
	CU_ASSERT_EQUAL(area_text(&all, 0, 0, ROLE_TEXT, "é─→█\xf0\x9d\x84\x9e"), 5);
	CU_ASSERT_EQUAL(grid.cell[0].glyph, 0xe9);
	CU_ASSERT_EQUAL(grid.cell[1].glyph, GLYPH_HORIZONTAL);
	/* Control characters, lone and broken bytes, overlong forms, surrogates: a dot for each byte. */
	CU_ASSERT_EQUAL(area_text(&all, 0, 1, ROLE_TEXT, "a\nb\x7f\xff\xc0\xaf\xe2\x82"), 9);
	CU_ASSERT_EQUAL(area_text(&all, 0, 2, ROLE_TEXT, "\xed\xa0\x80|\xf4\x90\x80\x80\xc2\x80"), 9);
	/* Wide and combining characters would shift what stands behind them. */
	CU_ASSERT_EQUAL(area_text(&all, 0, 3, ROLE_TEXT, "\xe4\xb8\xad\xcc\x81!"), 3);
	CU_ASSERT(shows(&grid, true, false, "?->#?\na.b......\n...|.....\n?\?!\n"));
	CU_ASSERT(shows(&grid, false, false,
			"é─→█\xf0\x9d\x84\x9e\na.b......\n...|.....\n\xef\xbf\xbd\xef\xbf\xbd!\n"));
	grid_free(&grid);
}

static void test_ascii_frames(void)
{
	struct grid grid = {0};
	struct area all;

	CU_ASSERT_FATAL(grid_resize(&grid, 16, 1));
	all = grid_area(&grid);
	area_text(&all, 0, 0, ROLE_FRAME, "┌┬┐├┼┤└┴┘│▶•░≠…←");
	CU_ASSERT(shows(&grid, true, false, "+++++++++|>*:!~<\n"));
	CU_ASSERT_EQUAL(glyph_ascii('~'), '~');
	CU_ASSERT_EQUAL(glyph_ascii(0x7f), '?');
	CU_ASSERT_EQUAL(glyph_ascii(0), '?');
	grid_free(&grid);
}

static void test_areas_cut(void)
{
	struct grid grid = {0};
	struct area all, inner, deeper;

	CU_ASSERT_FATAL(grid_resize(&grid, 6, 3));
	all = grid_area(&grid);
	inner = area_inside(&all, 2, 1, 3, 5);
	CU_ASSERT_EQUAL(inner.width, 3);
	CU_ASSERT_EQUAL(inner.height, 2);
	area_fill(&inner, -5, 0, 100, ROLE_FRAME, '=');
	area_paint(&inner, 1, 0, 100, ROLE_ERROR);
	deeper = area_inside(&inner, -1, 1, 100, 100);
	CU_ASSERT_EQUAL(deeper.width, 3);
	area_text(&deeper, 1, 0, ROLE_KEY, "long text");
	CU_ASSERT(shows(&grid, false, true, "\n  ===\n   lo\n--- roles ---\n\n  -ee\n   kk\n"));
	deeper = area_inside(&inner, 50, 50, 2, 2);
	CU_ASSERT_EQUAL(deeper.width, 0);
	CU_ASSERT_EQUAL(deeper.height, 0);
	area_text(&deeper, 0, 0, ROLE_KEY, "nothing");
	CU_ASSERT_EQUAL(area_inside(&all, 1, 1, -5, -5).width, 0);
	grid_free(&grid);
}

static void test_nothing(void)
{
	struct grid grid = {0};
	struct area all;

	CU_ASSERT(grid_resize(&grid, 0, 0));
	CU_ASSERT(grid_resize(&grid, -3, 7));
	all = grid_area(&grid);
	CU_ASSERT_EQUAL(area_text(&all, 0, 0, ROLE_TEXT, "abc"), 3);
	area_fill(&all, 0, 0, 1000, ROLE_TEXT, 'x');
	CU_ASSERT(shows(&grid, false, true, "--- roles ---\n"));
	/* So many cells that no host has room for them. */
	CU_ASSERT(!grid_resize(&grid, 0x7fffffff, 0x7fffffff));
	CU_ASSERT_EQUAL(grid.width, 0);
	grid_free(&grid);
}

static void test_long_print(void)
{
	struct grid grid = {0};
	struct area all;
	char text[3001] = "";

	for (int i = 0; i < 1500; i++)
		strcat(text, "é");
	CU_ASSERT_FATAL(grid_resize(&grid, 2000, 1));
	all = grid_area(&grid);
	/* One byte before it, so that the buffer ends inside a character. */
	area_print(&all, 0, 0, ROLE_TEXT, "%s", text);
	for (int i = 0; i < 2000; i++)
		CU_ASSERT(grid.cell[i].glyph == 0xe9 || grid.cell[i].glyph == ' ');
	grid_clear(&grid);
	area_print(&all, 0, 0, ROLE_TEXT, "-%s", text);
	for (int i = 1; i < 2000; i++)
		CU_ASSERT(grid.cell[i].glyph == 0xe9 || grid.cell[i].glyph == ' ');
	grid_free(&grid);
}

static int between(uint64_t *state, int low, int high)
{
	return low + (int)(harness_random(state) % (uint64_t)(high - low + 1));
}

/* Nothing outside the area changes, whatever is drawn in it. */
static void test_random(void)
{
	uint64_t state = harness_seed(4711);
	char text[32];

	for (uint64_t round = harness_count(2000); round > 0; round--) {
		struct grid grid = {0};
		struct area all, inner;
		int width = between(&state, 0, 20), height = between(&state, 0, 10);

		CU_ASSERT_FATAL(grid_resize(&grid, width, height));
		all = grid_area(&grid);
		inner = area_inside(&all, between(&state, -5, 25), between(&state, -5, 15),
				    between(&state, -5, 25), between(&state, -5, 15));
		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = (char)between(&state, 1, 255);
		text[sizeof(text) - 1] = '\0';
		area_text(&inner, between(&state, -10, 25), between(&state, -10, 15), ROLE_KEY, text);
		area_fill(&inner, between(&state, -10, 25), between(&state, -3, 12), between(&state, -3, 90),
			  ROLE_KEY, '#');
		area_paint(&inner, between(&state, -10, 25), between(&state, -3, 12), between(&state, -3, 90),
			   ROLE_KEY);
		for (int i = 0; i < width * height; i++) {
			int x = i % width, y = i / width;
			bool inside = x >= inner.x && x < inner.x + inner.width && y >= inner.y &&
				      y < inner.y + inner.height;

			CU_ASSERT(inside || (grid.cell[i].glyph == ' ' && grid.cell[i].role == ROLE_TEXT));
			CU_ASSERT(grid.cell[i].glyph >= ' ');
		}
		grid_free(&grid);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"text is placed and cut off", test_text},
		{"UTF-8, and what is none", test_utf8},
		{"frames and arrows in ASCII", test_ascii_frames},
		{"areas inside areas", test_areas_cut},
		{"a grid of nothing, or of too much", test_nothing},
		{"long text is not cut inside a character", test_long_print},
		{"nothing is drawn outside an area", test_random},
		{0},
	};

	return harness_main("visualizer/grid", tests);
}
