/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/deprivileged.c - taking a guest into direct execution in an outer ring, and giving it up: what the
 * techniques that deprivilege have in common. Shadow page tables, the VMM's window, stretches of direct
 * execution and the exits that end them. (Goldberg 1973; Popek and Goldberg 1974.)
 */
#include "core/refuse.h"
#include "core/wiring.h"
#include "trap/deprivileged.h"
#include "trap/hypercall.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What the virtual CPU delivers while the VMM emulates for it. */
static void delivered(void *owner, const struct cpu_event *event)
{
	struct vm *vm = owner;

	deprivileged(vm)->delivered = *event;
}

/* The hostile build makes do with the fewest shadow pages, whatever was asked for. */
static uint32_t shadow_frames(const struct vm *vm, uint32_t first)
{
#ifdef RINGSIDE_HOSTILE
	(void)vm;
	(void)first;
	return SHADOW_MINIMUM;
#else
	uint32_t pool = memory_vmm_frames(vm->memory) - first;

	return vm->config.shadow_frames < pool ? vm->config.shadow_frames : pool;
#endif
}

static bool make_shadow(struct deprivileged *state, uint32_t first)
{
	struct vm *vm = state->vm;

	if (memory_vmm_frames(vm->memory) < first + SHADOW_MINIMUM)
		return refuse(vm->message, sizeof vm->message, "%s needs %u frames of the VMM's own; raise vmm-frames",
		              vm->technique->name, first + SHADOW_MINIMUM);
	static_assert(WINDOW_FRAMES == (int)CONFIG_WINDOW_FRAMES && SHADOW_MINIMUM == (int)CONFIG_SHADOW_MINIMUM,
	              "the configuration's check and the VMM agree");
	state->shadow = shadow_new(&(struct shadow_options){
		.vm = vm,
		.first_frame = first,
		.frames = shadow_frames(vm, first),
		.separate_views = state->ring == 3,
		.hole_table = (uint64_t)WINDOW_TABLE << PAGE_SHIFT,
	});
	return state->shadow || refuse(vm->message, sizeof vm->message,
	                               "not enough memory for shadow page tables; close other programs");
}

bool deprivileged_begin(struct deprivileged *state, struct vm *vm, unsigned own_frames)
{
	state->vm = vm;
	state->ring = vm->technique->deprivileges ? vm->config.ring : 1;
	state->rdtsc_traps = strcmp(vm->config.rdtsc, "trap") == 0;
	free_of_charge(&state->free, vm);
	if (!hypercall_begin(vm) || !make_shadow(state, WINDOW_FRAMES + own_frames))
		return false;
	vm->technique_state = state;
	cpu_tlb_flush(vm->vcpu);
	cpu_tlb_flush(vm->processor);
	cpu_set_costs(vm->vcpu, &state->free);
	cpu_set_hooks(vm->vcpu, &(struct cpu_hooks){.owner = vm, .delivered = delivered});
	cpu_set_hooks(vm->processor, &(struct cpu_hooks){.owner = vm, .sensitive = observe_sensitive});
	cpu_set_monitored(vm->processor, true);
	descriptors_begin(state);
	return true;
}

void deprivileged_end(struct deprivileged *state)
{
	struct vm *vm = state->vm;

	descriptors_end(state);
	shadow_free(state->shadow);
	cpu_set_monitored(vm->processor, false);
	cpu_set_hooks(vm->processor, NULL);
	cpu_set_costs(vm->vcpu, &vm->costs);
	wire_hooks(vm);
	cpu_tlb_flush(vm->vcpu);
	vm->technique_state = NULL;
}

bool deprivileged_stored(struct deprivileged *state, uint64_t gpa, uint32_t size)
{
	bool descriptor = descriptors_stored(state, gpa, size), page_table = shadow_stored(state->shadow, gpa, size);

	state->traced_descriptor |= descriptor;
	state->traced_page_table |= page_table;
	return descriptor || page_table;
}

bool shadow_agrees(struct deprivileged *state)
{
	struct vm *vm = state->vm;

	return shadow_check(state->shadow, vm->message, sizeof vm->message);
}

bool run_directly(struct deprivileged *state, uint64_t deadline, bool single)
{
	struct vm *vm = state->vm;
	enum cpu_stop stop;

	world_enter(state);
	tell_world_switch(vm, "to the guest");
	stop = single ? cpu_step(vm->processor) : cpu_run(vm->processor, deadline);
	world_leave(state);
	tell_way_out(vm, stop);
	if (stop == CPU_STOP_EVENT)
		exit_event(state);
	else if (stop == CPU_STOP_TIME && board_next(vm->board) <= vm->clock)
		exit_interrupt(state);
	else if (stop == CPU_STOP_SHUTDOWN)
		return refuse(vm->message, sizeof vm->message,
		              "the VMM's own tables are damaged: this is a bug in ringside");
	return !vm_check_due(vm) || shadow_agrees(state);
}

enum vm_end deprivileged_go_on(struct vm *vm, uint64_t deadline, bool single)
{
	struct deprivileged *state = deprivileged(vm);
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);

	if (guest->activity == ACTIVITY_SHUTDOWN)
		return VM_SHUTDOWN;
	if (inject_interrupt(state))
		return VM_RUNNING;
	if (guest->activity == ACTIVITY_HALTED)
		return VM_HALTED;
	if (!world_can_enter(state) || (guest->interrupt_shadow && (interrupt_comes(vm) || guest->pending_debug))) {
		interpret(state, single ? vm->clock + 1 : deadline);
		return VM_RUNNING;
	}
	return run_directly(state, deadline, single) ? VM_RUNNING : VM_UNSUPPORTED;
}
