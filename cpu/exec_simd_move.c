/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_simd_move.c - MMX, SSE and SSE2: moves, single words and masks, MXCSR, EMMS, and the instructions that only mean
 * something to caches. Intel SDM volume 2; volume 3, 12.2 and 12.5 (EMMS). "Non-temporal" stores are stores here.
 */
#include "cpu/simd.h"
#include "cpu/x87.h"

/* ---- whole operands: as many bytes as both have, zeroes above ---- */

bool perform_mov_simd(struct cpu *cpu, const struct insn *insn)
{
	union xmm value;

	return simd_ready(cpu, insn) && simd_read(cpu, insn, 1, &value) && simd_write(cpu, insn, 0, &value);
}

/* Between XMM registers it clears the high half. */
bool perform_movq(struct cpu *cpu, const struct insn *insn)
{
	union xmm value;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &value))
		return false;
	value.qword[1] = 0;
	return simd_write(cpu, insn, 0, &value);
}

/* Between XMM registers it leaves what is above; from memory it clears that. */
static bool move_scalar(struct cpu *cpu, const struct insn *insn, unsigned size)
{
	union xmm value, merged;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &value))
		return false;
	if (!insn->memory) {
		simd_read(cpu, insn, 0, &merged);
		memcpy(&merged, &value, size);
		value = merged;
	}
	return simd_write(cpu, insn, 0, &value);
}

bool perform_movss(struct cpu *cpu, const struct insn *insn)
{
	return move_scalar(cpu, insn, 4);
}

bool perform_movsd(struct cpu *cpu, const struct insn *insn)
{
	return move_scalar(cpu, insn, 8);
}

/* An integer store: neither CR0 nor CR4 forbids it. */
bool perform_movnti(struct cpu *cpu, const struct insn *insn)
{
	return write_rm(cpu, insn, 4, cpu->state.gpr[insn->reg]);
}

/* ---- halves ---- */

static void load_low(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width, (void)immediate;
	to->qword[0] = from->qword[0];
}
SIMD_PERFORM(load_low)

static void load_high(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width, (void)immediate;
	to->qword[1] = from->qword[0];
}
SIMD_PERFORM(load_high)

static void movhlps(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width, (void)immediate;
	to->qword[0] = from->qword[1];
}
SIMD_PERFORM(movhlps)

bool perform_store_high(struct cpu *cpu, const struct insn *insn)
{
	union xmm value;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &value))
		return false;
	value.qword[0] = value.qword[1];
	return simd_write(cpu, insn, 0, &value);
}

/* ---- words and sign bits ---- */

static void pinsrw(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	to->word[immediate & (width / 2 - 1)] = from->word[0];
}
SIMD_PERFORM(pinsrw)

static void pextrw(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	to->dword[0] = from->word[immediate & (width / 2 - 1)];
}
SIMD_PERFORM(pextrw)

#define SIGNS(name, lane)                                                                          \
	static void name(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)  \
	{                                                                                           \
		unsigned size = sizeof from->lane[0];                                               \
                                                                                                    \
		(void)immediate;                                                                    \
		to->dword[0] = 0;                                                                   \
		for (unsigned i = 0; i < width / size; i++)                                         \
			to->dword[0] |= (uint32_t)(from->lane[i] >> (8 * size - 1)) << i;           \
	}                                                                                           \
	SIMD_PERFORM(name)

SIGNS(pmovmskb, byte)
SIGNS(movmskps, dword)
SIGNS(movmskpd, qword)

/* ---- a store of some bytes ---- */

static bool store_selected(struct cpu *cpu, const struct insn *insn, const union xmm *value, const union xmm *mask)
{
	uint32_t offset = cpu->state.gpr[EDI] & insn->address_mask;
	unsigned width = simd_width(insn);

	if (!probe_bytes(cpu, insn->segment, offset, width, 8))
		return false;
	for (unsigned i = 0; i < width; i++)
		if (mask->byte[i] & 0x80 && !store_bytes(cpu, insn->segment, offset + i, &value->byte[i], 1, 1))
			return false;
	return true;
}

/* All the bytes that it might store must be there, as on most processors: the manual leaves that open. */
bool perform_maskmov(struct cpu *cpu, const struct insn *insn)
{
	union xmm value, mask;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 0, &value) || !simd_read(cpu, insn, 1, &mask) ||
	    !store_selected(cpu, insn, &value, &mask))
		return false;
	if (simd_is_mmx(operand_kind(insn, 0)))
		simd_enter_mmx(cpu);
	return true;
}

/* ---- control ---- */

bool perform_emms(struct cpu *cpu, const struct insn *insn)
{
	if (!simd_ready(cpu, insn))
		return false;
	simd_enter_mmx(cpu);
	cpu->floats->x87.valid = 0;
	return true;
}

bool perform_ldmxcsr(struct cpu *cpu, const struct insn *insn)
{
	union xmm value;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 0, &value))
		return false;
	if (value.dword[0] & ~mxcsr_defined(cpu))
		return raise_gp(cpu, 0);
	cpu->floats->sse.mxcsr = value.dword[0];
	return true;
}

bool perform_stmxcsr(struct cpu *cpu, const struct insn *insn)
{
	const union xmm value = {.dword = {cpu->floats->sse.mxcsr}};

	return simd_ready(cpu, insn) && simd_write(cpu, insn, 0, &value);
}

/* ---- caches and order: memory is always in order, and there is no model of caches ---- */

bool perform_fence(struct cpu *cpu, const struct insn *insn)
{
	(void)cpu, (void)insn;
	return true;
}

/* It is allowed where a byte may be read. */
bool perform_clflush(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	return load(cpu, insn->segment, effective_offset(cpu, insn), 1, &value);
}
