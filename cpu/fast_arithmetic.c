/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast_arithmetic.c - fast forms with two operands, and of INC, DEC, NEG, NOT and products.
 */
#include "cpu/fast.h"

/* ---- two operands: arithmetic and moves ---- */

enum operation { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, MOV };

INLINE uint32_t compute(struct cpu *cpu, enum operation operation, unsigned size, uint32_t a, uint32_t b)
{
	uint32_t result;

	switch (operation) {
	case ADD: result = a + b; set_flags_add(cpu, size, a, b, result); return result;
	case ADC: result = a + b + flag_cf(cpu); set_flags_add(cpu, size, a, b, result); return result;
	case SUB:
	case CMP: result = a - b; set_flags_sub(cpu, size, a, b, result); return result;
	case SBB: result = a - b - flag_cf(cpu); set_flags_sub(cpu, size, a, b, result); return result;
	case AND:
	case TEST: result = a & b; set_flags_logic(cpu, size, result); return result;
	case OR: result = a | b; set_flags_logic(cpu, size, result); return result;
	case XOR: result = a ^ b; set_flags_logic(cpu, size, result); return result;
	default: return b;
	}
}

/*
 * tour 3.3: Executing, many times
 * One of these for each operation, form and size: the compiler folds the questions away and what is left
 * ends in a jump to the next instruction's. The flags are not computed, only what they follow from.
 */
INLINE void run_binary(struct cpu *cpu, const struct insn *insn, enum operation operation, enum form form,
                       unsigned size)
{
	bool to_memory = form == FORM_MR || form == FORM_MI, stores = operation != CMP && operation != TEST;
	uint32_t a = 0, b, result;
	uint8_t *host = NULL;

	if (to_memory || form == FORM_RM) {
		host = operand_host(cpu, insn, size, to_memory && stores);
		if (!host) {
			run_row(cpu, insn);
			return;
		}
	}
	if (operation != MOV)
		a = to_memory ? host_load(host, size) : get_register(cpu, insn->to, size);
	b = form == FORM_RM                        ? host_load(host, size)
	    : form == FORM_RI || form == FORM_MI   ? insn->immediate
	                                           : get_register(cpu, insn->from, size);
	result = compute(cpu, operation, size, a, b);
	if (stores && to_memory)
		host_store(host, size, result);
	else if (stores)
		set_register(cpu, insn->to, size, result);
	NEXT;
}

#define BINARY(name, operation, form, size)                                                         \
	static void name(struct cpu *cpu, const struct insn *insn)                                   \
	{                                                                                           \
		run_binary(cpu, insn, operation, form, size);                                        \
	}
#define BINARY_FORMS(name, operation, size)                                                         \
	BINARY(name##_rr##size, operation, FORM_RR, size)                                            \
	BINARY(name##_rm##size, operation, FORM_RM, size)                                            \
	BINARY(name##_mr##size, operation, FORM_MR, size)                                            \
	BINARY(name##_ri##size, operation, FORM_RI, size)                                            \
	BINARY(name##_mi##size, operation, FORM_MI, size)
#define BINARY_SIZES(name, operation)                                                               \
	BINARY_FORMS(name, operation, 1) BINARY_FORMS(name, operation, 2) BINARY_FORMS(name, operation, 4)

BINARY_SIZES(add, ADD)
BINARY_SIZES(or, OR)
BINARY_SIZES(adc, ADC)
BINARY_SIZES(sbb, SBB)
BINARY_SIZES(and, AND)
BINARY_SIZES(sub, SUB)
BINARY_SIZES(xor, XOR)
BINARY_SIZES(cmp, CMP)
BINARY_SIZES(test, TEST)
BINARY_SIZES(mov, MOV)

/* ---- one operand ---- */

/* INC and DEC leave CF alone. */
INLINE uint32_t step(struct cpu *cpu, uint32_t value, bool up, unsigned size)
{
	bool carry = flag_cf(cpu);
	uint32_t result = up ? value + 1 : value - 1;

	if (up)
		set_flags_add(cpu, size, value, 1, result);
	else
		set_flags_sub(cpu, size, value, 1, result);
	set_cf(cpu, carry);
	return result;
}

static void inc_r4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->to] = step(cpu, cpu->state.gpr[insn->to], true, 4);
	NEXT;
}

static void dec_r4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->to] = step(cpu, cpu->state.gpr[insn->to], false, 4);
	NEXT;
}

INLINE void step_memory(struct cpu *cpu, const struct insn *insn, bool up)
{
	uint8_t *host = operand_host(cpu, insn, 4, true);

	if (!host) {
		run_row(cpu, insn);
		return;
	}
	host_store(host, 4, step(cpu, host_load(host, 4), up, 4));
	NEXT;
}

static void inc_m4(struct cpu *cpu, const struct insn *insn) { step_memory(cpu, insn, true); }
static void dec_m4(struct cpu *cpu, const struct insn *insn) { step_memory(cpu, insn, false); }

static void neg_r4(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value = cpu->state.gpr[insn->to];

	set_flags_sub(cpu, 4, 0, value, -value);
	cpu->state.gpr[insn->to] = -value;
	NEXT;
}

static void not_r4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->to] = ~cpu->state.gpr[insn->to];
	NEXT;
}

/* ---- products of 32 bits: flags as exec_multiply.c sets them ---- */

INLINE void set_flags_product(struct cpu *cpu, uint32_t low, bool significant)
{
	cpu->flag_result = low;
	cpu->flag_aux = significant ? AUX_CF : 0; /* OF as CF */
}

INLINE void multiply(struct cpu *cpu, const struct insn *insn, uint32_t a, uint32_t b)
{
	int64_t product = (int64_t)(int32_t)a * (int32_t)b;

	cpu->state.gpr[insn->to] = (uint32_t)product;
	set_flags_product(cpu, (uint32_t)product, product != (int32_t)product);
	NEXT;
}

static void imul_two_rr4(struct cpu *cpu, const struct insn *insn)
{
	multiply(cpu, insn, cpu->state.gpr[insn->to], cpu->state.gpr[insn->from]);
}

static void imul_three_rr4(struct cpu *cpu, const struct insn *insn)
{
	multiply(cpu, insn, cpu->state.gpr[insn->from], insn->immediate);
}

INLINE void multiply_memory(struct cpu *cpu, const struct insn *insn, bool three)
{
	uint8_t *host = operand_host(cpu, insn, 4, false);

	if (host)
		multiply(cpu, insn, host_load(host, 4), three ? insn->immediate : cpu->state.gpr[insn->to]);
	else
		run_row(cpu, insn);
}

static void imul_two_rm4(struct cpu *cpu, const struct insn *insn) { multiply_memory(cpu, insn, false); }
static void imul_three_rm4(struct cpu *cpu, const struct insn *insn) { multiply_memory(cpu, insn, true); }

static void mul_r4(struct cpu *cpu, const struct insn *insn)
{
	uint64_t product = (uint64_t)cpu->state.gpr[EAX] * cpu->state.gpr[insn->to];

	cpu->state.gpr[EAX] = (uint32_t)product;
	cpu->state.gpr[EDX] = (uint32_t)(product >> 32);
	set_flags_product(cpu, (uint32_t)product, product >> 32);
	NEXT;
}

/* ---- the table ---- */

#define FORMS(name, size)                                                                           \
	{perform_##name, FORM_RR, size, name##_rr##size}, {perform_##name, FORM_RM, size, name##_rm##size}, \
	{perform_##name, FORM_MR, size, name##_mr##size}, {perform_##name, FORM_RI, size, name##_ri##size}, \
	{perform_##name, FORM_MI, size, name##_mi##size}
#define SIZES(name) FORMS(name, 1), FORMS(name, 2), FORMS(name, 4)

const struct fast_row fast_arithmetic[] = {
	SIZES(mov), SIZES(cmp), SIZES(add), SIZES(sub), SIZES(test), SIZES(and), SIZES(or), SIZES(xor),
	SIZES(adc), SIZES(sbb),
	{perform_inc, FORM_R, 4, inc_r4},
	{perform_inc, FORM_M, 4, inc_m4},
	{perform_dec, FORM_R, 4, dec_r4},
	{perform_dec, FORM_M, 4, dec_m4},
	{perform_neg, FORM_R, 4, neg_r4},
	{perform_not, FORM_R, 4, not_r4},
	{perform_imul_two, FORM_RR, 4, imul_two_rr4},
	{perform_imul_two, FORM_RM, 4, imul_two_rm4},
	{perform_imul_three, FORM_RR, 4, imul_three_rr4},
	{perform_imul_three, FORM_RM, 4, imul_three_rm4},
	{perform_mul, FORM_R, 4, mul_r4},
	{0},
};
