/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_guest_checks.c - what VM entry checks of the guest state, in the order of Intel SDM volume 3, 26.3.1. A
 * guest that fails does not make VMLAUNCH fail: it is a VM exit (26.7).
 */
#include "cpu/paging.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* Exit qualifications of a failed entry (26.7). */
enum { FAILED_PDPTE = 2, FAILED_LINK = 4 };

/* What most rules ask about. */
struct guest {
	const struct cpu *cpu;
	const struct vmcs *vmcs;
	bool unrestricted, v86, protected;
	uint32_t cr0, cr4, eflags, interruptibility, activity;
	uint32_t information; /* of the event to inject; 0: none */
};

static struct guest guest_of(const struct cpu *cpu, const struct vmcs *vmcs)
{
	uint32_t information = vmcs_get32(vmcs, VMCS_ENTRY_INTERRUPTION);
	struct guest guest = {
		.cpu = cpu,
		.vmcs = vmcs,
		.unrestricted = vmcs_secondary(vmcs) & SECONDARY_UNRESTRICTED,
		.cr0 = vmcs_get32(vmcs, VMCS_GUEST_CR0),
		.cr4 = vmcs_get32(vmcs, VMCS_GUEST_CR4),
		.eflags = vmcs_get32(vmcs, VMCS_GUEST_RFLAGS),
		.interruptibility = vmcs_get32(vmcs, VMCS_GUEST_INTERRUPTIBILITY),
		.activity = vmcs_get32(vmcs, VMCS_GUEST_ACTIVITY),
		.information = information & (uint32_t)INTERRUPTION_VALID ? information : 0,
	};

	guest.protected = guest.cr0 & CR0_PE;
	guest.v86 = guest.eflags & EFLAGS_VM;
	return guest;
}

static bool injects(const struct guest *guest, uint32_t type)
{
	return guest->information && (guest->information & INTERRUPTION_TYPE) == type;
}

/* ---- control registers and MSRs (26.3.1.1) ---- */

static bool registers_valid(const struct guest *guest)
{
	enum { DEBUGCTL_DEFINED = 0x7f }; /* P6: LBR, BTF, PB0 to PB3, TR */
	uint32_t fixed = VMX_CR0_FIXED, controls = vmcs_get32(guest->vmcs, VMCS_ENTRY_CONTROLS);

	if (guest->unrestricted)
		fixed &= ~((uint32_t)CR0_PG | CR0_PE);
	if ((guest->cr0 & fixed) != fixed || ((guest->cr0 & (uint32_t)CR0_PG) && !guest->protected))
		return false;
	if (guest->cr4 & ~cr4_defined(guest->cpu))
		return false;
	if ((controls & ENTRY_LOAD_DEBUG) && (vmcs_get(guest->vmcs, VMCS_GUEST_DEBUGCTL) & ~(uint64_t)DEBUGCTL_DEFINED))
		return false;
	if ((controls & ENTRY_LOAD_PAT) && !pat_valid(vmcs_get(guest->vmcs, VMCS_GUEST_PAT)))
		return false;
	return !(controls & ENTRY_LOAD_EFER) ||
	       !(vmcs_get(guest->vmcs, VMCS_GUEST_EFER) & ~efer_defined(guest->cpu));
}

/* ---- segments (26.3.1.2) ---- */

static uint32_t access_of(const struct guest *guest, enum segment_register reg)
{
	return vmcs_get32(guest->vmcs, vmcs_segments[reg].access);
}

static uint32_t selector_of(const struct guest *guest, enum segment_register reg)
{
	return vmcs_get32(guest->vmcs, vmcs_segments[reg].selector);
}

static uint32_t dpl_of(uint32_t access)
{
	return access >> ACCESS_DPL_SHIFT & 3;
}

static bool usable(uint32_t access)
{
	return !(access & ACCESS_UNUSABLE);
}

/* A limit is in bytes: G is clear unless the low bits are ones, set if the high bits are not zeros. */
static bool granularity_valid(uint32_t access, uint32_t limit)
{
	bool granular = access & ACCESS_GRANULARITY;

	if (granular && (limit & 0xfff) != 0xfff)
		return false;
	return granular || !(limit & 0xfff00000);
}

/* What all registers that can be used have in common. */
static bool form_valid(const struct guest *guest, enum segment_register reg, bool system)
{
	enum { RESERVED = (int)0xfffe0f00 };
	uint32_t access = access_of(guest, reg);

	return !(access & (uint32_t)RESERVED) && !(access & ACCESS_S) == system && (access & ACCESS_PRESENT) &&
	       granularity_valid(access, vmcs_get32(guest->vmcs, vmcs_segments[reg].limit));
}

/* In virtual-8086 mode nothing is left to choose. */
static bool v86_segments_valid(const struct guest *guest)
{
	for (enum segment_register reg = ES; reg <= GS; reg++) {
		uint32_t base = vmcs_get32(guest->vmcs, vmcs_segments[reg].base);
		uint32_t limit = vmcs_get32(guest->vmcs, vmcs_segments[reg].limit);

		if (base != selector_of(guest, reg) << 4 || limit != 0xffff || access_of(guest, reg) != 0xf3)
			return false;
	}
	return true;
}

static bool is_real_mode_code(uint32_t access)
{
	return (access & ACCESS_TYPE) == (ACCESS_WRITABLE | ACCESS_ACCESSED);
}

static bool code_valid(const struct guest *guest)
{
	enum { TYPES = 1 << 9 | 1 << 11 | 1 << 13 | 1 << 15, REAL_TYPE = 1 << 3 };
	uint32_t access = access_of(guest, CS), stack_dpl = dpl_of(access_of(guest, SS));
	uint32_t types = TYPES | (guest->unrestricted ? REAL_TYPE : 0);

	if (!usable(access) || !(types >> (access & ACCESS_TYPE) & 1) || !form_valid(guest, CS, false))
		return false;
	if (is_real_mode_code(access))
		return dpl_of(access) == 0;
	return access & ACCESS_CONFORMING ? dpl_of(access) <= stack_dpl : dpl_of(access) == stack_dpl;
}

static bool stack_valid(const struct guest *guest)
{
	enum { TYPES = 1 << 3 | 1 << 7 };
	uint32_t access = access_of(guest, SS), rpl = selector_of(guest, SS) & 3;

	if (!guest->unrestricted && (rpl != (selector_of(guest, CS) & 3) || dpl_of(access) != rpl))
		return false;
	if ((is_real_mode_code(access_of(guest, CS)) || !guest->protected) && dpl_of(access) != 0)
		return false;
	return !usable(access) || (((uint32_t)TYPES >> (access & ACCESS_TYPE) & 1) && form_valid(guest, SS, false));
}

static bool data_valid(const struct guest *guest, enum segment_register reg)
{
	uint32_t access = access_of(guest, reg), type = access & ACCESS_TYPE;
	bool conforming = type >= (ACCESS_CODE | ACCESS_CONFORMING);

	if (!usable(access))
		return true;
	if (!(type & ACCESS_ACCESSED) || ((type & ACCESS_CODE) && !(type & ACCESS_READABLE)))
		return false;
	if (!guest->unrestricted && !conforming && dpl_of(access) < (selector_of(guest, reg) & 3))
		return false;
	return form_valid(guest, reg, false);
}

static bool system_segments_valid(const struct guest *guest)
{
	uint32_t tr = access_of(guest, TR), ldtr = access_of(guest, LDTR);
	unsigned type = tr & ACCESS_TYPE;

	if (!usable(tr) || (type != TYPE_TSS16_BUSY && type != TYPE_TSS32_BUSY) || (selector_of(guest, TR) & 4) ||
	    !form_valid(guest, TR, true))
		return false;
	return !usable(ldtr) || ((ldtr & ACCESS_TYPE) == TYPE_LDT && !(selector_of(guest, LDTR) & 4) &&
	                         form_valid(guest, LDTR, true));
}

static bool segments_valid(const struct guest *guest)
{
	if (!system_segments_valid(guest))
		return false;
	if (guest->v86)
		return v86_segments_valid(guest);
	return code_valid(guest) && stack_valid(guest) && data_valid(guest, ES) && data_valid(guest, DS) &&
	       data_valid(guest, FS) && data_valid(guest, GS);
}

/* ---- descriptor tables, RIP, RFLAGS (26.3.1.3, 26.3.1.4) ---- */

static bool tables_valid(const struct guest *guest)
{
	return !(vmcs_get32(guest->vmcs, VMCS_GUEST_GDTR_LIMIT) >> 16) &&
	       !(vmcs_get32(guest->vmcs, VMCS_GUEST_IDTR_LIMIT) >> 16);
}

static bool flags_valid(const struct guest *guest)
{
	if ((guest->eflags & ~((uint32_t)EFLAGS_DEFINED | EFLAGS_FIXED)) || !(guest->eflags & EFLAGS_FIXED))
		return false;
	return !guest->v86 || guest->protected;
}

static bool takes_interrupt(const struct guest *guest)
{
	return !injects(guest, INTERRUPTION_EXTERNAL) || (guest->eflags & EFLAGS_IF);
}

/* ---- what is not in registers (26.3.1.5) ---- */

/* Which events can be injected into an inactive processor. */
static bool activity_takes_injection(const struct guest *guest)
{
	uint32_t vector = guest->information & INTERRUPTION_VECTOR;
	bool exception = injects(guest, INTERRUPTION_EXCEPTION);
	bool machine_check = exception && vector == VECTOR_MC, nmi = injects(guest, INTERRUPTION_NMI);

	if (!guest->information || guest->activity == ACTIVITY_ACTIVE)
		return true;
	if (guest->activity == ACTIVITY_SHUTDOWN)
		return nmi || machine_check;
	return nmi || machine_check || injects(guest, INTERRUPTION_EXTERNAL) || (exception && vector == VECTOR_DB) ||
	       injects(guest, INTERRUPTION_OTHER);
}

static bool activity_valid(const struct guest *guest)
{
	bool blocking = guest->interruptibility & (INTERRUPTIBILITY_STI | INTERRUPTIBILITY_MOV_SS);

	if (guest->activity > ACTIVITY_SHUTDOWN) /* there is no wait-for-SIPI */
		return false;
	if (guest->activity == ACTIVITY_HALTED && dpl_of(access_of(guest, SS)) != 0)
		return false;
	return !(guest->activity != ACTIVITY_ACTIVE && blocking) && activity_takes_injection(guest);
}

static bool interruptibility_valid(const struct guest *guest)
{
	uint32_t state = guest->interruptibility, both = INTERRUPTIBILITY_STI | INTERRUPTIBILITY_MOV_SS;

	if ((state & ~(both | INTERRUPTIBILITY_NMI)) || (state & both) == both)
		return false;
	if ((state & INTERRUPTIBILITY_STI) && !(guest->eflags & EFLAGS_IF))
		return false;
	return !injects(guest, INTERRUPTION_EXTERNAL) || !(state & both);
}

static bool nmi_injection_valid(const struct guest *guest)
{
	bool blocked = guest->interruptibility & INTERRUPTIBILITY_NMI;
	bool virtual = vmcs_get32(guest->vmcs, VMCS_PIN_CONTROLS) & PIN_VIRTUAL_NMI;

	if (!injects(guest, INTERRUPTION_NMI))
		return true;
	return !(guest->interruptibility & INTERRUPTIBILITY_MOV_SS) && !(virtual && blocked);
}

/* BS says what TF has done where the trap cannot have been delivered yet. */
static bool pending_debug_valid(const struct guest *guest)
{
	enum { RESERVED = (int)0xffffaff0, STEP = 1 << 14, DEBUGCTL_BTF = 1 << 1 };
	uint32_t pending = vmcs_get32(guest->vmcs, VMCS_GUEST_PENDING_DEBUG);
	bool stepping = (guest->eflags & EFLAGS_TF) && !(vmcs_get(guest->vmcs, VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF);
	bool held = (guest->interruptibility & (INTERRUPTIBILITY_STI | INTERRUPTIBILITY_MOV_SS)) ||
	            guest->activity == ACTIVITY_HALTED;

	if (pending & (uint32_t)RESERVED)
		return false;
	return !held || !(pending & STEP) == !stepping;
}

/* ---- PDPTEs (26.3.1.6) ---- */

static bool pdptes_valid(const struct guest *guest)
{
	bool pae = (guest->cr0 & (uint32_t)CR0_PG) && (guest->cr4 & CR4_PAE);
	bool nested = vmcs_secondary(guest->vmcs) & SECONDARY_EPT;
	struct cpu_state state = {0};

	if (!pae || (nested && !guest->cpu->features.pdpte_registers_nested))
		return true;
	if (nested)
		vmcs_get_guest(guest->vmcs, &state);
	else
		paging_read_pdptes(guest->cpu->bus, vmcs_get32(guest->vmcs, VMCS_GUEST_CR3), state.pae_pointer);
	return paging_pdptes_valid(state.pae_pointer);
}

/* ---- all of them, in order ---- */

const char *vmx_guest_rule(const struct cpu *cpu, const struct vmcs *vmcs, uint32_t *qualification)
{
	static const struct {
		bool (*valid)(const struct guest *guest);
		const char *rule;
		uint32_t qualification;
	} rules[] = {
		{registers_valid, "26.3.1.1: CR0, CR4, or an MSR of the guest has a bit that it must not have, or lacks one (CR0.NE; "
		                  "without an unrestricted guest also PE and PG)", 0},
		{segments_valid, "26.3.1.2: a segment register of the guest", 0},
		{tables_valid, "26.3.1.3: GDTR or IDTR of the guest", 0},
		{flags_valid, "26.3.1.4: reserved bits of the guest's RFLAGS, or VM without protected mode", 0},
		{takes_interrupt, "26.3.1.4: RFLAGS.IF must be 1 when an external interrupt is injected", 0},
		{activity_valid, "26.3.1.5: the guest's activity state", 0},
		{interruptibility_valid, "26.3.1.5: interruptibility: blocking by STI needs IF, and goes with no external interrupt", 0},
		{nmi_injection_valid, "26.3.1.5: an NMI is injected while NMIs are blocked", 0},
		{pending_debug_valid, "26.3.1.5: pending debug exceptions", 0},
		{pdptes_valid, "26.3.1.6: a PDPTE of the guest has reserved bits", FAILED_PDPTE},
	};
	struct guest guest = guest_of(cpu, vmcs);

	for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
		*qualification = rules[i].qualification;
		if (!rules[i].valid(&guest))
			return rules[i].rule;
	}
	*qualification = FAILED_LINK;
	return vmcs_get(vmcs, VMCS_LINK_POINTER) == UINT64_MAX ? NULL : "26.3.1.5: the VMCS link pointer";
}
