/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/simd.h - MMX and XMM registers and memory as operands, for the exec_simd_*.c files. An operand is read into a
 * whole union xmm, zero beyond its size; an operation is a function of two such values.
 * Intel SDM volume 1, 9.2 (MMX registers are significands of the x87's), 10.2 (XMM registers, MXCSR).
 */
#ifndef RINGSIDE_CPU_SIMD_H
#define RINGSIDE_CPU_SIMD_H

#include "cpu/access.h"
#include "cpu/float_state.h"
#include "cpu/operand.h"
#include "cpu/perform.h"

/* `to`: the destination's old value, to be replaced. `width`: 8 bytes, or 16 if an operand is an XMM register. */
typedef void simd_operation(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate);

/* May it be executed at all? False: #UD, #NM or #MF is pending (SDM vol. 2, 2.4; vol. 3, 12.1 and 13.1). */
bool simd_ready(struct cpu *cpu, const struct insn *insn);

/* Reads operand `n`, a register or memory. False: a fault is pending. */
bool simd_read(struct cpu *cpu, const struct insn *insn, unsigned n, union xmm *value);
/* Writes operand `n`: as many bytes as memory or a general register takes, or the whole MMX or XMM register. */
bool simd_write(struct cpu *cpu, const struct insn *insn, unsigned n, const union xmm *value);
unsigned simd_width(const struct insn *insn);
/* Does it reach an MMX register? */
bool simd_uses_mmx(const struct insn *insn);
/* The x87's registers are MMX's from now on: TOP is 0 and none is empty. For what has an MMX operand but writes none. */
void simd_enter_mmx(struct cpu *cpu);
static inline bool simd_is_mmx(enum operand_kind kind)
{
	return kind >= OP_Pq && kind <= OP_Nq;
}

/* A whole instruction: operand 0 becomes the operation's result of itself and operand 1. */
bool simd_perform(struct cpu *cpu, const struct insn *insn, simd_operation *operation);

#define SIMD_PERFORM(name)                                                                         \
	bool perform_##name(struct cpu *cpu, const struct insn *insn)                               \
	{                                                                                           \
		return simd_perform(cpu, insn, name);                                               \
	}

#endif
