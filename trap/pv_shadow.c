/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/pv_shadow.c - pv/shadow: a guest that speaks Xen's interface, in ring 1 on shadow page tables. All is as under
 * `trap`, but for what the guest has said by hypercall: its system calls go straight from ring 3 to its handler in ring 1
 * by gates of the VMM's IDT, and come back by IRET, without the VMM. (Barham et al. 2003, 3.2: "fast" exception handlers.)
 *
 * Until it has spoken, a guest that was started so runs as under `trap`.
 */
#include "core/refuse.h"
#include "cpu/descriptor.h"
#include "trap/deprivileged.h"
#include "trap/pv.h"

#include <stdlib.h>
#include <string.h>

struct pv_shadow {
	struct deprivileged base; /* first: see trap/deprivileged.h */
	uint32_t seen;            /* xen->changes when the gates were made */
};

static struct pv_shadow *pv_shadow(const struct vm *vm)
{
	return vm->technique_state;
}

/* ---- gates ---- */

static struct descriptor straight_gate(const struct trap_info *trap)
{
	enum { TRAP_GATE32 = 0xf00, DPL3 = 3u << DESCRIPTOR_DPL_SHIFT };

	return (struct descriptor){
		.low = ((uint32_t)trap->cs & ~3u) << 16 | 1u << 16 | (trap->address & 0xffff),
		.high = (trap->address & 0xffff0000) | DESCRIPTOR_PRESENT | DPL3 | TRAP_GATE32,
	};
}

/* Exceptions stay the VMM's: it must know of each. */
static void make_gates(struct pv_shadow *state)
{
	enum { EXCEPTIONS = 32, INTERRUPT_GATE32 = 0xe00 };
	uint8_t *frame = memory_machine_frame(state->base.vm->memory, WINDOW_IDT);
	struct descriptor *gate = (struct descriptor *)(void *)frame;
	const struct xen *xen = xen_of(state->base.vm);

	for (unsigned vector = EXCEPTIONS; vector < 256; vector++) {
		gate[vector].low = (uint32_t)VMM_CODE << 16;
		gate[vector].high = DESCRIPTOR_PRESENT | INTERRUPT_GATE32;
		if (xen->has_stack && trap_goes_straight(&xen->trap[vector], VMM_FIRST))
			gate[vector] = straight_gate(&xen->trap[vector]);
	}
}

/* ESP1 and SS1 (SDM vol. 3, figure 7-2): the guest's kernel stack, with the RPL of the ring that it really is in. */
static void make_stack(struct pv_shadow *state)
{
	enum { ESP1 = 12 };
	const struct xen *xen = xen_of(state->base.vm);
	uint32_t stack[2] = {xen->stack_esp, (xen->stack_ss & ~3u) | 1};

	memcpy(memory_machine_frame(state->base.vm->memory, WINDOW_IDT) + TSS_OFFSET + ESP1, stack, sizeof stack);
}

static void refresh(struct pv_shadow *state)
{
	const struct xen *xen = xen_of(state->base.vm);

	if (state->seen == xen->changes)
		return;
	state->seen = xen->changes;
	make_gates(state);
	make_stack(state);
}

/* The processor has entered the guest's handler by itself. The virtual CPU knows nothing of it yet. */
static void went_straight(void *owner, const struct cpu_event *happened)
{
	struct vm *vm = owner;
	const struct cpu_state *real = cpu_state_const(vm->processor);
	struct event event;

	if (!event_wanted(&vm->events, EV_DELIVERED))
		return;
	vm_event_begin(vm, &event, EV_DELIVERED);
	event.guest_cpl = 0;
	event.eip = real->eip;
	event.linear = real->segment[CS].base + real->eip;
	event.byte_count = 0;
	event.mnemonic = NULL;
	event.has_vector = true;
	event.vector = happened->vector;
	event.action = "straight to the guest's handler in ring 1";
	event_emit(&vm->events, &event);
}

/* ---- the technique ---- */

/* A guest that began under pv may not have spoken yet; one that comes from elsewhere must have. */
static bool may_enter(struct vm *vm)
{
	const char *reason;

	if (!hypercall_begin(vm))
		return false;
	if (!vm_instructions(vm))
		xen_of(vm)->began_as_pv = true;
	if (xen_of(vm)->began_as_pv || hypercall_guest_speaks(vm, &reason))
		return true;
	return refuse(vm->message, sizeof vm->message,
	              "the guest does not speak the paravirtual interface: %s; take a paravirtual kernel, or another technique",
	              reason);
}

bool pv_shadow_enter(struct vm *vm)
{
	struct pv_shadow *state;

	if (!may_enter(vm))
		return false;
	state = arena_take(vm->arena, sizeof *state);
	if (!state)
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	if (!deprivileged_begin(&state->base, vm, 0)) {
		arena_give(vm->arena, state);
		return false;
	}
	cpu_set_hooks(vm->processor,
	              &(struct cpu_hooks){.owner = vm, .sensitive = observe_sensitive, .delivered = went_straight});
	state->seen = xen_of(vm)->changes - 1;
	return true;
}

void pv_shadow_leave(struct vm *vm)
{
	struct pv_shadow *state = pv_shadow(vm);

	deprivileged_end(&state->base);
	arena_give(vm->arena, state);
}

static enum vm_end go_on_speaking(struct vm *vm, uint64_t deadline, bool single)
{
	refresh(pv_shadow(vm));
	return deprivileged_go_on(vm, deadline, single);
}

enum vm_end pv_shadow_run(struct vm *vm, uint64_t deadline)
{
	return run_until(vm, deadline, go_on_speaking);
}

enum vm_end pv_shadow_step(struct vm *vm)
{
	return go_on_speaking(vm, vm->clock + 1, true);
}

void pv_shadow_stored(struct vm *vm, uint64_t gpa, uint32_t size)
{
	if (vm->technique_state)
		deprivileged_stored(deprivileged(vm), gpa, size);
}
