/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_shift.c - shifts and rotates, single and double.
 * Intel SDM volume 2: SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD; volume 1, 7.3.6.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/*
 * The count is taken modulo 32 whatever the size; zero changes nothing, flags included. OF is defined for
 * a count of one only; what is computed for it here is computed for every count. Shifts set SF, ZF and
 * PF, rotates leave them.
 */
struct shifted {
	uint32_t result;
	bool cf, of;
};

typedef struct shifted shift_function(uint32_t value, unsigned count, unsigned bits, bool cf);

static bool top_bit(uint32_t value, unsigned bits)
{
	return value >> (bits - 1) & 1;
}

/* The two topmost bits differ: a shift by one to the right has changed the sign. */
static bool top_two_differ(uint32_t value, unsigned bits)
{
	return top_bit(value, bits) != top_bit(value, bits - 1);
}

static uint32_t mask_of(unsigned bits)
{
	return UINT32_MAX >> (32 - bits);
}

static void keep_shift_flags(struct cpu *cpu, const struct shifted *shifted)
{
	set_cf(cpu, shifted->cf);
	set_of(cpu, shifted->of);
}

static bool shift(struct cpu *cpu, const struct insn *insn, shift_function *function, bool rotates)
{
	uint32_t count, value;
	struct shifted shifted;

	if (!read_operand(cpu, insn, 1, &count) || !read_operand_to_modify(cpu, insn, 0, &value))
		return false;
	count &= 31;
	if (!count)
		return true;
	shifted = function(value, count, insn->operand_size * 8, flag_cf(cpu));
	if (!write_operand(cpu, insn, 0, shifted.result))
		return false;
	if (!rotates)
		set_flags_logic(cpu, insn->operand_size, shifted.result);
	keep_shift_flags(cpu, &shifted);
	return true;
}

/* ---- shifts ---- */

static struct shifted shift_left(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	uint64_t wide = (uint64_t)value << count;

	(void)cf;
	cf = wide >> bits & 1;
	return (struct shifted){(uint32_t)wide & mask_of(bits), cf, cf != top_bit((uint32_t)wide, bits)};
}

static struct shifted shift_right(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	uint32_t result = value >> count;

	(void)cf;
	return (struct shifted){result, value >> (count - 1) & 1, top_two_differ(result, bits)};
}

static struct shifted shift_right_signed(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	int64_t extended = (int32_t)sign_extend(value, bits / 8);
	uint32_t result = (uint32_t)(extended >> count) & mask_of(bits);

	(void)cf;
	return (struct shifted){result, extended >> (count - 1) & 1, false};
}

bool perform_shl(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, shift_left, false);
}

bool perform_shr(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, shift_right, false);
}

bool perform_sar(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, shift_right_signed, false);
}

/* ---- rotates ---- */

/* Rotates `width` bits, at most 33, to the left by less than `width`. */
static uint64_t rotate_left_wide(uint64_t value, unsigned count, unsigned width)
{
	return (value << count | value >> (width - count)) & (UINT64_MAX >> (64 - width));
}

static struct shifted rotate_left(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	uint32_t result = (uint32_t)rotate_left_wide(value, count % bits, bits);

	cf = result & 1;
	return (struct shifted){result, cf, cf != top_bit(result, bits)};
}

static struct shifted rotate_right(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	uint32_t result = (uint32_t)rotate_left_wide(value, (bits - count % bits) % bits, bits);

	cf = top_bit(result, bits);
	return (struct shifted){result, cf, top_two_differ(result, bits)};
}

/* Through carry: CF is the topmost of bits + 1. */
static struct shifted rotate_left_carry(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	uint64_t wide = rotate_left_wide((uint64_t)cf << bits | value, count % (bits + 1), bits + 1);

	cf = wide >> bits & 1;
	return (struct shifted){(uint32_t)wide & mask_of(bits), cf, cf != top_bit((uint32_t)wide, bits)};
}

static struct shifted rotate_right_carry(uint32_t value, unsigned count, unsigned bits, bool cf)
{
	unsigned width = bits + 1, left = (width - count % width) % width;
	uint64_t wide = rotate_left_wide((uint64_t)cf << bits | value, left, width);

	uint32_t result = (uint32_t)wide & mask_of(bits);

	return (struct shifted){result, wide >> bits & 1, top_two_differ(result, bits)};
}

bool perform_rol(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, rotate_left, true);
}

bool perform_ror(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, rotate_right, true);
}

bool perform_rcl(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, rotate_left_carry, true);
}

bool perform_rcr(struct cpu *cpu, const struct insn *insn)
{
	return shift(cpu, insn, rotate_right_carry, true);
}

/* ---- double shifts ---- */

/*
 * A word by more than 16 is undefined in the manual; processors since the Pentium Pro go on with the
 * destination's own bits, as if destination, source and destination stood in a row.
 */
static struct shifted double_left(uint32_t destination, uint32_t source, unsigned count, unsigned bits)
{
	uint64_t row = (uint64_t)destination << 32 | (bits == 16 ? source << 16 | destination : source);
	unsigned top = 32 + bits;
	uint32_t result = (uint32_t)(row << count >> 32) & mask_of(bits);
	bool cf = row >> (top - count) & 1;

	return (struct shifted){result, cf, cf != top_bit(result, bits)};
}

static struct shifted double_right(uint32_t destination, uint32_t source, unsigned count, unsigned bits)
{
	uint64_t again = bits == 16 ? (uint64_t)destination << 32 : 0;
	uint64_t row = again | (uint64_t)source << bits | destination;
	uint32_t result = (uint32_t)(row >> count) & mask_of(bits);

	return (struct shifted){result, row >> (count - 1) & 1, top_two_differ(result, bits)};
}

static bool shift_double(struct cpu *cpu, const struct insn *insn,
                         struct shifted function(uint32_t, uint32_t, unsigned, unsigned))
{
	uint32_t destination, source, count;
	struct shifted shifted;

	if (!read_operand(cpu, insn, 2, &count) || !read_operand(cpu, insn, 1, &source) ||
	    !read_operand_to_modify(cpu, insn, 0, &destination))
		return false;
	count &= 31;
	if (!count)
		return true;
	shifted = function(destination, source, count, insn->operand_size * 8);
	if (!write_operand(cpu, insn, 0, shifted.result))
		return false;
	set_flags_logic(cpu, insn->operand_size, shifted.result);
	keep_shift_flags(cpu, &shifted);
	return true;
}

bool perform_shld(struct cpu *cpu, const struct insn *insn)
{
	return shift_double(cpu, insn, double_left);
}

bool perform_shrd(struct cpu *cpu, const struct insn *insn)
{
	return shift_double(cpu, insn, double_right);
}
