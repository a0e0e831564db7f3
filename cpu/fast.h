/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast.h - specialized forms of the instructions that run most, for the fast_*.c files. Each serves the
 * usual case only (32-bit stack, memory that the TLB reaches at once, targets inside CS) and hands every
 * other one to the row's `perform`, which is the truth: a form may be deleted and nothing changes but
 * the speed.
 */
#ifndef RINGSIDE_CPU_FAST_H
#define RINGSIDE_CPU_FAST_H

#include "cpu/access.h"
#include "cpu/perform.h"

#define INLINE static inline __attribute__((always_inline))
#define NEXT insn[1].execute(cpu, insn + 1)

/* Where the two operands are: R register, M memory, I immediate; the first is the destination. */
enum form { FORM_RR, FORM_RM, FORM_MR, FORM_RI, FORM_MI, FORM_R, FORM_M, FORM_I, FORM_NONE };

/* Which form serves which perform. */
struct fast_row {
	insn_perform *perform;
	uint8_t form; /* enum form */
	uint8_t size; /* operand size, bytes */
	insn_execute *execute;
};

/* One table a file; a row without a perform ends it. */
extern const struct fast_row fast_arithmetic[], fast_shifts[], fast_moves[], fast_transfers[];

/* Those whose second operand has a size of its own, and those that there are sixteen of. */
insn_execute *fast_extension(const struct insn *insn, enum form form);
insn_execute *fast_condition(const struct insn *insn);

/* Host address of the memory operand when the fast path reaches it; NULL. */
INLINE uint8_t *fast_host(const struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, bool write)
{
	const struct tlb_tags *entry;
	uint32_t linear;

	if (__builtin_expect(offset >= cpu->fast[segment].top[write], 0))
		return NULL;
	linear = cpu->fast[segment].base + offset;
	entry = fast_entry(cpu, linear, size, write);
	return __builtin_expect(entry != NULL, 1) ? (uint8_t *)(entry->addend + linear) : NULL;
}

INLINE uint8_t *operand_host(const struct cpu *cpu, const struct insn *insn, unsigned size, bool write)
{
	return fast_host(cpu, insn->segment, effective_offset(cpu, insn), size, write);
}

/* The slot of the next push; NULL: not by the fast path. */
INLINE uint8_t *push_host(const struct cpu *cpu)
{
	if (__builtin_expect(cpu->stack_mask != UINT32_MAX, 0))
		return NULL;
	return fast_host(cpu, SS, cpu->state.gpr[ESP] - 4, 4, true);
}

INLINE uint8_t *pop_host(const struct cpu *cpu, uint32_t pointer)
{
	if (__builtin_expect(cpu->stack_mask != UINT32_MAX, 0))
		return NULL;
	return fast_host(cpu, SS, pointer, 4, false);
}

#endif
