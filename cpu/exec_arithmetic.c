/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_arithmetic.c - sums, differences, comparisons, bitwise logic, and the exchanges that are
 * made of them. Intel SDM volume 2, each instruction's own page; volume 1, 7.3.2 and 7.3.5.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/* Memory is stored before any register or flag changes, because a store may still fault. */

static bool read_both(struct cpu *cpu, const struct insn *insn, uint32_t *a, uint32_t *b)
{
	return read_operand(cpu, insn, 1, b) && read_operand(cpu, insn, 0, a);
}

static bool read_to_modify(struct cpu *cpu, const struct insn *insn, uint32_t *a, uint32_t *b)
{
	return read_operand(cpu, insn, 1, b) && read_operand_to_modify(cpu, insn, 0, a);
}

/* ---- addition and subtraction ---- */

static bool add_with(struct cpu *cpu, const struct insn *insn, uint32_t carry)
{
	uint32_t a, b, result;

	if (!read_to_modify(cpu, insn, &a, &b))
		return false;
	result = a + b + carry;
	if (!write_operand(cpu, insn, 0, result))
		return false;
	set_flags_add(cpu, insn->operand_size, a, b, result);
	return true;
}

static bool subtract_with(struct cpu *cpu, const struct insn *insn, uint32_t borrow)
{
	uint32_t a, b, result;

	if (!read_to_modify(cpu, insn, &a, &b))
		return false;
	result = a - b - borrow;
	if (!write_operand(cpu, insn, 0, result))
		return false;
	set_flags_sub(cpu, insn->operand_size, a, b, result);
	return true;
}

bool perform_add(struct cpu *cpu, const struct insn *insn)
{
	return add_with(cpu, insn, 0);
}

bool perform_adc(struct cpu *cpu, const struct insn *insn)
{
	return add_with(cpu, insn, flag_cf(cpu));
}

bool perform_sub(struct cpu *cpu, const struct insn *insn)
{
	return subtract_with(cpu, insn, 0);
}

bool perform_sbb(struct cpu *cpu, const struct insn *insn)
{
	return subtract_with(cpu, insn, flag_cf(cpu));
}

bool perform_cmp(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	if (!read_both(cpu, insn, &a, &b))
		return false;
	set_flags_sub(cpu, insn->operand_size, a, b, a - b);
	return true;
}

/* INC and DEC leave CF alone. */
bool perform_inc(struct cpu *cpu, const struct insn *insn)
{
	bool cf = flag_cf(cpu);
	uint32_t a;

	if (!read_operand_to_modify(cpu, insn, 0, &a) || !write_operand(cpu, insn, 0, a + 1))
		return false;
	set_flags_add(cpu, insn->operand_size, a, 1, a + 1);
	set_cf(cpu, cf);
	return true;
}

bool perform_dec(struct cpu *cpu, const struct insn *insn)
{
	bool cf = flag_cf(cpu);
	uint32_t a;

	if (!read_operand_to_modify(cpu, insn, 0, &a) || !write_operand(cpu, insn, 0, a - 1))
		return false;
	set_flags_sub(cpu, insn->operand_size, a, 1, a - 1);
	set_cf(cpu, cf);
	return true;
}

bool perform_neg(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a;

	if (!read_operand_to_modify(cpu, insn, 0, &a) || !write_operand(cpu, insn, 0, 0u - a))
		return false;
	set_flags_sub(cpu, insn->operand_size, 0, a, 0u - a);
	return true;
}

/* ---- bitwise logic ---- */

static bool finish_logic(struct cpu *cpu, const struct insn *insn, uint32_t result)
{
	if (!write_operand(cpu, insn, 0, result))
		return false;
	set_flags_logic(cpu, insn->operand_size, result);
	return true;
}

bool perform_and(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	return read_to_modify(cpu, insn, &a, &b) && finish_logic(cpu, insn, a & b);
}

bool perform_or(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	return read_to_modify(cpu, insn, &a, &b) && finish_logic(cpu, insn, a | b);
}

bool perform_xor(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	return read_to_modify(cpu, insn, &a, &b) && finish_logic(cpu, insn, a ^ b);
}

bool perform_test(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	if (!read_both(cpu, insn, &a, &b))
		return false;
	set_flags_logic(cpu, insn->operand_size, a & b);
	return true;
}

/* NOT touches no flag. */
bool perform_not(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a;

	return read_operand_to_modify(cpu, insn, 0, &a) && write_operand(cpu, insn, 0, ~a);
}

/* ---- exchanges ---- */

/* XCHG with memory locks the bus without being asked. */
bool perform_xchg(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	if (!read_to_modify(cpu, insn, &a, &b) || !write_operand(cpu, insn, 0, b))
		return false;
	if (insn->memory && !insn->lock)
		charge(cpu, COST_locked);
	return write_operand(cpu, insn, 1, a);
}

/* With one register as both operands the sum remains: the source is written first. Memory, which may
 * fault, comes before the source. */
bool perform_xadd(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b, result;

	if (!read_to_modify(cpu, insn, &a, &b))
		return false;
	result = a + b;
	if (insn->memory && !write_operand(cpu, insn, 0, result))
		return false;
	set_register(cpu, insn->reg, insn->operand_size, a);
	if (!insn->memory)
		set_register(cpu, insn->rm, insn->operand_size, result);
	set_flags_add(cpu, insn->operand_size, a, b, result);
	return true;
}

/* The destination is always written: with what it held when the comparison fails. */
bool perform_cmpxchg(struct cpu *cpu, const struct insn *insn)
{
	uint32_t accumulator = get_register(cpu, EAX, insn->operand_size), a, b;

	if (!read_to_modify(cpu, insn, &a, &b) || !write_operand(cpu, insn, 0, a == accumulator ? b : a))
		return false;
	if (a != accumulator)
		set_register(cpu, EAX, insn->operand_size, a);
	set_flags_sub(cpu, insn->operand_size, accumulator, a, accumulator - a);
	return true;
}

static void set_zf_alone(struct cpu *cpu, bool zf)
{
	set_status_flags(cpu, (status_flags(cpu) & ~(uint32_t)EFLAGS_ZF) | (zf ? EFLAGS_ZF : 0));
}

/* Stores eight bytes that check_store has passed. */
static bool store_eight(struct cpu *cpu, unsigned segment, uint32_t offset, uint32_t low, uint32_t high)
{
	return store(cpu, segment, offset, 4, low) && store(cpu, segment, offset + 4, 4, high);
}

bool perform_cmpxchg8b(struct cpu *cpu, const struct insn *insn)
{
	uint32_t *gpr = cpu->state.gpr, offset = effective_offset(cpu, insn), low, high;
	bool equal;

	if (!probe_store(cpu, (enum segment_register)insn->segment, offset, 8) ||
	    !load(cpu, insn->segment, offset, 4, &low) || !load(cpu, insn->segment, offset + 4, 4, &high))
		return false;
	if (insn->lock)
		charge(cpu, COST_locked);
	equal = low == gpr[EAX] && high == gpr[EDX];
	if (!store_eight(cpu, insn->segment, offset, equal ? gpr[EBX] : low, equal ? gpr[ECX] : high))
		return false;
	if (!equal) {
		gpr[EAX] = low;
		gpr[EDX] = high;
	}
	set_zf_alone(cpu, equal);
	return true;
}
