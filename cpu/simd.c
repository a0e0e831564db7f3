/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/simd.c - see simd.h: what must hold before an MMX, SSE or SSE2 instruction, and where its operands are.
 * Intel SDM volume 3, 12.1 to 12.5 (MMX and the x87), 13.1 (SSE); volume 1, 10.4.1 (alignment).
 */
#include "cpu/simd.h"

#include "cpu/x87.h"

enum { SIGN_EXPONENT_OF_MMX = 0xffff };

static bool is_xmm(enum operand_kind kind)
{
	return kind >= OP_Vdq && kind <= OP_Udq;
}

/* ---- readiness ---- */

static bool has_xmm_operand(const struct insn *insn)
{
	return is_xmm(operand_kind(insn, 0)) || is_xmm(operand_kind(insn, 1));
}

unsigned simd_width(const struct insn *insn)
{
	return has_xmm_operand(insn) ? 16 : 8;
}

/* Without an operand in XMM registers nor in MMX registers: LDMXCSR and STMXCSR, which are of SSE, or EMMS. */
static bool needs_osfxsr(const struct insn *insn)
{
	return has_xmm_operand(insn) || operand_kind(insn, 0) == OP_Md;
}

bool simd_ready(struct cpu *cpu, const struct insn *insn)
{
	bool mmx = simd_uses_mmx(insn) || insn->row->perform == perform_emms;

	if (cpu->state.cr0 & CR0_EM || (needs_osfxsr(insn) && !(cpu->state.cr4 & CR4_OSFXSR)))
		return raise_ud(cpu);
	if (cpu->state.cr0 & CR0_TS)
		return raise_fault(cpu, VECTOR_NM);
	return !mmx || !x87_reports(cpu);
}

/* ---- registers ---- */

/* CVTPI2PS and CVTPI2PD from memory leave the x87 alone, as processors do (the manual says so of the second only). */
bool simd_uses_mmx(const struct insn *insn)
{
	bool source = simd_is_mmx(operand_kind(insn, 1));

	return simd_is_mmx(operand_kind(insn, 0)) || (source && !insn->memory) || operand_kind(insn, 1) == OP_Pq;
}

void simd_enter_mmx(struct cpu *cpu)
{
	cpu->floats->x87.status &= (uint16_t)~X87_TOP;
	cpu->floats->x87.valid = 0xff;
}

static void write_mmx(struct cpu *cpu, unsigned reg, uint64_t value)
{
	cpu->floats->x87.r[reg] = (struct float80){value, SIGN_EXPONENT_OF_MMX};
}

/* ---- memory ---- */

static unsigned memory_bytes(enum operand_kind kind)
{
	switch (kind) {
	case OP_Mw_Rd: return 2;
	case OP_Ed: case OP_Md: case OP_Qd: case OP_Wd: return 4;
	case OP_Mq: case OP_Qq: case OP_Wq: return 8;
	default: return 16;
	}
}

/* Sixteen bytes must be aligned, but for the instructions that say otherwise. */
static bool check_alignment(struct cpu *cpu, const struct insn *insn, uint32_t offset, unsigned size)
{
	uint32_t linear = cpu->state.segment[insn->segment].base + offset;

	return size < 16 || insn->row->flags & INSN_UNALIGNED || !(linear & 15) || raise_gp(cpu, 0);
}

/* Sixteen bytes anywhere raise no #AC: the manual leaves it to the processor. */
static unsigned strict_alignment(unsigned size)
{
	return size < 16 ? size : 1;
}

static bool load_operand(struct cpu *cpu, const struct insn *insn, unsigned size, union xmm *value)
{
	uint32_t offset = effective_offset(cpu, insn);

	return check_alignment(cpu, insn, offset, size) &&
	       load_bytes(cpu, insn->segment, offset, value, size, strict_alignment(size));
}

static bool store_operand(struct cpu *cpu, const struct insn *insn, unsigned size, const union xmm *value)
{
	uint32_t offset = effective_offset(cpu, insn);

	return check_alignment(cpu, insn, offset, size) &&
	       store_bytes(cpu, insn->segment, offset, value, size, strict_alignment(size));
}

/* ---- operands ---- */

bool simd_read(struct cpu *cpu, const struct insn *insn, unsigned n, union xmm *value)
{
	enum operand_kind kind = operand_kind(insn, n);

	*value = (union xmm){.qword = {0, 0}};
	switch (kind) {
	case OP_Pq: value->qword[0] = cpu->floats->x87.r[insn->reg].significand; return true;
	case OP_Vdq: *value = cpu->floats->sse.xmm[insn->reg]; return true;
	case OP_Gd: value->dword[0] = cpu->state.gpr[insn->reg]; return true;
	case OP_Ib: value->qword[0] = insn->immediate; return true;
	default: break;
	}
	if (insn->memory)
		return load_operand(cpu, insn, memory_bytes(kind), value);
	if (simd_is_mmx(kind))
		value->qword[0] = cpu->floats->x87.r[insn->rm].significand;
	else if (is_xmm(kind))
		*value = cpu->floats->sse.xmm[insn->rm];
	else
		value->dword[0] = cpu->state.gpr[insn->rm];
	return true;
}

static void write_register(struct cpu *cpu, enum operand_kind kind, unsigned reg, const union xmm *value)
{
	if (simd_is_mmx(kind))
		write_mmx(cpu, reg, value->qword[0]);
	else if (is_xmm(kind))
		cpu->floats->sse.xmm[reg] = *value;
	else
		cpu->state.gpr[reg] = value->dword[0];
}

bool simd_write(struct cpu *cpu, const struct insn *insn, unsigned n, const union xmm *value)
{
	enum operand_kind kind = operand_kind(insn, n);
	bool by_reg = kind == OP_Pq || kind == OP_Vdq || kind == OP_Gd;

	if (insn->memory && !by_reg) {
		if (!store_operand(cpu, insn, memory_bytes(kind), value))
			return false;
	} else {
		write_register(cpu, kind, by_reg ? insn->reg : insn->rm, value);
	}
	if (simd_uses_mmx(insn))
		simd_enter_mmx(cpu);
	return true;
}

bool simd_perform(struct cpu *cpu, const struct insn *insn, simd_operation *operation)
{
	union xmm to, from;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	simd_read(cpu, insn, 0, &to); /* a register: operations do not work on memory */
	operation(&to, &from, simd_width(insn), insn->immediate);
	return simd_write(cpu, insn, 0, &to);
}
