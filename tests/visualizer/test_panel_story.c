/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_story.c - a trap told in steps, and the same steps in a narration.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include "visualizer/event_text.h"
#include "visualizer/story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void begin(struct panel_scene *scene)
{
	scene_begin_guest(scene, "trap", HELLO);
	scene_go(scene, 50000, 0);
	CU_ASSERT_FATAL(scene_tell(scene, "cli"));
}

static void test_steps(void)
{
	struct panel_scene scene;
	struct event_step steps[EVENT_STEPS];
	const struct event *event;
	unsigned count;
	uint64_t sum = 0;

	begin(&scene);
	event = debugger_story(&scene.debugger);
	count = event_steps(event, steps);
	CU_ASSERT(count >=
		  3u + event->phases); /* its cause, what was done, and what changed if something did */
	CU_ASSERT(strcmp(steps[0].text, "the guest executes  cli") == 0 && steps[0].side == STEP_GUEST);
	CU_ASSERT(strstr(steps[1].text, "CPL 1 > IOPL 0") && steps[1].side == STEP_HARDWARE);
	for (unsigned i = 0; i < count; i++)
		sum += steps[i].cycles;
	CU_ASSERT(sum == event->cycles);
	scene_free(&scene);
}

/* An event may have as many parts as it can hold. */
static void test_most_steps(void)
{
	struct event event = {.kind = EV_INTERRUPT, .has_vector = true, .action = "does"};
	struct event_step steps[EVENT_STEPS];

	for (unsigned i = 0; i < EVENT_PHASES; i++)
		event_add_phase(&event, "phase", 1);
	event_add_change(&event, "eax", 0, 1);
	CU_ASSERT(event_steps(&event, steps) == EVENT_STEPS);
	event = (struct event){.kind = EV_TRAP};
	CU_ASSERT(event_steps(&event, steps) == 1);
}

static void test_narration(void)
{
	struct panel_scene scene;
	struct event_text text = {.style = style_make("never")};
	struct event_step steps[EVENT_STEPS];
	char *bytes = NULL;
	unsigned count;
	size_t size;

	begin(&scene);
	text.out = open_memstream(&bytes, &size);
	event_story(&text, debugger_story(&scene.debugger));
	fclose(text.out);
	count = event_steps(debugger_story(&scene.debugger), steps);
	for (unsigned i = 0; i < count; i++)
		if (strlen(steps[i].text) < 58)
			CU_ASSERT(strstr(bytes, steps[i].text) != NULL);
	free(bytes);
	scene_free(&scene);
}

static void test_panel(void)
{
	struct panel_scene scene;
	struct panel_view view;
	char note[64], wanted[64];
	const char *line;

	begin(&scene);
	scene_draw(&scene, PANEL_STORY, 78, 14);
	line = scene_line(&scene, "1>");
	CU_ASSERT(line && strstr(line, "cli"));
	snprintf(wanted, sizeof(wanted), "in all %" PRIu32 " cycles",
		 debugger_story(&scene.debugger)->cycles);
	CU_ASSERT(scene_line(&scene, wanted) != NULL);
	CU_ASSERT(scene_line(&scene, "200 cycles") != NULL);
	CU_ASSERT(scene_key(&scene, PANEL_STORY, 'j') && scene_key(&scene, PANEL_STORY, 'j'));
	scene_draw(&scene, PANEL_STORY, 78, 14);
	CU_ASSERT(scene_line(&scene, "3>") != NULL);
	view = scene_view(&scene, PANEL_STORY, 14);
	panel_list[PANEL_STORY]->note(&view, note, sizeof(note));
	CU_ASSERT(strncmp(note, "3/", 2) == 0);
	for (unsigned i = 0; i < 30; i++)
		scene_key(&scene, PANEL_STORY, K_DOWN);
	scene_draw(&scene, PANEL_STORY, 30, 3); /* the lit step is in sight, however small the panel */
	CU_ASSERT(scene_line(&scene, ">") != NULL);
	for (unsigned i = 0; i < 30; i++)
		scene_key(&scene, PANEL_STORY, K_UP);
	CU_ASSERT(scene.debugger.story_step == 0);
	scene_free(&scene);
}

static void test_without(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "native", HELLO);
	scene_draw(&scene, PANEL_STORY, 60, 5);
	CU_ASSERT(scene_line(&scene, "no VMM") != NULL);
	scene_free(&scene);
	scene_begin_guest(&scene, "trap", HELLO);
	scene_draw(&scene, PANEL_STORY, 60, 5);
	CU_ASSERT(scene_line(&scene, "No trap is told yet") != NULL);
	scene_free(&scene);
}

static const struct harness_test tests[] = {
	{"the steps of a trap", test_steps},
	{"as many steps as an event can have", test_most_steps},
	{"a narration has the same", test_narration},
	{"the panel", test_panel},
	{"nothing to tell", test_without},
	{0},
};

int main(void)
{
	return harness_main("panel story", tests);
}
