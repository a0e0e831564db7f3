/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_multiply.c - multiplication and division, and the widenings that prepare a division.
 * Intel SDM volume 2: MUL, IMUL, DIV, IDIV, CBW/CWDE, CWD/CDQ.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/* The double-width accumulator: AX, DX:AX or EDX:EAX. */
static uint64_t get_accumulator(const struct cpu *cpu, unsigned size)
{
	const uint32_t *gpr = cpu->state.gpr;

	if (size == 1)
		return gpr[EAX] & 0xffff;
	if (size == 2)
		return (gpr[EDX] & 0xffff) << 16 | (gpr[EAX] & 0xffff);
	return (uint64_t)gpr[EDX] << 32 | gpr[EAX];
}

static void set_accumulator(struct cpu *cpu, unsigned size, uint32_t low, uint32_t high)
{
	set_register(cpu, EAX, size, low);
	if (size == 1)
		set_byte_register(cpu, EAX + 4, high); /* AH */
	else
		set_register(cpu, EDX, size, high);
}

/* ---- multiplication ---- */

/* CF and OF: the upper half says something. The others are undefined; processors follow the lower half
 * in SF and PF. */
static void set_flags_product(struct cpu *cpu, unsigned size, uint32_t low, bool significant)
{
	set_flags_logic(cpu, size, low);
	set_cf(cpu, significant);
	set_of(cpu, significant);
}

static int64_t signed_value(uint32_t value, unsigned size)
{
	return (int32_t)sign_extend(value, size);
}

/* The lower half, sign-extended, is not the product. */
static bool product_overflows(int64_t product, unsigned size)
{
	return signed_value((uint32_t)product, size) != product;
}

bool perform_mul(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size;
	uint32_t factor, high;
	uint64_t product;

	if (!read_operand(cpu, insn, 0, &factor))
		return false;
	product = (uint64_t)factor * get_register(cpu, EAX, size);
	high = (uint32_t)(product >> 8 * size);
	set_accumulator(cpu, size, (uint32_t)product, high);
	set_flags_product(cpu, size, (uint32_t)product, high);
	return true;
}

bool perform_imul(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size;
	uint32_t factor;
	int64_t product;

	if (!read_operand(cpu, insn, 0, &factor))
		return false;
	product = signed_value(factor, size) * signed_value(get_register(cpu, EAX, size), size);
	set_accumulator(cpu, size, (uint32_t)product, (uint32_t)((uint64_t)product >> 8 * size));
	set_flags_product(cpu, size, (uint32_t)product, product_overflows(product, size));
	return true;
}

/* The forms that keep the lower half only. */
static bool multiply_truncated(struct cpu *cpu, const struct insn *insn, uint32_t a, uint32_t b)
{
	unsigned size = insn->operand_size;
	int64_t product = signed_value(a, size) * signed_value(b, size);

	set_register(cpu, insn->reg, size, (uint32_t)product);
	set_flags_product(cpu, size, (uint32_t)product, product_overflows(product, size));
	return true;
}

bool perform_imul_two(struct cpu *cpu, const struct insn *insn)
{
	uint32_t factor;

	return read_operand(cpu, insn, 1, &factor) &&
	       multiply_truncated(cpu, insn, get_register(cpu, insn->reg, insn->operand_size), factor);
}

bool perform_imul_three(struct cpu *cpu, const struct insn *insn)
{
	uint32_t factor;

	return read_operand(cpu, insn, 1, &factor) && multiply_truncated(cpu, insn, factor, insn->immediate);
}

/* ---- division: flags are undefined, and stay ---- */

bool perform_div(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size;
	uint64_t dividend = get_accumulator(cpu, size), quotient;
	uint32_t divisor;

	if (!read_operand(cpu, insn, 0, &divisor))
		return false;
	if (!divisor)
		return raise_fault(cpu, VECTOR_DE);
	quotient = dividend / divisor;
	if (quotient >> 8 * size)
		return raise_fault(cpu, VECTOR_DE);
	set_accumulator(cpu, size, (uint32_t)quotient, (uint32_t)(dividend % divisor));
	return true;
}

bool perform_idiv(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size;
	uint64_t bits = get_accumulator(cpu, size);
	int64_t dividend = size == 4 ? (int64_t)bits : signed_value((uint32_t)bits, size * 2);
	int64_t divisor, quotient;
	uint32_t value;

	if (!read_operand(cpu, insn, 0, &value))
		return false;
	divisor = signed_value(value, size);
	if (!divisor || (divisor == -1 && dividend == INT64_MIN))
		return raise_fault(cpu, VECTOR_DE);
	quotient = dividend / divisor;
	if (product_overflows(quotient, size))
		return raise_fault(cpu, VECTOR_DE);
	set_accumulator(cpu, size, (uint32_t)quotient, (uint32_t)(dividend % divisor));
	return true;
}

/* ---- widening ---- */

/* CBW: AL to AX. CWDE: AX to EAX. */
bool perform_cbw(struct cpu *cpu, const struct insn *insn)
{
	unsigned half = insn->operand_size / 2u;

	set_register(cpu, EAX, insn->operand_size, sign_extend(cpu->state.gpr[EAX], half));
	return true;
}

/* CWD: AX to DX:AX. CDQ: EAX to EDX:EAX. */
bool perform_cwd(struct cpu *cpu, const struct insn *insn)
{
	uint32_t sign = sign_extend(cpu->state.gpr[EAX], insn->operand_size) >> 31;

	set_register(cpu, EDX, insn->operand_size, 0u - sign);
	return true;
}
