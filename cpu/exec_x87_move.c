/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87_move.c - x87 loads, stores and moves between registers, with their conversions. A store's memory is written, or
 * faults, before anything in the x87 changes. Intel SDM volume 2, FLD to FBSTP, FXCH, FCMOVcc.
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/x87.h"

/* ---- loads ---- */

/* How an operand in memory becomes a register: by opcode and ModRM reg. `bytes` 10 without operation: as it is. */
struct format {
	uint8_t opcode, reg, bytes, alignment;
	uint8_t operation; /* enum float_operation; FLOAT_OPERATIONS: none */
	bool pops;         /* a store */
};

static const struct format loads[] = {
	{0xd9, 0, 4, 4, FLOAT_load_float, false},
	{0xdd, 0, 8, 8, FLOAT_load_double, false},
	{0xdb, 5, 10, 8, FLOAT_OPERATIONS, false},
	{0xdf, 0, 2, 2, FLOAT_load_word, false},
	{0xdb, 0, 4, 4, FLOAT_load_dword, false},
	{0xdf, 5, 8, 8, FLOAT_load_qword, false},
	{0xdf, 4, 10, 8, FLOAT_load_decimal, false},
};

static const struct format stores[] = {
	{0xd9, 2, 4, 4, FLOAT_store_float, false},
	{0xd9, 3, 4, 4, FLOAT_store_float, true},
	{0xdd, 2, 8, 8, FLOAT_store_double, false},
	{0xdd, 3, 8, 8, FLOAT_store_double, true},
	{0xdb, 7, 10, 8, FLOAT_OPERATIONS, true},
	{0xdf, 2, 2, 2, FLOAT_store_word, false},
	{0xdf, 3, 2, 2, FLOAT_store_word, true},
	{0xdb, 2, 4, 4, FLOAT_store_dword, false},
	{0xdb, 3, 4, 4, FLOAT_store_dword, true},
	{0xdf, 7, 8, 8, FLOAT_store_qword, true},
	{0xdf, 6, 10, 8, FLOAT_store_decimal, true},
};

static const struct format *format_of(const struct format *formats, size_t count, const struct insn *insn)
{
	for (size_t i = 0; i < count; i++)
		if (formats[i].opcode == insn->opcode && formats[i].reg == insn->reg)
			return &formats[i];
	assert(!"a row's format");
	return formats;
}

static void from_image(struct float80 *value, const uint8_t *image)
{
	memcpy(&value->significand, image, 8);
	memcpy(&value->sign_exponent, image + 8, 2);
}

static void push_value(struct x87_state *x87, struct float80 value)
{
	if (x87_empty(x87, 7)) {
		x87->status &= (uint16_t)~X87_C1;
		x87_push(x87, value);
	} else if (x87_overflow(x87)) {
		x87_push(x87, x87_indefinite());
	}
}

/* A signalling NaN that is not masked is not loaded; a denormal is. */
static void push_converted(struct x87_state *x87, struct float_job *job, enum float_operation operation)
{
	if (!x87_empty(x87, 7)) {
		push_value(x87, x87_indefinite());
		return;
	}
	float_host_do(operation, job);
	x87_take(x87, job->status, X87_C1);
	if (!(job->status & ~x87->control & X87_IE))
		x87_push(x87, job->st[0]);
}

/* FLD, FILD, FBLD */
bool perform_float_load(struct cpu *cpu, const struct insn *insn)
{
	const struct format *format = format_of(loads, sizeof loads / sizeof *loads, insn);
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter(cpu);
	struct float_job job = {.control = x87->control};

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	if (!load_bytes(cpu, insn->segment, effective_offset(cpu, insn), job.memory, format->bytes, format->alignment))
		return false;
	x87_note(cpu, insn);
	if (format->operation == FLOAT_OPERATIONS) {
		from_image(&job.st[0], job.memory);
		push_value(x87, job.st[0]);
	} else {
		push_converted(x87, &job, (enum float_operation)format->operation);
	}
	return true;
}

/* FLD1 to FLDZ: D9 E8 to EE */
static void float_constant(struct cpu *cpu, const struct insn *insn)
{
	static const uint8_t constants[8] = {
		FLOAT_one, FLOAT_l2t, FLOAT_l2e, FLOAT_pi, FLOAT_lg2, FLOAT_ln2, FLOAT_zero,
	};
	struct x87_state *x87 = &cpu->floats->x87;
	struct float_job job = {.control = x87->control};

	float_host_do((enum float_operation)constants[insn->rm], &job);
	push_value(x87, job.st[0]);
}

bool perform_float_constant(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, float_constant);
}

/* ---- stores ---- */

/* What a masked invalid operation stores (SDM vol. 1, tables 4-3, 4-4, 4-8). */
static void put_indefinite(uint8_t *image, const struct format *format)
{
	static const uint8_t decimal[10] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff};

	memset(image, 0, 16);
	switch (format->operation) {
	case FLOAT_store_word: image[1] = 0x80; break;
	case FLOAT_store_dword: image[3] = 0x80; break;
	case FLOAT_store_qword: image[7] = 0x80; break;
	case FLOAT_store_float: memcpy(image, (const uint8_t[]){0, 0, 0xc0, 0xff}, 4); break;
	case FLOAT_store_double: memcpy(image + 4, (const uint8_t[]){0, 0, 0xf8, 0xff}, 4); break;
	default: memcpy(image, decimal, sizeof decimal); break;
	}
}

/* Converts ST(0) in a copy of the x87. False: an unmasked exception, and nothing is stored. */
static bool convert(struct x87_state *x87, const struct format *format, uint8_t *image)
{
	enum { PREVENTS = X87_IE | X87_OE | X87_UE };
	struct float_job job = x87_job(x87, 0);

	if (x87_empty(x87, 0)) {
		put_indefinite(image, format);
		return x87_underflow(x87);
	}
	if (format->operation == FLOAT_OPERATIONS) {
		x87->status &= (uint16_t)~X87_C1;
		memcpy(image, &job.st[0].significand, 8);
		memcpy(image + 8, &job.st[0].sign_exponent, 2);
		return true;
	}
	float_host_do((enum float_operation)format->operation, &job);
	memcpy(image, job.memory, sizeof job.memory);
	x87_take(x87, job.status, X87_C1);
	return !(job.status & ~x87->control & PREVENTS);
}

/* FST, FSTP, FIST, FISTP, FBSTP */
bool perform_float_store(struct cpu *cpu, const struct insn *insn)
{
	const struct format *format = format_of(stores, sizeof stores / sizeof *stores, insn);
	enum x87_entry entry = x87_enter(cpu);
	struct x87_state after = cpu->floats->x87;
	uint8_t image[16];

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	if (convert(&after, format, image)) {
		if (!store_bytes(cpu, insn->segment, effective_offset(cpu, insn), image, format->bytes, format->alignment))
			return false;
		if (format->pops)
			x87_pop(&after);
	}
	cpu->floats->x87 = after;
	x87_note(cpu, insn);
	return true;
}

/* ---- between registers ---- */

/* FLD ST(i) */
static void fld(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;

	if (!x87_empty(x87, insn->rm))
		push_value(x87, x87_get(x87, insn->rm));
	else if (x87_underflow(x87)) /* before an overflow */
		x87_push(x87, x87_indefinite());
}

bool perform_fld(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fld);
}

/* FST ST(i), and FSTP ST(i) with its aliases at DF D0 and DF D8 */
static void fst(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	struct float80 value;
	bool pops = insn->opcode != 0xdd || insn->reg == 3;

	if (!x87_top(x87, &value))
		return;
	x87_set(x87, insn->rm, value);
	if (pops)
		x87_pop(x87);
}

bool perform_fst(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fst);
}

/* FSTPNCE (D9 D8), which nobody documents: FSTP that looks at no tag of what it moves. */
static void fstpnce(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;

	x87->status &= (uint16_t)~X87_C1;
	x87_set(x87, insn->rm, x87_get(x87, 0));
	x87_pop(x87);
}

bool perform_fstpnce(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fstpnce);
}

/* What is empty is the indefinite number when it is exchanged. */
static void fxch(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	struct float80 top, other;

	top = x87_empty(x87, 0) ? x87_indefinite() : x87_get(x87, 0);
	other = x87_empty(x87, insn->rm) ? x87_indefinite() : x87_get(x87, insn->rm);
	if (!x87_empty(x87, 0) && !x87_empty(x87, insn->rm))
		x87->status &= (uint16_t)~X87_C1;
	else if (!x87_underflow(x87))
		return;
	x87_set(x87, 0, other);
	x87_set(x87, insn->rm, top);
}

bool perform_fxch(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fxch);
}

/* FCMOVcc: DA C0 B, C8 E, D0 BE, D8 U; DB: not so. */
static void fcmov(struct cpu *cpu, const struct insn *insn)
{
	static const uint32_t watched[4] = {EFLAGS_CF, EFLAGS_ZF, EFLAGS_CF | EFLAGS_ZF, EFLAGS_PF};
	struct x87_state *x87 = &cpu->floats->x87;

	if (x87_empty(x87, 0) || x87_empty(x87, insn->rm)) {
		if (x87_underflow(x87))
			x87_set(x87, 0, x87_indefinite());
		return;
	}
	if (!(status_flags(cpu) & watched[insn->reg & 3]) == (insn->opcode == 0xdb))
		x87_set(x87, 0, x87_get(x87, insn->rm));
}

bool perform_fcmov(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fcmov);
}
