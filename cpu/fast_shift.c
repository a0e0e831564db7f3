/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast_shift.c - fast forms of shifts and rotates of a 32-bit register. A count of 0 changes nothing.
 */
#include "cpu/fast.h"

/* ---- shifts of a 32-bit register by 1 to 31: CF is the last bit out, OF as the manual has it for 1 ---- */

INLINE void set_flags_shift(struct cpu *cpu, uint32_t result, bool carry, bool overflow)
{
	cpu->flag_result = result;
	cpu->flag_aux = (uint32_t)carry << 31 | (uint32_t)(carry != overflow) << 30;
}

INLINE void shift(struct cpu *cpu, const struct insn *insn, unsigned count, char kind)
{
	uint32_t value = cpu->state.gpr[insn->to], result;

	if (kind == 'l') {
		bool carry = value >> (32 - count) & 1;
		result = value << count;
		set_flags_shift(cpu, result, carry, (result >> 31) != carry);
	} else if (kind == 'r') {
		result = value >> count;
		set_flags_shift(cpu, result, value >> (count - 1) & 1, (result ^ result << 1) >> 31);
	} else {
		result = (uint32_t)((int32_t)value >> count);
		set_flags_shift(cpu, result, (uint32_t)((int32_t)value >> (count - 1)) & 1, false);
	}
	cpu->state.gpr[insn->to] = result;
	NEXT;
}

/* A count of 0 changes nothing at all. */
INLINE void shift_by(struct cpu *cpu, const struct insn *insn, unsigned count, char kind)
{
	count &= 31;
	if (count)
		shift(cpu, insn, count, kind);
	else
		NEXT;
}

#define SHIFTS(name, kind)                                                                          \
	static void name##_ri4(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		shift_by(cpu, insn, insn->immediate, kind);                                          \
	}                                                                                           \
	static void name##_r4(struct cpu *cpu, const struct insn *insn)                              \
	{                                                                                           \
		shift(cpu, insn, 1, kind);                                                           \
	}                                                                                           \
	static void name##_rr4(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		shift_by(cpu, insn, cpu->state.gpr[ECX], kind);                                      \
	}

SHIFTS(shl, 'l')
SHIFTS(shr, 'r')
SHIFTS(sar, 'a')

#define ROTATE(name, left)                                                                          \
	static void name##_ri4(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		rotate_by(cpu, insn, insn->immediate & 31, left);                                    \
	}

/* CF and OF alone are written: the bit that went round, and for counts of 1 the change of sign. */
INLINE void rotate_by(struct cpu *cpu, const struct insn *insn, unsigned count, bool left)
{
	uint32_t value = cpu->state.gpr[insn->to], result;
	bool carry;

	if (!count) {
		NEXT;
		return;
	}
	result = left ? value << count | value >> (32 - count) : value >> count | value << (32 - count);
	carry = left ? result & 1 : result >> 31;
	set_cf(cpu, carry);
	set_of(cpu, left ? carry != result >> 31 : (result ^ result << 1) >> 31);
	cpu->state.gpr[insn->to] = result;
	NEXT;
}

ROTATE(rol, true)
ROTATE(ror, false)

const struct fast_row fast_shifts[] = {
	{perform_shl, FORM_RI, 4, shl_ri4},
	{perform_shr, FORM_RI, 4, shr_ri4},
	{perform_sar, FORM_RI, 4, sar_ri4},
	{perform_shl, FORM_R, 4, shl_r4},
	{perform_shr, FORM_R, 4, shr_r4},
	{perform_sar, FORM_R, 4, sar_r4},
	{perform_shl, FORM_RR, 4, shl_rr4},
	{perform_shr, FORM_RR, 4, shr_rr4},
	{perform_sar, FORM_RR, 4, sar_rr4},
	{perform_rol, FORM_RI, 4, rol_ri4},
	{perform_ror, FORM_RI, 4, ror_ri4},
	{0},
};
