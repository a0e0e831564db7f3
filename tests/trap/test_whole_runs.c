/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_whole_runs.c - what holds for every mode and a whole run of the lab kernel: the cycles of events and
 * those of direct execution are all that there are, and a run cut into slices or single steps is the same run.
 */
#include "core/counters.h"
#include "cpu/insn.h"
#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MODES = 16 };

static const uint64_t LIMIT = UINT64_C(4000000000);

typedef void test_mode(const struct vm_mode *mode, const char *name);

static void in_every_mode(test_mode *test)
{
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES);
	char name[24];

	CU_ASSERT_FATAL(count > 8 && count <= MODES);
	for (size_t i = 0; i < count; i++)
		test(&modes[i], mode_text(&modes[i], name, sizeof name));
}

/* ---- where the cycles went ---- */

static void price_one(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct vm *vm = owner;

	(void)two_byte, (void)opcode, (void)reg;
	vm->costs.cycles[row->cost] = 1;
}

/* Every instruction that runs directly costs 1, and nothing else that hardware does; the VMM's work as ever. */
static void make_prices(struct vm *vm)
{
	for (unsigned cost = 0; cost < COST_monitor_entry; cost++)
		vm->costs.cycles[cost] = 0;
	insn_for_each(price_one, vm);
	vm->costs.cycles[COST_string_iteration] = 0; /* with paging on, the kernel's string instructions are all repeated */
	vm->costs.cycles[COST_string_setup] = 1;
	vm->costs.cycles[COST_walk_reference] = 0;
	vm->costs.cycles[COST_interrupt_delivery] = 0; /* of gates that hardware enters: the INT has been paid */
	cpu_set_costs(vm->processor, &vm->costs);
}

static void add_up(const struct vm_mode *mode, const char *name, void (*change)(struct config *config))
{
	struct vm *vm = lab_kernel_new(mode, "hz=0 workload=syscall,forkwait,ptchurn,crash n=3", change);
	struct counters counters;
	uint64_t before, direct;

	if (!vm)
		return;
	make_prices(vm);
	while (!state_paging(vm_guest_state(vm)) && vm_run(vm, vm->clock + 1000) == VM_RUNNING)
		;
	before = vm->clock - cpu_instructions(vm->processor);
	counters_begin(&counters, EVENT_KINDS_ALL);
	event_add_reader(&vm->events, &counters.reader);
	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	direct = before + cpu_instructions(vm->processor);
	CU_ASSERT(counters.exits > 100);
	CU_ASSERT_EQUAL(direct + counters.cycles, vm->clock);
	if (direct + counters.cycles != vm->clock)
		printf("# %s: %" PRId64 " cycles are told by nobody\n", name, (int64_t)(vm->clock - direct - counters.cycles));
	vm_free(vm);
}

static void without_vpid(struct config *config)
{
	config->vpid = false;
}

static void without_chains(struct config *config)
{
	config->chain = config->adapt = false;
}

/* Without a VMM there is nobody to tell, and under `emulate` nothing runs directly. */
static void cycles_add_up(const struct vm_mode *mode, const char *name)
{
	if (mode->paging == PAGING_GUEST)
		return;
	add_up(mode, name, NULL);
	if (mode->technique == &technique_hvm)
		add_up(mode, name, without_vpid);
	if (mode->technique == &technique_bt)
		add_up(mode, name, without_chains);
}

static void test_cycles_add_up(void)
{
	in_every_mode(cycles_add_up);
}

/* ---- whoever looks on leaves no trace ---- */

/* A digest of all that a stream tells, in its order; what begins and ends a run is told by vm_run alone. */
static void add_to_digest(void *owner, const struct event *event)
{
	uint64_t *digest = owner;
	const uint64_t parts[] = {event->cycle, event->instruction, event->kind, event->eip, event->cycles, event->address,
	                          event->error, event->vector, event->phases, event->changes};

	if (event->kind == EV_BEGIN || event->kind == EV_END)
		return;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		*digest = (*digest ^ parts[i]) * UINT64_C(0x100000001b3);
}

struct told {
	uint64_t stream, digest, clock, instructions;
};

/* In slices of so many cycles; 0: in single steps. */
static struct told run_in_slices(const struct vm_mode *mode, const char *words, uint64_t slice)
{
	struct vm *vm = lab_kernel_new(mode, words, NULL);
	struct told told = {0};
	struct event_reader reader = {.owner = &told.stream, .kinds = EVENT_KINDS_ALL, .read = add_to_digest};
	enum vm_end end = VM_RUNNING;

	if (!vm)
		return told;
	event_add_reader(&vm->events, &reader);
	while (end == VM_RUNNING)
		end = slice ? vm_run(vm, slice > LIMIT - vm->clock ? LIMIT : vm->clock + slice) : vm_step(vm);
	CU_ASSERT_EQUAL(end, VM_EXITED);
	told.digest = vm_digest(vm);
	told.clock = vm->clock;
	told.instructions = vm_instructions(vm);
	vm_free(vm);
	return told;
}

static void slices_leave_no_trace(const struct vm_mode *mode, const char *name)
{
#ifdef RINGSIDE_HOSTILE
	static const uint64_t slices[] = {20011};
	static const char words[] = "hz=1000 workload=syscall n=1";
#else
	static const uint64_t slices[] = {20011, 977, 0};
	static const char words[] = "hz=1000 workload=syscall,forkwait,ptchurn,crash n=2";
#endif
	struct told whole = run_in_slices(mode, words, LIMIT);

	for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
		struct told cut = run_in_slices(mode, words, slices[i]);

		CU_ASSERT_EQUAL(cut.clock, whole.clock);
		CU_ASSERT_EQUAL(cut.digest, whole.digest);
		CU_ASSERT_EQUAL(cut.stream, whole.stream);
		CU_ASSERT_EQUAL(cut.instructions, whole.instructions);
		if (memcmp(&cut, &whole, sizeof cut) != 0)
			printf("# %s: in slices of %" PRIu64 " cycles (0: steps) the run is another one\n", name, slices[i]);
	}
}

static void test_slices_leave_no_trace(void)
{
	in_every_mode(slices_leave_no_trace);
}

static const struct harness_test tests[] = {
	{"the cycles of events and of direct execution are all that there are", test_cycles_add_up},
	{"slices and steps leave no trace: the same events, cycles and memory", test_slices_leave_no_trace},
	{0},
};

int main(void)
{
	return harness_main("whole runs", tests);
}
