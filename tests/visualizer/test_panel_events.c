/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_events.c - the list of events: filters, search, the way to an event and back; and the
 * timeline: all of the time is told, markers, zoom.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"
#include "visualizer/screen/event_filter.h"
#include "visualizer/screen/time_columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 130, HEIGHT = 20 };

static void type(struct panel_scene *scene, int panel, const char *text)
{
	for (; *text; text++)
		scene_key(scene, panel, (enum key)(unsigned char)*text);
}

static void filter(struct panel_scene *scene, const char *text)
{
	scene_key(scene, PANEL_EVENTS, 'f');
	type(scene, PANEL_EVENTS, text);
	scene_key(scene, PANEL_EVENTS, K_ENTER);
}

static const struct event *at_cursor(struct panel_scene *scene)
{
	return event_log_at(scene->debugger.log, (uint64_t)scene->states[PANEL_EVENTS].cursor);
}

/* ---- filters ---- */

static struct event sample(enum event_kind kind, const char *reason, const char *mnemonic)
{
	return (struct event){.kind = (uint8_t)kind, .reason = reason, .mnemonic = mnemonic};
}

static bool takes(const char *text, enum event_kind kind, const char *reason, const char *mnemonic)
{
	struct event_filter filter = event_filter_parse(text, "trap");
	struct event event = sample(kind, reason, mnemonic);

	return event_filter_takes(&filter, &event);
}

static void test_filter_words(void)
{
	CU_ASSERT(takes("", EV_TRAP, "cli", "cli"));
	CU_ASSERT(!takes("", EV_PORT, NULL, "out"));
	CU_ASSERT(takes("all", EV_PORT, NULL, "out"));
	CU_ASSERT(takes("trap", EV_TRAP, "cli", "cli") && !takes("trap", EV_TRACE, "trace", "mov"));
	CU_ASSERT(takes("trap,trace", EV_TRACE, "trace", "mov"));
	CU_ASSERT(!takes("-trap", EV_TRAP, "cli", "cli") && takes("-trap", EV_PORT, NULL, "in"));
	CU_ASSERT(takes("cli", EV_TRAP, "cli", "cli") && !takes("cli", EV_TRAP, "cr3-write", "mov"));
	CU_ASSERT(takes("CR3", EV_TRAP, "cr3-write", "mov") && takes("mov", EV_TRAP, "cr3-write", "mov"));
	CU_ASSERT(takes("trap cli sti", EV_TRAP, "sti", "sti") && !takes("trap cli", EV_HYPERCALL, "cli", "cli"));
	CU_ASSERT(!takes("-cli", EV_TRAP, "cli", "cli") && takes("-cli", EV_TRAP, "sti", "sti"));
	CU_ASSERT(takes("a b c d e f g h i j cli", EV_TRAP, "cli", NULL)); /* more words than there is room for */
}

static void test_filtered_list(void)
{
	struct panel_scene scene;

	scene_begin_workload(&scene, "trap", KERNEL, "workload=forkwait");
	scene_go(&scene, 12000000, 0);
	filter(&scene, "ltr lgdt");
	scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	CU_ASSERT_FATAL(at_cursor(&scene) != NULL);
	CU_ASSERT(strcmp(event_reason(at_cursor(&scene)), "ltr") == 0);
	CU_ASSERT(scene_line(&scene, " lgdt ") != NULL);
	CU_ASSERT(strstr(scene.text, " hidden") == NULL);
	filter(&scene, "nothing-like-this");
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT), "no event fits 'nothing-like-this'") != NULL);
	scene_key(&scene, PANEL_EVENTS, 'f');
	scene_key(&scene, PANEL_EVENTS, K_ESCAPE);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT), "trap") != NULL);
	scene_free(&scene);
}

/* ---- there and back ---- */

static void test_go(void)
{
	struct panel_scene scene;
	uint64_t wanted;

	scene_begin_workload(&scene, "trap", KERNEL, "workload=forkwait");
	scene_go(&scene, 12000000, 0);
	scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	scene_key(&scene, PANEL_EVENTS, K_PAGE_UP);
	scene_key(&scene, PANEL_EVENTS, K_UP);
	CU_ASSERT_FATAL(at_cursor(&scene) != NULL);
	wanted = at_cursor(&scene)->sequence;
	scene_key(&scene, PANEL_EVENTS, K_ENTER);
	CU_ASSERT(scene.debugger.story == wanted);
	CU_ASSERT(scene.debugger.vm->clock <= event_log_at(scene.debugger.log, wanted)->cycle);
	scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	CU_ASSERT((uint64_t)scene.states[PANEL_EVENTS].cursor == wanted);
	CU_ASSERT(scene_line(&scene, ">*") != NULL);
	CU_ASSERT(scene_line(&scene, "\n +") != NULL); /* later ones have not happened at this moment */
	scene_free(&scene);
}

static void test_search(void)
{
	struct panel_scene scene;
	struct panel_view view;

	scene_begin_workload(&scene, "trap", KERNEL, "workload=forkwait");
	scene_go(&scene, 12000000, 0);
	view = scene_view(&scene, PANEL_EVENTS, HEIGHT);
	strcpy(view.state->search, "lidt");
	CU_ASSERT(panel_list[PANEL_EVENTS]->find(&view, true));
	CU_ASSERT_FATAL(at_cursor(&scene) != NULL);
	CU_ASSERT(at_cursor(&scene)->mnemonic && strcmp(at_cursor(&scene)->mnemonic, "lidt") == 0);
	strcpy(view.state->search, "no such words");
	CU_ASSERT(!panel_list[PANEL_EVENTS]->find(&view, true));
	scene_free(&scene);
}

/* The list stands at its end while the guest goes on, and where it was put when it was. */
static void test_follow(void)
{
	struct panel_scene scene;
	int64_t before;

	scene_begin_workload(&scene, "trap", KERNEL, "workload=forkwait");
	scene_go(&scene, 11000000, 0);
	scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	before = scene.states[PANEL_EVENTS].cursor;
	scene_go(&scene, 12000000, 0);
	scene.debugger.story = EVENT_NONE_SELECTED;
	scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	CU_ASSERT(scene.states[PANEL_EVENTS].cursor > before);
	scene_key(&scene, PANEL_EVENTS, K_HOME);
	before = scene.states[PANEL_EVENTS].cursor;
	scene_go(&scene, 12500000, 0);
	scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	CU_ASSERT(scene.states[PANEL_EVENTS].cursor == before);
	scene_free(&scene);
}

/* An idle guest's clock soon has twelve digits: columns make room, and the heading stands above them. */
static void test_large_numbers(void)
{
	struct panel_scene scene;
	const char *heading, *line;
	char address[12];

	scene_begin_guest(&scene, "trap", KERNEL);
	scene_go(&scene, UINT64_C(150000000000), 0);
	heading = scene_draw(&scene, PANEL_EVENTS, WIDTH, HEIGHT);
	CU_ASSERT_FATAL(at_cursor(&scene) != NULL && at_cursor(&scene)->cycle > UINT64_C(100000000000));
	snprintf(address, sizeof(address), " %08" PRIx32 " ", at_cursor(&scene)->eip);
	line = scene_line(&scene, ">");
	CU_ASSERT_FATAL(line && strstr(line, address) && strstr(heading, " EIP "));
	CU_ASSERT(strstr(line, address) - line == strstr(heading, " EIP ") - heading);
	scene_free(&scene);
}

/* ---- the timeline ---- */

static uint64_t told(const struct time_column *column)
{
	uint64_t sum = 0;

	for (unsigned row = 0; row < TIME_ROWS; row++)
		sum += column->cycles[row];
	return sum;
}

/* Each column between the beginning and now is told in full, once. */
static void check_times(struct panel_scene *scene, uint64_t begin, uint64_t per, int count)
{
	struct time_columns *columns = calloc(1, sizeof(*columns));

	CU_ASSERT_FATAL(columns != NULL);
	columns->begin = begin;
	columns->per = per;
	columns->count = count;
	columns->marked.kinds = EVENT_KINDS_ALL;
	time_columns_fill(columns, &scene->debugger);
	for (int i = 0; i < count; i++) {
		uint64_t left = begin + per * (uint64_t)i, clock = scene->debugger.vm->clock;
		uint64_t want = left + per <= clock ? per : left < clock ? clock - left : 0;

		if (told(&columns->column[i]) != want) {
			printf("column %d from %" PRIu64 ": %" PRIu64 " of %" PRIu64 " cycles\n", i, left, told(&columns->column[i]),
			       want);
			CU_ASSERT(told(&columns->column[i]) == want);
			break;
		}
	}
	free(columns);
}

static void test_all_time(void)
{
	static const char *const modes[] = {"native", "emulate", "trap", "trap/3", "bt", "hvm/shadow", "hvm/nested", "pv"};
	uint64_t seed = harness_seed(99);

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct panel_scene scene;

		scene_begin_workload(&scene, modes[i], strcmp(modes[i], "pv") ? KERNEL : KERNEL_PV, "workload=forkwait");
		scene_go(&scene, 12000000, 0);
		CU_ASSERT(event_log_first(scene.debugger.log) == 0);
		check_times(&scene, 0, 50000, 300);
		check_times(&scene, 11990000, 100, 120);
		for (unsigned k = 0; k < 20; k++)
			check_times(&scene, harness_random(&seed) % 12000000, 1 + harness_random(&seed) % 3000, 200);
		scene_free(&scene);
	}
}

/* Under trap the VMM has some of the time, and user code comes in ring 3. */
static void test_who_ran(void)
{
	struct time_columns *columns = calloc(1, sizeof(*columns));
	struct panel_scene scene;
	uint64_t rows[TIME_ROWS] = {0};

	CU_ASSERT_FATAL(columns != NULL);
	scene_begin_workload(&scene, "trap", KERNEL, "workload=forkwait");
	scene_go(&scene, 28000000, 0); /* in the middle of the workload, also where the TLB is tiny */
	columns->per = 100000;
	columns->count = 280;
	time_columns_fill(columns, &scene.debugger);
	for (int i = 0; i < columns->count; i++)
		for (unsigned row = 0; row < TIME_ROWS; row++)
			rows[row] += columns->column[i].cycles[row];
	CU_ASSERT(rows[0] > rows[TIME_VMM] && rows[TIME_VMM] > 1000000 && rows[1] == 0 && rows[2] == 0);
	CU_ASSERT(rows[3] > 0);
	scene_free(&scene);
	free(columns);
}

static void test_markers(void)
{
	struct panel_scene scene;
	struct panel_state *state = &scene.states[PANEL_TIMELINE];
	const struct event *a, *b;
	char words[80];

	scene_begin_workload(&scene, "trap", KERNEL, "workload=forkwait");
	scene_go(&scene, 12000000, 0);
	scene_draw(&scene, PANEL_TIMELINE, WIDTH, HEIGHT);
	scene_key(&scene, PANEL_TIMELINE, 'k');
	b = event_log_at(scene.debugger.log, (uint64_t)state->cursor);
	scene_key(&scene, PANEL_TIMELINE, 'B');
	for (int i = 0; i < 5; i++)
		scene_key(&scene, PANEL_TIMELINE, 'k');
	a = event_log_at(scene.debugger.log, (uint64_t)state->cursor);
	scene_key(&scene, PANEL_TIMELINE, 'A');
	CU_ASSERT(a->cycle < b->cycle && state->mark[0] == a->cycle && state->mark[1] == b->cycle);
	snprintf(words, sizeof(words), "between: %" PRIu64 " cycles", b->cycle - a->cycle);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_TIMELINE, WIDTH, HEIGHT), words) != NULL);
	scene_key(&scene, PANEL_TIMELINE, 'x');
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_TIMELINE, WIDTH, HEIGHT), "between") == NULL);
	scene_free(&scene);
}

/* The event selected stays in sight at every zoom, and is where one goes. */
static void test_zoom_and_go(void)
{
	struct panel_scene scene;
	struct panel_state *state = &scene.states[PANEL_TIMELINE];
	uint64_t wanted;

	scene_begin_workload(&scene, "bt", KERNEL, "workload=forkwait");
	scene_go(&scene, 12000000, 0);
	scene_draw(&scene, PANEL_TIMELINE, WIDTH, HEIGHT);
	for (int i = 0; i < 30; i++)
		scene_key(&scene, PANEL_TIMELINE, K_UP);
	wanted = (uint64_t)state->cursor;
	for (int i = 0; i < 60; i++) {
		scene_key(&scene, PANEL_TIMELINE, i < 25 ? '-' : '+');
		scene_draw(&scene, PANEL_TIMELINE, WIDTH, HEIGHT);
		CU_ASSERT((uint64_t)state->cursor == wanted);
		CU_ASSERT(strstr(scene.text, "^") != NULL);
	}
	scene_key(&scene, PANEL_TIMELINE, K_ENTER);
	CU_ASSERT(scene.debugger.story == wanted);
	CU_ASSERT(scene.debugger.vm->clock <= event_log_at(scene.debugger.log, wanted)->cycle);
	scene_free(&scene);
}

static const struct harness_test tests[] = {
	{"words of a filter", test_filter_words}, {"a filtered list", test_filtered_list},
	{"to an event", test_go}, {"search", test_search}, {"following and not", test_follow}, {"large numbers", test_large_numbers}, {"all time is told", test_all_time},
	{"who ran", test_who_ran}, {"markers", test_markers}, {"zoom", test_zoom_and_go},
	{0},
};

int main(void)
{
	return harness_main("events and timeline", tests);
}
