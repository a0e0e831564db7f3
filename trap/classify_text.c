/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_text.c - see classify_text.h.
 */
#include "trap/classify_text.h"

#include "core/disassemble.h"
#include "cpu/cpu.h"
#include "trap/classify_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void exception_text(const struct classify_outcome *outcome, char *text, size_t size)
{
	static const char *const names[] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", NULL,
		"#TS", "#NP", "#SS", "#GP", "#PF", NULL, "#MF", "#AC", "#MC",
	};
	const char *name = outcome->vector < sizeof(names) / sizeof(names[0]) ? names[outcome->vector] : NULL;

	if (outcome->has_error)
		snprintf(text, size, "%s(%" PRIx32 ")", name ? name : "#?", outcome->error);
	else
		snprintf(text, size, "%s", name ? name : "#?");
}

const char *outcome_name(enum classify_kind kind)
{
	static const char *const names[] = { "same", "trapped", "allowed", "value", "path", "lost" };

	return names[kind];
}

static void path_text(const struct classify_outcome *outcome, char *text, size_t size)
{
	if (strcmp(outcome->what, "EIP") == 0)
		snprintf(text, size, "goes to %" PRIx32 ", the VMM's handler; on bare hardware to %" PRIx32
		         ", the guest's", outcome->wrong, outcome->right);
	else if (strcmp(outcome->what, "a change of ring") == 0)
		snprintf(text, size, outcome->wrong ? "enters ring 0; on bare hardware the ring stays"
		                                    : "the ring stays; on bare hardware it changes");
	else
		snprintf(text, size, "%s is %" PRIx32 "; on bare hardware %" PRIx32, outcome->what,
		         outcome->wrong, outcome->right);
}

static void lost_text(const struct classify_outcome *outcome, char *text, size_t size)
{
	if (strcmp(outcome->what, "ring") == 0)
		snprintf(text, size, "the ring stays; on bare hardware it becomes %" PRIu32, outcome->right);
	else if (outcome->right == outcome->wrong)
		snprintf(text, size, "%s is the VMM's, and stays; on bare hardware it becomes %" PRIx32, outcome->what,
		         outcome->right);
	else
		snprintf(text, size, "%s stays %" PRIx32 "; on bare hardware it becomes %" PRIx32, outcome->what,
		         outcome->wrong, outcome->right);
}

void outcome_text(const struct classify_outcome *outcome, char *text, size_t size)
{
	char exception[24];

	exception_text(outcome, exception, sizeof(exception));
	switch (outcome->kind) {
	case OUTCOME_SAME:
		snprintf(text, size, "as on bare hardware");
		return;
	case OUTCOME_TRAPPED:
		snprintf(text, size, "%s", exception);
		return;
	case OUTCOME_ALLOWED:
		snprintf(text, size, "goes on; on bare hardware %s", exception);
		return;
	case OUTCOME_VALUE:
		snprintf(text, size, "%s gets %" PRIx32 "; on bare hardware %" PRIx32, outcome->what,
		         outcome->wrong, outcome->right);
		return;
	case OUTCOME_PATH:
		path_text(outcome, text, size);
		return;
	case OUTCOME_LOST:
		lost_text(outcome, text, size);
		return;
	}
}

void instance_text(const struct classify_instance *instance, char *text, size_t size)
{
	disassemble(instance->bytes, instance->length, AT_CODE, true, text, size);
}

void ways_text(const struct classify_row *row, char text[4])
{
	text[0] = row->control ? 'C' : '.';
	text[1] = row->mode ? 'M' : '.';
	text[2] = row->location ? 'L' : '.';
	text[3] = '\0';
}

void opcode_text(const struct classify_row *row, char *text, size_t size)
{
	const char *map = row->two_byte ? "0f " : "";
	char prefix[4] = "";

	if (row->row->prefix)
		snprintf(prefix, sizeof prefix, "%02x ", row->row->prefix);
	if (row->reg >= 0)
		snprintf(text, size, "%s%s%02x /%d", prefix, map, row->opcode, row->reg);
	else
		snprintf(text, size, "%s%s%02x", prefix, map, row->opcode);
}
