/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_exit.c - VM exits: noting why, then at the instruction boundary saving the guest and loading the host.
 * Intel SDM volume 3, chapter 27.
 */
#include "cpu/flags.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

bool vmx_raise(struct cpu *cpu, struct vmx_exit exit)
{
	assert(cpu->non_root);
	cpu->vmx.exit = exit;
	cpu->event = (struct cpu_event){.type = EVENT_VM_EXIT};
	cpu->attention = true;
	return false;
}

bool vmx_exit_instruction(struct cpu *cpu, const struct insn *insn, enum exit_reason reason,
                          uint32_t qualification)
{
	return vmx_raise(cpu, (struct vmx_exit){
		.reason = reason,
		.qualification = qualification,
		.length = insn->length,
		.resume_flag = RESUME_FLAG_CLEAR,
	});
}

/* ---- exit information (27.2) ---- */

static void save_information(struct vmcs *vmcs, const struct vmx_exit *exit)
{
	vmcs_put(vmcs, VMCS_EXIT_REASON, exit->reason);
	vmcs_put(vmcs, VMCS_EXIT_QUALIFICATION, exit->qualification);
	vmcs_put(vmcs, VMCS_EXIT_INTERRUPTION, exit->interruption);
	vmcs_put(vmcs, VMCS_EXIT_ERROR_CODE, exit->error_code);
	vmcs_put(vmcs, VMCS_IDT_VECTORING, exit->vectoring);
	vmcs_put(vmcs, VMCS_IDT_VECTORING_ERROR_CODE, exit->vectoring_error);
	vmcs_put(vmcs, VMCS_EXIT_INSTRUCTION_LENGTH, exit->length);
	vmcs_put(vmcs, VMCS_EXIT_INSTRUCTION_INFORMATION, exit->information);
	vmcs_put(vmcs, VMCS_GUEST_LINEAR_ADDRESS, exit->linear);
	vmcs_put(vmcs, VMCS_GUEST_PHYSICAL_ADDRESS, exit->physical);
}

/* ---- the guest's state (27.3) ---- */

/* Fields that an exit saves only with a control: without it they stay as they were. */
static const struct {
	uint16_t field; /* enum vmcs_field */
	uint32_t control;
} saved_by_control[] = {
	{VMCS_GUEST_DR7, EXIT_SAVE_DEBUG},
	{VMCS_GUEST_PAT, EXIT_SAVE_PAT},
	{VMCS_GUEST_EFER, EXIT_SAVE_EFER},
};

enum { SAVED_BY_CONTROL = sizeof saved_by_control / sizeof *saved_by_control };

static void save_timer(const struct cpu *cpu, struct vmcs *vmcs)
{
	uint64_t now = *cpu->clock >> VMX_TIMER_SHIFT, end = cpu->vmx.timer_end >> VMX_TIMER_SHIFT;

	if (vmcs_get32(vmcs, VMCS_EXIT_CONTROLS) & EXIT_SAVE_TIMER)
		vmcs_put(vmcs, VMCS_PREEMPTION_TIMER, end > now ? end - now : 0);
}

static void save_guest(struct cpu *cpu, struct vmcs *vmcs)
{
	uint32_t controls = vmcs_get32(vmcs, VMCS_EXIT_CONTROLS);
	uint64_t kept[SAVED_BY_CONTROL];

	cpu->state.eflags = read_eflags(cpu);
	if (cpu->vmx.exit.resume_flag == RESUME_FLAG_CLEAR)
		cpu->state.eflags &= ~(uint32_t)EFLAGS_RF;
	if (cpu->vmx.exit.resume_flag == RESUME_FLAG_SET)
		cpu->state.eflags |= EFLAGS_RF;
	for (unsigned i = 0; i < SAVED_BY_CONTROL; i++)
		kept[i] = vmcs_get(vmcs, saved_by_control[i].field);
	vmcs_set_guest(vmcs, &cpu->state);
	for (unsigned i = 0; i < SAVED_BY_CONTROL; i++)
		if (!(controls & saved_by_control[i].control))
			vmcs_put(vmcs, saved_by_control[i].field, kept[i]);
	save_timer(cpu, vmcs);
}

/* ---- the host's state (27.5) ---- */

/* SDM vol. 3, 27.5.2: bases, limits and access rights that no field gives. */
static void load_host_segments(struct cpu_state *state, const struct vmcs *vmcs)
{
	enum { CODE = 0xc09b, DATA = 0xc093, TSS32_BUSY = 0x8b };
	static const uint16_t selectors[] = {
		[ES] = VMCS_HOST_ES_SELECTOR, [CS] = VMCS_HOST_CS_SELECTOR, [SS] = VMCS_HOST_SS_SELECTOR,
		[DS] = VMCS_HOST_DS_SELECTOR, [FS] = VMCS_HOST_FS_SELECTOR, [GS] = VMCS_HOST_GS_SELECTOR,
	};

	for (enum segment_register reg = ES; reg <= GS; reg++) {
		uint16_t selector = (uint16_t)vmcs_get(vmcs, selectors[reg]);

		state->segment[reg] = (struct segment){
			.limit = UINT32_MAX,
			.selector = selector,
			.access = reg == CS ? CODE : selector ? DATA : 0,
		};
	}
	state->segment[FS].base = vmcs_get32(vmcs, VMCS_HOST_FS_BASE);
	state->segment[GS].base = vmcs_get32(vmcs, VMCS_HOST_GS_BASE);
	state->segment[LDTR] = (struct segment){0};
	state->segment[TR] = (struct segment){
		.base = vmcs_get32(vmcs, VMCS_HOST_TR_BASE),
		.limit = 0x67,
		.selector = (uint16_t)vmcs_get(vmcs, VMCS_HOST_TR_SELECTOR),
		.access = TSS32_BUSY,
	};
	state->gdtr = (struct table_register){vmcs_get32(vmcs, VMCS_HOST_GDTR_BASE), 0xffff};
	state->idtr = (struct table_register){vmcs_get32(vmcs, VMCS_HOST_IDTR_BASE), 0xffff};
}

static void load_host_registers(struct cpu_state *state, const struct vmcs *vmcs)
{
	uint32_t controls = vmcs_get32(vmcs, VMCS_EXIT_CONTROLS), untouched = CR0_CD | CR0_NW | CR0_ET;

	state->cr0 = (vmcs_get32(vmcs, VMCS_HOST_CR0) & ~untouched) | (state->cr0 & untouched);
	state->cr3 = vmcs_get32(vmcs, VMCS_HOST_CR3);
	state->cr4 = vmcs_get32(vmcs, VMCS_HOST_CR4);
	state->dr[7] = DR7_FIXED;
	state->sysenter_cs = vmcs_get32(vmcs, VMCS_HOST_SYSENTER_CS);
	state->sysenter_esp = vmcs_get32(vmcs, VMCS_HOST_SYSENTER_ESP);
	state->sysenter_eip = vmcs_get32(vmcs, VMCS_HOST_SYSENTER_EIP);
	if (controls & EXIT_LOAD_PAT)
		state->pat = vmcs_get(vmcs, VMCS_HOST_PAT);
	if (controls & EXIT_LOAD_EFER)
		state->efer = vmcs_get(vmcs, VMCS_HOST_EFER);
	state->gpr[ESP] = vmcs_get32(vmcs, VMCS_HOST_RSP);
	state->eip = vmcs_get32(vmcs, VMCS_HOST_RIP);
	state->eflags = EFLAGS_FIXED;
}

static bool is_nmi(const struct vmx_exit *exit)
{
	return exit->reason == REASON_EXCEPTION && (exit->interruption & INTERRUPTION_TYPE) == INTERRUPTION_NMI;
}

/* Back to root operation. The TLB keeps a VPID's translations. */
static void load_host(struct cpu *cpu, const struct vmcs *vmcs)
{
	struct cpu_state *state = &cpu->state;

	load_host_segments(state, vmcs);
	load_host_registers(state, vmcs);
	state->tsc_offset -= cpu->vmx.tsc_offset;
	cpu->vmx.tsc_offset = 0;
	state->cpl = 0;
	state->activity = ACTIVITY_ACTIVE;
	state->interrupt_shadow = SHADOW_NONE;
	state->nmi_blocked = is_nmi(&cpu->vmx.exit);
	state->pending_debug = 0;
	cpu->non_root = false;
	cpu->ept_pointer = 0;
	cpu->event.type = EVENT_NONE;
	if (!cpu->vmx.tlb_vpid)
		tlb_flush(cpu, true);
	set_status_flags(cpu, state->eflags);
	derive_all(cpu);
	charge_apart(cpu, COST_vm_exit);
}

void vmx_leave(struct cpu *cpu)
{
	struct vmcs *vmcs = cpu->vmx.current;
	uint32_t injected = vmcs_get32(vmcs, VMCS_ENTRY_INTERRUPTION);

	assert(cpu->non_root);
	vmcs_put(vmcs, VMCS_ENTRY_INTERRUPTION, injected & ~(uint32_t)INTERRUPTION_VALID);
	save_information(vmcs, &cpu->vmx.exit);
	save_guest(cpu, vmcs);
	load_host(cpu, vmcs);
}

/* Neither guest state nor the other exit information is touched. */
void vmx_fail_entry(struct cpu *cpu, uint32_t qualification)
{
	struct vmcs *vmcs = cpu->vmx.current;

	vmcs_put(vmcs, VMCS_EXIT_REASON, REASON_INVALID_GUEST_STATE | (uint32_t)REASON_ENTRY_FAILURE);
	vmcs_put(vmcs, VMCS_EXIT_QUALIFICATION, qualification);
	cpu->vmx.exit = (struct vmx_exit){.reason = REASON_INVALID_GUEST_STATE | (uint32_t)REASON_ENTRY_FAILURE};
	cpu->vmx.tsc_offset = 0;
	load_host(cpu, vmcs);
}

const char *vmx_reason_name(unsigned basic_reason)
{
	static const char *const names[REASON_COUNT] = {
#define REASON(identifier, number, name) [number] = name,
		EXIT_REASON_LIST(REASON)
#undef REASON
	};

	return basic_reason < REASON_COUNT ? names[basic_reason] : NULL;
}
