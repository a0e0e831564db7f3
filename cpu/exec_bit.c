/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_bit.c - single bits: test and change them, look for the first or the last.
 * Intel SDM volume 2: BT, BTS, BTR, BTC, BSF, BSR; 3.1.1.9 (bit strings in memory).
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

enum bit_change { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };

static uint32_t change_bit(uint32_t value, uint32_t bit, enum bit_change change)
{
	switch (change) {
	case BIT_SET: return value | bit;
	case BIT_RESET: return value & ~bit;
	case BIT_COMPLEMENT: return value ^ bit;
	default: return value;
	}
}

/* The word that holds the bit: a bit offset in a register reaches 2^31 bits in both directions. */
static uint32_t bit_string_offset(const struct cpu *cpu, const struct insn *insn, uint32_t bit_offset)
{
	int32_t signed_offset = (int32_t)sign_extend(bit_offset, insn->operand_size);
	int32_t words = signed_offset >> (insn->operand_size == 4 ? 5 : 4);

	return (effective_offset(cpu, insn) + (uint32_t)words * insn->operand_size) & insn->address_mask;
}

static bool bit_in_memory(struct cpu *cpu, const struct insn *insn, uint32_t bit_offset,
                          enum bit_change change)
{
	uint32_t bit = 1u << (bit_offset & (insn->operand_size * 8u - 1)), value, offset;

	if (operand_kind(insn, 1) == OP_Ib)
		offset = effective_offset(cpu, insn);
	else
		offset = bit_string_offset(cpu, insn, bit_offset);
	if (change == BIT_TEST) {
		if (!load(cpu, insn->segment, offset, insn->operand_size, &value))
			return false;
	} else {
		if (!load_to_modify(cpu, insn->segment, offset, insn->operand_size, &value) ||
		    !store(cpu, insn->segment, offset, insn->operand_size, change_bit(value, bit, change)))
			return false;
		if (insn->lock)
			charge(cpu, COST_locked);
	}
	set_cf(cpu, value & bit);
	return true;
}

/* CF takes the bit; ZF stays by the manual, the other flags stay on processors. */
static bool bit_instruction(struct cpu *cpu, const struct insn *insn, enum bit_change change)
{
	uint32_t bit_offset, bit, value;

	if (!read_operand(cpu, insn, 1, &bit_offset))
		return false;
	if (insn->memory)
		return bit_in_memory(cpu, insn, bit_offset, change);
	bit = 1u << (bit_offset & (insn->operand_size * 8u - 1));
	value = get_register(cpu, insn->rm, insn->operand_size);
	set_cf(cpu, value & bit);
	if (change != BIT_TEST)
		set_register(cpu, insn->rm, insn->operand_size, change_bit(value, bit, change));
	return true;
}

bool perform_bt(struct cpu *cpu, const struct insn *insn)
{
	return bit_instruction(cpu, insn, BIT_TEST);
}

bool perform_bts(struct cpu *cpu, const struct insn *insn)
{
	return bit_instruction(cpu, insn, BIT_SET);
}

bool perform_btr(struct cpu *cpu, const struct insn *insn)
{
	return bit_instruction(cpu, insn, BIT_RESET);
}

bool perform_btc(struct cpu *cpu, const struct insn *insn)
{
	return bit_instruction(cpu, insn, BIT_COMPLEMENT);
}

/* ---- bit scans ---- */

static unsigned first_bit(uint32_t value)
{
	unsigned n = 0;

	while (!(value & 1)) {
		value >>= 1;
		n++;
	}
	return n;
}

static unsigned last_bit(uint32_t value)
{
	unsigned n = 0;

	while (value >>= 1)
		n++;
	return n;
}

/* A source of zero sets ZF and leaves the destination as it was, on every processor if not in every
 * manual. ZF is the source's; so are the undefined flags. */
static bool scan(struct cpu *cpu, const struct insn *insn, unsigned find(uint32_t))
{
	uint32_t value;

	if (!read_operand(cpu, insn, 1, &value))
		return false;
	if (value)
		set_register(cpu, insn->reg, insn->operand_size, find(value));
	set_flags_logic(cpu, insn->operand_size, value);
	return true;
}

bool perform_bsf(struct cpu *cpu, const struct insn *insn)
{
	return scan(cpu, insn, first_bit);
}

bool perform_bsr(struct cpu *cpu, const struct insn *insn)
{
	return scan(cpu, insn, last_bit);
}
