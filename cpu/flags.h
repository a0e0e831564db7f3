/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/flags.h - the six status flags, computed when asked for.
 *
 * An arithmetic instruction leaves its result and the carries out of each bit; the flags follow:
 *
 *   flag_result  the result, sign-extended to 32 bits: ZF, and SF and PF before correction
 *   flag_aux     31: CF   30: CF xor OF   15..8: parity correction   3: AF   0: SF correction
 *
 * The corrections are there because software can set flags that no one result has (POPF, SAHF).
 * The carry vector of an addition is (a & b) | ((a | b) & ~r), of a subtraction (~a & b) | (~(a ^ b) & r)
 * (Hacker's Delight, 2-16).
 */
#ifndef RINGSIDE_CPU_FLAGS_H
#define RINGSIDE_CPU_FLAGS_H

#include "cpu/engine.h"

enum {
	AUX_CF = 1u << 31,
	AUX_CF_XOR_OF = 1u << 30,
	AUX_AF = 1u << 3,
	AUX_SF = 1u << 0,
	AUX_PARITY_SHIFT = 8,
	AUX_MASK = (int)(AUX_CF | AUX_CF_XOR_OF | AUX_AF),
};

static inline uint32_t sign_extend(uint32_t value, unsigned size)
{
	switch (size) {
	case 1: return (uint32_t)(int32_t)(int8_t)value;
	case 2: return (uint32_t)(int32_t)(int16_t)value;
	default: return value;
	}
}

/* Flags of a result with its carry vector: bit i is the carry (borrow) out of bit i. `size` in bytes. */
static inline void set_flags_carries(struct cpu *cpu, unsigned size, uint32_t result, uint32_t carries)
{
	cpu->flag_result = sign_extend(result, size);
	if (size == 4)
		cpu->flag_aux = carries & (uint32_t)AUX_MASK;
	else
		cpu->flag_aux = (carries & AUX_AF) | (carries << (32 - 8 * size) & (AUX_CF | AUX_CF_XOR_OF));
}

/* a + b (+ carry) = result. Operands need not be masked to size. */
static inline void set_flags_add(struct cpu *cpu, unsigned size, uint32_t a, uint32_t b, uint32_t result)
{
	set_flags_carries(cpu, size, result, (a & b) | ((a | b) & ~result));
}

/* a - b (- borrow) = result. */
static inline void set_flags_sub(struct cpu *cpu, unsigned size, uint32_t a, uint32_t b, uint32_t result)
{
	set_flags_carries(cpu, size, result, (~a & b) | (~(a ^ b) & result));
}

/* AND, OR, XOR, TEST: CF and OF clear; AF (undefined) clear. */
static inline void set_flags_logic(struct cpu *cpu, unsigned size, uint32_t result)
{
	cpu->flag_result = sign_extend(result, size);
	cpu->flag_aux = 0;
}

static inline bool flag_cf(const struct cpu *cpu) { return cpu->flag_aux >> 31; }
static inline bool flag_of(const struct cpu *cpu) { return (cpu->flag_aux ^ cpu->flag_aux << 1) >> 31; }
static inline bool flag_zf(const struct cpu *cpu) { return cpu->flag_result == 0; }
static inline bool flag_sf(const struct cpu *cpu) { return (cpu->flag_result ^ cpu->flag_aux << 31) >> 31; }
static inline bool flag_af(const struct cpu *cpu) { return cpu->flag_aux & AUX_AF; }

static inline bool flag_pf(const struct cpu *cpu)
{
	uint32_t byte = (cpu->flag_result ^ cpu->flag_aux >> AUX_PARITY_SHIFT) & 0xff;
	byte ^= byte >> 4;
	return !(0x6996u >> (byte & 15) & 1);
}

/* The six status flags as EFLAGS bits. */
static inline uint32_t status_flags(const struct cpu *cpu)
{
	return (flag_cf(cpu) ? EFLAGS_CF : 0) | (flag_pf(cpu) ? EFLAGS_PF : 0) |
	       (flag_af(cpu) ? EFLAGS_AF : 0) | (flag_zf(cpu) ? EFLAGS_ZF : 0) |
	       (flag_sf(cpu) ? EFLAGS_SF : 0) | (flag_of(cpu) ? EFLAGS_OF : 0);
}

/* Takes the six status flags from EFLAGS bits. */
static inline void set_status_flags(struct cpu *cpu, uint32_t eflags)
{
	bool cf = eflags & EFLAGS_CF, of = eflags & EFLAGS_OF, zf = eflags & EFLAGS_ZF;

	/* ZF chooses a result of 0 (parity even, sign clear) or 1 (parity odd, sign clear). */
	cpu->flag_result = !zf;
	cpu->flag_aux = (cf ? AUX_CF : 0) | (cf != of ? AUX_CF_XOR_OF : 0) |
	                (eflags & EFLAGS_AF ? AUX_AF : 0) | (eflags & EFLAGS_SF ? AUX_SF : 0) |
	                ((bool)(eflags & EFLAGS_PF) != zf ? 1u << AUX_PARITY_SHIFT : 0);
}

/* EFLAGS whole, as PUSHF sees it (VM and RF included: mask them where the manual says so). */
static inline uint32_t read_eflags(const struct cpu *cpu)
{
	return (cpu->state.eflags & ~(uint32_t)EFLAGS_STATUS) | status_flags(cpu);
}

/* Replaces EFLAGS whole; no checks. Ends what depended on TF, IF, VM only at the end of a block. */
static inline void write_eflags(struct cpu *cpu, uint32_t eflags)
{
	cpu->state.eflags = (eflags & ~(uint32_t)EFLAGS_STATUS) | EFLAGS_FIXED;
	set_status_flags(cpu, eflags);
}

/* Replaces CF and keeps the others; likewise OF. */
static inline void set_cf(struct cpu *cpu, bool cf)
{
	uint32_t change = (cpu->flag_aux >> 31) ^ (uint32_t)cf;
	cpu->flag_aux ^= change << 31 | change << 30;
}

static inline void set_of(struct cpu *cpu, bool of)
{
	uint32_t change = (uint32_t)flag_of(cpu) ^ (uint32_t)of;
	cpu->flag_aux ^= change << 30;
}

/* A condition of Jcc, SETcc, CMOVcc by the opcode's low four bits (SDM vol. 1, appendix B). */
static inline bool condition(const struct cpu *cpu, unsigned code)
{
	bool met;

	switch (code >> 1 & 7) {
	case 0: met = flag_of(cpu); break;
	case 1: met = flag_cf(cpu); break;
	case 2: met = flag_zf(cpu); break;
	case 3: met = flag_cf(cpu) || flag_zf(cpu); break;
	case 4: met = flag_sf(cpu); break;
	case 5: met = flag_pf(cpu); break;
	case 6: met = flag_sf(cpu) != flag_of(cpu); break;
	default: met = flag_zf(cpu) || flag_sf(cpu) != flag_of(cpu); break;
	}
	return met != (code & 1);
}

#endif
