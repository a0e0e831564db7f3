/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/questions.h - for the judges `class` and `outcome` of lab 1: a piece that is asked about instructions, the answers counted
 * in a confusion matrix.
 */
#ifndef RINGSIDE_LABS_GRADE_QUESTIONS_H
#define RINGSIDE_LABS_GRADE_QUESTIONS_H

#include "cpu/insn.h"
#include "labs/grade/judges.h"
#include "labs/plugin/lab.h"
#include "trap/classify.h"

enum { ANSWERS = 4, CONFUSED_SHOWN = 4 };

struct questions {
	const struct judgement *judgement;
	struct test_result *result;
	struct lab *lab;           /* the piece */
	uint64_t random;
	const char *const *names; /* of the answers that there are */
	unsigned answers;
	unsigned count[ANSWERS][ANSWERS + 1]; /* by the right answer, then the piece's; the last column: none of them */
	unsigned asked, wrong, shown;
};

/* Opens the piece. Where it cannot be asked the result has the message. questions_close in any case. */
void questions_open(struct questions *questions, enum handler handler);
void questions_close(struct questions *questions);

/* A number below `bound`: the same ones for the same seed. */
unsigned questions_below(struct questions *questions, unsigned bound);

/* The instruction as a question: its text and what decoding says. */
struct lab_classify question_about(const struct insn *insn, const uint8_t *bytes);

/* Counts an answer. `wrong`: it costs the points, and is shown with `why`, what is right in words, if that is not NULL. */
void questions_note(struct questions *questions, unsigned right, unsigned given, bool wrong, const char *text, const char *why);
/* The piece has crashed, ...; or wrong answers: the result's message and detail. */
void questions_conclude(struct questions *questions);

#endif
