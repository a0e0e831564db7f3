/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_event.c - which events leave the guest, what an exit says of an event, and what is due at an instruction
 * boundary of a guest. Intel SDM volume 3, 24.6.3 (exception bitmap), 25.2, 25.5, 27.1, 27.2.2 to 27.2.4.
 */
#include "cpu/flags.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* ---- interruption information ---- */

/* INT1 is the one exception that an instruction makes and no gate's DPL is checked for. */
static bool is_int1(const struct cpu_event *event)
{
	return event->type == EVENT_EXCEPTION && event->length;
}

static uint32_t information_of(const struct cpu *cpu, const struct cpu_event *event)
{
	static const uint32_t types[] = {
		[EVENT_EXTERNAL] = INTERRUPTION_EXTERNAL,
		[EVENT_NMI] = INTERRUPTION_NMI,
		[EVENT_EXCEPTION] = INTERRUPTION_EXCEPTION,
		[EVENT_SOFTWARE] = INTERRUPTION_SOFTWARE,
		[EVENT_SOFTWARE_EXCEPTION] = INTERRUPTION_SOFTWARE_EXCEPTION,
	};
	uint32_t type = is_int1(event) ? INTERRUPTION_PRIVILEGED_EXCEPTION : types[event->type];
	bool has_error = event->has_error && state_protected(&cpu->state);

	return (uint32_t)INTERRUPTION_VALID | type | event->vector | (has_error ? INTERRUPTION_ERROR_CODE : 0);
}

/* RF of the image that the delivery would have pushed. */
static uint8_t image_resume_flag(const struct cpu_event *event)
{
	if (event_is_software(event))
		return RESUME_FLAG_CLEAR;
	return event_pushes_rf(event) ? RESUME_FLAG_SET : RESUME_FLAG_KEPT;
}

/* ---- exceptions ---- */

/* A page fault leaves by bit 14 if its error code matches, by bit 14's opposite if not (25.2). */
static bool page_fault_exits(const struct vmcs *vmcs, uint32_t error)
{
	bool bit = vmcs_get32(vmcs, VMCS_EXCEPTION_BITMAP) >> VECTOR_PF & 1;
	bool match = (error & vmcs_get32(vmcs, VMCS_PAGE_FAULT_MASK)) == vmcs_get32(vmcs, VMCS_PAGE_FAULT_MATCH);

	return bit == match;
}

static bool exits(const struct cpu *cpu, const struct cpu_event *event)
{
	const struct vmcs *vmcs = cpu->vmx.current;

	switch ((enum event_type)event->type) {
	case EVENT_NMI:
		return cpu->vmx.pin & PIN_NMI;
	case EVENT_EXCEPTION:
	case EVENT_SOFTWARE_EXCEPTION:
		if (event->vector == VECTOR_PF)
			return page_fault_exits(vmcs, event->error);
		return vmcs_get32(vmcs, VMCS_EXCEPTION_BITMAP) >> (event->vector & 31) & 1;
	default:
		return false;
	}
}

/* Neither CR2 nor DR6 gets what the exception would have put there: the qualification has it (27.1, 27.2.1). */
static uint32_t qualification_of(const struct cpu_event *event)
{
	if (event->type != EVENT_EXCEPTION)
		return 0;
	if (event->vector == VECTOR_PF)
		return event->address;
	return event->vector == VECTOR_DB ? event->dr6 & DR6_WRITABLE : 0;
}

bool vmx_event_exits(struct cpu *cpu, const struct cpu_event *event, const struct cpu_event *first)
{
	bool unblocked = cpu->vmx.nmi_unblocked && !first && event->vector != VECTOR_DF;

	if (!exits(cpu, event))
		return false;
	if (is_int1(event))
		cpu->state.eip -= event->length;
	vmx_raise(cpu, (struct vmx_exit){
		.reason = REASON_EXCEPTION,
		.qualification = qualification_of(event),
		.interruption = information_of(cpu, event) | (unblocked ? INTERRUPTION_NMI_UNBLOCKED : 0),
		.error_code = event->has_error ? event->error : 0,
		.length = event->length,
		.resume_flag = image_resume_flag(event),
	});
	if (first)
		vmx_cut_delivery(cpu, first);
	return true;
}

/* RF of an EPT exit is that of the frame which the delivery was to push; other exits have theirs (27.3.3). */
void vmx_cut_delivery(struct cpu *cpu, const struct cpu_event *first)
{
	struct vmx_exit *exit = &cpu->vmx.exit;

	exit->vectoring = information_of(cpu, first);
	exit->vectoring_error = first->has_error ? first->error : 0;
	if (first->length)
		exit->length = first->length;
	if (is_int1(first))
		cpu->state.eip -= first->length;
	if (exit->reason == REASON_EPT_VIOLATION || exit->reason == REASON_EPT_MISCONFIGURATION)
		exit->resume_flag = cpu->vmx.injecting ? RESUME_FLAG_KEPT : image_resume_flag(first);
}

bool vmx_triple_fault(struct cpu *cpu)
{
	return vmx_raise(cpu, (struct vmx_exit){.reason = REASON_TRIPLE_FAULT});
}

/* ---- instruction boundaries ---- */

/* Before debug traps, which stay in the pending debug exceptions (25.5.2). */
bool vmx_monitor_trap_due(struct cpu *cpu)
{
	if (!cpu->vmx.trap_pending)
		return false;
	vmx_raise(cpu, (struct vmx_exit){.reason = REASON_MONITOR_TRAP});
	return true;
}

bool vmx_timer_due(struct cpu *cpu)
{
	if (*cpu->clock < cpu->vmx.timer_end)
		return false;
	vmx_raise(cpu, (struct vmx_exit){.reason = REASON_PREEMPTION_TIMER});
	return true;
}

static bool nmi_exits(const struct cpu *cpu)
{
	bool blocked = cpu->state.nmi_blocked && !(cpu->vmx.pin & PIN_VIRTUAL_NMI);

	return cpu->nmi_pending && (cpu->vmx.pin & PIN_NMI) && !blocked;
}

static bool raise_nmi_exit(struct cpu *cpu)
{
	cpu->nmi_pending = false;
	return vmx_raise(cpu, (struct vmx_exit){
		.reason = REASON_EXCEPTION,
		.interruption = (uint32_t)INTERRUPTION_VALID | INTERRUPTION_NMI | VECTOR_NMI,
	});
}

/* IF of the guest holds no interrupt that is the host's. */
static bool raise_interrupt_exit(struct cpu *cpu)
{
	struct vmx_exit exit = {.reason = REASON_EXTERNAL_INTERRUPT};

	if (cpu->interrupt_line && (vmcs_get32(cpu->vmx.current, VMCS_EXIT_CONTROLS) & EXIT_ACKNOWLEDGE))
		exit.interruption = (uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXTERNAL |
		                    cpu->bus->acknowledge(cpu->bus->owner);
	return vmx_raise(cpu, exit);
}

/*
 * NMI window, NMI, interrupt window, interrupt (table 6-2, 25.2, 25.5). An NMI for the guest comes before the
 * two last: the caller delivers it and asks again at the next boundary.
 */
bool vmx_window_due(struct cpu *cpu)
{
	const struct cpu_state *state = &cpu->state;
	bool nmi_for_guest = cpu->nmi_pending && !(cpu->vmx.pin & PIN_NMI) && !state->nmi_blocked;

	if (state->interrupt_shadow)
		return false;
	if ((cpu->vmx.primary & PRIMARY_NMI_WINDOW) && !state->nmi_blocked)
		return !vmx_raise(cpu, (struct vmx_exit){.reason = REASON_NMI_WINDOW});
	if (nmi_exits(cpu))
		return !raise_nmi_exit(cpu);
	if (nmi_for_guest)
		return false;
	if ((cpu->vmx.primary & PRIMARY_INTERRUPT_WINDOW) && (state->eflags & EFLAGS_IF))
		return !vmx_raise(cpu, (struct vmx_exit){.reason = REASON_INTERRUPT_WINDOW});
	if (cpu->interrupt_line && (cpu->vmx.pin & PIN_EXTERNAL_INTERRUPT))
		return !raise_interrupt_exit(cpu);
	return false;
}

/* ---- from outside ---- */

void cpu_vmx_interrupt(struct cpu *cpu)
{
	if (!cpu->non_root || !(cpu->vmx.pin & PIN_EXTERNAL_INTERRUPT))
		return;
	set_status_flags(cpu, cpu->state.eflags);
	if (cpu->event.type != EVENT_VM_EXIT)
		raise_interrupt_exit(cpu);
	vmx_leave(cpu);
}

bool cpu_vmx_non_root(const struct cpu *cpu)
{
	return cpu->non_root;
}
