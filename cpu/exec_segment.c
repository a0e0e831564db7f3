/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_segment.c - moving segment registers about. Intel SDM volume 2: MOV, PUSH, POP, LDS.
 * That a program can read its CS, and so its ring, is one of the holes in the architecture.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"
#include "cpu/system.h"

static uint16_t selector_of(const struct cpu *cpu, enum segment_register reg)
{
	return cpu->state.segment[reg].selector;
}

/* Interrupts wait until SS and ESP have both been loaded (SDM vol. 3, 6.8.3). */
static void hold_interrupts(struct cpu *cpu, enum segment_register reg)
{
	if (reg == SS)
		cpu->state.interrupt_shadow = SHADOW_MOV_SS;
}

bool perform_push_segment(struct cpu *cpu, const struct insn *insn)
{
	return push(cpu, insn->operand_size, selector_of(cpu, operand_segment(insn, 0)));
}

bool perform_pop_segment(struct cpu *cpu, const struct insn *insn)
{
	enum segment_register reg = operand_segment(insn, 0);
	uint32_t pointer = cpu->state.gpr[ESP], mask = cpu->stack_mask, value;

	if (!pop_at(cpu, &pointer, insn->operand_size, &value) || !load_segment(cpu, reg, (uint16_t)value))
		return false;
	/* by the stack size that was popped with, not that of a new SS */
	cpu->state.gpr[ESP] = (cpu->state.gpr[ESP] & ~mask) | (pointer & mask);
	hold_interrupts(cpu, reg);
	return true;
}

bool perform_mov_from_segment(struct cpu *cpu, const struct insn *insn)
{
	if (insn->reg > GS)
		return raise_ud(cpu);
	return write_rm(cpu, insn, insn->memory ? 2 : insn->operand_size,
	                selector_of(cpu, (enum segment_register)insn->reg));
}

bool perform_mov_to_segment(struct cpu *cpu, const struct insn *insn)
{
	enum segment_register reg = (enum segment_register)insn->reg;
	uint32_t value;

	if (reg > GS || reg == CS)
		return raise_ud(cpu);
	if (!read_rm(cpu, insn, 2, &value) || !load_segment(cpu, reg, (uint16_t)value))
		return false;
	hold_interrupts(cpu, reg);
	return true;
}

static bool load_pointer(struct cpu *cpu, const struct insn *insn, enum segment_register reg)
{
	uint32_t at = effective_offset(cpu, insn), offset, selector;

	if (!load(cpu, insn->segment, at, insn->operand_size, &offset) ||
	    !load(cpu, insn->segment, (at + insn->operand_size) & insn->address_mask, 2, &selector) ||
	    !load_segment(cpu, reg, (uint16_t)selector))
		return false;
	set_register(cpu, insn->reg, insn->operand_size, offset);
	return true;
}

bool perform_les(struct cpu *cpu, const struct insn *insn)
{
	return load_pointer(cpu, insn, ES);
}

bool perform_lds(struct cpu *cpu, const struct insn *insn)
{
	return load_pointer(cpu, insn, DS);
}

bool perform_lss(struct cpu *cpu, const struct insn *insn)
{
	return load_pointer(cpu, insn, SS);
}

bool perform_lfs(struct cpu *cpu, const struct insn *insn)
{
	return load_pointer(cpu, insn, FS);
}

bool perform_lgs(struct cpu *cpu, const struct insn *insn)
{
	return load_pointer(cpu, insn, GS);
}
