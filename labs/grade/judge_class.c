/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_class.c - the judge `class`: what a piece says of instructions, beside what is measured of them there and then
 * (trap/classify.h). It is asked about every row of the instruction table, with bytes by the seed. Measuring takes milliseconds a row, so
 * rows that the test is about are measured always, of the others those by the seed, and those on which the piece and the table do not
 * agree: what is measured decides. (That the table agrees with what is measured in all of its rows, tests/trap/test_classify.c shows.)
 *
 * All answers that take one class for the other count: who calls everything sensitive has none of the points.
 */
#include "labs/grade/questions.h"

#include "core/refuse.h"
#include "trap/classify_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIANTS = 3, TRIES = 64, ROWS = 1024, ENOUGH = 100 };

static const char *const class_names[] = {"innocuous", "privileged", "sensitive"};

/* What the test is about. */
struct about {
	const char *name;
	bool (*core)(const struct instruction *row); /* always measured; NULL: none */
	bool (*kin)(const struct instruction *row);  /* easily taken for one of them: one in four, by the seed; NULL: none */
	unsigned others;                              /* of the others one in so many; 0: none */
	bool (*never)(const struct instruction *row); /* another test's; NULL: none */
	int only;                                     /* mistakes count that have to do with this class; -1: all */
	bool ways, umip;
};

/* What has been measured, by the row's place in the table: on a machine without UMIP, on one with it. */
struct measurements {
	struct classify *classify[2];
	bool known[2][ROWS];
	struct classify_row row[2][ROWS];
};

/* One instruction of the table, and how it is asked about. */
struct asking {
	struct questions *questions;
	struct measurements *measurements;
	const struct about *about;
	const struct instruction *row;
	bool two_byte;
	uint8_t opcode;
	int reg;
	unsigned place; /* of the row in the table, and one more */
	const struct classify_row *measured;
	bool told; /* that it was confused */
	bool dead; /* the piece is */
};

/* ---- measuring ---- */

static void drop(void *data)
{
	struct measurements *measurements = data;

	classify_free(measurements->classify[0]);
	classify_free(measurements->classify[1]);
	free(measurements);
}

/* NULL: not enough memory. */
static struct measurements *measurements_of(struct judge_memory *memory)
{
	struct measurements *measurements = memory->data;

	if (measurements)
		return measurements;
	measurements = calloc(1, sizeof *measurements);
	if (!measurements)
		return NULL;
	memory->data = measurements;
	memory->drop = drop;
	measurements->classify[0] = classify_new(false);
	measurements->classify[1] = classify_new(true);
	return measurements;
}

static const struct classify_row *measure(const struct asking *asking)
{
	struct measurements *measurements = asking->measurements;
	bool umip = asking->about->umip;
	struct classify_row *row = &measurements->row[umip][asking->place];

	if (!measurements->known[umip][asking->place])
		classify_measure(measurements->classify[umip], asking->row, asking->two_byte, asking->opcode, asking->reg, row, NULL,
		                 NULL);
	measurements->known[umip][asking->place] = true;
	return row;
}

/* ---- which ---- */

static bool is_privileged(const struct instruction *row)
{
	return row->insn_class == CLASS_PRIVILEGED;
}

static bool is_hole(const struct instruction *row)
{
	return row->insn_class == CLASS_SENSITIVE;
}

static bool has_listed_name(const struct instruction *row)
{
	return classify_listed(row->mnemonic);
}

static bool is_listed(const struct instruction *row)
{
	return is_hole(row) && has_listed_name(row);
}

static bool is_other_hole(const struct instruction *row)
{
	return is_hole(row) && !has_listed_name(row);
}

static bool is_mov(const struct instruction *row)
{
	return strcmp(row->mnemonic, "mov") == 0;
}

/* Two opcodes, 0F 00 and 0F 01, with sixteen instructions. */
static bool is_store(const struct instruction *row)
{
	static const char *const names[] = {"sgdt", "sidt", "sldt", "str", "smsw", "lgdt", "lidt", "lldt", "ltr", "lmsw", "verr", "verw"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(row->mnemonic, names[i]) == 0)
			return true;
	return false;
}

static const struct about abouts[] = {
	{"privileged", is_privileged, is_mov, 24, NULL, CLASS_PRIVILEGED, false, false},
	{"listed", is_listed, has_listed_name, 24, is_other_hole, CLASS_SENSITIVE, false, false},
	{"others", is_other_hole, NULL, 24, is_listed, CLASS_SENSITIVE, false, false},
	{"innocuous", NULL, has_listed_name, 12, NULL, CLASS_INNOCUOUS, false, false},
	{"ways", is_hole, NULL, 0, NULL, -1, true, false},
	{"umip", is_store, NULL, 48, NULL, -1, false, true},
};

static const struct about *find_about(const char *name)
{
	for (unsigned i = 0; name && i < sizeof abouts / sizeof *abouts; i++)
		if (strcmp(abouts[i].name, name) == 0)
			return &abouts[i];
	return NULL;
}

/* ---- bytes ---- */

/* A register field names a register that there is: MOV CS, CR1 or DR4 are none. */
static bool names_register(const struct insn *insn)
{
	const uint8_t *operand = insn->row->operand;
	bool control = operand[0] == OP_Cd || operand[1] == OP_Cd, debug = operand[0] == OP_Dd || operand[1] == OP_Dd;

	if (operand[0] == OP_Sw)
		return insn->reg != CS && insn->reg <= GS;
	if (operand[1] == OP_Sw)
		return insn->reg <= GS;
	if (control)
		return insn->reg == 0 || (insn->reg >= 2 && insn->reg <= 4);
	return !debug || insn->reg <= 3 || insn->reg >= 6;
}

/* Opcode and prefixes as the table has them, whatever else at random: a form that does not decode to the row again is another one's. */
static unsigned random_bytes(struct asking *asking, uint8_t *bytes)
{
	static const uint8_t prefixes[] = {0x2e, 0x3e, 0x64, 0x66};
	struct questions *questions = asking->questions;
	unsigned length = 0;

	if (questions_below(questions, 4) == 0)
		bytes[length++] = prefixes[questions_below(questions, 4)];
	if (asking->row->prefix)
		bytes[length++] = asking->row->prefix;
	if (asking->two_byte)
		bytes[length++] = 0x0f;
	bytes[length++] = asking->opcode;
	if (asking->reg >= 0xc0)
		bytes[length++] = (uint8_t)asking->reg;
	else if (asking->reg >= 0)
		bytes[length++] = (uint8_t)((questions_below(questions, 256) & 0xc7) | (unsigned)asking->reg << 3);
	while (length < INSN_MAX_LENGTH)
		bytes[length++] = (uint8_t)questions_below(questions, 256);
	return length;
}

static bool make_bytes(struct asking *asking, uint8_t *bytes, struct insn *insn)
{
	for (unsigned attempt = 0; attempt < TRIES; attempt++) {
		unsigned size = random_bytes(asking, bytes);

		if (insn_decode(insn, bytes, size, true) > 0 && insn->row == asking->row && names_register(insn))
			return true;
	}
	return false;
}

/* ---- asking ---- */

static void put_why(const struct classify_row *measured, char *text, size_t size)
{
	const struct classify_outcome *outcome = &measured->witness.outcome[measured->witness_run];
	char what[128], example[80], ways[4];

	if (measured->measured == CLASS_INNOCUOUS) {
		snprintf(text, size, "the same as in ring 0 in all of %u trials, or a trap where ring 0 has one", measured->instances);
		return;
	}
	outcome_text(outcome, what, sizeof what);
	instance_text(&measured->witness, example, sizeof example);
	ways_text(measured, ways);
	snprintf(text, size, "[%s] %s%s%s%s, in ring %u%s: %s", ways, example, measured->witness.operands ? " (" : "",
	         measured->witness.operands ? measured->witness.operands : "", measured->witness.operands ? ")" : "",
	         classify_ring(measured->witness_run), measured->witness_run >= RUN_MOVED ? " with a VMM's state" : "", what);
}

static uint8_t measured_ways(const struct classify_row *measured)
{
	return (uint8_t)((measured->control ? LAB_WAY_CONTROL : 0) | (measured->mode ? LAB_WAY_MODE : 0) |
	                 (measured->location ? LAB_WAY_LOCATION : 0));
}

/* Class and ways are right; the matrix counts classes only. */
static void note_answer(struct asking *asking, const struct lab_classify *answer)
{
	const struct classify_row *measured = asking->measured;
	const struct about *about = asking->about;
	enum insn_class right = measured->measured;
	bool wrong = answer->insn_class != right;
	char why[400], said[8] = "...";
	size_t used;

	if (about->only >= 0)
		wrong = (answer->insn_class == about->only) != ((int)right == about->only);
	put_why(measured, why, sizeof why);
	if (about->ways && !wrong && right == CLASS_SENSITIVE && answer->ways != measured_ways(measured)) {
		wrong = true;
		for (unsigned i = 0; i < 3; i++)
			said[i] = answer->ways >> i & 1 ? "CML"[i] : '.';
		used = strlen(why);
		snprintf(why + used, sizeof why - used, " (said [%s])", said);
	}
	questions_note(asking->questions, right, answer->insn_class, wrong, answer->text, asking->told ? NULL : why);
	asking->told |= wrong;
}

/* Would the answer cost points if the table is right? */
static bool disputed(const struct asking *asking, const struct lab_classify *answer)
{
	int only = asking->about->only, table = asking->row->insn_class;

	return only < 0 ? answer->insn_class != table : (answer->insn_class == only) != (table == only);
}

/* What never completes has no class. */
static void take_answer(struct asking *asking, const struct lab_classify *answer, bool chosen)
{
	if (!chosen && !disputed(asking, answer)) {
		questions_note(asking->questions, asking->row->insn_class, answer->insn_class, false, answer->text, NULL);
		return;
	}
	asking->measured = measure(asking);
	if (asking->measured->completes)
		note_answer(asking, answer);
}

static void ask(struct asking *asking, bool chosen)
{
	uint8_t bytes[INSN_MAX_LENGTH + 1];
	struct insn insn;

	asking->told = false;
	for (unsigned i = 0; i < (chosen ? VARIANTS : 1) && !asking->dead && make_bytes(asking, bytes, &insn); i++) {
		struct lab_classify question = question_about(&insn, bytes);

		question.umip = asking->about->umip;
		asking->dead = !lab_ask(asking->questions->lab, HANDLER_classify_classify, &insn, bytes, &question);
		if (!asking->dead)
			take_answer(asking, &question, chosen);
	}
}

/* Others are the same ones in all tests of a seed. */
static bool is_other(const struct asking *asking)
{
	uint64_t value = (asking->questions->judgement->seed.value * ROWS + asking->place) * UINT64_C(0x9e3779b97f4a7c15);

	return asking->about->others && (value >> 32) % asking->about->others == 0;
}

static bool is_chosen(const struct asking *asking)
{
	const struct about *about = asking->about;

	return (about->core && about->core(asking->row)) || is_other(asking) ||
	       (about->kin && about->kin(asking->row) && questions_below(asking->questions, 4) == 0);
}

static void visit(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct asking *asking = owner;
	const struct about *about = asking->about;
	bool chosen;

	asking->place++;
	if (asking->dead || asking->place >= ROWS || (about->never && about->never(row)))
		return;
	asking->row = row;
	asking->two_byte = two_byte;
	asking->opcode = opcode;
	asking->reg = reg;
	chosen = is_chosen(asking);
	if (chosen || (!about->ways && asking->questions->wrong < ENOUGH))
		ask(asking, chosen);
}

bool judge_class(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	const char *name = lab_setting(judgement->test, "about");
	struct questions questions = {.judgement = judgement, .result = result, .names = class_names, .answers = 3};
	struct asking asking = {.questions = &questions, .about = find_about(name)};

	if (!asking.about)
		return refuse(error, error_size, "%s: about = privileged, listed, others, innocuous, ways or umip", judgement->test->name);
	asking.measurements = measurements_of(judgement->memory);
	if (!asking.measurements || !asking.measurements->classify[0] || !asking.measurements->classify[1])
		return refuse(error, error_size, "not enough memory; close other programs");
	questions_open(&questions, HANDLER_classify_classify);
	if (!result->message[0])
		insn_for_each(visit, &asking);
	questions_conclude(&questions);
	questions_close(&questions);
	return true;
}
