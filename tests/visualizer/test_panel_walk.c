/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_walk.c - which address is walked, and what of both walks is shown.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include "visualizer/walk_text.h"

#include <inttypes.h>
#include <string.h>

enum { MOMENT = 3000000 };

static void go(struct panel_scene *scene, uint32_t address)
{
	struct panel_view view = scene_view(scene, PANEL_WALK, 20);

	panel_list[PANEL_WALK]->go(&view, address);
}

static void test_subject(void)
{
	struct panel_scene scene;
	char wanted[32];

	scene_begin_guest(&scene, "trap", KERNEL);
	scene_go(&scene, MOMENT, 0);
	scene.debugger.story = EVENT_NONE_SELECTED;
	scene_draw(&scene, PANEL_WALK, 40, 20);
	snprintf(wanted, sizeof(wanted), "gla %08" PRIx32 " EIP fetch", debugger_linear_eip(&scene.debugger));
	CU_ASSERT(scene_line(&scene, wanted) != NULL);
	CU_ASSERT_FATAL(scene_tell(&scene, "hidden fault"));
	scene_draw(&scene, PANEL_WALK, 40, 20);
	snprintf(wanted, sizeof(wanted), "gla %08" PRIx32 " #PF", debugger_story(&scene.debugger)->address);
	CU_ASSERT(scene_line(&scene, wanted) != NULL);
	go(&scene, 0xdeadb000);
	scene_draw(&scene, PANEL_WALK, 40, 20);
	CU_ASSERT(scene_line(&scene, "gla deadb000 read") != NULL);
	CU_ASSERT(scene_line(&scene, "#PF(0): not present") != NULL);
	CU_ASSERT(scene_key(&scene, PANEL_WALK, '.'));
	scene_draw(&scene, PANEL_WALK, 40, 20);
	CU_ASSERT(scene_line(&scene, wanted) != NULL);
	scene_free(&scene);
}

/* Both walks as walk_both finds them, stacked and side by side. */
static void test_entries(void)
{
	struct panel_scene scene;
	struct walk_request request = {.access = ACCESS_READ};
	struct two_walks walks;
	char text[WALK_TEXT];

	scene_begin_guest(&scene, "trap", KERNEL);
	scene_go(&scene, MOMENT, 0);
	request.linear = debugger_linear_eip(&scene.debugger);
	go(&scene, request.linear);
	walks = walk_both(scene.debugger.vm, &request);
	CU_ASSERT_FATAL(walks.guest.steps == 2 && walks.shadow.steps == 2);
	for (int width = 36; width <= 90; width += 54) {
		scene_draw(&scene, PANEL_WALK, width, 30);
		for (unsigned i = 0; i < 2; i++) {
			walk_step_text(&walks.guest, i, text);
			CU_ASSERT(scene_line(&scene, text) != NULL);
			walk_step_text(&walks.shadow, i, text);
			CU_ASSERT(scene_line(&scene, text) != NULL);
		}
	}
	scene_draw(&scene, PANEL_WALK, 26, 30); /* entries without their addresses */
	snprintf(text, sizeof(text), "PTE   %08" PRIx64 " ", walks.shadow.step[1].entry);
	CU_ASSERT(scene_line(&scene, text) != NULL);
	scene_free(&scene);
}

static void test_nested(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "hvm/nested", KERNEL);
	scene_go(&scene, MOMENT, 0);
	scene.debugger.story = EVENT_NONE_SELECTED;
	scene_draw(&scene, PANEL_WALK, 40, 40);
	CU_ASSERT(scene_line(&scene, "14 references") !=
		  NULL); /* two guest levels over four nested ones: 2*4 + 2 + 4 */
	CU_ASSERT(scene_line(&scene, "14 EPT1") != NULL);
	CU_ASSERT(scene_line(&scene, " 5 PDE gpa") != NULL);
	scene_free(&scene);
}

/* What an EPT violation was about is a gpa: the nested tables alone are walked. */
static void test_violation(void)
{
	struct panel_scene scene;
	char wanted[48];
	uint64_t mfn = 0;

	scene_begin_guest(&scene, "hvm/nested", KERNEL);
	scene_go(&scene, MOMENT, 0);
	CU_ASSERT_FATAL(scene_tell(&scene, "EPT violation"));
	scene_draw(&scene, PANEL_WALK, 40, 20);
	snprintf(wanted, sizeof(wanted), "gpa %08" PRIx32 " EPT violation",
		 debugger_story(&scene.debugger)->address);
	CU_ASSERT(scene_line(&scene, wanted) != NULL);
	CU_ASSERT(memory_gfn_to_mfn(scene.debugger.vm->memory, debugger_story(&scene.debugger)->address >> 12,
				    &mfn));
	snprintf(wanted, sizeof(wanted), "ma  %05" PRIx64, mfn);
	CU_ASSERT(scene_line(&scene, " 4 EPT1") != NULL && scene_line(&scene, wanted) != NULL);
	go(&scene, 0xc0100000);
	scene_draw(&scene, PANEL_WALK, 40, 20);
	CU_ASSERT(scene_line(&scene, "gla c0100000") != NULL);
	scene_free(&scene);
}

static void test_off(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	scene_draw(&scene, PANEL_WALK, 40, 20);
	CU_ASSERT(scene_line(&scene, "paging is off") != NULL);
	scene_free(&scene);
}

static const struct harness_test tests[] = {
	{"which address", test_subject},
	{"entries of both walks", test_entries},
	{"references of a nested walk", test_nested},
	{"an EPT violation", test_violation},
	{"paging off", test_off},
	{0},
};

int main(void)
{
	return harness_main("panel walk", tests);
}
