/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_whole_runs.c - what holds for every mode and a whole run of the lab kernel: the cycles of events and
 * those of direct execution are all that there are, and single steps are the run.
 */
#include "core/counters.h"
#include "cpu/insn.h"
#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>

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

/* ---- one at a time ---- */

/* Timer interrupts, idle time, exits and all. The hostile build checks everything after each step: it makes the first
 * steps alone. */
static void steps_are_the_run(const struct vm_mode *mode, const char *name)
{
#ifdef RINGSIDE_HOSTILE
	const unsigned most = 30000;
#else
	const unsigned most = UINT32_MAX;
#endif
	static const char words[] = "hz=1000 workload=syscall,forkwait n=2";
	struct vm *whole = lab_kernel_new(mode, words, NULL), *steps = lab_kernel_new(mode, words, NULL);
	enum vm_end end = VM_RUNNING;

	if (!whole || !steps)
		return;
	CU_ASSERT_EQUAL(vm_run(whole, LIMIT), VM_EXITED);
	for (unsigned step = 0; step < most && end == VM_RUNNING && steps->clock < LIMIT; step++)
		end = vm_step(steps);
	if (end == VM_RUNNING)
		end = vm_run(steps, LIMIT);
	CU_ASSERT_EQUAL(end, VM_EXITED);
	CU_ASSERT_EQUAL(steps->clock, whole->clock);
	CU_ASSERT_EQUAL(vm_instructions(steps), vm_instructions(whole));
	CU_ASSERT_EQUAL(vm_digest(steps), vm_digest(whole));
	if (steps->clock != whole->clock)
		printf("# %s: %" PRIu64 " by steps, %" PRIu64 " at once\n", name, steps->clock, whole->clock);
	vm_free(whole);
	vm_free(steps);
}

static void test_steps_are_the_run(void)
{
	in_every_mode(steps_are_the_run);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the cycles of events and of direct execution are all that there are", test_cycles_add_up},
		{"single steps are the run", test_steps_are_the_run},
		{0},
	};

	return harness_main("whole runs", tests);
}
