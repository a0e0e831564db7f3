/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_far.c - instructions that leave the code segment: far transfers, INT n and its kin, IRET,
 * SYSENTER and SYSEXIT. Intel SDM volume 2; what they have in common is in transfer.c and return.c.
 */
#include "cpu/perform.h"
#include "cpu/system.h"

/* ---- far jumps, calls and returns ---- */

/* The far pointer in memory: offset first, then the selector. */
static bool read_pointer(struct cpu *cpu, const struct insn *insn, uint16_t *selector, uint32_t *offset)
{
	uint32_t at = effective_offset(cpu, insn), value;

	if (!load(cpu, insn->segment, at, insn->operand_size, offset) ||
	    !load(cpu, insn->segment, (at + insn->operand_size) & insn->address_mask, 2, &value))
		return false;
	*selector = (uint16_t)value;
	return true;
}

static uint32_t far_offset(const struct insn *insn)
{
	return insn->operand_size == 2 ? insn->immediate & 0xffff : insn->immediate;
}

bool perform_jmp_far(struct cpu *cpu, const struct insn *insn)
{
	return far_jump(cpu, insn->selector, far_offset(insn));
}

bool perform_call_far(struct cpu *cpu, const struct insn *insn)
{
	return far_call(cpu, insn->selector, far_offset(insn), insn->operand_size);
}

bool perform_jmp_far_indirect(struct cpu *cpu, const struct insn *insn)
{
	uint16_t selector;
	uint32_t offset;

	return read_pointer(cpu, insn, &selector, &offset) && far_jump(cpu, selector, offset);
}

bool perform_call_far_indirect(struct cpu *cpu, const struct insn *insn)
{
	uint16_t selector;
	uint32_t offset;

	return read_pointer(cpu, insn, &selector, &offset) &&
	       far_call(cpu, selector, offset, insn->operand_size);
}

bool perform_ret_far(struct cpu *cpu, const struct insn *insn)
{
	return far_return(cpu, insn->operand_size, insn->immediate & 0xffff);
}

/* ---- software interrupts ---- */

bool perform_int(struct cpu *cpu, const struct insn *insn)
{
	uint8_t vector = (uint8_t)insn->immediate;
	bool redirects;

	if (state_v86(&cpu->state)) {
		if (!vme_redirects(cpu, vector, &redirects))
			return false;
		if (redirects)
			return vme_interrupt(cpu, vector);
		if (state_iopl(&cpu->state) < 3)
			return raise_gp(cpu, 0);
	}
	return software_event(cpu, insn, EVENT_SOFTWARE, vector);
}

bool perform_int3(struct cpu *cpu, const struct insn *insn)
{
	return software_event(cpu, insn, EVENT_SOFTWARE_EXCEPTION, VECTOR_BP);
}

bool perform_into(struct cpu *cpu, const struct insn *insn)
{
	return !flag_of(cpu) || software_event(cpu, insn, EVENT_SOFTWARE_EXCEPTION, VECTOR_OF);
}

/* A trap like a hardware breakpoint's: no gate DPL is checked, DR6 stays as it is. */
bool perform_int1(struct cpu *cpu, const struct insn *insn)
{
	return software_event(cpu, insn, EVENT_EXCEPTION, VECTOR_DB);
}

bool perform_iret(struct cpu *cpu, const struct insn *insn)
{
	if (!interrupt_return(cpu, insn->operand_size))
		return false;
	cpu->vmx.nmi_unblocked = false;
	return true;
}

/* ---- fast system calls (SDM vol. 3, 5.8.7) ---- */

/* A flat 4-GByte segment, whatever the descriptor tables say. */
static struct segment flat_segment(uint32_t selector, unsigned type, unsigned dpl)
{
	return (struct segment){
		.limit = UINT32_MAX,
		.selector = (uint16_t)selector,
		.access = (uint16_t)(ACCESS_GRANULARITY | ACCESS_BIG | ACCESS_PRESENT | ACCESS_S |
		                     dpl << ACCESS_DPL_SHIFT | type),
	};
}

/* Both segments of a ring: the stack's descriptor follows the code's. */
static void enter_flat(struct cpu *cpu, uint32_t selector, unsigned cpl, uint32_t eip, uint32_t esp)
{
	enum { CODE = ACCESS_CODE | ACCESS_READABLE | ACCESS_ACCESSED };
	enum { DATA = ACCESS_WRITABLE | ACCESS_ACCESSED };
	struct segment stack = flat_segment(((selector + 8) & 0xfffc) | cpl, DATA, cpl);

	enter_code(cpu, flat_segment(selector, CODE, cpl), cpl, eip);
	install_segment(cpu, SS, &stack);
	cpu->state.gpr[ESP] = esp;
}

bool perform_sysenter(struct cpu *cpu, const struct insn *insn)
{
	uint32_t code = cpu->state.sysenter_cs;

	(void)insn;
	if (!state_protected(&cpu->state) || selector_null((uint16_t)code))
		return raise_gp(cpu, 0);
	change_eflags(cpu, 0, EFLAGS_VM | EFLAGS_IF);
	enter_flat(cpu, code, 0, cpu->state.sysenter_eip, cpu->state.sysenter_esp);
	return true;
}

bool perform_sysexit(struct cpu *cpu, const struct insn *insn)
{
	uint32_t code = cpu->state.sysenter_cs;

	(void)insn;
	if (!state_protected(&cpu->state) || selector_null((uint16_t)code) || cpu->state.cpl != 0)
		return raise_gp(cpu, 0);
	enter_flat(cpu, code + 16, 3, cpu->state.gpr[EDX], cpu->state.gpr[ECX]);
	return true;
}
