/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_mode.c - modes as text, the list of them, and moves that are refused or fail.
 */
#include "core/mode.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

enum { MODES = 32 };

static void test_modes_are_read_as_written(void)
{
	struct vm_mode mode[MODES], again;
	size_t count = mode_list(technique_list(), mode, MODES);
	char text[32], error[256];

	CU_ASSERT_FATAL(count > 3 && count <= MODES);
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT(mode_parse(technique_list(), mode_text(&mode[i], text, sizeof text), &again, error, sizeof error));
		CU_ASSERT(mode_same(&mode[i], &again));
		for (size_t j = 0; j < i; j++)
			CU_ASSERT(!mode_same(&mode[i], &mode[j]));
	}
	CU_ASSERT_EQUAL(mode_list(technique_list(), mode, 2), count);
}

static void test_mistakes_are_told(void)
{
	static const struct {
		const char *text, *told;
	} mistakes[] = {
		{"magic", "there are: native"}, {"", "there are: native"}, {"trap/2", "has no '2' paging"},
		{"emulate/1", "no ring can be chosen"}, {"trap/nested", "there is: shadow"}, {"native/shadow", "leave it out"},
		{"a very long name that no technique has, nor ever will have, I hope", "is no technique"},
	};
	char error[256];
	struct vm_mode mode;

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		error[0] = '\0';
		CU_ASSERT(!mode_parse(technique_list(), mistakes[i].text, &mode, error, sizeof error));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, mistakes[i].told));
	}
}

/* ---- moves; the rig's guest counts: inc eax; jmp ---- */

static bool fail(struct vm *vm)
{
	snprintf(vm->message, sizeof vm->message, "not today");
	return false;
}

/* Takes a guest in the first time, then no more. */
static bool first_time_only(struct vm *vm)
{
	return vm->switches == 0 ? technique_emulate.enter(vm) : fail(vm);
}

static struct vm *counting(const struct rig_way *way)
{
	struct vm *vm = rig_new(way, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	CU_ASSERT_EQUAL(RIG_RUN(vm, 1000, 0x40, 0xeb, 0xfd), VM_RUNNING);
	return vm;
}

static bool counts_on(struct vm *vm)
{
	uint32_t before = vm_guest_state(vm)->gpr[EAX];

	return vm_run(vm, vm->clock + 10000) == VM_RUNNING && vm_guest_state(vm)->gpr[EAX] > before;
}

static void test_impossible_moves(void)
{
	struct vm *native = counting(&rig_ways[0]), *emulated = counting(&rig_ways[1]);
	struct vm_mode emulate = vm_mode(emulated), bare = vm_mode(native), direct = emulate;

	CU_ASSERT(!vm_switch(native, &emulate) && strstr(native->message, "start again"));
	CU_ASSERT(!vm_switch(emulated, &bare) && strstr(emulated->message, "start again"));
	direct.paging = PAGING_DIRECT;
	CU_ASSERT(!vm_switch(emulated, &direct) && strstr(emulated->message, "addresses"));
	CU_ASSERT(!native->switches && !emulated->switches && counts_on(native) && counts_on(emulated));
	vm_free(native);
	vm_free(emulated);
}

static void test_a_failed_move_changes_nothing(void)
{
	struct technique failing = technique_emulate;
	struct vm_mode mode = {.technique = &failing, .paging = PAGING_GUEST, .ring = 1}, before, after;

	failing.name = "failing";
	failing.enter = fail;
	for (unsigned i = 1; i < RIG_WAYS; i++) {
		struct vm *vm = counting(&rig_ways[i]);

		before = vm_mode(vm);
		CU_ASSERT(!vm_switch(vm, &mode) && !strcmp(vm->message, "not today"));
		after = vm_mode(vm);
		CU_ASSERT(mode_same(&before, &after) && !vm->stranded && counts_on(vm));
		vm_free(vm);
	}
}

static void test_a_guest_may_be_stranded(void)
{
	struct technique failing = technique_emulate, reluctant = technique_emulate;
	struct vm_mode there = {.technique = &reluctant, .paging = PAGING_GUEST, .ring = 1}, mode = there;
	struct vm *vm = counting(&rig_ways[2]);

	failing.enter = fail;
	reluctant.enter = first_time_only;
	mode.technique = &failing;
	CU_ASSERT(vm_switch(vm, &there));
	CU_ASSERT(!vm_switch(vm, &mode) && vm->stranded);
	CU_ASSERT_EQUAL(vm_run(vm, vm->clock + 1000), VM_UNSUPPORTED);
	CU_ASSERT_EQUAL(vm_step(vm), VM_UNSUPPORTED);
	vm_free(vm);
}

struct seen {
	struct event_reader reader;
	unsigned count;
	const char *action[4];
};

static void see(void *owner, const struct event *event)
{
	struct seen *seen = owner;

	if (seen->count < 4)
		seen->action[seen->count++] = event->action;
}

static void test_moves_are_told(void)
{
	struct vm *vm = counting(&rig_ways[1]);
	struct vm_mode emulate = vm_mode(vm), trap = {.technique = &technique_trap, .paging = PAGING_SHADOW, .ring = 3};
	struct seen seen = {.reader = {.kinds = 1ull << EV_SWITCH, .read = see}};

	seen.reader.owner = &seen;
	event_add_reader(&vm->events, &seen.reader);
	CU_ASSERT(vm_switch(vm, &trap) && vm_switch(vm, &trap) && vm_switch(vm, &emulate) && vm_switch(vm, &trap));
	CU_ASSERT_EQUAL_FATAL(seen.count, 3); /* to where it is already is no move */
	CU_ASSERT_STRING_EQUAL(seen.action[0], "emulate to trap/3");
	CU_ASSERT_STRING_EQUAL(seen.action[1], "trap/3 to emulate");
	CU_ASSERT(seen.action[0] == seen.action[2] && vm->switches == 3);
	vm_free(vm);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"modes are read as they are written", test_modes_are_read_as_written},
		{"mistakes are told", test_mistakes_are_told},
		{"moves that cannot be are refused", test_impossible_moves},
		{"a failed move changes nothing", test_a_failed_move_changes_nothing},
		{"when nobody takes a guest it stands still", test_a_guest_may_be_stranded},
		{"moves are told", test_moves_are_told},
		{0},
	};
	return harness_main("modes", tests);
}
