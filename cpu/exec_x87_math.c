/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87_math.c - x87 operations on the top of the stack that have no other operand to name: signs, roots, remainders, scaling,
 * the transcendental ones. Intel SDM volume 2; volume 1, 8.3.5 to 8.3.7, 8.3.10 (range and accuracy).
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/x87.h"

/* What an operation does with the stack. */
enum shape {
	SHAPE_ONE,   /* ST(0) becomes the result */
	SHAPE_TWO,   /* of ST(0) and ST(1) */
	SHAPE_POPS,  /* ST(1) becomes the result, and ST(0) goes */
	SHAPE_SPLIT, /* ST(0) becomes the second result, and the first is pushed */
};

struct operation {
	uint8_t number; /* enum float_operation */
	uint8_t shape;
	uint16_t codes; /* condition codes that it sets */
};

/* D9 F0 to FF */
static const struct operation operations[16] = {
	[0x0] = {FLOAT_f2xm1, SHAPE_ONE, X87_C1},
	[0x1] = {FLOAT_fyl2x, SHAPE_POPS, X87_C1},
	[0x2] = {FLOAT_ptan, SHAPE_SPLIT, X87_C1 | X87_C2},
	[0x3] = {FLOAT_patan, SHAPE_POPS, X87_C1},
	[0x4] = {FLOAT_extract, SHAPE_SPLIT, X87_C1},
	[0x5] = {FLOAT_prem1, SHAPE_TWO, X87_CODES},
	[0x8] = {FLOAT_prem, SHAPE_TWO, X87_CODES},
	[0x9] = {FLOAT_fyl2xp1, SHAPE_POPS, X87_C1},
	[0xa] = {FLOAT_sqrt, SHAPE_ONE, X87_C1},
	[0xb] = {FLOAT_sincos, SHAPE_SPLIT, X87_C1 | X87_C2},
	[0xc] = {FLOAT_rndint, SHAPE_ONE, X87_C1},
	[0xd] = {FLOAT_scale, SHAPE_TWO, X87_C1},
	[0xe] = {FLOAT_sin, SHAPE_ONE, X87_C1 | X87_C2},
	[0xf] = {FLOAT_cos, SHAPE_ONE, X87_C1 | X87_C2},
};

/* The results of a masked stack fault, and the stack as if all had gone well. */
static void give_indefinite(struct x87_state *x87, enum shape shape)
{
	if (shape == SHAPE_POPS)
		x87_pop(x87);
	x87_set(x87, 0, x87_indefinite());
	if (shape == SHAPE_SPLIT)
		x87_push(x87, x87_indefinite());
}

/* True: the operands are there, and so is room for the results. */
static bool stack_allows(struct x87_state *x87, const struct operation *operation)
{
	enum shape shape = (enum shape)operation->shape;
	bool two = shape == SHAPE_TWO || shape == SHAPE_POPS;

	if (x87_empty(x87, 0) || (two && x87_empty(x87, 1))) {
		x87->status &= (uint16_t) ~(operation->codes & X87_C2);
		if (x87_underflow(x87))
			give_indefinite(x87, shape);
		return false;
	}
	if (shape != SHAPE_SPLIT || x87_empty(x87, 7))
		return true;
	x87->status &= (uint16_t) ~(operation->codes & X87_C2);
	if (x87_overflow(x87))
		give_indefinite(x87, shape);
	return false;
}

/* FPTAN and FSINCOS leave an operand that is out of their range alone, and say so by C2. */
static void put_results(struct x87_state *x87, const struct operation *operation, const struct float_job *job)
{
	bool out_of_range = job->status & operation->codes & X87_C2;

	if (operation->shape == SHAPE_SPLIT && !out_of_range) {
		x87_set(x87, 0, job->st[1]);
		x87_push(x87, job->st[0]);
		return;
	}
	if (operation->shape == SHAPE_POPS)
		x87_pop(x87);
	x87_set(x87, 0, job->st[0]);
}

/* For FPREM: what compares with zero as C0 and C3 are now: less, equal, unordered, greater. */
static void put_comparable(struct float_job *job, unsigned status)
{
	static const struct float80 greater = {UINT64_C(1) << 63, 0x3fff}, less = {UINT64_C(1) << 63, 0xbfff}, equal = {0, 0};
	struct float80 value = greater;

	if ((status & X87_C0) && (status & X87_C3))
		value = x87_indefinite();
	else if (status & X87_C0)
		value = less;
	else if (status & X87_C3)
		value = equal;
	memcpy(job->memory, &value.significand, 8);
	memcpy(job->memory + 8, &value.sign_exponent, 2);
}

static void float_math(struct cpu *cpu, const struct insn *insn)
{
	const struct operation *operation = &operations[insn->modrm & 15];
	struct x87_state *x87 = &cpu->floats->x87;
	struct float_job job;

	if (!stack_allows(x87, operation))
		return;
	job = x87_job(x87, 1);
	put_comparable(&job, x87->status);
	float_host_do((enum float_operation)operation->number, &job);
	if (x87_take(x87, job.status, operation->codes))
		put_results(x87, operation, &job);
}

bool perform_float_math(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, float_math);
}

/* FCHS and FABS: nothing is looked at but the sign, so that no operand is invalid. */
static void float_sign(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	struct float80 value;
	bool absent = x87_empty(x87, 0);

	if (!x87_top(x87, &value))
		return;
	if (!absent)
		value.sign_exponent = (uint16_t)(insn->rm ? value.sign_exponent & 0x7fff : value.sign_exponent ^ 0x8000);
	x87_set(x87, 0, value);
}

bool perform_float_sign(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, float_sign);
}

/* FXAM tells an empty register from all else, and its sign still. */
static void fxam(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	struct float_job job = x87_job(x87, 0);

	(void)insn;
	float_host_do(FLOAT_xam, &job);
	if (x87_empty(x87, 0))
		job.status = (uint16_t)((job.status & X87_C1) | X87_C3 | X87_C0);
	x87->status = (uint16_t)((x87->status & ~X87_CODES) | (job.status & X87_CODES));
}

bool perform_fxam(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fxam);
}
