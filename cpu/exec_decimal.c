/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_decimal.c - decimal arithmetic: the adjustments of packed and unpacked BCD.
 * Intel SDM volume 2: DAA, DAS, AAA, AAS, AAM, AAD; volume 1, 7.3.4.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/* SF, ZF and PF by AL, with CF and AF as given; OF, which is undefined, is clear. */
static void set_flags_decimal(struct cpu *cpu, uint32_t al, bool cf, bool af)
{
	set_flags_logic(cpu, 1, al);
	if (af)
		cpu->flag_aux |= AUX_AF;
	set_cf(cpu, cf);
}

/*
 * DAA and DAS look at AL and CF as they were before: the lower digit is put right when it is no digit or
 * has carried (AF), the upper one when the whole was above 99H or has carried (CF).
 */
bool perform_daa(struct cpu *cpu, const struct insn *insn)
{
	uint32_t old = get_byte_register(cpu, EAX), al = old;
	bool low = (old & 15) > 9 || flag_af(cpu), high = old > 0x99 || flag_cf(cpu);

	(void)insn;
	al += (low ? 6 : 0) + (high ? 0x60 : 0);
	set_byte_register(cpu, EAX, al);
	set_flags_decimal(cpu, al, high, low);
	return true;
}

/* DAS keeps the borrow of subtracting 6 even when the upper digit is not adjusted. */
bool perform_das(struct cpu *cpu, const struct insn *insn)
{
	uint32_t old = get_byte_register(cpu, EAX), al = old;
	bool low = (old & 15) > 9 || flag_af(cpu), high = old > 0x99 || flag_cf(cpu);

	(void)insn;
	al -= (low ? 6 : 0) + (high ? 0x60 : 0);
	set_byte_register(cpu, EAX, al);
	set_flags_decimal(cpu, al, high || (low && old < 6), low);
	return true;
}

/* AAA and AAS: the carry goes to AH, only the digit stays in AL. Processors since the 286 add to and
 * subtract from AX as a whole. */
static bool adjust_unpacked(struct cpu *cpu, uint32_t change)
{
	uint32_t ax = cpu->state.gpr[EAX];
	bool adjust = (ax & 15) > 9 || flag_af(cpu);

	if (adjust)
		ax += change;
	ax &= 0xff0f;
	set_word_register(cpu, EAX, ax);
	set_flags_decimal(cpu, ax & 0xff, adjust, adjust);
	return true;
}

bool perform_aaa(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	return adjust_unpacked(cpu, 0x106);
}

bool perform_aas(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	return adjust_unpacked(cpu, 0u - 0x106);
}

/* AAM and AAD have their base, usually ten, as an immediate. */
bool perform_aam(struct cpu *cpu, const struct insn *insn)
{
	uint32_t al = get_byte_register(cpu, EAX), base = insn->immediate & 0xff;

	if (!base)
		return raise_fault(cpu, VECTOR_DE);
	set_word_register(cpu, EAX, al / base << 8 | al % base);
	set_flags_decimal(cpu, al % base, false, false);
	return true;
}

bool perform_aad(struct cpu *cpu, const struct insn *insn)
{
	uint32_t ax = cpu->state.gpr[EAX], base = insn->immediate & 0xff;
	uint32_t al = ((ax & 0xff) + (ax >> 8 & 0xff) * base) & 0xff;

	set_word_register(cpu, EAX, al);
	set_flags_decimal(cpu, al, false, false);
	return true;
}
