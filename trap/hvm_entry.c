/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm_entry.c - into the guest: what waits for it is put into the VMCS, what has changed is written, and
 * hardware does the rest. Intel SDM volume 3, 26.5 (event injection), 25.2 (interrupt window), 28.3.3 (what a VMM
 * must invalidate).
 */
#include "trap/hvm.h"

bool hvm_runnable(const struct hvm *state)
{
	const struct vm *vm = state->vm;

	return !vm->exited && !vm->reset_requested && guest_cpu(state)->activity == ACTIVITY_ACTIVE &&
	       hvm_can_enter(state);
}

void hvm_wake(struct hvm *state)
{
	struct vm *vm = state->vm;

	bool comes = cpu_nmi_deliverable(vm->vcpu) || (board_interrupt(vm->board) && cpu_interruptible(vm->vcpu));

	if (guest_cpu(state)->activity != ACTIVITY_HALTED || !comes)
		return;
	cpu_state(vm->vcpu)->activity = ACTIVITY_ACTIVE;
	cpu_state_changed(vm->vcpu);
}

/* ---- events for the guest ---- */

void hvm_inject_exception(struct hvm *state, unsigned vector, uint32_t error_code)
{
	state->injection = (struct injection){
		.information = (uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE | vector,
		.error_code = error_code,
	};
}

void hvm_drop_resume_flag(struct hvm *state)
{
	const struct cpu_state *guest = guest_cpu(state);

	if (!(guest->eflags & EFLAGS_RF) || (guest->dr[7] & 0xff) ||
	    state->page_exit != cpu_instructions(state->vm->processor))
		return;
	cpu_state(state->vm->vcpu)->eflags &= ~(uint32_t)EFLAGS_RF;
	cpu_state_changed(state->vm->vcpu);
}

static bool injection_waits(const struct hvm *state)
{
	return state->injection.information & (uint32_t)INTERRUPTION_VALID;
}

static bool is_software(const struct injection *injection)
{
	uint32_t type = injection->information & INTERRUPTION_TYPE;

	return type == INTERRUPTION_SOFTWARE || type == INTERRUPTION_SOFTWARE_EXCEPTION ||
	       type == INTERRUPTION_PRIVILEGED_EXCEPTION;
}

static void write_injection(struct hvm *state)
{
	const struct injection *injection = &state->injection;

	if (!injection_waits(state))
		return;
	hvm_write(state, VMCS_ENTRY_INTERRUPTION, injection->information);
	if (injection->information & INTERRUPTION_ERROR_CODE)
		hvm_write(state, VMCS_ENTRY_ERROR_CODE, injection->error_code);
	if (is_software(injection))
		hvm_write(state, VMCS_ENTRY_INSTRUCTION_LENGTH, injection->length);
}

bool hvm_interrupt_is_ready(const struct hvm *state)
{
	const struct vm *vm = state->vm;
	bool due = board_next(vm->board) <= vm->clock; /* a device may want one as soon as it is asked */

	return !injection_waits(state) && (due || board_interrupt(vm->board)) && cpu_interruptible(vm->vcpu) &&
	       !guest_cpu(state)->pending_debug;
}

/* What a VM entry is given. An interrupt that another part has taken from its controller is in state->injection already. */
enum given { GIVEN_NMI, GIVEN_INTERRUPT, GIVEN_ACKNOWLEDGED };

static uint32_t information_of(struct hvm *state, enum given given)
{
	if (given == GIVEN_NMI)
		return (uint32_t)INTERRUPTION_VALID | INTERRUPTION_NMI | VECTOR_NMI;
	if (given == GIVEN_INTERRUPT)
		return (uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXTERNAL | state->vm->guest_bus.acknowledge(state->vm);
	return state->injection.information;
}

static void give(struct hvm *state, enum given given)
{
	struct vm *vm = state->vm;
	bool nmi = given == GIVEN_NMI;
	struct event event;
	uint64_t since = vm->clock;

	story_begin(vm, &event, EV_INJECT);
	hvm_drop_resume_flag(state);
	state->injection.information = information_of(state, given);
	write_injection(state);
	story_phase(vm, &event, nmi ? "VMWRITE of the NMI" : "VMWRITE of the interrupt", since);
	event.has_vector = true;
	event.vector = state->injection.information & INTERRUPTION_VECTOR;
	event.reason = "inject";
	event.action = nmi ? "gave an NMI to the VM entry" : "gave an interrupt to the VM entry";
	story_tell(vm, &event, guest_cpu(state));
}

/* An NMI goes first, and blocks others until the guest's IRET, which hardware sees (virtual NMIs, 24.6.1 and 26.6.1.2). */
static bool take_nmi(struct hvm *state)
{
	if (injection_waits(state) || guest_cpu(state)->pending_debug || !cpu_take_nmi(state->vm->vcpu))
		return false;
	give(state, GIVEN_NMI);
	return true;
}

static bool is_new_interrupt(const struct hvm *state)
{
	return injection_waits(state) && (state->injection.information & INTERRUPTION_TYPE) == INTERRUPTION_EXTERNAL &&
	       !state->vectored.information;
}

/* An interrupt for which the guest is ready goes with the entry, by hardware through the guest's IDT. True: all that goes with it
 * has been written. */
static bool take_interrupt(struct hvm *state)
{
	const struct vm *vm = state->vm;
	bool gives = take_nmi(state), asks = !gives && hvm_assist_injects(state), other;
	uint64_t since = vm->clock;

	state->window = board_interrupt(vm->board);
	if (gives)
		return true;
	other = asks && hvm_assist_inject(state);
	gives = other ? is_new_interrupt(state) : state->window && hvm_interrupt_is_ready(state);
	if (gives)
		give(state, other ? GIVEN_ACKNOWLEDGED : GIVEN_INTERRUPT);
	if (!other)
		state->window = board_interrupt(vm->board);
	if (asks)
		hvm_assist_inject_done(state, since);
	return gives;
}

static uint32_t windows_wanted(const struct hvm *state)
{
	return (state->window ? PRIMARY_INTERRUPT_WINDOW : 0) |
	       (cpu_nmi_pending(state->vm->vcpu) ? PRIMARY_NMI_WINDOW : 0);
}

/* One that has to wait asks for an exit as soon as the guest would take it. */
static void set_window(struct hvm *state)
{
	uint32_t windows = PRIMARY_INTERRUPT_WINDOW | PRIMARY_NMI_WINDOW;
	uint32_t primary = (state->primary & ~windows) | windows_wanted(state);

	if (primary != state->primary)
		hvm_write(state, VMCS_PRIMARY_CONTROLS, primary);
	state->primary = primary;
}

static struct cpu_event event_of(const struct hvm *state)
{
	static const uint8_t types[8] = {
		[0] = EVENT_EXTERNAL, [2] = EVENT_NMI, [3] = EVENT_EXCEPTION,
		[4] = EVENT_SOFTWARE, [5] = EVENT_EXCEPTION, [6] = EVENT_SOFTWARE_EXCEPTION,
	};
	const struct injection *injection = &state->injection;

	return (struct cpu_event){
		.type = types[injection->information >> 8 & 7],
		.vector = injection->information & INTERRUPTION_VECTOR,
		.has_error = injection->information & INTERRUPTION_ERROR_CODE,
		.error = injection->error_code,
		.address = guest_cpu(state)->cr2,
		.length = is_software(injection) ? (uint8_t)injection->length : 0,
	};
}

void hvm_deliver(struct hvm *state)
{
	struct vm *vm = state->vm;
	struct cpu_event event = event_of(state);

	if (!injection_waits(state))
		return;
	state->injection.information = 0;
	cpu_state(vm->vcpu)->eip += event.length;
	cpu_state_changed(vm->vcpu);
	cpu_tlb_flush(vm->vcpu); /* what the guest has done to its tables meanwhile, it has not heard of */
	cpu_deliver(vm->vcpu, &event);
	state->flush = FLUSH_ALL; /* a task gate loads CR3 */
}

/* ---- translations ---- */

/* Without VPID every entry flushes the TLB anyway. */
static void invalidate(struct hvm *state)
{
	struct cpu *processor = state->vm->processor;

	if (state->nested && nested_take_flush(state->nested))
		cpu_invept(processor, INVALIDATE_SINGLE, nested_pointer(state->nested));
	if (state->shadow && shadow_take_flush(state->shadow))
		state->flush = FLUSH_ALL;
	if (state->vm->config.vpid && state->flush != FLUSH_NOTHING)
		cpu_invvpid(processor, state->flush == FLUSH_PAGE ? INVALIDATE_ADDRESS : INVALIDATE_SINGLE, HVM_VPID,
		            state->flush_linear);
	state->flush = FLUSH_NOTHING;
}

/* ---- the entry ---- */

/* Control fields that follow the virtual CPU. */
static void write_shadows(struct hvm *state)
{
	const struct cpu_state *guest = guest_cpu(state);
	uint32_t exceptions = hvm_exceptions(state);

	if (state->exceptions != exceptions)
		hvm_write(state, VMCS_EXCEPTION_BITMAP, exceptions);
	if (state->cr0_shadow != guest->cr0)
		hvm_write(state, VMCS_CR0_SHADOW, guest->cr0);
	if (state->cr4_shadow != guest->cr4 && state->controls.cr4_mask)
		hvm_write(state, VMCS_CR4_SHADOW, guest->cr4);
	if (state->tsc_offset != guest->tsc_offset)
		hvm_write(state, VMCS_TSC_OFFSET, guest->tsc_offset);
	state->exceptions = exceptions;
	state->cr0_shadow = guest->cr0;
	state->cr4_shadow = guest->cr4;
	state->tsc_offset = guest->tsc_offset;
}

static bool resume(struct hvm *state)
{
	struct cpu *processor = state->vm->processor;

	if ((state->launched ? cpu_vmresume(processor) : cpu_vmlaunch(processor)) == VMX_SUCCEED) {
		state->launched = true;
		state->delivering = injection_waits(state);
		state->injection.information = 0;
		return true;
	}
	hvm_assist_refused(state);
	hvm_write(state, VMCS_ENTRY_INTERRUPTION, 0);
	state->refused = true;
	return false;
}

bool hvm_enter(struct hvm *state, struct event *event)
{
	struct vm *vm = state->vm;
	bool entered, written;
	struct cpu_state real;
	uint64_t since;

	hvm_assist_controls(state);
	if (board_next(vm->board) <= vm->clock)
		vm_refresh(vm); /* a device's moment has come meanwhile: do not enter only to be interrupted */
	written = take_interrupt(state);
	hvm_real_state(state, &real);
	since = vm->clock;
	if (!written)
		write_injection(state);
	hvm_load(state, &real);
	write_shadows(state);
	set_window(state);
	invalidate(state);
	entered = resume(state);
	story_phase(vm, event, "VMWRITE, VM entry", since);
	if (!entered)
		return false;
	hvm_take_running(state); /* hardware may have entered the guest's handler already */
	tell_world_switch(vm, "to the guest");
	return true;
}
