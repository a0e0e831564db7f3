/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/vmm.c - the loop that every VMM here has, and its last resort: guest states that hardware cannot hold
 * are interpreted until it can, as early VMMs did.
 */
#include "trap/hypercall.h"
#include "trap/vmm.h"

static bool interrupt_is_due(const struct vm *vm)
{
	return board_interrupt(vm->board) && cpu_interruptible(vm->vcpu);
}

/* False: the stretch is over. An interrupt is injected, and told, by itself. */
static bool interpret_one(const struct emulation *emulation, can_enter *can_enter)
{
	struct vm *vm = emulation->vm;
	uint64_t since = vm->clock, told = hypercall_cycles(vm);

	if (interrupt_is_due(vm))
		return false;
	step_virtual_cpu(emulation);
	charge(vm, COST_interpret);
	if (!vm->costs.cycles[COST_interpret])
		vm->clock++; /* a profile may make it free, but a guest that spins must reach its limit */
	emulation->stretch->spent += vm->clock - since - (hypercall_cycles(vm) - told);
	return !cpu_state_const(vm->vcpu)->activity && !machine_must_stop(vm) && !can_enter(vm) && !interrupt_is_due(vm);
}

static void begin_stretch(struct vm *vm, struct stretch *stretch)
{
	story_begin(vm, &stretch->event, EV_EMULATE);
	stretch->instructions = cpu_instructions(vm->vcpu);
	stretch->spent = 0;
	stretch->open = true;
}

void interpret_until(const struct emulation *emulation, uint64_t deadline, bool one, can_enter *can_enter,
		     const char *action)
{
	struct stretch *stretch = emulation->stretch;
	struct event *event = &stretch->event;
	struct vm *vm = emulation->vm;
	bool more = true;

	if (!stretch->open)
		begin_stretch(vm, stretch);
	while (more && vm->clock < deadline && !vm->stop_requested)
		more = interpret_one(emulation, can_enter);
	stretch->open = more && !one;
	if (stretch->open || !event_wanted(&vm->events, EV_EMULATE))
		return;
	event->reason = "interpreter";
	event->action = action;
	event_add_change(event, "instructions", 0,
			 (uint32_t)(cpu_instructions(vm->vcpu) - stretch->instructions));
	event_add_phase(event, "interpret", (uint32_t)stretch->spent);
	event_emit(&vm->events, event);
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
