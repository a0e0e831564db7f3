/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/trap.c - the technique `trap`: plain trap-and-emulate (Goldberg 1973; Popek and Goldberg 1974).
 * The guest kernel runs deprivileged in ring 1 or 3 of the processor, on shadow page tables. The VMM
 * acts on exits alone: what IA-32 lets a deprivileged kernel do in silence goes wrong in silence, and
 * is only pointed at (sensitive.c).
 */
#include "core/wiring.h"
#include "trap/deprivileged.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* What the virtual CPU delivers while the VMM emulates for it. */
static void delivered(void *owner, const struct cpu_event *event)
{
	struct vm *vm = owner;

	deprivileged(vm)->delivered = *event;
}

/* The hostile build makes do with the fewest shadow pages, whatever was asked for. */
static uint32_t shadow_frames(const struct vm *vm)
{
#ifdef RINGSIDE_HOSTILE
	(void)vm;
	return SHADOW_MINIMUM;
#else
	uint32_t pool = memory_vmm_frames(vm->memory) - WINDOW_FRAMES;

	return vm->config.shadow_frames < pool ? vm->config.shadow_frames : pool;
#endif
}

static bool make_shadow(struct deprivileged *state)
{
	struct vm *vm = state->vm;

	if (memory_vmm_frames(vm->memory) < WINDOW_FRAMES + SHADOW_MINIMUM) {
		snprintf(vm->message, sizeof vm->message, "trap needs %d frames of the VMM's own; raise vmm-frames",
		         WINDOW_FRAMES + SHADOW_MINIMUM);
		return false;
	}
	static_assert(WINDOW_FRAMES == (int)CONFIG_WINDOW_FRAMES && SHADOW_MINIMUM == (int)CONFIG_SHADOW_MINIMUM,
	              "the configuration's check and the VMM agree");
	state->shadow = shadow_new(&(struct shadow_options){
		.vm = vm,
		.first_frame = WINDOW_FRAMES,
		.frames = shadow_frames(vm),
		.separate_views = state->ring == 3,
		.hole_table = (uint64_t)WINDOW_TABLE << PAGE_SHIFT,
	});
	if (!state->shadow)
		snprintf(vm->message, sizeof vm->message, "not enough memory for shadow page tables; close other programs");
	return state->shadow != NULL;
}

static bool enter(struct vm *vm)
{
	struct deprivileged *state = calloc(1, sizeof *state);

	if (!state) {
		snprintf(vm->message, sizeof vm->message, "not enough memory; close other programs");
		return false;
	}
	state->vm = vm;
	state->ring = vm->config.ring;
	state->free.frequency = vm->costs.frequency;
	if (!make_shadow(state)) {
		free(state);
		return false;
	}
	vm->technique_state = state;
	cpu_set_costs(vm->vcpu, &state->free);
	cpu_set_hooks(vm->vcpu, &(struct cpu_hooks){.owner = vm, .delivered = delivered});
	cpu_set_hooks(vm->processor, &(struct cpu_hooks){.owner = vm, .sensitive = observe_sensitive});
	cpu_set_monitored(vm->processor, true);
	descriptors_begin(state);
	return true;
}

static void leave(struct vm *vm)
{
	struct deprivileged *state = deprivileged(vm);

	descriptors_end(state);
	shadow_free(state->shadow);
	cpu_set_monitored(vm->processor, false);
	cpu_set_hooks(vm->processor, NULL);
	cpu_set_costs(vm->vcpu, &vm->costs);
	wire_hooks(vm);
	free(state);
	vm->technique_state = NULL;
}

/* The test build's conscience: shadow and guest must agree after every exit. */
static bool shadow_agrees(struct deprivileged *state)
{
	struct vm *vm = state->vm;
#ifdef RINGSIDE_HOSTILE
	bool check = true;
#else
	bool check = vm->config.check_shadow;
#endif

	return !check || shadow_check(state->shadow, vm->message, sizeof vm->message);
}

/* Into the guest, or out of it: the two states at that moment. */
static void tell_switch(struct vm *vm, const char *direction)
{
	struct event event;

	if (!event_wanted(&vm->events, EV_WORLD_SWITCH))
		return;
	vm_event_begin(vm, &event, EV_WORLD_SWITCH);
	event.action = direction;
	event_emit(&vm->events, &event);
}

/* One stretch of direct execution, and the exit that ends it. `single`: of one instruction. */
static bool run_directly(struct deprivileged *state, uint64_t deadline, bool single)
{
	struct vm *vm = state->vm;
	enum cpu_stop stop;

	world_enter(state);
	tell_switch(vm, "to the guest");
	stop = single ? cpu_step(vm->processor) : cpu_run(vm->processor, deadline);
	world_leave(state);
	tell_switch(vm, "to the VMM");
	if (stop == CPU_STOP_EVENT)
		exit_event(state);
	else if (stop == CPU_STOP_TIME && board_next(vm->board) <= vm->clock)
		exit_interrupt(state);
	else if (stop == CPU_STOP_SHUTDOWN) {
		snprintf(vm->message, sizeof vm->message, "the VMM's own tables are damaged: this is a bug in ringside");
		return false;
	}
	return shadow_agrees(state);
}

/* Does one thing for the guest: an interrupt, a stretch in the interpreter or directly. */
static enum vm_end go_on(struct deprivileged *state, uint64_t deadline, bool single)
{
	struct vm *vm = state->vm;
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);

	if (guest->activity == ACTIVITY_SHUTDOWN)
		return VM_SHUTDOWN;
	if (inject_interrupt(state))
		return VM_RUNNING;
	if (guest->activity == ACTIVITY_HALTED)
		return VM_HALTED;
	if (!world_can_enter(state) || (guest->interrupt_shadow && board_interrupt(vm->board))) {
		interpret(state, single ? vm->clock + 1 : deadline);
		return VM_RUNNING;
	}
	return run_directly(state, deadline, single) ? VM_RUNNING : VM_UNSUPPORTED;
}

/* A profile may make exits free; a guest that does nothing but exit must reach its limit all the same. */
static void keep_time_moving(struct vm *vm, uint64_t since, unsigned *still)
{
	enum { PATIENCE = 1000 };

	*still = vm->clock == since ? *still + 1 : 0;
	if (*still > PATIENCE)
		vm->clock++;
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	enum vm_end end = VM_RUNNING;
	unsigned still = 0;

	while (end == VM_RUNNING && vm->clock < deadline && !must_stop(vm)) {
		uint64_t since = vm->clock;

		end = go_on(deprivileged(vm), deadline, false);
		keep_time_moving(vm, since, &still);
	}
	return end;
}

static enum vm_end step(struct vm *vm)
{
	return go_on(deprivileged(vm), vm->clock + 1, true);
}

static const struct cpu_state *guest_state(const struct vm *vm)
{
	return cpu_state_const(vm->vcpu);
}

static void stored(struct vm *vm, uint64_t gpa, uint32_t size)
{
	struct deprivileged *state = deprivileged(vm);

	if (!state)
		return;
	state->traced_descriptor |= descriptors_stored(state, gpa, size);
	state->traced_page_table |= shadow_stored(state->shadow, gpa, size);
}

const struct technique technique_trap = {
	.name = "trap",
	.summary = "trap and emulate: the kernel deprivileged, shadow page tables",
	.vmm = true,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
	.guest_state = guest_state,
	.stored = stored,
};
