/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/expression.c - the value of an expression: unsigned 64-bit arithmetic as C17 6.5 has it, with what C
 * leaves undefined defined or refused. Nothing is changed by looking.
 */
#include "visualizer/debugger/expression_inside.h"

#include "core/refuse.h"

#include <inttypes.h>
#include <string.h>

struct evaluation {
	const struct expression *expression;
	struct subject subject;
	char *error;
	size_t error_size;
};

static bool value_of(const struct evaluation *evaluation, unsigned index, uint64_t *value);

/* ---- memory ---- */

static bool read_machine(const struct debugger *debugger, uint64_t ma, void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const uint8_t *frame = memory_machine_frame(debugger->vm->memory, (ma + i) >> 12);

		if (!frame)
			return false;
		((uint8_t *)bytes)[i] = frame[(ma + i) & 0xfff];
	}
	return true;
}

bool expression_memory(const struct debugger *debugger, enum stop_space space, uint64_t address, void *bytes, size_t size)
{
	if (space == SPACE_PHYSICAL)
		return memory_read(debugger->vm->memory, address, bytes, size);
	if (space == SPACE_MACHINE)
		return read_machine(debugger, address, bytes, size);
	return address <= UINT32_MAX && debugger_read(debugger, (uint32_t)address, bytes, size) == size;
}

static bool read_memory(const struct evaluation *evaluation, const struct node *node, uint64_t *value)
{
	static const char *const spaces[] = { "linear", "physical", "machine" };
	uint64_t address;

	if (!value_of(evaluation, node->operand[0], &address))
		return false;
	*value = 0;
	if (expression_memory(evaluation->subject.debugger, (enum stop_space)node->space, address, value, node->size))
		return true;
	return refuse(evaluation->error, evaluation->error_size, "there is no memory at %s address %08" PRIx64,
	              spaces[node->space], address);
}

/* ---- operators ---- */

static uint64_t unary(enum operator operator, uint64_t value)
{
	return operator == OP_NEGATIVE ? -value : operator == OP_COMPLEMENT ? ~value : !value;
}

static uint64_t binary(enum operator operator, uint64_t left, uint64_t right)
{
	switch (operator) {
	case OP_BIT_OR: return left | right;
	case OP_BIT_XOR: return left ^ right;
	case OP_BIT_AND: return left & right;
	case OP_EQUAL: return left == right;
	case OP_UNEQUAL: return left != right;
	case OP_BELOW: return left < right;
	case OP_BELOW_EQUAL: return left <= right;
	case OP_ABOVE: return left > right;
	case OP_ABOVE_EQUAL: return left >= right;
	case OP_LEFT: return right < 64 ? left << right : 0;
	case OP_RIGHT: return right < 64 ? left >> right : 0;
	case OP_ADD: return left + right;
	case OP_SUBTRACT: return left - right;
	case OP_MULTIPLY: return left * right;
	case OP_DIVIDE: return left / right;
	case OP_REMAINDER: return left % right;
	default: return 0;
	}
}

static bool value_of_binary(const struct evaluation *evaluation, const struct node *node, uint64_t *value)
{
	enum operator operator = (enum operator)node->operator;
	uint64_t left, right;

	if (!value_of(evaluation, node->operand[0], &left))
		return false;
	if ((operator == OP_OR && left) || (operator == OP_AND && !left)) {
		*value = left != 0;
		return true;
	}
	if (!value_of(evaluation, node->operand[1], &right))
		return false;
	if ((operator == OP_DIVIDE || operator == OP_REMAINDER) && right == 0)
		return refuse(evaluation->error, evaluation->error_size, "division by zero");
	*value = operator == OP_OR || operator == OP_AND ? right != 0 : binary(operator, left, right);
	return true;
}

static bool value_of(const struct evaluation *evaluation, unsigned index, uint64_t *value)
{
	const struct node *node = &evaluation->expression->node[index];

	switch ((enum node_kind)node->kind) {
	case NODE_NUMBER:
		*value = node->number;
		return true;
	case NODE_NAME:
		return name_value(&node->name, &evaluation->subject, value, evaluation->error, evaluation->error_size);
	case NODE_MEMORY:
		return read_memory(evaluation, node, value);
	case NODE_UNARY:
		if (!value_of(evaluation, node->operand[0], value))
			return false;
		*value = unary((enum operator)node->operator, *value);
		return true;
	case NODE_BINARY:
		return value_of_binary(evaluation, node, value);
	case NODE_CHOICE:
		if (!value_of(evaluation, node->operand[0], value))
			return false;
		return value_of(evaluation, node->operand[*value ? 1 : 2], value);
	}
	return false;
}

bool expression_value_at(const struct expression *expression, const struct debugger *debugger, const struct event *event,
                         uint64_t *value, char *error, size_t error_size)
{
	struct evaluation evaluation = {
		.expression = expression,
		.subject = { .debugger = debugger, .event = event ? event : debugger_story(debugger) },
		.error = error,
		.error_size = error_size,
	};

	return value_of(&evaluation, expression->root, value);
}

bool expression_value(const struct expression *expression, const struct debugger *debugger, uint64_t *value, char *error,
                      size_t error_size)
{
	return expression_value_at(expression, debugger, NULL, value, error, error_size);
}
