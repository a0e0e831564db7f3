/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm.c - the technique `hvm`: hardware assist. The guest's kernel has ring 0 of the processor, in VMX
 * non-root operation, and leaves it when the VMCS says so. Memory is `shadow`, as on the first processors with
 * VMX, or `nested`. (Uhlig et al. 2005; Adams and Agesen 2006, section 3; Intel SDM volume 3, chapter 24 on.)
 *
 * Between two slices of the run loop the processor stays in the guest: leaving it is an exit, and has its price.
 * The virtual CPU is brought up to date all the same, for whoever looks.
 */
#include "core/refuse.h"
#include "core/wiring.h"
#include "trap/hvm.h"
#include "trap/hypercall.h"
#include "trap/techniques.h"

#include <stdlib.h>
#include <string.h>

/* ---- taking over, giving up ---- */

/* What the virtual CPU delivers while the VMM emulates for it. */
static void delivered_by_emulation(void *owner, const struct cpu_event *event)
{
	struct vm *vm = owner;

	hvm(vm)->delivered = *event;
}

/* Hardware delivered an event by the guest's own IDT: the VMM does not notice, an observer may. */
static void delivered_in_guest(void *owner, const struct cpu_event *happened)
{
	struct vm *vm = owner;
	struct event event;

	if (!event_wanted(&vm->events, EV_DELIVERED))
		return;
	hvm_take_running(hvm(vm));
	vm_event_begin(vm, &event, EV_DELIVERED);
	event.has_vector = true;
	event.vector = happened->vector;
	event.has_error = happened->has_error;
	event.error = happened->error;
	event.address = happened->address;
	event_emit(&vm->events, &event);
}

/* The hostile build makes do with the fewest frames, whatever was asked for. */
static uint32_t frames_of(const struct vm *vm, uint32_t wanted, uint32_t least)
{
#ifdef RINGSIDE_HOSTILE
	(void)vm;
	(void)wanted;
	return least;
#else
	uint32_t pool = memory_vmm_frames(vm->memory) - HVM_FRAMES;

	(void)least;
	return wanted < pool ? wanted : pool;
#endif
}

static bool make_nested(struct hvm *state)
{
	struct vm *vm = state->vm;
	unsigned levels = vm->config.nested_levels;

	if (memory_guest_size(vm->memory) > nested_reach(levels))
		return refuse(vm->message, sizeof vm->message,
		              "%u levels of nested tables reach %llu MiB, and the guest has %llu; raise nested-levels", levels,
		              (unsigned long long)nested_reach(levels) >> 20,
		              (unsigned long long)memory_guest_size(vm->memory) >> 20);
	state->nested = nested_new(&(struct nested_options){
		.vm = vm,
		.first_frame = HVM_FRAMES,
		.frames = frames_of(vm, UINT32_MAX, NESTED_MINIMUM),
		.levels = levels,
		.large = vm->config.nested_large,
	});
	return state->nested;
}

static bool make_shadow(struct hvm *state)
{
	struct vm *vm = state->vm;

	state->shadow = shadow_new(&(struct shadow_options){
		.vm = vm,
		.first_frame = HVM_FRAMES,
		.frames = frames_of(vm, vm->config.shadow_frames, SHADOW_MINIMUM),
	});
	return state->shadow;
}

static bool make_tables(struct hvm *state)
{
	struct vm *vm = state->vm;
	bool nested = vm->paging == PAGING_NESTED;
	uint32_t least = HVM_FRAMES + (nested ? (uint32_t)NESTED_MINIMUM : (uint32_t)SHADOW_MINIMUM);

	if (memory_vmm_frames(vm->memory) < least)
		return refuse(vm->message, sizeof vm->message, "hvm needs %u frames of the VMM's own; raise vmm-frames", least);
	vm->message[0] = '\0';
	if (nested ? make_nested(state) : make_shadow(state))
		return true;
	return vm->message[0] ? false
	                      : refuse(vm->message, sizeof vm->message,
	                               "not enough memory for the VMM's page tables; close other programs");
}

static void free_state(struct hvm *state)
{
	struct arena *arena = state->vm->arena;

	shadow_free(state->shadow);
	nested_free(state->nested);
	arena_give(arena, state);
}

static bool enter(struct vm *vm)
{
	struct hvm *state = arena_take(vm->arena, sizeof *state);

	if (!state)
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	state->vm = vm;
	state->pdpte_registers = vm->features.pdpte_registers_nested;
	free_of_charge(&state->free, vm);
	if (!hypercall_begin(vm) || !make_tables(state) || !hvm_begin_operation(state)) {
		free_state(state);
		return false;
	}
	vm->technique_state = state;
	cpu_tlb_flush(vm->vcpu);
	cpu_set_costs(vm->vcpu, &state->free);
	cpu_set_hooks(vm->vcpu, &(struct cpu_hooks){.owner = vm, .delivered = delivered_by_emulation});
	cpu_set_hooks(vm->processor, &(struct cpu_hooks){.owner = vm, .delivered = delivered_in_guest});
	return true;
}

/*
 * Out of the guest for good, at no price: it is not the guest's time. An exit that was pending already comes
 * instead of the interrupt's; whatever it asked for, the next technique meets again, except an event whose delivery it
 * cut short.
 */
static void bring_out(struct hvm *state)
{
	struct vm *vm = state->vm;
	struct cost_ledger ledger = vm->ledger;
	uint64_t clock = vm->clock, information = 0;

	cpu_vmx_interrupt(vm->processor);
	hvm_take_exit(state);
	information = hvm_read(state, VMCS_IDT_VECTORING);
	state->injection = (struct injection){
		.information = (uint32_t)information,
		.error_code = (uint32_t)hvm_read(state, VMCS_IDT_VECTORING_ERROR_CODE),
		.length = (uint32_t)hvm_read(state, VMCS_EXIT_INSTRUCTION_LENGTH),
	};
	vm->clock = clock;
	vm->ledger = ledger;
}

static void leave(struct vm *vm)
{
	struct hvm *state = hvm(vm);

	if (in_guest(state))
		bring_out(state);
	hvm_drop_resume_flag(state);
	hvm_deliver(state);
	hvm_end_operation(state);
	cpu_set_hooks(vm->processor, NULL);
	cpu_set_costs(vm->vcpu, &vm->costs);
	wire_hooks(vm);
	cpu_tlb_flush(vm->vcpu);
	vm->technique_state = NULL;
	free_state(state);
}

/* ---- what hardware cannot hold ---- */

static bool can_run_directly(struct vm *vm)
{
	hvm(vm)->refused = false;
	return hvm_can_enter(hvm(vm));
}

static void interpret(struct hvm *state, uint64_t deadline)
{
	struct emulation emulation = {
		.vm = state->vm,
		.delivered = &state->delivered,
	};

	if (!state->vm->stretch.open)
		cpu_tlb_flush(state->vm->vcpu);
	interpret_until(&emulation, deadline, can_run_directly, "interpreted what VM entry would refuse");
	state->flush = FLUSH_ALL; /* MOV CR3 or INVLPG may have been among it */
}

/* An interrupt for a guest that hardware cannot hold, or an event that came back from it. */
static bool deliver_by_software(struct hvm *state)
{
	struct vm *vm = state->vm;
	struct cpu_state before = *guest_cpu(state);
	uint64_t since = vm->clock;
	struct event event;

	if (!state->injection.information && cpu_take_nmi(vm->vcpu)) {
		state->injection.information = (uint32_t)INTERRUPTION_VALID | INTERRUPTION_NMI | VECTOR_NMI;
	} else if (!state->injection.information) {
		if (!board_interrupt(vm->board) || !cpu_interruptible(vm->vcpu))
			return false;
		state->injection.information = (uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXTERNAL | vm->guest_bus.acknowledge(vm);
	}
	story_begin(vm, &event, EV_INJECT);
	event.has_vector = true;
	event.vector = state->injection.information & INTERRUPTION_VECTOR;
	charge(vm, COST_inject);
	hvm_deliver(state);
	story_phase(vm, &event, "push the frame for the guest", since);
	event.reason = "inject";
	event.action = "delivered an event to the virtual CPU";
	story_tell(vm, &event, &before);
	return true;
}

/* ---- the loop ---- */

/* An entry that is no exit's end: after HLT, after interpretation, at the beginning. */
static bool enter_alone(struct hvm *state)
{
	struct vm *vm = state->vm;
	struct event event;
	bool entered;

	story_begin(vm, &event, EV_WORLD_SWITCH);
	entered = hvm_enter(state, &event);
	if (!event_wanted(&vm->events, EV_WORLD_SWITCH))
		return entered;
	event.reason = "VM entry";
	event.action = entered ? "into the guest" : "refused by VM entry";
	event_emit(&vm->events, &event);
	return entered;
}

/* Somebody has changed the virtual CPU, or a key pressed between two slices has raised the interrupt line. */
static bool must_come_out(const struct hvm *state)
{
	bool unseen = board_interrupt(state->vm->board) && !(state->primary & PRIMARY_INTERRUPT_WINDOW);
	bool nmi = cpu_nmi_pending(state->vm->vcpu) && !(state->primary & PRIMARY_NMI_WINDOW);

	return unseen || nmi || memcmp(&state->left, guest_cpu(state), sizeof state->left) != 0;
}

/* Both are interrupts of the host's. What was changed from outside counts. */
static bool come_out(struct hvm *state)
{
	struct vm *vm = state->vm;
	bool changed = memcmp(&state->left, guest_cpu(state), sizeof state->left) != 0;
	struct cpu_state wanted = *guest_cpu(state);

	cpu_vmx_interrupt(vm->processor);
	hvm_take_exit(state);
	if (changed) {
		*cpu_state(vm->vcpu) = wanted;
		cpu_state_changed(vm->vcpu);
	}
	return hvm_exit(state);
}

/* The guest, until an exit or the deadline. The exit of an injected event's delivery comes first. */
static bool run_guest(struct hvm *state, uint64_t deadline, bool single)
{
	struct vm *vm = state->vm;
	enum cpu_stop stop = single ? cpu_step(vm->processor) : cpu_run(vm->processor, deadline);

	if (stop == CPU_STOP_TIME && board_next(vm->board) <= vm->clock)
		cpu_vmx_interrupt(vm->processor);
	if (in_guest(state))
		return true;
	hvm_take_exit(state);
	return hvm_exit(state);
}

/* Out of the guest: something for the VMM to do, or an entry. */
static enum vm_end go_in(struct hvm *state, uint64_t deadline, bool single)
{
	struct vm *vm = state->vm;
	const struct cpu_state *guest = guest_cpu(state);

	if (guest->activity == ACTIVITY_SHUTDOWN)
		return VM_SHUTDOWN;
	hvm_wake(state);
	if (guest->activity == ACTIVITY_HALTED)
		return VM_HALTED;
	if (hvm_can_enter(state))
		enter_alone(state);
	else if (!deliver_by_software(state))
		interpret(state, single ? vm->clock + 1 : deadline);
	return VM_RUNNING;
}

/* Keeps the virtual CPU up to date for whoever looks. */
static void look_at_guest(struct hvm *state)
{
	if (in_guest(state))
		hvm_take_running(state);
	memcpy(&state->left, guest_cpu(state), sizeof state->left);
}

static enum vm_end go_on_in_guest(struct vm *vm, uint64_t deadline, bool single)
{
	struct hvm *state = hvm(vm);
	enum vm_end end = VM_RUNNING;
	bool going = true;

	if (!in_guest(state))
		end = go_in(state, deadline, single);
	else
		going = must_come_out(state) ? come_out(state) : run_guest(state, deadline, single);
	look_at_guest(state);
	return going ? end : VM_UNSUPPORTED;
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	return run_until(vm, deadline, go_on_in_guest);
}

/* An event that meets lacking pages on its way is delivered in one step, with all the exits that this takes. */
static bool finish_delivery(struct hvm *state)
{
	struct vm *vm = state->vm;

	while (in_guest(state) && state->delivering && !must_stop(vm)) {
		state->delivering = false;
		if (cpu_run(vm->processor, vm->clock) != CPU_STOP_VMEXIT)
			return true;
		hvm_take_exit(state);
		if (!hvm_exit(state))
			return false;
	}
	return true;
}

static enum vm_end step(struct vm *vm)
{
	struct hvm *state = hvm(vm);
	bool inside = in_guest(state);
	enum vm_end end;

	state->delivering = false;
	end = go_on_in_guest(vm, vm->clock + 1, true);
	/* Going in is no instruction of the guest's. */
	if (!inside && in_guest(state) && !state->delivering && !must_stop(vm))
		end = go_on_in_guest(vm, vm->clock + 1, true);
	if (!finish_delivery(state))
		return VM_UNSUPPORTED;
	look_at_guest(state);
	return end;
}

static void stored(struct vm *vm, uint64_t gpa, uint32_t size)
{
	struct hvm *state = hvm(vm);

	if (state && state->shadow && shadow_stored(state->shadow, gpa, size))
		state->traced_page_table = true;
}

const struct technique technique_hvm = {
	.name = "hvm",
	.summary = "hardware assist: VMX non-root operation, shadow or nested page tables",
	.vmm = true,
	.pagings = 1 << PAGING_SHADOW | 1 << PAGING_NESTED,
	.paging = PAGING_NESTED,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
	.stored = stored,
};
