/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/operand.c - an instruction's operands by number: where each kind lies and how large it is.
 * Intel SDM volume 2, appendix A.2 (the kinds), 3.1.1 (their sizes).
 */
#include "cpu/operand.h"

unsigned operand_bytes(const struct insn *insn, unsigned n)
{
	switch (operand_kind(insn, n)) {
	case OP_Eb: case OP_Gb: case OP_Ib: case OP_Jb: case OP_Ob: case OP_Xb: case OP_Yb: case OP_Zb:
	case OP_AL: case OP_CL: case OP_1: case OP_3:
		return 1;
	case OP_Ew: case OP_Gw: case OP_Iw: case OP_Sw: case OP_DX:
	case OP_ES: case OP_CS: case OP_SS: case OP_DS: case OP_FS: case OP_GS:
		return 2;
	case OP_Ed: case OP_Gd: case OP_Rd: case OP_Cd: case OP_Dd:
		return 4;
	case OP_Mw_Rv:
		return insn->memory ? 2 : insn->operand_size;
	default:
		return insn->operand_size;
	}
}

/* The register of a kind that is one whatever ModRM says, or of an r/m that is one; -1: not a register. */
static int register_of(const struct insn *insn, enum operand_kind kind)
{
	switch (kind) {
	case OP_Gb: case OP_Gw: case OP_Gd: case OP_Gv: case OP_Zb: case OP_Zv:
		return insn->reg;
	case OP_Eb: case OP_Ew: case OP_Ed: case OP_Ev: case OP_Mw_Rv:
		return insn->memory ? -1 : insn->rm;
	case OP_Rd:
		return insn->rm;
	case OP_AL: case OP_rAX:
		return EAX;
	case OP_CL:
		return ECX;
	case OP_DX:
		return EDX;
	default:
		return -1;
	}
}

/* The offset of a kind that is memory: moffs or the r/m. */
static bool memory_of(const struct cpu *cpu, const struct insn *insn, enum operand_kind kind,
                      uint32_t *offset)
{
	switch (kind) {
	case OP_Ob: case OP_Ov:
		*offset = insn->displacement & insn->address_mask;
		return true;
	case OP_Eb: case OP_Ew: case OP_Ed: case OP_Ev: case OP_Mw_Rv:
		*offset = effective_offset(cpu, insn);
		return insn->memory;
	default:
		return false;
	}
}

static uint32_t read_constant(const struct cpu *cpu, const struct insn *insn, unsigned n)
{
	switch (operand_kind(insn, n)) {
	case OP_ES: case OP_CS: case OP_SS: case OP_DS: case OP_FS: case OP_GS: case OP_Sw:
		return cpu->state.segment[operand_segment(insn, n)].selector;
	case OP_1:
		return 1;
	case OP_3:
		return 3;
	case OP_Ib:
		if (n == 1 && operand_kind(insn, 0) == OP_Iw) /* ENTER */
			return insn->selector;
		return insn->immediate;
	default:
		return insn->immediate;
	}
}

bool read_operand(struct cpu *cpu, const struct insn *insn, unsigned n, uint32_t *value)
{
	enum operand_kind kind = operand_kind(insn, n);
	int reg = register_of(insn, kind);
	uint32_t offset;

	if (reg >= 0) {
		*value = get_register(cpu, (unsigned)reg, operand_bytes(insn, n));
		return true;
	}
	if (memory_of(cpu, insn, kind, &offset))
		return load(cpu, insn->segment, offset, operand_bytes(insn, n), value);
	*value = read_constant(cpu, insn, n);
	return true;
}

bool read_operand_to_modify(struct cpu *cpu, const struct insn *insn, unsigned n, uint32_t *value)
{
	uint32_t offset;

	if (!memory_of(cpu, insn, operand_kind(insn, n), &offset))
		return read_operand(cpu, insn, n, value);
	if (!load_to_modify(cpu, insn->segment, offset, operand_bytes(insn, n), value))
		return false;
	if (insn->lock)
		charge(cpu, COST_locked);
	return true;
}

bool write_operand(struct cpu *cpu, const struct insn *insn, unsigned n, uint32_t value)
{
	enum operand_kind kind = operand_kind(insn, n);
	unsigned size = operand_bytes(insn, n);
	int reg = register_of(insn, kind);
	uint32_t offset;

	if (reg >= 0) {
		set_register(cpu, (unsigned)reg, size, value);
		return true;
	}
	if (memory_of(cpu, insn, kind, &offset))
		return store(cpu, insn->segment, offset, size, value & UINT32_MAX >> (32 - 8 * size));
	assert(!"an operand that can be written");
	return true;
}

bool check_store(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size)
{
	if (offset < cpu->fast[segment].top[1] &&
	    fast_entry(cpu, cpu->fast[segment].base + offset, size, true))
		return true;
	return probe_store(cpu, (enum segment_register)segment, offset, size);
}

bool load_to_modify(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, uint32_t *value)
{
	return check_store(cpu, segment, offset, size) && load(cpu, segment, offset, size, value);
}
