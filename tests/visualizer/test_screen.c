/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_screen.c - what a viewer's keys do, and that no keys at no size do harm.
 */
#include "tests/harness.h"

#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/screen/screen.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In assembler: its addresses are what no compiler changes. */
#define GUEST "build/guests/hello.elf"

struct scene {
	struct options options;
	struct debugger debugger;
	struct screen *screen;
	struct grid grid;
	char *text; /* of the last drawing */
};

static bool begin_as(struct scene *scene, char *technique)
{
	char name[] = "tui", guest[] = GUEST;
	char *words[] = {name, technique, guest, NULL};

	memset(scene, 0, sizeof(*scene));
	if (access(GUEST, R_OK) != 0) {
		printf("skipped %s: not built\n", GUEST);
		return false;
	}
	CU_ASSERT_FATAL(options_parse(&scene->options, command_find("tui"), 3, words) == STATUS_OK);
	scene->options.words = &words[2];
	CU_ASSERT_FATAL(debugger_open(&scene->debugger, &scene->options, 0) == STATUS_OK);
	scene->screen = screen_new(&scene->debugger, false);
	CU_ASSERT_FATAL(scene->screen != NULL);
	return true;
}

static bool begin(struct scene *scene)
{
	char technique[] = "--technique=trap";

	return begin_as(scene, technique);
}

static void end(struct scene *scene)
{
	screen_free(scene->screen);
	grid_free(&scene->grid);
	free(scene->text);
	debugger_close(&scene->debugger);
}

static const char *drawn(struct scene *scene, int width, int height)
{
	size_t size;
	FILE *out;

	free(scene->text);
	CU_ASSERT_FATAL(grid_resize(&scene->grid, width, height));
	screen_draw(scene->screen, &scene->grid);
	out = open_memstream(&scene->text, &size);
	grid_print(&scene->grid, out, true, false);
	fclose(out);
	return scene->text;
}

static void press(struct scene *scene, const char *names)
{
	char copy[200];
	char *rest = copy;

	strcpy(copy, names);
	for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		enum key key;

		CU_ASSERT_FATAL(key_parse(name, &key));
		screen_key(scene->screen, key);
		while (scene->debugger.running && debugger_slice(&scene->debugger, 5))
			;
	}
}

static void type(struct scene *scene, const char *text)
{
	for (; *text; text++)
		screen_key(scene->screen, (enum key)(unsigned char)*text);
}

static bool has(struct scene *scene, const char *part)
{
	bool found = strstr(drawn(scene, 80, 24), part) != NULL;

	if (!found)
		printf("# '%s' is not on this screen:\n%s", part, scene->text);
	return found;
}

/* Every cell is a glyph of one column in a role that there is; the cursor is hidden, or on the screen. */
static bool sound(const struct grid *grid)
{
	for (int i = 0; i < grid->width * grid->height; i++)
		if (grid->cell[i].glyph < ' ' || grid->cell[i].role >= ROLE_COUNT) {
			printf("# %dx%d: glyph %x, role %u in cell %d\n", grid->width, grid->height,
			       (unsigned)grid->cell[i].glyph, grid->cell[i].role, i);
			return false;
		}
	if (grid->cursor_x < grid->width && grid->cursor_y < grid->height)
		return true;
	printf("# %dx%d: the cursor is at %d, %d\n", grid->width, grid->height, grid->cursor_x, grid->cursor_y);
	return false;
}

/* ---- keys ---- */

static void test_focus(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	CU_ASSERT(has(&scene, ">1 Guest code"));
	press(&scene, "3");
	CU_ASSERT(has(&scene, ">3 CPU"));
	press(&scene, "2");
	CU_ASSERT(has(&scene, ">2 Translation"));
	CU_ASSERT(!strstr(scene.text, "CPU: guest"));
	press(&scene, "Tab");
	CU_ASSERT(has(&scene, ">3 CPU"));
	press(&scene, "S-Tab S-Tab");
	CU_ASSERT(has(&scene, ">1 Guest code"));
	press(&scene, "6 z");
	CU_ASSERT(has(&scene, ">6 Page walk"));
	CU_ASSERT_PTR_NULL(strstr(scene.text, "Guest code"));
	press(&scene, "z");
	CU_ASSERT(has(&scene, "1 Guest code"));
	end(&scene);
}

static void test_tabs(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	press(&scene, "]");
	CU_ASSERT(has(&scene, "7 Memory"));
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_CODE);
	press(&scene, "[ [");
	CU_ASSERT(has(&scene, "7 Events"));
	press(&scene, "7");
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_EVENTS);
	/* Turning the tabs round never makes the guest take the keys. */
	for (int i = 0; i < 20; i++)
		screen_key(scene.screen, (enum key)']');
	CU_ASSERT(scene.screen->choice.focus != PANEL_CONSOLE);
	end(&scene);
}

static void test_moving(void)
{
	struct scene scene;
	uint64_t clock;

	if (!begin(&scene))
		return;
	clock = scene.debugger.vm->clock;
	press(&scene, "s s s");
	CU_ASSERT(scene.debugger.vm->clock > clock);
	press(&scene, "S S S");
	CU_ASSERT_EQUAL(scene.debugger.vm->clock, clock);
	end(&scene);
}

static void test_command_line(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	press(&scene, ":");
	type(&scene, "focus mem");
	CU_ASSERT(has(&scene, ":focus mem"));
	CU_ASSERT(scene.grid.cursor_x == 10 && scene.grid.cursor_y == 23);
	press(&scene, "Enter");
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_MEMORY);
	press(&scene, ":");
	type(&scene, "nonsense");
	press(&scene, "Enter");
	CU_ASSERT(has(&scene, "no command 'nonsense'"));
	press(&scene, "Esc");
	CU_ASSERT_PTR_NULL(strstr(drawn(&scene, 80, 24), "nonsense"));
	press(&scene, ":");
	type(&scene, "info kinds");
	press(&scene, "Enter");
	CU_ASSERT(has(&scene, "hidden-fault"));
	press(&scene, "q"); /* closes what lies over the panels, and nothing else */
	CU_ASSERT(!scene.screen->quit);
	CU_ASSERT(has(&scene, "1 Guest code"));
	press(&scene, "q");
	CU_ASSERT(scene.screen->quit);
	end(&scene);
}

static void test_keys_are_listed(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	press(&scene, "?");
	drawn(&scene, 120, 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.text, "In this panel: Guest code"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.text, "s F8"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.text, "take back one instruction"));
	press(&scene, "Esc");
	CU_ASSERT(screen_perform(scene.screen, "rebind F2 step 3"));
	CU_ASSERT_STRING_EQUAL(bindings_line(&scene.screen->bindings, K_F2), "step 3");
	CU_ASSERT(!screen_perform(scene.screen, "rebind F99 step"));
	end(&scene);
}

static void test_console_takes_keys(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	press(&scene, "4 7");
	CU_ASSERT(has(&scene, "C-a"));
	type(&scene, "q:z");
	CU_ASSERT(!scene.screen->quit && !scene.screen->prompt.open && !scene.screen->choice.zoom);
	press(&scene, "C-a z");
	CU_ASSERT(scene.screen->choice.zoom);
	press(&scene, "C-a Esc");
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_STORY);
	end(&scene);
}

/* The console's cursor stays on the screen, however narrow it is. */
static void test_console_cursor(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	press(&scene, "c 7");
	for (int width = 1; width < 130; width++) {
		drawn(&scene, width, 15);
		CU_ASSERT(sound(&scene.grid));
	}
	end(&scene);
}

static void test_readonly(void)
{
	struct scene scene;
	uint64_t clock;

	if (!begin(&scene))
		return;
	clock = scene.debugger.vm->clock;
	scene.screen->readonly = true;
	press(&scene, "s c t 3 ]");
	CU_ASSERT_EQUAL(scene.debugger.vm->clock, clock);
	CU_ASSERT(!scene.debugger.readonly);
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_CPU);
	press(&scene, "s");
	CU_ASSERT(has(&scene, "read-only"));
	end(&scene);
}

static void test_mouse(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	drawn(&scene, 80, 24);
	screen_mouse(scene.screen, 60, 5, MOUSE_CLICK);
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_CPU);
	screen_mouse(scene.screen, 5, 5, MOUSE_WHEEL_DOWN);
	CU_ASSERT_EQUAL(scene.screen->choice.focus, PANEL_CPU);
	screen_mouse(scene.screen, 1, 23, MOUSE_CLICK); /* F1 */
	CU_ASSERT(scene.screen->pager.text != NULL);
	screen_mouse(scene.screen, 5, 5, MOUSE_WHEEL_DOWN);
	screen_mouse(scene.screen, -5, 500, MOUSE_CLICK);
	end(&scene);
}

/* ---- any keys, any sizes ---- */

static void random_key(struct screen *screen, uint64_t *state)
{
	static const char often[] = "12345671234567][][zs SnNtTbBeE{}mhjkl/g:?MdvFfcC\r\r\x1b\x01\t";
	unsigned kind = harness_random(state) % 8;

	if (kind < 5)
		screen_key(screen, (enum key)often[harness_random(state) % (sizeof(often) - 1)]);
	else if (kind < 6)
		screen_key(screen, (enum key)(K_UP + (int)(harness_random(state) % 11)));
	else if (kind < 7)
		screen_key(screen, (enum key)(1 + harness_random(state) % 0x17f));
	else
		screen_mouse(screen, (int)(harness_random(state) % 210) - 5, (int)(harness_random(state) % 70) - 5,
			     (enum screen_mouse)(harness_random(state) % 3));
}

/* Keys write files where one is: in a folder that goes. */
static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		char file[600];

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		unlink(file);
	}
	if (folder)
		closedir(folder);
	rmdir(path);
}

static void random_keys(char *technique, uint64_t seed, uint64_t rounds)
{
	char folder[] = "/tmp/ringside-screen-XXXXXX", here[1000];
	struct scene scene;
	struct screen *second;
	uint64_t state = seed;

	if (!begin_as(&scene, technique))
		return;
	CU_ASSERT_FATAL(mkdtemp(folder) && getcwd(here, sizeof(here)) && chdir(folder) == 0);
	second = screen_new(&scene.debugger, true);
	for (; rounds > 0; rounds--) {
		struct screen *screen = harness_random(&state) % 4 ? scene.screen : second;

		random_key(screen, &state);
		for (int slices = 0; scene.debugger.running && slices < 3; slices++)
			if (!debugger_slice(&scene.debugger, 1))
				screen_arrived(screen);
		if (harness_random(&state) % 3)
			continue;
		CU_ASSERT_FATAL(grid_resize(&scene.grid, 1 + (int)(harness_random(&state) % 200),
					    1 + (int)(harness_random(&state) % 60)));
		screen_draw(screen, &scene.grid);
		CU_ASSERT_FATAL(sound(&scene.grid));
	}
	screen_free(second);
	end(&scene);
	CU_ASSERT_FATAL(chdir(here) == 0);
	remove_folder(folder);
}

static void test_random_keys(void)
{
	static const char *const techniques[] = {"--technique=trap", "--technique=bt", "--technique=hvm",
						 "--technique=emulate", "--technique=native"};
	uint64_t seed = harness_seed(20261), rounds = harness_count(1500);

	for (size_t i = 0; i < sizeof(techniques) / sizeof(techniques[0]); i++) {
		char technique[32];

		strcpy(technique, techniques[i]);
		random_keys(technique, seed + i, rounds);
	}
}

static void screen_focus_by_name(struct scene *scene, const char *name)
{
	char line[40];

	snprintf(line, sizeof(line), "focus %s", name);
	CU_ASSERT(screen_perform(scene->screen, line));
}

static void test_every_size(void)
{
	struct scene scene;

	if (!begin(&scene))
		return;
	for (unsigned tab = 0; tab < PANELS; tab++) {
		for (int i = 0; i < 8; i++) {
			static const int sizes[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 5}, {79, 23}, {80, 24}, {200, 60}, {500, 200}};

			drawn(&scene, sizes[i][0], sizes[i][1]);
			CU_ASSERT(sound(&scene.grid));
		}
		screen_focus_by_name(&scene, panel_list[tab]->name);
		CU_ASSERT(screen_perform(scene.screen, tab % 2 ? "zoom" : "mode"));
	}
	end(&scene);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"focus and zoom", test_focus},
		{"tabs", test_tabs},
		{"steps forward and back", test_moving},
		{"the line of commands", test_command_line},
		{"the list of keys", test_keys_are_listed},
		{"typing at the guest", test_console_takes_keys},
		{"the console's cursor", test_console_cursor},
		{"a viewer that may only look", test_readonly},
		{"the mouse", test_mouse},
		{"every panel at strange sizes", test_every_size},
		{"random keys", test_random_keys},
		{0},
	};

	return harness_main("visualizer/screen", tests);
}
