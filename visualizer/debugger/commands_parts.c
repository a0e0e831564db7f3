/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_parts.c - what several commands need: words to numbers and places, places to text.
 */
#include "visualizer/debugger/commands.h"

#include "core/disassemble.h"
#include "cpu/insn.h"
#include "visualizer/event_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool words_join(struct shell *shell, int argc, char **argv, int first, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = first; i < argc; i++) {
		int length = snprintf(text + used, size - used, "%s%s", i > first ? " " : "", argv[i]);

		if (length < 0 || (size_t)length >= size - used)
			return shell_refuse(shell, "%s: longer than %zu characters", argv[0], size - 1);
		used += (size_t)length;
	}
	return true;
}

static bool value_take(struct shell *shell, struct expression *expression, const char *error, uint64_t *value)
{
	char trouble[EXPRESSION_ERROR];
	bool fine;

	if (!expression)
		return shell_refuse(shell, "%s", error);
	fine = expression_value(expression, shell->debugger, value, trouble, sizeof(trouble));
	expression_free(expression);
	return fine || shell_refuse(shell, "%s", trouble);
}

bool value_parse(struct shell *shell, const char *text, uint64_t *value)
{
	char error[EXPRESSION_ERROR];

	return value_take(shell, expression_parse(shell->debugger, text, error, sizeof(error)), error, value);
}

bool count_parse(struct shell *shell, const char *text, uint64_t *count)
{
	return value_parse(shell, text, count);
}

/* A reason as it was counted: hyphens may stand for its blanks. One that has not come up as yet is taken as it is. */
bool reason_parse(struct shell *shell, const char *text, char reason[COUNTER_NAME])
{
	const struct counters *counters = shell->debugger->counters;

	if (strlen(text) >= COUNTER_NAME)
		return shell_refuse(shell, "'%.60s' is no reason; `stats` lists those that came up", text);
	strcpy(reason, text);
	for (unsigned i = 0; counters && i < counters->rows; i++)
		if (counter_is(counters->row[i].reason, text))
			strcpy(reason, counters->row[i].reason);
	return true;
}

bool place_parse(struct shell *shell, const char *text, enum stop_space *space, uint64_t *address)
{
	static const char *const spaces[] = { "linear:", "physical:", "machine:" };
	char error[EXPRESSION_ERROR];

	*space = SPACE_LINEAR;
	text += text[0] == '*';
	for (unsigned i = 0; i < 3; i++)
		if (strncmp(text, spaces[i], strlen(spaces[i])) == 0) {
			*space = (enum stop_space)i;
			text += strlen(spaces[i]);
			break;
		}
	if (!value_take(shell, expression_parse_address(shell->debugger, text, error, sizeof(error)), error, address))
		return false;
	if (*space == SPACE_LINEAR && *address >> 31 == UINT64_MAX >> 31)
		*address = (uint32_t)*address; /* below 0: linear addresses wrap */
	if (*space != SPACE_LINEAR || *address <= UINT32_MAX)
		return true;
	return shell_refuse(shell, "%" PRIx64 " is no linear address: they end at ffffffff", *address);
}

void place_text(const struct shell *shell, enum stop_space space, uint64_t address, char *text, size_t size)
{
	if (space == SPACE_LINEAR)
		address_text(shell->debugger->symbols, (uint32_t)address, text, size);
	else
		snprintf(text, size, "%s %08" PRIx64, space == SPACE_PHYSICAL ? "physical" : "machine", address);
}

unsigned code_at(const struct debugger *debugger, uint32_t gla, char mark[4], char *text, size_t size)
{
	const struct cpu_state *state = vm_guest_state(debugger->vm);
	bool big = state->segment[CS].access & ACCESS_BIG;
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t count = debugger_read(debugger, gla, bytes, sizeof(bytes));
	struct insn insn;
	int length;

	strcpy(mark, "?");
	if (!count) {
		snprintf(text, size, "(no memory there)");
		return 1;
	}
	disassemble(bytes, count, gla, big, text, size);
	length = insn_decode(&insn, bytes, count, big);
	if (length <= 0)
		return 1;
	if (insn.row->perform)
		strcpy(mark, insn_class_mark((enum insn_class)insn.row->insn_class));
	return (unsigned)length;
}

void print_position(struct shell *shell)
{
	uint32_t place = debugger_linear_eip(shell->debugger);
	char where[80], mark[4], text[96];

	address_text(shell->debugger->symbols, place, where, sizeof(where));
	code_at(shell->debugger, place, mark, text, sizeof(text));
	fprintf(shell->out, "%s  %s  %s\n", where, mark, text);
}
