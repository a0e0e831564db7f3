/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/vmm.c - the loop that every VMM here has, and its last resort: guest states that hardware cannot hold
 * are interpreted until it can, as early VMMs did.
 */
#include "trap/hypercall.h"
#include "trap/vmm.h"

static bool interpret_one(const struct emulation *emulation)
{
	struct vm *vm = emulation->vm;

	if (board_interrupt(vm->board) && cpu_interruptible(vm->vcpu))
		return false; /* injected, and told, by itself */
	step_virtual_cpu(emulation);
	charge(vm, COST_interpret);
	if (!vm->costs.cycles[COST_interpret])
		vm->clock++; /* a profile may make it free, but a guest that spins must reach its limit */
	return !cpu_state_const(vm->vcpu)->activity && !must_stop(vm);
}

/* Gives the cycles that it took; what `can_enter` and hypercalls take is told by itself. */
static uint64_t interpret_some(const struct emulation *emulation, uint64_t deadline, can_enter *can_enter)
{
	struct vm *vm = emulation->vm;
	uint64_t spent = 0;
	bool more = true;

	while (more && vm->clock < deadline) {
		uint64_t since = vm->clock, told = hypercall_cycles(vm);

		more = interpret_one(emulation);
		spent += vm->clock - since - (hypercall_cycles(vm) - told);
		more = more && !can_enter(vm);
	}
	return spent;
}

void interpret_until(const struct emulation *emulation, uint64_t deadline, can_enter *can_enter, const char *action)
{
	struct vm *vm = emulation->vm;
	uint64_t instructions = cpu_instructions(vm->vcpu), spent;
	struct event event;

	story_begin(vm, &event, EV_EMULATE);
	spent = interpret_some(emulation, deadline, can_enter);
	if (!event_wanted(&vm->events, EV_EMULATE))
		return;
	event.reason = "interpreter";
	event.action = action;
	event_add_change(&event, "instructions", 0, (uint32_t)(cpu_instructions(vm->vcpu) - instructions));
	event_add_phase(&event, "interpret", (uint32_t)spent);
	event_emit(&vm->events, &event);
}

enum vm_end run_until(struct vm *vm, uint64_t deadline, go_on *go_on)
{
	enum { PATIENCE = 1000 };
	enum vm_end end = VM_RUNNING;
	unsigned still = 0;

	while (end == VM_RUNNING && vm->clock < deadline && !must_stop(vm)) {
		uint64_t since = vm->clock;

		end = go_on(vm, deadline, false);
		still = vm->clock == since ? still + 1 : 0;
		if (still > PATIENCE)
			vm->clock++;
	}
	return end;
}
