/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/operand.h - an instruction's operands by number, whatever their kind (insn.h).
 * For performs that do not care where their operands are; the hot forms are specialized in fast.c.
 */
#ifndef RINGSIDE_CPU_OPERAND_H
#define RINGSIDE_CPU_OPERAND_H

#include "cpu/access.h"

static inline enum operand_kind operand_kind(const struct insn *insn, unsigned n)
{
	return (enum operand_kind)insn->row->operand[n];
}

/* Size of operand `n` in bytes: 1, 2 or 4 (a relative or far immediate: the operand size; Mp, Mq, Ma,
 * Ms and M: the operand size too, their performs know the rest). */
unsigned operand_bytes(const struct insn *insn, unsigned n);

/*
 * Reads operand `n`, zero-extended from operand_bytes to 32 bits; immediates come as decoded (Ibs
 * sign-extended), ENTER's second one from insn->selector. Segment registers give the selector.
 * False: a fault is pending. Not for M, Ma, Mp, Mq, Ms, X, Y, J, A, C and D kinds.
 */
bool read_operand(struct cpu *cpu, const struct insn *insn, unsigned n, uint32_t *value);

/* Writes operand `n` (E, G, Z, fixed registers, O, R; never segment registers or immediates). */
bool write_operand(struct cpu *cpu, const struct insn *insn, unsigned n, uint32_t value);

/*
 * Reads an operand that will be written back: memory is checked for the store first, because a locked
 * read is one for ownership, and its #PF says W (SDM vol. 3, 4.7). Charges the LOCK prefix.
 */
bool read_operand_to_modify(struct cpu *cpu, const struct insn *insn, unsigned n, uint32_t *value);

/* The same for memory that no operand names, and its check alone. */
bool load_to_modify(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, uint32_t *value);
bool check_store(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size);

/* The segment register that an ES..GS kind or an Sw operand names. */
static inline enum segment_register operand_segment(const struct insn *insn, unsigned n)
{
	enum operand_kind kind = operand_kind(insn, n);

	return kind == OP_Sw ? (enum segment_register)insn->reg : (enum segment_register)(kind - OP_ES);
}

#endif
