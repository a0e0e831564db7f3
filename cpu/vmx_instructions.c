/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_instructions.c - the VMX instructions as operations: VMXON to VMRESUME, INVEPT, INVVPID, with the ways in
 * which they fail. Intel SDM volume 3, chapter 30 (conventions: 30.2; error numbers: 30.4).
 */
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

static bool in_root(const struct cpu *cpu)
{
	return cpu->vmx.on && !cpu->non_root;
}

/* VMfail: with a current VMCS VMfailValid, which says why, else VMfailInvalid. */
static enum vmx_result fail(struct cpu *cpu, enum vmx_error error)
{
	if (!cpu->vmx.current)
		return VMX_FAIL_INVALID;
	vmcs_put(cpu->vmx.current, VMCS_INSTRUCTION_ERROR, error);
	return VMX_FAIL_VALID;
}

static enum vmx_result result_of(struct cpu *cpu, enum vmx_error error)
{
	return error ? fail(cpu, error) : VMX_SUCCEED;
}

/* ---- VMX operation ---- */

/* What another technique left half done is not the host's. */
enum vmx_result cpu_vmxon(struct cpu *cpu)
{
	if (cpu->vmx.on)
		return cpu->non_root ? VMX_FAIL_INVALID : fail(cpu, VMX_ERROR_IN_ROOT);
	cpu->vmx = (struct vmx_operation){.on = true};
	cpu->monitored = false;
	cpu->state.interrupt_shadow = SHADOW_NONE;
	cpu->state.activity = ACTIVITY_ACTIVE;
	cpu->state.pending_debug = 0;
	cpu->event.type = EVENT_NONE;
	tlb_flush(cpu, true);
	return VMX_SUCCEED;
}

enum vmx_result cpu_vmxoff(struct cpu *cpu)
{
	if (!in_root(cpu))
		return VMX_FAIL_INVALID;
	cpu->vmx = (struct vmx_operation){.on = false};
	tlb_flush(cpu, true);
	return VMX_SUCCEED;
}

/* ---- the current VMCS ---- */

enum vmx_result cpu_vmclear(struct cpu *cpu, struct vmcs *vmcs)
{
	if (!in_root(cpu))
		return VMX_FAIL_INVALID;
	if (!vmcs)
		return fail(cpu, VMX_ERROR_VMCLEAR_ADDRESS);
	vmcs->launched = false;
	if (cpu->vmx.current == vmcs)
		cpu->vmx.current = NULL;
	return VMX_SUCCEED;
}

enum vmx_result cpu_vmptrld(struct cpu *cpu, struct vmcs *vmcs)
{
	if (!in_root(cpu))
		return VMX_FAIL_INVALID;
	if (!vmcs)
		return fail(cpu, VMX_ERROR_VMPTRLD_ADDRESS);
	cpu->vmx.current = vmcs;
	return VMX_SUCCEED;
}

enum vmx_result cpu_vmread(struct cpu *cpu, uint32_t field, uint64_t *value)
{
	if (!in_root(cpu) || !cpu->vmx.current)
		return VMX_FAIL_INVALID;
	charge_apart(cpu, COST_vmcs_read);
	return result_of(cpu, vmcs_read_field(cpu->vmx.current, field, value));
}

enum vmx_result cpu_vmwrite(struct cpu *cpu, uint32_t field, uint64_t value)
{
	if (!in_root(cpu) || !cpu->vmx.current)
		return VMX_FAIL_INVALID;
	charge_apart(cpu, COST_vmcs_write);
	return result_of(cpu, vmcs_write_field(cpu->vmx.current, field, value));
}

/* ---- entries (26.1 to 26.3) ---- */

static enum vmx_result enter(struct cpu *cpu, bool launch)
{
	struct vmcs *vmcs = cpu->vmx.current;
	uint32_t qualification = 0;

	if (!in_root(cpu) || !vmcs)
		return VMX_FAIL_INVALID;
	if (cpu->state.interrupt_shadow == SHADOW_MOV_SS)
		return fail(cpu, VMX_ERROR_ENTRY_MOV_SS);
	if (launch == vmcs->launched)
		return fail(cpu, launch ? VMX_ERROR_LAUNCH_NOT_CLEAR : VMX_ERROR_RESUME_NOT_LAUNCHED);
	if (vmx_controls_rule(vmcs))
		return fail(cpu, VMX_ERROR_CONTROLS);
	if (!vmx_host_valid(cpu, vmcs))
		return fail(cpu, VMX_ERROR_HOST_STATE);
	charge_apart(cpu, COST_vm_entry);
	if (vmx_guest_rule(cpu, vmcs, &qualification)) {
		vmx_fail_entry(cpu, qualification);
		return VMX_ENTRY_FAILURE;
	}
	vmcs->launched = true;
	vmx_enter(cpu);
	return VMX_SUCCEED;
}

const char *cpu_vmx_entry_rule(const struct cpu *cpu)
{
	const struct vmcs *vmcs = cpu->vmx.current;
	const char *rule = vmcs ? vmx_controls_rule(vmcs) : "26.1: there is no current VMCS";
	uint32_t qualification;

	if (!rule && !vmx_host_valid(cpu, vmcs))
		return "26.2.2: the host state";
	return rule ? rule : vmx_guest_rule(cpu, vmcs, &qualification);
}

enum vmx_result cpu_vmlaunch(struct cpu *cpu)
{
	return enter(cpu, true);
}

enum vmx_result cpu_vmresume(struct cpu *cpu)
{
	return enter(cpu, false);
}

/* ---- translations that are no longer true (28.3.3, 30.3) ---- */

enum vmx_result cpu_invept(struct cpu *cpu, enum vmx_invalidation type, uint64_t ept_pointer)
{
	if (!in_root(cpu))
		return VMX_FAIL_INVALID;
	charge_apart(cpu, COST_invlpg);
	if ((type != INVALIDATE_SINGLE && type != INVALIDATE_ALL) ||
	    (type == INVALIDATE_SINGLE && !vmx_ept_pointer_valid(ept_pointer)))
		return fail(cpu, VMX_ERROR_INVALIDATION);
	if (cpu->vmx.tlb_ept && (type == INVALIDATE_ALL || cpu->vmx.tlb_ept == ept_pointer))
		tlb_flush(cpu, true);
	return VMX_SUCCEED;
}

enum vmx_result cpu_invvpid(struct cpu *cpu, enum vmx_invalidation type, uint16_t vpid, uint32_t linear)
{
	if (!in_root(cpu))
		return VMX_FAIL_INVALID;
	charge_apart(cpu, COST_invlpg);
	if ((unsigned)type > INVALIDATE_ALL || (type != INVALIDATE_ALL && !vpid))
		return fail(cpu, VMX_ERROR_INVALIDATION);
	if (!cpu->vmx.tlb_vpid || (type != INVALIDATE_ALL && vpid != cpu->vmx.tlb_vpid))
		return VMX_SUCCEED;
	if (type == INVALIDATE_ADDRESS)
		tlb_flush_page(cpu, linear);
	else
		tlb_flush(cpu, true);
	return VMX_SUCCEED;
}
