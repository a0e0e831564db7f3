/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/emulate.c - the technique `emulate`: nothing runs directly. The VMM interprets each instruction
 * against the virtual CPU, walking the guest's own page tables; the processor itself never holds guest
 * state. This is emulation as against virtualization (Popek and Goldberg 1974: a VMM lets a
 * statistically dominant part of the instructions run directly).
 */
#include "trap/hypercall.h"
#include "trap/techniques.h"

#include <stdlib.h>
#include <stdio.h>

/* The interpreter's prices: each instruction's own cost and that of interpreting it. */
static struct cost_profile *interpreter_costs(struct arena *arena, const struct cost_profile *costs)
{
	struct cost_profile *interpreter = arena_take(arena, sizeof *interpreter);

	if (!interpreter)
		return NULL;
	*interpreter = *costs;
	for (unsigned cost = 0; cost <= COST_port_access; cost++)
		interpreter->cycles[cost] += costs->cycles[COST_interpret];
	return interpreter;
}

static bool enter(struct vm *vm)
{
	struct cost_profile *costs;

	if (!hypercall_begin(vm))
		return false;
	costs = interpreter_costs(vm->arena, &vm->costs);
	if (!costs) {
		snprintf(vm->message, sizeof vm->message, "not enough memory; close other programs");
		return false;
	}
	vm->technique_state = costs;
	cpu_set_costs(vm->vcpu, costs);
	return true;
}

static void leave(struct vm *vm)
{
	cpu_set_costs(vm->vcpu, &vm->costs);
	arena_give(vm->arena, vm->technique_state);
	vm->technique_state = NULL;
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	return vm_end_of_stop(cpu_run(vm->vcpu, deadline));
}

static enum vm_end step(struct vm *vm)
{
	return vm_end_of_stop(cpu_step(vm->vcpu));
}

const struct technique technique_emulate = {
	.name = "emulate",
	.summary = "every instruction interpreted against the virtual CPU",
	.vmm = true,
	.pagings = 1 << PAGING_GUEST,
	.paging = PAGING_GUEST,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
};
