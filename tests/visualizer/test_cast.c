/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_cast.c - a recording is what players read: JSON lines whose text, played on a terminal, gives the
 * pictures again.
 */
#include "tests/harness.h"

#include "visualizer/screen/ansi.h"
#include "visualizer/screen/cast.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 30, HEIGHT = 7 };

/* A terminal that knows what ansi.c writes. */
struct player {
	int width, height, x, y;
	char cell[40][80][5];
};

static void empty(struct player *player)
{
	for (int y = 0; y < 40; y++)
		for (int x = 0; x < 80; x++)
			strcpy(player->cell[y][x], " ");
}

static const char *play_sequence(struct player *player, const char *at)
{
	const char *end = at + strspn(at, "0123456789;?");

	if (*end == 'H' && sscanf(at, "%d;%d", &player->y, &player->x) == 2) {
		player->x--;
		player->y--;
	} else if (*end == 'J') {
		empty(player);
	} else {
		CU_ASSERT(*end == 'm' || *end == 'h' || *end == 'l');
	}
	return end + 1;
}

static void play(struct player *player, const char *text)
{
	while (*text) {
		size_t length = 1;

		if (strncmp(text, "\x1b[", 2) == 0) {
			text = play_sequence(player, text + 2);
			continue;
		}
		while (((unsigned char)text[length] & 0xc0) == 0x80)
			length++;
		CU_ASSERT_FATAL(player->x < player->width && player->y < player->height && length < 5);
		snprintf(player->cell[player->y][player->x++], 5, "%.*s", (int)length, text);
		text += length;
	}
}

static bool shows(const struct player *player, const struct grid *grid)
{
	for (int y = 0; y < grid->height; y++)
		for (int x = 0; x < grid->width; x++) {
			char text[5];

			glyph_encode(grid->cell[y * grid->width + x].glyph, text);
			if (strcmp(text, player->cell[y][x]) != 0)
				return false;
		}
	return true;
}

static void scribble(struct grid *grid, uint64_t *state)
{
	static const uint32_t glyphs[] = {'a', '"', '\\', GLYPH_HORIZONTAL, 0xe9, ' ', 0x1d11e, GLYPH_BLOCK};

	for (int i = 0; i < 20; i++) {
		struct cell *cell = &grid->cell[harness_random(state) % (uint64_t)(grid->width * grid->height)];

		cell->glyph = glyphs[harness_random(state) % 8];
		cell->role = (uint8_t)(harness_random(state) % ROLE_COUNT);
	}
}

static void test_ansi(void)
{
	uint64_t state = harness_seed(7);
	struct player *player = calloc(1, sizeof(*player));
	struct grid grid = {0}, shown = {0};

	CU_ASSERT_FATAL(grid_resize(&grid, WIDTH, HEIGHT));
	player->width = WIDTH;
	player->height = HEIGHT;
	for (uint64_t round = harness_count(500); round > 0; round--) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		scribble(&grid, &state);
		CU_ASSERT_FATAL(ansi_draw(out, &grid, &shown, theme_at(harness_random(&state) % 5), false));
		fclose(out);
		play(player, text);
		CU_ASSERT_FATAL(shows(player, &grid));
		free(text);
	}
	grid_free(&grid);
	grid_free(&shown);
	free(player);
}

static json_t *line_of(FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	json_t *json = getline(&line, &room, file) > 0 ? json_loads(line, 0, NULL) : NULL;

	free(line);
	return json;
}

static void test_file(void)
{
	char path[] = "/tmp/ringside-cast-XXXXXX", error[300];
	struct grid grid = {0};
	struct area all;
	struct cast *cast;
	json_t *json;
	FILE *file;

	close(mkstemp(path));
	cast = cast_open(path, WIDTH, HEIGHT, error, sizeof(error));
	CU_ASSERT_FATAL(cast != NULL && grid_resize(&grid, WIDTH, HEIGHT));
	all = grid_area(&grid);
	area_text(&all, 0, 0, ROLE_TITLE, "one \"quoted\" ─");
	cast_frame(cast, 0, &grid, theme_at(0));
	cast_frame(cast, 0.5, &grid, theme_at(0)); /* nothing new: no line */
	CU_ASSERT_FATAL(grid_resize(&grid, WIDTH + 1, HEIGHT));
	cast_frame(cast, 1.25, &grid, theme_at(0));
	CU_ASSERT(cast_close(cast, error, sizeof(error)));
	file = fopen(path, "r");
	json = line_of(file);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "version")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "width")), WIDTH);
	json_decref(json);
	json = line_of(file);
	CU_ASSERT_EQUAL(json_array_size(json), 3);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json, 1)), "o");
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(json_array_get(json, 2)), "one \"quoted\" ─"));
	json_decref(json);
	json = line_of(file);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json, 1)), "r");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json, 2)), "31x7");
	CU_ASSERT(json_real_value(json_array_get(json, 0)) == 1.25);
	json_decref(json);
	json = line_of(file);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json, 1)), "o");
	json_decref(json);
	CU_ASSERT_PTR_NULL(line_of(file));
	fclose(file);
	unlink(path);
	grid_free(&grid);
	CU_ASSERT_PTR_NULL(cast_open("/nowhere/session.cast", WIDTH, HEIGHT, error, sizeof(error)));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "/nowhere/session.cast"));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"pictures by their differences", test_ansi},
		{"a recording's lines", test_file},
		{0},
	};

	return harness_main("visualizer/cast", tests);
}
