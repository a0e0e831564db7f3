/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/vmm.c - the loop that every VMM here has, and its last resort: guest states that hardware cannot hold
 * are interpreted until it can, as early VMMs did.
 */
#include "core/breakpoint.h"
#include "trap/hypercall.h"
#include "trap/vmm.h"

static bool interrupt_waits(const struct vm *vm)
{
	return cpu_nmi_deliverable(vm->vcpu) || (board_interrupt(vm->board) && cpu_interruptible(vm->vcpu));
}

/* False: the guest cannot go on, or shall not. */
static bool interpret_one(const struct emulation *emulation)
{
	struct vm *vm = emulation->vm;

	if (interrupt_waits(vm))
		return false; /* injected, and told, by itself */
	if (emulation->before)
		emulation->before(vm);
	step_virtual_cpu(emulation);
	charge(vm, COST_interpret);
	if (!vm->costs.cycles[COST_interpret])
		vm_pass_time(vm, vm->clock + 1); /* a profile may make it free, but a guest that spins must reach its limit */
	return !cpu_state_const(vm->vcpu)->activity && !must_stop(vm);
}

/* Adds the cycles that it took; what `can_enter` and hypercalls take is told by itself. True: the stretch is at its end;
 * false: it was cut for somebody who looks on. */
static bool interpret_some(const struct emulation *emulation, uint64_t deadline, can_enter *can_enter)
{
	struct vm *vm = emulation->vm;
	bool more = true, enters = false;

	while (more && !enters && vm->clock < deadline) {
		uint64_t since = vm->clock, told = hypercall_cycles(vm);

		if (!interrupt_waits(vm) && stops_reached(vm))
			return false;
		more = interpret_one(emulation);
		vm->stretch.cycles += vm->clock - since - (hypercall_cycles(vm) - told);
		enters = !cpu_state_const(vm->vcpu)->activity && !is_due(vm) && can_enter(vm);
	}
	return enters || is_due(vm) || cpu_state_const(vm->vcpu)->activity || interrupt_waits(vm);
}

/* One that was cut for somebody who looks on goes on. */
static void open_stretch(struct vm *vm, const char *action)
{
	struct stretch *stretch = &vm->stretch;

	if (stretch->open && stretch->event.action == action)
		return;
	story_begin(vm, &stretch->event, EV_EMULATE);
	stretch->open = true;
	stretch->cycles = 0;
	stretch->instructions = cpu_instructions(vm->vcpu);
	stretch->event.reason = "interpreter";
	stretch->event.action = action;
}

void interpret_until(const struct emulation *emulation, uint64_t deadline, can_enter *can_enter, const char *action)
{
	struct vm *vm = emulation->vm;

	open_stretch(vm, action);
	if (interpret_some(emulation, deadline, can_enter))
		vm_tell_stretch(vm);
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
			vm_pass_time(vm, vm->clock + 1);
	}
	return end;
}
