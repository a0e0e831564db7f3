/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_memory.c - memory by its three kinds of addresses, what has changed, bytes edited, search;
 * the TLB with a stale entry; the console, read back while it goes on.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 118, HEIGHT = 12, STRAIGHT_MAP = 0xc0000000 };

static void memory_at(struct panel_scene *scene, uint32_t address)
{
	struct panel_view view = scene_view(scene, PANEL_MEMORY, HEIGHT);

	panel_list[PANEL_MEMORY]->go(&view, address);
	scene_draw(scene, PANEL_MEMORY, WIDTH, HEIGHT);
}

static void begin(struct panel_scene *scene, const char *mode)
{
	scene_begin_workload(scene, mode, KERNEL, "workload=forkwait");
	scene_go(scene, 12000000, 0);
}

/* ---- memory ---- */

static void test_spaces(void)
{
	struct panel_scene scene;
	uint8_t bytes[4];
	char hex[20];

	begin(&scene, "trap");
	memory_at(&scene, STRAIGHT_MAP + 0x101000);
	CU_ASSERT_FATAL(debugger_read(&scene.debugger, STRAIGHT_MAP + 0x101000, bytes, 4) == 4);
	snprintf(hex, sizeof(hex), ">%02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
	CU_ASSERT(strstr(scene.text, hex) != NULL);
	CU_ASSERT(scene_line(&scene, "linear c0101000  gfn 00101 -> mfn 00901") != NULL);
	scene_key(&scene, PANEL_MEMORY, K_TAB);
	scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "physical 00101000  gfn 00101 -> mfn 00901") != NULL);
	CU_ASSERT(strstr(scene.text, hex) != NULL);
	scene_key(&scene, PANEL_MEMORY, K_TAB);
	scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "machine 00901000") != NULL);
	CU_ASSERT(strstr(scene.text, hex) != NULL);
	scene_key(&scene, PANEL_MEMORY, K_TAB);
	scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "linear c0101000") != NULL);
	scene_free(&scene);
}

static void test_unreadable(void)
{
	struct panel_scene scene;

	begin(&scene, "trap");
	memory_at(&scene, 0x40000000);
	CU_ASSERT(scene_line(&scene, ">-- -- -- --") != NULL);
	CU_ASSERT(scene_line(&scene, "40000000  not mapped") != NULL);
	memory_at(&scene, UINT32_MAX);
	CU_ASSERT(scene_line(&scene, "fffffff0") != NULL);
	scene_free(&scene);
}

/* Digits, Enter: the bytes are there, and marked; what cannot be is refused with a reason. */
static void test_edit(void)
{
	struct panel_scene scene;
	uint8_t bytes[3];

	begin(&scene, "trap");
	memory_at(&scene, STRAIGHT_MAP + 0x500000);
	for (const char *c = "e4142 43"; *c; c++)
		scene_key(&scene, PANEL_MEMORY, (enum key)*c);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT), "new bytes at c0500000") != NULL);
	scene_key(&scene, PANEL_MEMORY, K_ENTER);
	CU_ASSERT(debugger_read(&scene.debugger, STRAIGHT_MAP + 0x500000, bytes, 3) == 3 && memcmp(bytes, "ABC", 3) == 0);
	scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "*41*42*43") != NULL);
	for (const char *c = "e414"; *c; c++)
		scene_key(&scene, PANEL_MEMORY, (enum key)*c);
	scene_key(&scene, PANEL_MEMORY, K_ENTER);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT), "two digits for each byte") != NULL);
	scene_key(&scene, PANEL_MEMORY, K_TAB);
	scene_key(&scene, PANEL_MEMORY, 'e');
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT), "by their linear address") != NULL);
	scene_free(&scene);
}

static void test_readonly(void)
{
	struct panel_scene scene;
	uint8_t before, after;

	begin(&scene, "trap");
	memory_at(&scene, STRAIGHT_MAP + 0x500000);
	debugger_read(&scene.debugger, STRAIGHT_MAP + 0x500000, &before, 1);
	scene.debugger.readonly = true;
	for (const char *c = "e77"; *c; c++)
		scene_key(&scene, PANEL_MEMORY, (enum key)*c);
	scene_key(&scene, PANEL_MEMORY, K_ENTER);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_MEMORY, WIDTH, HEIGHT), "read-only") != NULL);
	debugger_read(&scene.debugger, STRAIGHT_MAP + 0x500000, &after, 1);
	CU_ASSERT(before == after);
	scene_free(&scene);
}

static uint32_t cursor(const struct panel_scene *scene)
{
	return (uint32_t)scene->states[PANEL_MEMORY].cursor;
}

static void test_find(void)
{
	struct panel_scene scene;
	struct panel_view view;
	char text[16] = "";

	begin(&scene, "native");
	memory_at(&scene, STRAIGHT_MAP);
	view = scene_view(&scene, PANEL_MEMORY, HEIGHT);
	strcpy(view.state->search, "selfcheck:");
	CU_ASSERT(panel_list[PANEL_MEMORY]->find(&view, false));
	debugger_read(&scene.debugger, cursor(&scene), text, 10);
	CU_ASSERT_STRING_EQUAL(text, "selfcheck:");
	strcpy(view.state->search, "02 b0 ad 1b"); /* of the Multiboot header, 1BADB002h */
	memory_at(&scene, STRAIGHT_MAP + 0xff000);
	CU_ASSERT(panel_list[PANEL_MEMORY]->find(&view, false));
	debugger_read(&scene.debugger, cursor(&scene), text, 4);
	CU_ASSERT(memcmp(text, "\x02\xb0\xad\x1b", 4) == 0);
	strcpy(view.state->search, "no guest has such words");
	CU_ASSERT(!panel_list[PANEL_MEMORY]->find(&view, true));
	scene_free(&scene);
}

/* ---- the TLB ---- */

/* Takes a page away from the guest's tables behind the processor's back: the entry is stale until it is flushed. */
static void test_stale(void)
{
	struct panel_scene scene;
	struct tlb_view entry = {0};
	struct walk walk;
	char address[12];
	struct vm *vm;

	begin(&scene, "native");
	vm = scene.debugger.vm;
	for (size_t i = 0; i < cpu_tlb_size(vm->processor) && !entry.valid; i++)
		entry = cpu_tlb_entry(vm->processor, i);
	CU_ASSERT_FATAL(entry.valid);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_TLB, WIDTH, HEIGHT), "stale") == NULL);
	cpu_walk(vm_guest_state(vm), &vm->guest_bus, entry.linear, ACCESS_READ, false, &walk);
	CU_ASSERT_FATAL(walk.ok);
	CU_ASSERT(memory_write(vm->memory, walk.step[walk.steps - 1].entry_address, &(uint32_t){0}, 4));
	scene_key(&scene, PANEL_TLB, 'v');
	scene_draw(&scene, PANEL_TLB, WIDTH, HEIGHT);
	snprintf(address, sizeof(address), "%08" PRIx32, entry.linear);
	CU_ASSERT(scene_line(&scene, address) && strstr(scene_line(&scene, address), "the tables map nothing here now") != NULL);
	cpu_tlb_flush_page(vm->processor, entry.linear);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_TLB, WIDTH, HEIGHT), address) == NULL);
	scene_free(&scene);
}

/* Nobody has touched anything: a processor's entries are what walks find, in every mode. */
static void test_fresh(void)
{
	static const char *const modes[] = {"native", "emulate", "trap", "trap/3", "bt", "hvm/shadow", "hvm/nested"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct panel_scene scene;
		struct panel_view view;
		char note[64];

		begin(&scene, modes[i]);
		view = scene_view(&scene, PANEL_TLB, HEIGHT);
		panel_list[PANEL_TLB]->note(&view, note, sizeof(note));
		if (!strstr(note, ", 0 stale"))
			printf("%s: %s\n", modes[i], note);
		CU_ASSERT(strstr(note, ", 0 stale") != NULL);
		scene_free(&scene);
	}
}

/* ---- the console ---- */

static void test_console(void)
{
	struct panel_scene scene;
	char first[512];

	begin(&scene, "native");
	scene_draw(&scene, PANEL_CONSOLE, 78, 3);
	CU_ASSERT(scene_line(&scene, "ramfs") != NULL);
	scene_key(&scene, PANEL_CONSOLE, K_UP);
	snprintf(first, sizeof(first), "%s", scene_draw(&scene, PANEL_CONSOLE, 78, 3));
	scene_go(&scene, 60000000, 0);
	CU_ASSERT_STRING_EQUAL(scene_draw(&scene, PANEL_CONSOLE, 78, 3), first); /* what is read stays where it is */
	scene_key(&scene, PANEL_CONSOLE, K_END);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_CONSOLE, 78, 3), "kernel: off") != NULL);
	scene_key(&scene, PANEL_CONSOLE, K_HOME);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_CONSOLE, 78, 3), "lab kernel") != NULL);
	scene_key(&scene, PANEL_CONSOLE, 'v');
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_CONSOLE, 78, 25), "lab kernel") != NULL);
	scene_free(&scene);
}

static const struct harness_test tests[] = {
	{"three kinds of addresses", test_spaces}, {"what cannot be read", test_unreadable}, {"bytes edited", test_edit},
	{"read-only", test_readonly}, {"search", test_find}, {"a stale TLB entry", test_stale}, {"fresh TLB entries", test_fresh},
	{"console", test_console},
	{0},
};

int main(void)
{
	return harness_main("memory, TLB, console", tests);
}
