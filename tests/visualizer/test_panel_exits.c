/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_exits.c - the table of exits: order, columns, and the cursor that stays with its reason.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void begin(struct panel_scene *scene)
{
	scene_begin_guest(scene, "trap", HELLO);
	scene_go(scene, 100000, 0);
	CU_ASSERT_FATAL(scene->debugger.counters->rows > 3);
}

/* The reason in a row of the table, 0 the first. */
static const char *reason_in(struct panel_scene *scene, unsigned row)
{
	static char reason[64];
	const char *line = scene->text;

	for (unsigned i = 0; i <= row && line; i++) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line || sscanf(line + 1, "%63[^0123456789\n]", reason) != 1)
		return "";
	while (reason[0] && reason[strlen(reason) - 1] == ' ')
		reason[strlen(reason) - 1] = '\0';
	return reason;
}

static void test_order(void)
{
	unsigned order[COUNTERS_MAX];
	struct panel_scene scene;

	begin(&scene);
	counters_order(scene.debugger.counters, order);
	scene_draw(&scene, PANEL_EXITS, 80, 24);
	for (unsigned i = 0; i < 3; i++) {
		const struct counter *row = &scene.debugger.counters->row[order[i]];

		CU_ASSERT(strncmp(reason_in(&scene, i), row->reason, strlen(row->reason)) == 0);
	}
	CU_ASSERT(scene_key(&scene, PANEL_EXITS, '>') && scene_key(&scene, PANEL_EXITS, '>'));
	scene_draw(&scene, PANEL_EXITS, 80, 24);
	for (unsigned i = 0; i + 1 < scene.debugger.counters->rows; i++) {
		char first[64];

		snprintf(first, sizeof(first), "%s", reason_in(&scene, i));
		CU_ASSERT(strcmp(first, reason_in(&scene, i + 1)) < 0);
	}
	scene_free(&scene);
}

/* A row's numbers are the counter's. */
static void test_numbers(void)
{
	struct panel_scene scene;
	const struct counter *row;
	char wanted[200];
	unsigned share;

	begin(&scene);
	scene_draw(&scene, PANEL_EXITS, 90, 24);
	for (unsigned i = 0; i < scene.debugger.counters->rows; i++) {
		row = &scene.debugger.counters->row[i];
		share = counter_share(scene.debugger.counters, row);
		snprintf(wanted, sizeof(wanted), "%3u.%u %11" PRIu64 " %7" PRIu32 " %7" PRIu64 " %7" PRIu32,
			 share / 10, share % 10, row->cycles, row->least, counter_average(row), row->most);
		CU_ASSERT(scene_line(&scene, wanted) != NULL);
	}
	scene_free(&scene);
}

static void test_widths(void)
{
	static const struct {
		int width;
		const char *has, *has_not;
	} cases[] = {{19, "count", "time%"},
		     {25, "time%", "avg"},
		     {38, "avg", "max"},
		     {80, "cycles", "###"},
		     {120, "###", NULL}};
	struct panel_scene scene;

	begin(&scene);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scene_draw(&scene, PANEL_EXITS, cases[i].width, 10);
		CU_ASSERT(scene_line(&scene, cases[i].has) != NULL);
		CU_ASSERT(!cases[i].has_not || !strstr(scene.text, cases[i].has_not));
	}
	scene_free(&scene);
}

static void test_cursor(void)
{
	struct panel_scene scene;
	struct panel_view view;
	char before[64];

	begin(&scene);
	scene.focused = true;
	CU_ASSERT(scene_key(&scene, PANEL_EXITS, 'j') && scene_key(&scene, PANEL_EXITS, 'j'));
	scene_draw(&scene, PANEL_EXITS, 60, 20);
	snprintf(before, sizeof(before), "%.8s", scene_line(&scene, ">"));
	CU_ASSERT(scene_key(&scene, PANEL_EXITS, '<')); /* sorted otherwise, the same reason */
	scene_draw(&scene, PANEL_EXITS, 60, 20);
	CU_ASSERT(strncmp(scene_line(&scene, ">"), before, 8) == 0);
	view = scene_view(&scene, PANEL_EXITS, 10);
	snprintf(view.state->search, sizeof(view.state->search), "LGDT");
	CU_ASSERT(panel_list[PANEL_EXITS]->find(&view, false));
	scene_draw(&scene, PANEL_EXITS, 60, 20);
	CU_ASSERT(strncmp(scene_line(&scene, ">"), ">lgdt", 5) == 0);
	snprintf(view.state->search, sizeof(view.state->search), "no such reason");
	CU_ASSERT(!panel_list[PANEL_EXITS]->find(&view, true));
	scene_free(&scene);
}

/* Enter runs to the next exit of the reason under the cursor. */
static void test_enter(void)
{
	struct panel_scene scene;
	struct panel_view view;
	uint64_t before;

	begin(&scene);
	view = scene_view(&scene, PANEL_EXITS, 10);
	snprintf(view.state->search, sizeof(view.state->search), "out");
	CU_ASSERT_FATAL(panel_list[PANEL_EXITS]->find(&view, false));
	before = scene.debugger.vm->events.sequence;
	CU_ASSERT(scene_key(&scene, PANEL_EXITS, K_ENTER));
	while (debugger_slice(&scene.debugger, 20))
		;
	CU_ASSERT_FATAL(debugger_story(&scene.debugger) != NULL);
	CU_ASSERT_STRING_EQUAL(debugger_story(&scene.debugger)->reason, "out");
	CU_ASSERT(debugger_story(&scene.debugger)->sequence >= before);
	scene_free(&scene);
}

static void test_empty(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "native", HELLO);
	scene_draw(&scene, PANEL_EXITS, 40, 5);
	CU_ASSERT(strstr(scene.text, "no VMM") != NULL);
	CU_ASSERT(scene_key(&scene, PANEL_EXITS, 'j') && scene_key(&scene, PANEL_EXITS, K_ENTER));
	CU_ASSERT(!scene.debugger.running);
	scene_free(&scene);
}

static const struct harness_test tests[] = {
	{"order", test_order},
	{"numbers", test_numbers},
	{"columns by width", test_widths},
	{"cursor and search", test_cursor},
	{"Enter", test_enter},
	{"no exits", test_empty},
	{0},
};

int main(void)
{
	return harness_main("panel exits", tests);
}
