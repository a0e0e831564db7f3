/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/transform.c - the third pass: instructions to operations, and the unit's exits. Nothing here knows what
 * code will come of it.
 */
#include "bt/operation.h"

#include <assert.h>

#define FIELD(member) ((uint16_t)offsetof(struct virtual_page, member))

/* The operations under construction. */
struct transformation {
	struct unit *unit;
	struct operation *operation;
	unsigned count;
	uint8_t record; /* the one at work, or NO_RECORD */
};

static struct operation *add(struct transformation *to, enum operation_kind kind)
{
	struct operation *operation = &to->operation[to->count++];

	assert(to->count <= UNIT_OPERATIONS);
	*operation = (struct operation){.kind = (uint8_t)kind, .record = to->record};
	return operation;
}

static void add_field(struct transformation *to, enum operation_kind kind, uint16_t field)
{
	add(to, kind)->field = field;
}

static void add_value(struct transformation *to, enum operation_kind kind, uint32_t value)
{
	add(to, kind)->value = value;
}

/* An operation that leaves the unit by an exit of its own. */
static struct unit_exit *add_exit(struct transformation *to, enum operation_kind kind, enum exit_kind exit)
{
	struct unit *unit = to->unit;
	unsigned record = to->record == NO_RECORD ? unit->count - 1u : to->record;

	assert(unit->exits < UNIT_EXITS);
	add(to, kind)->exit = unit->exits;
	unit->exit[unit->exits] = (struct unit_exit){.kind = (uint8_t)exit, .record = (uint8_t)record};
	return &unit->exit[unit->exits++];
}

static void add_transfer(struct transformation *to, enum operation_kind kind, uint32_t target, bool taken)
{
	struct unit_exit *exit = add_exit(to, kind, EXIT_TRANSFER);

	exit->target = target;
	exit->taken = taken;
}

/* ---- one instruction ---- */

static uint32_t next_eip(const struct transformation *to)
{
	const struct record *record = &to->unit->record[to->record];

	return to->unit->key.eip + record->offset + record->insn.length;
}

static void transform_direct(struct transformation *to, const struct record *record)
{
	uint32_t next = next_eip(to), target = next + record->insn.immediate;

	if (record->in_cache == SEQUENCE_CALL)
		add_value(to, DO_PUSH_RETURN, next);
	if (record->in_cache != SEQUENCE_BRANCH) {
		add_transfer(to, DO_JUMP, target, true);
		return;
	}
	add_transfer(to, DO_BRANCH, target, true);
	add_transfer(to, DO_JUMP, next, false);
}

/* The operand is read first: what it names may be the stack's top, or lie where a push would go. */
static void transform_indirect(struct transformation *to, const struct record *record)
{
	if (record->in_cache == SEQUENCE_RETURN)
		add_value(to, DO_TARGET_RETURN, record->insn.immediate);
	else
		add(to, DO_TARGET_OPERAND);
	if (record->in_cache == SEQUENCE_CALL_INDIRECT)
		add_value(to, DO_PUSH_RETURN, next_eip(to));
	add(to, DO_LOOKUP);
}

static uint16_t control_field(const struct record *record)
{
	static const uint16_t field[5] = {FIELD(cr0), FIELD(cr0), FIELD(cr2), FIELD(cr3), FIELD(cr4)};

	return field[record->insn.reg];
}

static uint16_t selector_field(unsigned reg)
{
	return (uint16_t)(FIELD(selector) + reg * sizeof(uint32_t));
}

static void transform_flags(struct transformation *to, enum operation_kind kind)
{
	add(to, kind);
	add_exit(to, DO_CHECK_PENDING, EXIT_INTERRUPT);
	to->operation[to->count - 1].value = kind == DO_POP_FLAGS;
}

static void transform(struct transformation *to, const struct record *record)
{
	switch ((enum sequence)record->in_cache) {
	case SEQUENCE_COPY: add(to, DO_COPY); break;
	case SEQUENCE_CLI: add(to, DO_CLEAR_INTERRUPT_FLAG); break;
	case SEQUENCE_STI: transform_flags(to, DO_SET_INTERRUPT_FLAG); break;
	case SEQUENCE_PUSHF: add(to, DO_PUSH_FLAGS); break;
	case SEQUENCE_POPF: transform_flags(to, DO_POP_FLAGS); break;
	case SEQUENCE_SMSW: add_field(to, DO_READ, FIELD(cr0)); break;
	case SEQUENCE_SLDT: add_field(to, DO_READ, selector_field(LDTR)); break;
	case SEQUENCE_STR: add_field(to, DO_READ, selector_field(TR)); break;
	case SEQUENCE_READ_SEGMENT: add_field(to, DO_READ, selector_field(record->insn.reg)); break;
	case SEQUENCE_READ_CONTROL: add_field(to, DO_READ_REGISTER, control_field(record)); break;
	case SEQUENCE_WRITE_CONTROL: add_field(to, DO_WRITE_REGISTER, control_field(record)); break;
	case SEQUENCE_READ_CLOCK: add(to, DO_READ_CLOCK); break;
	case SEQUENCE_SGDT: add_field(to, DO_STORE_TABLE, FIELD(gdtr_limit)); break;
	case SEQUENCE_SIDT: add_field(to, DO_STORE_TABLE, FIELD(idtr_limit)); break;
	case SEQUENCE_PUSH_SEGMENT:
		add_field(to, DO_PUSH, selector_field(record->insn.row->operand[0] - OP_ES));
		break;
	case SEQUENCE_LOAD_SEGMENT:
		add_exit(to, DO_CHECK_SELECTOR, EXIT_CALLOUT);
		add(to, DO_COPY);
		break;
	case SEQUENCE_OTHER:
	case SEQUENCE_CALLOUT:
	case SEQUENCE_CALLOUT_END: add_exit(to, DO_CALLOUT, EXIT_CALLOUT); break;
	case SEQUENCE_JUMP:
	case SEQUENCE_BRANCH:
	case SEQUENCE_CALL: transform_direct(to, record); break;
	case SEQUENCE_RETURN:
	case SEQUENCE_JUMP_INDIRECT:
	case SEQUENCE_CALL_INDIRECT: transform_indirect(to, record); break;
	}
}

unsigned transform_unit(const struct translator *translator, struct unit *unit, struct operation *operation)
{
	struct transformation to = {.unit = unit, .operation = operation, .record = NO_RECORD};

	unit->exits = 0;
	if (translator->vm->config.unit_counters)
		add(&to, DO_COUNT);
	for (unsigned i = 0; i < unit->count; i++) {
		to.record = (uint8_t)i;
		transform(&to, &unit->record[i]);
	}
	to.record = NO_RECORD;
	if (unit->record[unit->count - 1].in_cache < SEQUENCE_CALLOUT_END)
		add_transfer(&to, DO_JUMP, unit->key.eip + unit->bytes, false);
	return to.count;
}
