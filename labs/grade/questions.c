/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/questions.c - see questions.h.
 */
#include "labs/grade/questions.h"

#include "core/disassemble.h"
#include "labs/grade/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- beginning and end ---- */

static void keep_line(void *owner, const char *line)
{
	const struct questions *questions = owner;

	graded_line(questions->judgement, questions->result, line);
}

void questions_open(struct questions *questions, enum handler handler)
{
	const struct lab_observer observer = {.owner = questions, .log = keep_line};
	struct test_result *result = questions->result;

	questions->random = questions->judgement->seed.value;
	questions->lab = lab_open(questions->judgement->build->product[PART_PIECE], &observer, result->message, sizeof result->message);
	if (questions->lab && !lab_has(questions->lab, handler))
		snprintf(result->message, sizeof result->message, "the piece has no handler '%s'", lab_handler_name(handler));
}

void questions_close(struct questions *questions)
{
	lab_close(questions->lab);
}

/* splitmix64 (Steele, Lea, Flood 2014) */
unsigned questions_below(struct questions *questions, unsigned bound)
{
	uint64_t value = questions->random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((value ^ value >> 31) >> 32) % bound;
}

/* ---- one question ---- */

struct lab_classify question_about(const struct insn *insn, const uint8_t *bytes)
{
	struct lab_classify question = {
		.opcode = insn->opcode,
		.two_byte = insn->two_byte,
		.has_modrm = insn->has_modrm,
		.modrm = insn->has_modrm ? insn->modrm : 0,
		.memory = insn->memory,
	};

	disassemble(bytes, insn->length, 0x1800, true, question.text, sizeof question.text);
	return question;
}

static void show(struct questions *questions, const char *given, const char *right, const char *text, const char *why)
{
	char *detail = questions->result->detail;
	size_t used = strlen(detail);

	snprintf(detail + used, RESULT_DETAIL - used, "%s\n    said %s, measured %s: %s\n", text, given, right, why);
}

void questions_note(struct questions *questions, unsigned right, unsigned given, bool wrong, const char *text, const char *why)
{
	const char *name = given < questions->answers ? questions->names[given] : "nothing that there is";

	questions->asked++;
	questions->result->calls++;
	questions->count[right][given < questions->answers ? given : ANSWERS]++;
	if (!wrong)
		return;
	questions->wrong++;
	if (why && questions->shown++ < CONFUSED_SHOWN && !questions->judgement->seed.hidden)
		show(questions, name, questions->names[right], text, why);
}

/* ---- the end of it ---- */

static void put_row(const struct questions *questions, unsigned right, char *text, size_t size)
{
	const unsigned *count = questions->count[right];
	size_t used = (size_t)snprintf(text, size, "%-12s", questions->names[right]);

	for (unsigned given = 0; given < questions->answers; given++)
		used += (size_t)snprintf(text + used, size - used, " %12u", count[given]);
	if (count[ANSWERS])
		used += (size_t)snprintf(text + used, size - used, " and %u of no kind", count[ANSWERS]);
	snprintf(text + used, size - used, "\n");
}

/* Before what was confused, which stands there already. */
static void put_matrix(struct questions *questions)
{
	char text[RESULT_DETAIL], *detail = questions->result->detail;
	size_t used = (size_t)snprintf(text, sizeof text, "%-12s", "measured");

	for (unsigned given = 0; given < questions->answers; given++)
		used += (size_t)snprintf(text + used, sizeof text - used, " %12s", questions->names[given]);
	used += (size_t)snprintf(text + used, sizeof text - used, "  <- said\n");
	for (unsigned right = 0; right < questions->answers; right++) {
		put_row(questions, right, text + used, 200);
		used += strlen(text + used);
	}
	snprintf(text + used, sizeof text - used, "%s%s", questions->wrong ? "the first that were confused:\n" : "", detail);
	memcpy(detail, text, RESULT_DETAIL);
}

void questions_conclude(struct questions *questions)
{
	struct test_result *result = questions->result;
	const char *failure = questions->lab ? lab_failure(questions->lab) : NULL;

	if (result->message[0])
		return;
	if (failure)
		snprintf(result->message, sizeof result->message, "%s", failure);
	else if (questions->wrong)
		snprintf(result->message, sizeof result->message, "%u of %u answers are wrong", questions->wrong, questions->asked);
	if (questions->wrong && !questions->judgement->seed.hidden)
		put_matrix(questions);
}
