/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_descriptors.c - descriptor tables of guest and hardware, devices and their registers,
 * caches: each beside what the machine itself says.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"
#include "visualizer/screen/descriptor_list.h"
#include "visualizer/screen/tab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 118, HEIGHT = 30 };

static void begin(struct panel_scene *scene, const char *mode, uint64_t clock)
{
	scene_begin_workload(scene, mode, strncmp(mode, "pv", 2) == 0 ? KERNEL_PV : KERNEL, "workload=forkwait");
	scene_go(scene, clock, 0);
}

/* ---- descriptors ---- */

static void test_types(void)
{
	char text[32];

	CU_ASSERT_STRING_EQUAL(descriptor_type((struct descriptor){0x0000ffff, 0x00cf9a00}, text), "code RX");
	CU_ASSERT_STRING_EQUAL(descriptor_type((struct descriptor){0x0000ffff, 0x00cf9300}, text), "data RW");
	CU_ASSERT_STRING_EQUAL(descriptor_type((struct descriptor){0x0000ffff, 0x008f9600}, text), "data16 RW down");
	CU_ASSERT_STRING_EQUAL(descriptor_type((struct descriptor){0x00080000, 0xc0108e00}, text), "int gate");
	CU_ASSERT_STRING_EQUAL(descriptor_type((struct descriptor){0x00080000, 0xc010ef00}, text), "trap gate");
	CU_ASSERT_STRING_EQUAL(descriptor_type((struct descriptor){0, 0}, text), "-");
	CU_ASSERT(gate_offset((struct descriptor){0x00081234, 0xc0108e00}) == 0xc0101234);
	CU_ASSERT(gate_offset((struct descriptor){0x00081234, 0xc0108600}) == 0x1234); /* a 16-bit gate */
}

static void test_compressed(void)
{
	struct panel_scene scene;

	begin(&scene, "trap", 12000000);
	scene_draw(&scene, PANEL_DESCRIPTORS, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "0008 code RX") && strstr(scene_line(&scene, "0008 code RX"), "ffdfffff 1*") != NULL);
	CU_ASSERT(scene_line(&scene, "0018 code RX") && strstr(scene_line(&scene, "0018 code RX"), "ffdfffff 3 ") != NULL);
	CU_ASSERT(scene_line(&scene, "fff8 none") && strstr(scene_line(&scene, "fff8 none"), "the VMM's own") != NULL);
	scene_key(&scene, PANEL_DESCRIPTORS, K_TAB);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_DESCRIPTORS, WIDTH, HEIGHT), "the guest has no LDT") != NULL);
	scene_key(&scene, PANEL_DESCRIPTORS, K_TAB);
	scene_draw(&scene, PANEL_DESCRIPTORS, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "0d #GP int gate   0008:c01") && strstr(scene_line(&scene, "0d #GP"), "VMM's gate") != NULL);
	scene_free(&scene);
}

/* Without deprivileging there is one truth: all that is listed is the guest's. */
static void test_uncompressed(void)
{
	static const char *const modes[] = {"native", "hvm/shadow", "hvm/nested", "emulate"};
	struct descriptor_list *list = calloc(1, sizeof(*list));

	CU_ASSERT_FATAL(list != NULL);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct panel_scene scene;

		begin(&scene, modes[i], 12000000);
		CU_ASSERT(strstr(scene_draw(&scene, PANEL_DESCRIPTORS, WIDTH, HEIGHT), "compressed") == NULL);
		descriptor_list_make(list, scene.debugger.vm, TABLE_GDT);
		CU_ASSERT(!list->compared && list->count == 5); /* code and data of two rings, a TSS */
		descriptor_list_make(list, scene.debugger.vm, TABLE_IDT);
		CU_ASSERT(list->count > 32 && list->index[14] == VECTOR_PF && list->index[list->count - 1] >= 0x80);
		scene_free(&scene);
	}
	free(list);
}

/* A gate leads the code panel to its handler. */
static void test_lead(void)
{
	struct panel_scene scene;
	struct descriptor gate;
	const struct cpu_state *guest;

	begin(&scene, "bt", 12000000);
	scene_key(&scene, PANEL_DESCRIPTORS, K_TAB);
	scene_key(&scene, PANEL_DESCRIPTORS, K_TAB);
	scene_draw(&scene, PANEL_DESCRIPTORS, WIDTH, HEIGHT);
	scene_key(&scene, PANEL_DESCRIPTORS, K_DOWN);
	scene_key(&scene, PANEL_DESCRIPTORS, K_ENTER);
	guest = vm_guest_state(scene.debugger.vm);
	CU_ASSERT_FATAL(debugger_read(&scene.debugger, guest->idtr.base + 8, &gate, 8) == 8);
	CU_ASSERT((uint32_t)scene.states[PANEL_CODE].cursor == gate_offset(gate));
	scene_free(&scene);
}

/* ---- devices ---- */

static void test_devices(void)
{
	struct panel_scene scene;
	uint64_t next, now;
	char words[64], number[32];

	begin(&scene, "trap", 12000000);
	next = board_next(scene.debugger.vm->board);
	now = scene.debugger.vm->clock;
	CU_ASSERT_FATAL(next != BOARD_NEVER && next > now);
	snprintf(words, sizeof(words), "pit      in %s", grouped(next - now, number));
	scene_draw(&scene, PANEL_DEVICES, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, words) != NULL);
	CU_ASSERT(strstr(scene.text, "counter 0") == NULL);
	scene_key(&scene, PANEL_DEVICES, K_DOWN);
	scene_key(&scene, PANEL_DEVICES, K_ENTER);
	scene_draw(&scene, PANEL_DEVICES, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "counter 0") && strstr(scene_line(&scene, "counter 0"), "of 11931, 100.006 Hz") != NULL);
	scene_key(&scene, PANEL_DEVICES, K_ENTER);
	CU_ASSERT(strstr(scene_draw(&scene, PANEL_DEVICES, WIDTH, HEIGHT), "counter 0") == NULL);
	scene_free(&scene);
}

/* Every device has facts, and looking at them changes none. */
static void test_facts(void)
{
	struct panel_scene scene;
	struct board_fact fact[BOARD_FACTS];
	const struct board *board;
	uint8_t *before, *after;
	size_t size;

	begin(&scene, "native", 12000000);
	board = scene.debugger.vm->board;
	size = board_save(board, NULL, 0);
	before = malloc(size);
	after = malloc(size);
	CU_ASSERT_FATAL(before && after && board_save(board, before, size) == size);
	for (size_t i = 0; i < board_devices(board); i++) {
		size_t count = board_facts(board, i, fact, BOARD_FACTS);

		CU_ASSERT(count > 0 && count <= BOARD_FACTS);
		CU_ASSERT(board_facts(board, i, fact, 1) == count && board_facts(board, i, NULL, 0) == count);
		CU_ASSERT(board_device_next(board, i) >= board_next(board));
	}
	CU_ASSERT(board_facts(board, board_devices(board), fact, BOARD_FACTS) == 0);
	CU_ASSERT(board_device_next(board, board_devices(board)) == BOARD_NEVER);
	CU_ASSERT(board_save(board, after, size) == size && memcmp(before, after, size) == 0);
	free(before);
	free(after);
	scene_free(&scene);
}

/* ---- caches ---- */

/* The address in the line under the cursor is where Enter leads the code panel. */
static void check_unit(struct panel_scene *scene)
{
	enum { ADDRESS_AT = 18 };
	const char *line;

	scene_draw(scene, PANEL_CACHE, WIDTH, HEIGHT);
	line = scene_line(scene, ">");
	CU_ASSERT_FATAL(line != NULL && strlen(line) > ADDRESS_AT);
	scene_key(scene, PANEL_CACHE, K_ENTER);
	CU_ASSERT((uint32_t)scene->states[PANEL_CODE].cursor == strtoul(line + ADDRESS_AT, NULL, 16));
}

static void test_units(void)
{
	struct panel_scene scene;
	struct panel_view view;

	begin(&scene, "bt", 12000000);
	scene_draw(&scene, PANEL_CACHE, WIDTH, HEIGHT);
	CU_ASSERT(scene_line(&scene, "units made") != NULL && scene_line(&scene, "lookups") != NULL);
	check_unit(&scene);
	view = scene_view(&scene, PANEL_CACHE, HEIGHT);
	strcpy(view.state->search, "no such symbol");
	CU_ASSERT(!panel_list[PANEL_CACHE]->find(&view, false));
#ifndef RINGSIDE_HOSTILE /* whose cache holds two or three units */
	strcpy(view.state->search, "serial_write ");
	CU_ASSERT(panel_list[PANEL_CACHE]->find(&view, false));
	check_unit(&scene);
	CU_ASSERT(scene_line(&scene, ">") && strstr(scene_line(&scene, ">"), "serial_write ") != NULL);
#endif
	scene_free(&scene);
}

static void test_what_is_kept(void)
{
	static const struct {
		const char *mode, *words;
	} cases[] = {
		{"native", "there is no VMM"}, {"emulate", "every instruction is interpreted"}, {"trap", "shadow tables: "},
		{"hvm/shadow", "shadow tables: "}, {"hvm/nested", "nested tables: "}, {"pv", "hypercalls have cost"},
		{"pv/direct", "page tables"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct panel_scene scene;

		begin(&scene, cases[i].mode, 12000000);
		scene_draw(&scene, PANEL_CACHE, WIDTH, HEIGHT);
		CU_ASSERT(scene_line(&scene, cases[i].words) != NULL);
		CU_ASSERT(scene_line(&scene, "TLB misses") != NULL);
		scene_free(&scene);
	}
}

static const struct harness_test tests[] = {
	{"types", test_types}, {"compressed rings", test_compressed}, {"one truth", test_uncompressed}, {"a gate's handler", test_lead},
	{"devices", test_devices}, {"facts", test_facts}, {"units", test_units}, {"what is kept", test_what_is_kept},
	{0},
};

int main(void)
{
	return harness_main("descriptors, devices, caches", tests);
}
