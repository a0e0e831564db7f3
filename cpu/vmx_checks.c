/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_checks.c - what VM entry checks of controls and host state. Intel SDM volume 3, 26.2.
 */
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

enum { PHYSICAL_BITS = 36 };

/* ---- single control fields: allowed settings (appendix A.3 to A.5) ---- */

static const struct {
	uint16_t field; /* enum vmcs_field */
	uint32_t allowed;
} allowed_controls[] = {
	{VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI | PIN_PREEMPTION_TIMER},
	{VMCS_PRIMARY_CONTROLS,
	 PRIMARY_INTERRUPT_WINDOW | PRIMARY_TSC_OFFSET | PRIMARY_HLT | PRIMARY_INVLPG | PRIMARY_RDPMC | PRIMARY_RDTSC |
		 PRIMARY_CR3_LOAD | PRIMARY_CR3_STORE | PRIMARY_NMI_WINDOW | PRIMARY_MOV_DR | PRIMARY_IO |
		 PRIMARY_IO_BITMAPS | PRIMARY_MONITOR_TRAP | PRIMARY_MSR_BITMAPS | PRIMARY_PAUSE |
		 (uint32_t)PRIMARY_SECONDARY},
	{VMCS_EXIT_CONTROLS, EXIT_SAVE_DEBUG | EXIT_ACKNOWLEDGE | EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER |
				     EXIT_LOAD_EFER | EXIT_SAVE_TIMER},
	{VMCS_ENTRY_CONTROLS, ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER},
};

enum {
	SECONDARY_ALLOWED = SECONDARY_EPT | SECONDARY_DESCRIPTOR_TABLES | SECONDARY_VPID | SECONDARY_WBINVD |
	                    SECONDARY_UNRESTRICTED,
};

static bool settings_allowed(const struct vmcs *vmcs)
{
	for (unsigned i = 0; i < sizeof allowed_controls / sizeof *allowed_controls; i++)
		if (vmcs_get32(vmcs, allowed_controls[i].field) & ~allowed_controls[i].allowed)
			return false;
	return !(vmcs_secondary(vmcs) & ~(uint32_t)SECONDARY_ALLOWED);
}

/* ---- controls that need others, or an address (26.2.1.1, 26.2.1.2) ---- */

/* A 4-KByte aligned address within the processor's physical-address width. */
static bool page_address_valid(uint64_t address)
{
	return !(address & PAGE_MASK) && !(address >> PHYSICAL_BITS);
}

static bool addresses_valid(const struct vmcs *vmcs)
{
	static const struct {
		uint32_t control; /* primary */
		uint16_t field;   /* enum vmcs_field */
	} rows[] = {
		{PRIMARY_IO_BITMAPS, VMCS_IO_BITMAP_A},
		{PRIMARY_IO_BITMAPS, VMCS_IO_BITMAP_B},
		{PRIMARY_MSR_BITMAPS, VMCS_MSR_BITMAP},
	};
	uint32_t primary = vmcs_get32(vmcs, VMCS_PRIMARY_CONTROLS);

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((primary & rows[i].control) && !page_address_valid(vmcs_get(vmcs, rows[i].field)))
			return false;
	return true;
}

static bool nmi_controls_valid(const struct vmcs *vmcs)
{
	uint32_t pin = vmcs_get32(vmcs, VMCS_PIN_CONTROLS), primary = vmcs_get32(vmcs, VMCS_PRIMARY_CONTROLS);

	if ((pin & PIN_VIRTUAL_NMI) && !(pin & PIN_NMI))
		return false;
	return !(primary & PRIMARY_NMI_WINDOW) || (pin & PIN_VIRTUAL_NMI);
}

/*
 * EPT pointer (24.6.11): 5:3 levels - 1, of which this model allows 2 to 4; memory type uncacheable (0) or
 * write-back (6).
 */
bool vmx_ept_pointer_valid(uint64_t ept_pointer)
{
	uint64_t type = ept_pointer & 7, levels = (ept_pointer >> 3 & 7) + 1, reserved = ept_pointer & 0xf80;

	return (type == 0 || type == EPT_WRITE_BACK) && levels >= 2 && levels <= 4 && !reserved &&
	       !(ept_pointer >> PHYSICAL_BITS);
}

static bool secondary_valid(const struct vmcs *vmcs)
{
	uint32_t secondary = vmcs_secondary(vmcs);

	if ((secondary & SECONDARY_EPT) && !vmx_ept_pointer_valid(vmcs_get(vmcs, VMCS_EPT_POINTER)))
		return false;
	if ((secondary & SECONDARY_VPID) && !vmcs_get(vmcs, VMCS_VPID))
		return false;
	return !(secondary & SECONDARY_UNRESTRICTED) || (secondary & SECONDARY_EPT);
}

static bool timer_valid(const struct vmcs *vmcs)
{
	return !(vmcs_get32(vmcs, VMCS_EXIT_CONTROLS) & EXIT_SAVE_TIMER) ||
	       (vmcs_get32(vmcs, VMCS_PIN_CONTROLS) & PIN_PREEMPTION_TIMER);
}

/* ---- event injection (26.2.1.3) ---- */

enum { INTERRUPTION_RESERVED = 0x7ffff000, ERROR_CODES = 1 << VECTOR_DF | 1 << VECTOR_TS | 1 << VECTOR_NP |
       1 << VECTOR_SS | 1 << VECTOR_GP | 1 << VECTOR_PF | 1 << VECTOR_AC };

static bool injected_vector_valid(uint32_t information)
{
	uint32_t vector = information & INTERRUPTION_VECTOR;

	switch (information & INTERRUPTION_TYPE) {
	case INTERRUPTION_NMI:
		return vector == VECTOR_NMI;
	case INTERRUPTION_EXCEPTION:
		return vector <= 31;
	case INTERRUPTION_OTHER:
		return vector == 0;
	case 1u << 8:
		return false; /* reserved */
	default:
		return true;
	}
}

/* An error code goes with the exceptions that have one, except to a guest in real mode. */
static bool injected_error_valid(const struct vmcs *vmcs, uint32_t information)
{
	bool real = (vmcs_secondary(vmcs) & SECONDARY_UNRESTRICTED) && !(vmcs_get32(vmcs, VMCS_GUEST_CR0) & CR0_PE);
	bool exception = (information & INTERRUPTION_TYPE) == INTERRUPTION_EXCEPTION;
	bool wanted = !real && exception && ((uint32_t)ERROR_CODES >> (information & 31) & 1);
	bool given = information & INTERRUPTION_ERROR_CODE;

	if (wanted != given)
		return false;
	return !given || !(vmcs_get32(vmcs, VMCS_ENTRY_ERROR_CODE) >> 16);
}

static bool injected_length_valid(const struct vmcs *vmcs, uint32_t information)
{
	uint32_t type = information & INTERRUPTION_TYPE, length = vmcs_get32(vmcs, VMCS_ENTRY_INSTRUCTION_LENGTH);

	if (type != INTERRUPTION_SOFTWARE && type != INTERRUPTION_PRIVILEGED_EXCEPTION &&
	    type != INTERRUPTION_SOFTWARE_EXCEPTION)
		return true;
	return length >= 1 && length <= INSN_MAX_LENGTH;
}

static bool injection_valid(const struct vmcs *vmcs)
{
	uint32_t information = vmcs_get32(vmcs, VMCS_ENTRY_INTERRUPTION);

	if (!(information & (uint32_t)INTERRUPTION_VALID))
		return true;
	return !(information & INTERRUPTION_RESERVED) && injected_vector_valid(information) &&
	       injected_error_valid(vmcs, information) && injected_length_valid(vmcs, information);
}

static bool targets_valid(const struct vmcs *vmcs)
{
	return vmcs_get(vmcs, VMCS_CR3_TARGET_COUNT) <= 4;
}

const char *vmx_controls_rule(const struct vmcs *vmcs)
{
	static const struct {
		bool (*valid)(const struct vmcs *vmcs);
		const char *rule;
	} rules[] = {
		{settings_allowed, "26.2.1.1: a control is set that this processor does not have"},
		{targets_valid, "26.2.1.1: there are at most 4 CR3 targets"},
		{addresses_valid, "26.2.1.1: the address of a bitmap must be that of a page"},
		{nmi_controls_valid, "26.2.1.1: virtual NMIs need NMI exiting, and an NMI window needs virtual NMIs"},
		{secondary_valid, "26.2.1.1: EPT needs a valid EPT pointer, VPID a number, an unrestricted guest EPT"},
		{timer_valid, "26.2.1.2: saving the preemption timer needs the timer"},
		{injection_valid, "26.2.1.3: the VM-entry interruption information (type, vector, error code, instruction length) is none "
		                  "that can be"},
	};

	for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!rules[i].valid(vmcs))
			return rules[i].rule;
	return NULL;
}

/* ---- host state (26.2.2 to 26.2.4) ---- */

static bool host_selectors_valid(const struct vmcs *vmcs)
{
	static const struct {
		uint16_t field; /* enum vmcs_field */
		bool may_be_null;
	} rows[] = {
		{VMCS_HOST_ES_SELECTOR, true},  {VMCS_HOST_CS_SELECTOR, false}, {VMCS_HOST_SS_SELECTOR, false},
		{VMCS_HOST_DS_SELECTOR, true},  {VMCS_HOST_FS_SELECTOR, true},  {VMCS_HOST_GS_SELECTOR, true},
		{VMCS_HOST_TR_SELECTOR, false},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t selector = vmcs_get(vmcs, rows[i].field);

		if ((selector & 7) || (!selector && !rows[i].may_be_null))
			return false;
	}
	return true;
}

bool vmx_host_valid(const struct cpu *cpu, const struct vmcs *vmcs)
{
	uint32_t fixed = VMX_CR0_FIXED, controls = vmcs_get32(vmcs, VMCS_EXIT_CONTROLS);

	if ((vmcs_get32(vmcs, VMCS_HOST_CR0) & fixed) != fixed || (vmcs_get32(vmcs, VMCS_HOST_CR4) & ~cr4_defined(cpu)))
		return false;
	if ((controls & EXIT_LOAD_PAT) && !pat_valid(vmcs_get(vmcs, VMCS_HOST_PAT)))
		return false;
	if ((controls & EXIT_LOAD_EFER) && (vmcs_get(vmcs, VMCS_HOST_EFER) & ~efer_defined(cpu)))
		return false;
	return host_selectors_valid(vmcs);
}
