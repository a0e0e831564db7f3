/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_sizes.c - the panels of code, CPU, story, exits and walk in every mode, at moments of a guest's life, from 1x1 up, under keys
 * in any order: nothing crashes, nothing is drawn outside, and no look changes the guest.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include <stdlib.h>

static const int sizes[][2] = {{1, 1},  {2, 1},   {1, 5},   {4, 2},   {9, 3},   {14, 6},   {21, 9},
			       {25, 9}, {26, 14}, {38, 14}, {66, 10}, {80, 24}, {120, 40}, {200, 60}};
static const uint64_t moments[] = {0, 100000, 3000000};
static const char *const reasons[] = {"cli", "hidden fault", "in", "true fault"};

static void draw_all(struct panel_scene *scene)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int panel = 0; panel <= PANEL_WALK; panel++)
			scene_draw(scene, panel, sizes[i][0], sizes[i][1]);
}

/* Keys that only look: Enter would set breakpoints, or run. */
static void press_at_random(struct panel_scene *scene, uint64_t *seed)
{
	static const enum key keys[] = {'j',    'k',    'h',     'l',       '.',         '<',    '>',  K_UP,
					K_DOWN, K_LEFT, K_RIGHT, K_PAGE_UP, K_PAGE_DOWN, K_HOME, K_END};

	for (uint64_t i = 0; i < harness_count(150); i++) {
		int panel = (int)(harness_random(seed) % (PANEL_WALK + 1));
		const int *size = sizes[harness_random(seed) % (sizeof(sizes) / sizeof(*sizes))];
		struct panel_view view = scene_view(scene, panel, size[1]);

		scene->focused = harness_random(seed) % 2;
		scene_key(scene, panel, keys[harness_random(seed) % (sizeof(keys) / sizeof(*keys))]);
		if (harness_random(seed) % 16 == 0 && panel_list[panel]->go)
			panel_list[panel]->go(&view, (uint32_t)harness_random(seed));
		scene_draw(scene, panel, size[0], size[1]);
	}
}

static void try_mode(const char *mode, const char *guest)
{
	struct panel_scene scene;
	uint64_t seed = harness_seed(4711);

	scene_begin_guest(&scene, mode, guest);
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		uint64_t digest, clock;

		scene_go(&scene, moments[i], i);
		digest = vm_digest(scene.debugger.vm);
		clock = scene.debugger.vm->clock;
		for (size_t r = 0; r < sizeof(reasons) / sizeof(*reasons); r++)
			if (scene_tell(&scene, reasons[r]))
				draw_all(&scene);
		draw_all(&scene);
		press_at_random(&scene, &seed);
		CU_ASSERT(vm_digest(scene.debugger.vm) == digest && scene.debugger.vm->clock == clock);
	}
	scene_free(&scene);
}

#define MODE_TEST(function, mode, guest)                                                                     \
	static void function(void)                                                                           \
	{                                                                                                    \
		try_mode(mode, guest);                                                                       \
	}
MODE_TEST(test_native, "native", KERNEL)
MODE_TEST(test_emulate, "emulate", KERNEL)
MODE_TEST(test_trap, "trap", KERNEL)
MODE_TEST(test_trap_3, "trap/3", KERNEL)
MODE_TEST(test_bt, "bt", KERNEL)
MODE_TEST(test_bt_3, "bt/3", KERNEL)
MODE_TEST(test_shadow, "hvm/shadow", KERNEL)
MODE_TEST(test_nested, "hvm/nested", KERNEL)
MODE_TEST(test_pv, "pv", KERNEL_PV)
MODE_TEST(test_direct, "pv/direct", KERNEL_PV)

static const struct harness_test tests[] = {
	{"native", test_native},
	{"emulate", test_emulate},
	{"trap", test_trap},
	{"trap in ring 3", test_trap_3},
	{"bt", test_bt},
	{"bt in ring 3", test_bt_3},
	{"hvm with shadow tables", test_shadow},
	{"hvm with nested tables", test_nested},
	{"pv", test_pv},
	{"pv with direct paging", test_direct},
	{0},
};

int main(void)
{
	return harness_main("panel sizes", tests);
}
