/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_whole_runs.c - what holds for every mode and a whole run of the lab kernel: the cycles of events and
 * those of direct execution are all that there are, and a run cut into slices or single steps is the same run.
 */
#include "core/counters.h"
#include "cpu/insn.h"
#include "tests/harness.h"
#include "tests/trap/every_mode.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint64_t LIMIT = UINT64_C(4000000000);

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

static void everything_exits(struct config *config)
{
	strcpy(config->vmx_exits, "all");
	config->nested_large = true;
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
		add_up(mode, name, without_vpid), add_up(mode, name, everything_exits);
	if (mode->technique == &technique_bt)
		add_up(mode, name, without_chains);
}

static void test_cycles_add_up(void)
{
	in_every_mode(cycles_add_up);
}

/* ---- whoever looks on leaves no trace ---- */

static void slices_leave_no_trace(const struct vm_mode *mode, const char *name)
{
#if SLOW_BUILD
	static const uint64_t slices[] = {20011};
	static const char words[] = "hz=1000 workload=syscall n=1";
#else
	static const uint64_t slices[] = {20011, 977, 0};
	static const char words[] = "hz=1000 workload=syscall,forkwait,ptchurn,crash n=2";
#endif
	struct vm *vm = lab_kernel_new(mode, words, NULL);
	struct told whole, cut;

	if (!vm)
		return;
	whole = told_in_slices(vm, LIMIT, LIMIT);
	for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
		cut = told_in_slices(lab_kernel_new(mode, words, NULL), LIMIT, slices[i]);
		check_told(&cut, &whole, name, slices[i]);
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
