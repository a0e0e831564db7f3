/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_entry.c - VM entry once all checks have passed: the guest's state, its translations, and the event that
 * the VMM injects. Intel SDM volume 3, 26.3.2 (loading), 26.4 to 26.6 (injection, pending debug exceptions).
 */
#include "cpu/flags.h"
#include "cpu/paging.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* ---- guest state (26.3.2) ---- */

static void load_controls(struct cpu *cpu, const struct vmcs *vmcs)
{
	struct vmx_operation *vmx = &cpu->vmx;

	vmx->pin = vmcs_get32(vmcs, VMCS_PIN_CONTROLS);
	vmx->primary = vmcs_get32(vmcs, VMCS_PRIMARY_CONTROLS);
	vmx->secondary = vmcs_secondary(vmcs);
	vmx->tsc_offset = vmx->primary & PRIMARY_TSC_OFFSET ? vmcs_get(vmcs, VMCS_TSC_OFFSET) : 0;
	vmx->trap_pending = false;
	vmx->nmi_unblocked = false;
	vmx->timer_end = UINT64_MAX;
	if (vmx->pin & PIN_PREEMPTION_TIMER)
		vmx->timer_end = ((*cpu->clock >> VMX_TIMER_SHIFT) + vmcs_get32(vmcs, VMCS_PREEMPTION_TIMER))
		                 << VMX_TIMER_SHIFT;
}

static void load_guest(struct cpu *cpu, const struct vmcs *vmcs)
{
	struct cpu_state *state = &cpu->state, before = *state;
	uint32_t controls = vmcs_get32(vmcs, VMCS_ENTRY_CONTROLS), untouched = CR0_CD | CR0_NW | CR0_ET;

	vmcs_get_guest(vmcs, state);
	state->cr0 = (cr0_defined(state->cr0) & ~untouched) | (before.cr0 & untouched);
	state->dr[7] = controls & ENTRY_LOAD_DEBUG ? (state->dr[7] & ~(uint32_t)DR7_RESERVED) | DR7_FIXED
	                                           : before.dr[7];
	if (!(controls & ENTRY_LOAD_PAT))
		state->pat = before.pat;
	if (!(controls & ENTRY_LOAD_EFER))
		state->efer = before.efer;
	state->tsc_offset += cpu->vmx.tsc_offset;
	if (state_paging(state) && (state->cr4 & CR4_PAE) && !(cpu->vmx.secondary & SECONDARY_EPT))
		paging_read_pdptes(cpu->bus, state->cr3, state->pae_pointer);
}

/* The TLB holds one VPID's and EPT pointer's translations: another pair finds it empty (28.3.3.1). */
static void take_tlb(struct cpu *cpu, const struct vmcs *vmcs)
{
	struct vmx_operation *vmx = &cpu->vmx;
	uint16_t vpid = vmx->secondary & SECONDARY_VPID ? (uint16_t)vmcs_get(vmcs, VMCS_VPID) : 0;
	uint64_t ept = vmx->secondary & SECONDARY_EPT ? vmcs_get(vmcs, VMCS_EPT_POINTER) : 0;

	if (!vpid || vpid != vmx->tlb_vpid || ept != vmx->tlb_ept)
		tlb_flush(cpu, true);
	vmx->tlb_vpid = vpid;
	vmx->tlb_ept = ept;
	cpu->ept_pointer = ept;
}

/* ---- event injection (26.5) ---- */

/* INT1 is an exception with an instruction's length (event.c knows it so). */
static enum event_type event_type_of(uint32_t information)
{
	static const uint8_t types[8] = {
		[0] = EVENT_EXTERNAL, [2] = EVENT_NMI, [3] = EVENT_EXCEPTION,
		[4] = EVENT_SOFTWARE, [5] = EVENT_EXCEPTION, [6] = EVENT_SOFTWARE_EXCEPTION,
	};

	return (enum event_type)types[information >> 8 & 7];
}

static bool has_length(uint32_t information)
{
	uint32_t type = information & INTERRUPTION_TYPE;

	return type == INTERRUPTION_SOFTWARE || type == INTERRUPTION_PRIVILEGED_EXCEPTION ||
	       type == INTERRUPTION_SOFTWARE_EXCEPTION;
}

static struct cpu_event injected_event(const struct vmcs *vmcs, uint32_t information)
{
	bool has_error = information & INTERRUPTION_ERROR_CODE;

	return (struct cpu_event){
		.type = (uint8_t)event_type_of(information),
		.vector = information & INTERRUPTION_VECTOR,
		.has_error = has_error,
		.error = has_error ? vmcs_get32(vmcs, VMCS_ENTRY_ERROR_CODE) : 0,
		.length = has_length(information) ? (uint8_t)vmcs_get(vmcs, VMCS_ENTRY_INSTRUCTION_LENGTH) : 0,
	};
}

/* Which injections leave the pending debug exceptions for afterwards (26.6.3). */
static bool keeps_pending_debug(const struct cpu_state *state, uint32_t information)
{
	uint32_t type = information & INTERRUPTION_TYPE;

	if (type == INTERRUPTION_OTHER)
		return true;
	return state->interrupt_shadow == SHADOW_MOV_SS &&
	       (type == INTERRUPTION_SOFTWARE || type == INTERRUPTION_SOFTWARE_EXCEPTION);
}

static void inject(struct cpu *cpu, const struct vmcs *vmcs, uint32_t information)
{
	struct cpu_event event = injected_event(vmcs, information);

	if (!keeps_pending_debug(&cpu->state, information))
		cpu->state.pending_debug = 0;
	if ((information & INTERRUPTION_TYPE) == INTERRUPTION_OTHER) {
		cpu->vmx.trap_pending = true;
		return;
	}
	cpu->state.eip += event.length;
	cpu->vmx.injecting = true;
	account_begin(cpu);
	deliver_event(cpu, &event);
	account_end(cpu);
	cpu->vmx.injecting = false;
	cpu->state.eflags = read_eflags(cpu);
	if (cpu->event.type != EVENT_VM_EXIT) {
		cpu->counters.events_delivered++;
		vmx_progress(cpu);
	}
}

void vmx_enter(struct cpu *cpu)
{
	const struct vmcs *vmcs = cpu->vmx.current;
	uint32_t information = vmcs_get32(vmcs, VMCS_ENTRY_INTERRUPTION);

	load_controls(cpu, vmcs);
	load_guest(cpu, vmcs);
	take_tlb(cpu, vmcs);
	cpu->non_root = true;
	cpu_state_changed(cpu);
	if (cpu->state.activity == ACTIVITY_SHUTDOWN)
		cpu->state.pending_debug = 0;
	if (information & (uint32_t)INTERRUPTION_VALID)
		inject(cpu, vmcs, information);
}
