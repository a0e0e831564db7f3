/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_tabs.c - the panels of the tabs in every mode, at moments of a guest's life, from 1x1 up,
 * standing and as if running, under keys in any order: nothing crashes, nothing is drawn outside, and a look changes
 * nothing of the guest.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include <stdio.h>

static const int sizes[][2] = {{1, 1},  {2, 1},  {1, 5},  {5, 2},   {9, 3},    {12, 6},   {30, 4},
                               {78, 6}, {79, 9}, {99, 12}, {118, 12}, {130, 24}, {200, 60}};
enum { SIZES = sizeof(sizes) / sizeof(*sizes) };
static const uint64_t moments[] = {0, 100000, 12000000, 15000000};

static int random_panel(uint64_t *seed)
{
	return PANEL_CONSOLE + (int)(harness_random(seed) % (PANELS - PANEL_CONSOLE));
}

static void draw_all(struct panel_scene *scene)
{
	for (unsigned i = 0; i < SIZES; i++)
		for (int panel = PANEL_CONSOLE; panel < PANELS; panel++) {
			scene->debugger.running = i % 3 == 2;
			scene_draw(scene, panel, sizes[i][0], sizes[i][1]);
		}
	scene->debugger.running = false;
}

static void search_something(struct panel_scene *scene, int panel, uint64_t *seed)
{
	static const char *const words[] = {"cli", "c010", "data", "", "7f 45", "mapped", "\xc3\xa9"};
	struct panel_view view = scene_view(scene, panel, 10);
	const char *word = words[harness_random(seed) % (sizeof(words) / sizeof(*words))];

	snprintf(view.state->search, sizeof(view.state->search), "%s", word);
	if (panel_list[panel]->find)
		panel_list[panel]->find(&view, harness_random(seed) % 2);
}

static void press_one(struct panel_scene *scene, const enum key *keys, size_t count, uint64_t *seed)
{
	int panel = random_panel(seed);
	const int *size = sizes[harness_random(seed) % SIZES];
	struct panel_view view = scene_view(scene, panel, size[1]);

	scene->focused = harness_random(seed) % 2;
	if (panel_list[panel]->key)
		panel_list[panel]->key(&view, keys[harness_random(seed) % count]);
	if (harness_random(seed) % 16 == 0 && panel_list[panel]->go)
		panel_list[panel]->go(&view, (uint32_t)(harness_random(seed) | (harness_random(seed) & 0xc0000000)));
	if (harness_random(seed) % 64 == 0)
		search_something(scene, panel, seed);
	scene_draw(scene, panel, size[0], size[1]);
}

/* Keys that only look. */
static void look_at_random(struct panel_scene *scene, uint64_t *seed)
{
	static const enum key keys[] = {'j', 'k', 'h', 'l', 'd', 'D', 'p', 'm', 'v', 'f', 'c', 'i', '+', '-', 'A', 'B', 'x', ',',
	                                '.', K_UP, K_DOWN, K_LEFT, K_RIGHT, K_PAGE_UP, K_PAGE_DOWN, K_HOME, K_END, K_TAB,
	                                K_ESCAPE, K_BACKSPACE};

	for (uint64_t i = 0; i < harness_count(150); i++)
		press_one(scene, keys, sizeof(keys) / sizeof(*keys), seed);
}

/* Those that go to events and change bytes too. */
static void press_at_random(struct panel_scene *scene, uint64_t *seed)
{
	static const enum key keys[] = {'e', 'a', '1', K_ENTER, K_ENTER, K_ESCAPE, K_UP, K_PAGE_UP, K_LEFT, K_TAB, 'j', 'f'};

	for (uint64_t i = 0; i < harness_count(60); i++)
		press_one(scene, keys, sizeof(keys) / sizeof(*keys), seed);
}

static void try_mode(const char *mode, const char *guest)
{
	struct panel_scene scene;
	uint64_t seed = harness_seed(4712);

	scene_begin_workload(&scene, mode, guest, "workload=forkwait,ptchurn");
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		uint64_t digest, clock;

		scene_go(&scene, moments[i], 0);
		digest = vm_digest(scene.debugger.vm);
		clock = scene.debugger.vm->clock;
		draw_all(&scene);
		look_at_random(&scene, &seed);
		CU_ASSERT(vm_digest(scene.debugger.vm) == digest && scene.debugger.vm->clock == clock);
	}
	press_at_random(&scene, &seed);
	scene_free(&scene);
}

#define MODE_TEST(function, mode, guest)                                                            \
	static void function(void)                                                                   \
	{                                                                                            \
		try_mode(mode, guest);                                                               \
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
	{"native", test_native}, {"emulate", test_emulate}, {"trap", test_trap}, {"trap in ring 3", test_trap_3},
	{"bt", test_bt}, {"bt in ring 3", test_bt_3}, {"hvm with shadow tables", test_shadow},
	{"hvm with nested tables", test_nested}, {"pv", test_pv}, {"pv with direct paging", test_direct},
	{0},
};

int main(void)
{
	return harness_main("tab panels", tests);
}
