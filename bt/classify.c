/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/classify.c - the second pass: how each instruction is treated. One table, by what performs the
 * instruction (cpu/instructions.def), is the one place that says it; what is not in the table is identical
 * when the instruction table calls it innocuous, and else the VMM's: a callout is always right. It is so too where
 * an instruction has rows, and none holds.
 *
 * Most guest instructions stay what they are: kernels are made of ordinary code (Adams and Agesen 2006,
 * section 3.1). What a row says holds under its conditions; where one fails, the VMM does the instruction.
 */
#include "bt/operation.h"
#include "bt/piece.h"
#include "cpu/perform.h"

/* ---- conditions under which a row holds ---- */

enum condition {
	ALWAYS = 0,
	BIG_STACK = 1 << 0,   /* it touches the stack, and SS.B is set */
	BIG_OPERAND = 1 << 1, /* 32-bit operand size */
	FLAT_CODE = 1 << 2,   /* every target lies inside CS */
	TARGET_INSIDE = 1 << 3, /* its own target does */
	SHOWN_SEGMENT = 1 << 4, /* its segment register's selector is in hardware as the guest knows it: identical */
	DATA_SEGMENT = 1 << 5,  /* it loads one of these: ES, DS or FS, whose shadow descriptors hardware loads as well */
	FAULT_ADDRESS = 1 << 6, /* its control register is CR2: it means nothing to hardware, which only ever writes it */
	CLOCK_IS_CALLED = 1 << 7, CLOCK_IN_CACHE = 1 << 8, /* as the setting rdtsc says */
};

/*
 * tour 4.2: How each instruction is treated
 * Most stay as they are. Those that would tell a deprivileged kernel the truth, or do nothing in silence, are in
 * this table: a few become short sequences on the virtual CPU, transfers of control are led to other units, and
 * the rest call the VMM out.
 */
static const struct row {
	insn_perform *perform;
	uint8_t treatment, sequence;
	uint16_t conditions;
} rows[] = {
	{perform_cli, TREAT_IN_CACHE, SEQUENCE_CLI, ALWAYS},
	{perform_sti, TREAT_IN_CACHE, SEQUENCE_STI, ALWAYS},
	{perform_pushf, TREAT_IN_CACHE, SEQUENCE_PUSHF, BIG_STACK | BIG_OPERAND},
	{perform_popf, TREAT_IN_CACHE, SEQUENCE_POPF, BIG_STACK | BIG_OPERAND},
	{perform_smsw, TREAT_IN_CACHE, SEQUENCE_SMSW, ALWAYS},
	{perform_sldt, TREAT_IN_CACHE, SEQUENCE_SLDT, ALWAYS},
	{perform_str, TREAT_IN_CACHE, SEQUENCE_STR, ALWAYS},
	{perform_sgdt, TREAT_IN_CACHE, SEQUENCE_SGDT, ALWAYS},
	{perform_sidt, TREAT_IN_CACHE, SEQUENCE_SIDT, ALWAYS},
	{perform_mov_from_control, TREAT_IN_CACHE, SEQUENCE_READ_CONTROL, ALWAYS},
	{perform_mov_to_control, TREAT_IN_CACHE, SEQUENCE_WRITE_CONTROL, FAULT_ADDRESS},
	{perform_mov_to_control, TREAT_CALLOUT, SEQUENCE_CALLOUT, ALWAYS},
	{perform_mov_from_segment, TREAT_IDENTICAL, SEQUENCE_COPY, SHOWN_SEGMENT},
	{perform_mov_from_segment, TREAT_IN_CACHE, SEQUENCE_READ_SEGMENT, ALWAYS},
	{perform_push_segment, TREAT_IDENTICAL, SEQUENCE_COPY, SHOWN_SEGMENT},
	{perform_push_segment, TREAT_IN_CACHE, SEQUENCE_PUSH_SEGMENT, BIG_STACK},

	{perform_mov_to_segment, TREAT_IN_CACHE, SEQUENCE_LOAD_SEGMENT, DATA_SEGMENT},
	{perform_pop_segment, TREAT_IN_CACHE, SEQUENCE_LOAD_SEGMENT, DATA_SEGMENT | BIG_STACK | BIG_OPERAND},

	/* what they show is the same in every ring: time and features are hardware's (Adams and Agesen 2006, section 3.1) */
	{perform_rdtsc, TREAT_CALLOUT, SEQUENCE_CALLOUT, CLOCK_IS_CALLED},
	{perform_rdtsc, TREAT_IN_CACHE, SEQUENCE_READ_CLOCK, CLOCK_IN_CACHE},
	{perform_rdtsc, TREAT_IDENTICAL, SEQUENCE_COPY, ALWAYS},
	{perform_cpuid, TREAT_IDENTICAL, SEQUENCE_COPY, ALWAYS},

	/* they store where the last x87 instruction was; that one may have run in the cache, in the VMM's CS (world.c) */
	{perform_fnstenv, TREAT_CALLOUT, SEQUENCE_CALLOUT, ALWAYS},
	{perform_fnsave, TREAT_CALLOUT, SEQUENCE_CALLOUT, ALWAYS},
	{perform_fxsave, TREAT_CALLOUT, SEQUENCE_CALLOUT, ALWAYS},

	{perform_jmp_near, TREAT_TRANSFER, SEQUENCE_JUMP, BIG_OPERAND | TARGET_INSIDE},
	{perform_jcc, TREAT_TRANSFER, SEQUENCE_BRANCH, BIG_OPERAND | TARGET_INSIDE},
	{perform_jcxz, TREAT_TRANSFER, SEQUENCE_BRANCH, BIG_OPERAND | TARGET_INSIDE},
	{perform_loop, TREAT_TRANSFER, SEQUENCE_BRANCH, BIG_OPERAND | TARGET_INSIDE},
	{perform_loope, TREAT_TRANSFER, SEQUENCE_BRANCH, BIG_OPERAND | TARGET_INSIDE},
	{perform_loopne, TREAT_TRANSFER, SEQUENCE_BRANCH, BIG_OPERAND | TARGET_INSIDE},
	{perform_call_near, TREAT_TRANSFER, SEQUENCE_CALL, BIG_OPERAND | TARGET_INSIDE | BIG_STACK},
	{perform_ret, TREAT_LOOKUP, SEQUENCE_RETURN, BIG_OPERAND | FLAT_CODE | BIG_STACK},
	{perform_jmp_indirect, TREAT_LOOKUP, SEQUENCE_JUMP_INDIRECT, BIG_OPERAND | FLAT_CODE},
	{perform_call_indirect, TREAT_LOOKUP, SEQUENCE_CALL_INDIRECT, BIG_OPERAND | FLAT_CODE | BIG_STACK},

	/* what goes on somewhere else, or at a moment that the VMM must know */
	{perform_jmp_near, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_jcc, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_jcxz, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_loop, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_loope, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_loopne, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_call_near, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_ret, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_jmp_indirect, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_call_indirect, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_call_far, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_jmp_far, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_call_far_indirect, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_jmp_far_indirect, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_ret_far, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_int, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_int3, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_int1, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_into, TREAT_CALLOUT, SEQUENCE_CALLOUT, ALWAYS}, /* seldom: OF is nearly always clear */
	{perform_iret, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_sysenter, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_sysexit, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_vmcall, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
	{perform_undefined, TREAT_CALLOUT, SEQUENCE_CALLOUT_END, ALWAYS},
};

static const struct row identical = {NULL, TREAT_IDENTICAL, SEQUENCE_COPY, ALWAYS};
static const struct row callout = {NULL, TREAT_CALLOUT, SEQUENCE_CALLOUT, ALWAYS};

/* Does it read or write memory through the segment that a prefix may change? */
bool uses_segment(const struct insn *insn)
{
	if (insn->memory || insn->row->perform == perform_xlat)
		return true;
	for (unsigned n = 0; n < 3; n++)
		if (insn->row->operand[n] >= OP_Ob && insn->row->operand[n] <= OP_Xv)
			return true;
	return false;
}

/* Hardware's CS and GS are the VMM's. */
static bool reaches_hidden_segment(const struct insn *insn)
{
	return uses_segment(insn) && (insn->segment == CS || insn->segment == GS);
}

/* The segment register that it shows or loads: MOV from or to one, PUSH or POP of one. */
static enum segment_register segment_of(const struct insn *insn)
{
	bool by_modrm = insn->row->perform == perform_mov_from_segment || insn->row->perform == perform_mov_to_segment;

	return by_modrm ? (enum segment_register)insn->reg : (enum segment_register)(insn->row->operand[0] - OP_ES);
}

static bool target_inside(const struct unit *unit, const struct record *record)
{
	return unit->key.eip + record->offset + record->insn.length + record->insn.immediate <= unit->key.cs_limit;
}

/* ES, DS and FS are loaded with the guest's own selectors; RPLs of CS and SS are the hardware ring's. */
static bool segment_is_guests(const struct insn *insn)
{
	enum segment_register reg = segment_of(insn);

	return reg == ES || reg == DS || reg == FS;
}

/* Stores that need a register for the value need one that does not address the memory. */
static bool scratch_left(const struct insn *insn)
{
	bool eax = insn->base == EAX || insn->index == EAX, ecx = insn->base == ECX || insn->index == ECX;

	return !insn->memory || !eax || !ecx;
}

static bool holds(const struct translator *translator, const struct row *row, const struct unit *unit,
                  const struct record *record)
{
	const struct insn *insn = &record->insn;

	return !((row->conditions & BIG_STACK && !unit->key.stack_big) ||
	         (row->conditions & BIG_OPERAND && insn->operand_size != 4) ||
	         (row->conditions & FLAT_CODE && unit->key.cs_limit != UINT32_MAX) ||
	         (row->conditions & TARGET_INSIDE && !target_inside(unit, record)) ||
	         (row->conditions & (SHOWN_SEGMENT | DATA_SEGMENT) && !segment_is_guests(insn)) ||
	         (row->conditions & FAULT_ADDRESS && insn->reg != 2) ||
	         (row->conditions & CLOCK_IS_CALLED && translator->clock != CLOCK_CALLOUT) ||
	         (row->conditions & CLOCK_IN_CACHE && translator->clock != CLOCK_CACHE) ||
	         (row->treatment == TREAT_IN_CACHE && !scratch_left(insn)));
}

static const struct row *row_of(const struct translator *translator, const struct unit *unit, const struct record *record)
{
	const struct instruction *instruction = record->insn.row;
	bool hidden = reaches_hidden_segment(&record->insn), special = false;

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].perform != instruction->perform)
			continue;
		special = true;
		if (holds(translator, &rows[i], unit, record) && !(hidden && rows[i].treatment != TREAT_CALLOUT))
			return &rows[i];
	}
	return instruction->insn_class == CLASS_INNOCUOUS && !special && !hidden ? &identical : &callout;
}

static bool ends_unit(enum sequence sequence)
{
	return sequence >= SEQUENCE_CALLOUT_END;
}

static void classify(const struct translator *translator, struct unit *unit, struct record *record)
{
	const struct row *row = row_of(translator, unit, record);

	record->treatment = row->treatment;
	record->in_cache = row->sequence;
	piece_classify(translator, unit, record);
	if (record->treatment == TREAT_IDENTICAL && adapt_wanted(translator, record_gpa(unit, record))) {
		record->treatment = TREAT_ADAPTED;
		record->in_cache = SEQUENCE_CALLOUT;
	}
}

/* ---- another one's answer (piece.h) ---- */

/* Whatever its conditions. NULL: there is no such row. */
static const struct row *row_treated(const struct instruction *instruction, enum treatment treatment)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].perform == instruction->perform && rows[i].treatment == treatment)
			return &rows[i];
	return NULL;
}

bool record_ends(const struct record *record)
{
	return ends_unit((enum sequence)record->in_cache);
}

bool classify_as(struct record *record, enum treatment treatment, bool ends)
{
	const struct row *row = row_treated(record->insn.row, treatment);
	bool same = treatment == record->treatment;

	if ((treatment == TREAT_TRANSFER || treatment == TREAT_LOOKUP) && !row)
		return false;
	record->treatment = (uint8_t)treatment;
	if (treatment == TREAT_CALLOUT)
		record->in_cache = ends ? SEQUENCE_CALLOUT_END : SEQUENCE_CALLOUT;
	else if (treatment == TREAT_IDENTICAL)
		record->in_cache = SEQUENCE_COPY;
	else if (!same)
		record->in_cache = row ? row->sequence : SEQUENCE_OTHER;
	return true;
}

/* The instruction behind STI belongs to the same unit: it still runs with interrupts held off. */
static void keep_shadow_inside(struct unit *unit)
{
	struct record *last = &unit->record[unit->count - 1];

	if (last->in_cache != SEQUENCE_STI)
		return;
	if (unit->count > 1) {
		cut_unit(unit, unit->count - 1u);
		keep_shadow_inside(unit);
		return;
	}
	last->treatment = TREAT_CALLOUT;
	last->in_cache = SEQUENCE_CALLOUT;
}

void classify_unit(const struct translator *translator, struct unit *unit)
{
	for (unsigned i = 0; i < unit->count; i++) {
		classify(translator, unit, &unit->record[i]);
		if (ends_unit((enum sequence)unit->record[i].in_cache))
			cut_unit(unit, i + 1);
	}
	keep_shadow_inside(unit);
}

const char *treatment_name(enum treatment treatment)
{
	static const char *const names[TREAT_COUNT] = {
		"identical", "in cache", "callout", "adapted", "transfer", "lookup",
	};

	return names[treatment];
}
