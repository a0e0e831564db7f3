/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_golden.c - panels at fixed moments, compared with the files of tests/visualizer/screens:
 * in the sizes that they have on screens of 80x24 and 120x40. The guest is written in assembler, so that its addresses
 * are the same with every compiler. RINGSIDE_REGENERATE=1 writes the files anew: look at what changed.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include <stdlib.h>
#include <string.h>

enum { SIZES = 4 };
static const struct group {
	const char *file;
	int first, last;
	int sizes[SIZES][2];
} groups[] = {
	{"panels", PANEL_CODE, PANEL_WALK, {{25, 8}, {39, 14}, {78, 20}, {118, 30}}},
	{"tabs", PANEL_CONSOLE, PANEL_EVENTS, {{78, 4}, {78, 20}, {118, 8}, {118, 30}}},
};

/* Behind an exit, which is told. */
static const struct moment {
	const char *file, *mode, *reason;
} moments[] = {
	{"native", "native", NULL},
	{"emulate", "emulate", NULL},
	{"trap", "trap", "cli"},
	{"bt", "bt", "in"},
	{"hvm-shadow", "hvm/shadow", "in"},
	{"hvm-nested", "hvm/nested", "in"},
};

static void write_panel(struct panel_scene *scene, FILE *out, int panel, const int *size)
{
	struct panel_view view = scene_view(scene, panel, size[1]);
	char note[64] = "";

	scene_draw(scene, panel, size[0], size[1]);
	if (panel_list[panel]->note)
		panel_list[panel]->note(&view, note, sizeof(note));
	fprintf(out, "== %s %dx%d [%s]\n%s", panel_list[panel]->name, size[0], size[1], note, scene->text);
}

static char *panels_of(const struct moment *moment, const struct group *group)
{
	struct panel_scene scene;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	scene_begin_guest(&scene, moment->mode, HELLO);
	scene_go_to(&scene, "say");
	if (moment->reason && strcmp(moment->reason, "cli") != 0)
		scene_go_past(&scene, moment->reason);
	scene_go(&scene, 0, 3);
	scene.debugger.story = EVENT_NONE_SELECTED;
	if (moment->reason)
		CU_ASSERT(scene_tell(&scene, moment->reason));
	scene.focused = true;
	for (int panel = group->first; panel <= group->last; panel++)
		for (size_t i = 0; i < SIZES; i++)
			write_panel(&scene, out, panel, group->sizes[i]);
	fclose(out);
	scene_free(&scene);
	return text;
}

static char *contents(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (file && fread(text, 1, (1 << 20) - 1, file) == 0)
		text[0] = '\0';
	if (file)
		fclose(file);
	return text;
}

/* The first line in which they differ, for people. */
static void tell_difference(const char *path, const char *seen, const char *expected)
{
	unsigned line = 1;

	for (; *seen && *seen == *expected; seen++, expected++)
		line += *seen == '\n';
	printf("%s: line %u is now: %.*s\n", path, line, (int)strcspn(seen, "\n"), seen);
}

static void check(const struct moment *moment, const struct group *group)
{
	char path[128], *seen, *expected;
	FILE *file;

	snprintf(path, sizeof(path), "tests/visualizer/screens/%s-%s.txt", group->file, moment->file);
	seen = panels_of(moment, group);
	if (getenv("RINGSIDE_REGENERATE")) {
		file = fopen(path, "w");
		CU_ASSERT_FATAL(file != NULL);
		fputs(seen, file);
		fclose(file);
	}
	expected = contents(path);
	if (strcmp(seen, expected) != 0) {
		tell_difference(path, seen, expected);
		CU_FAIL("other panels");
	}
	free(expected);
	free(seen);
}

static void test_panels(void)
{
#ifndef RINGSIDE_HOSTILE /* whose TLB of two entries costs cycles, which panels show */
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++)
		for (size_t k = 0; k < sizeof(groups) / sizeof(*groups); k++)
			check(&moments[i], &groups[k]);
#else
	(void)check;
	(void)moments;
	(void)groups;
#endif
}

static const struct harness_test tests[] = {
	{"panels as they were", test_panels},
	{0},
};

int main(void)
{
	return harness_main("panel golden", tests);
}
