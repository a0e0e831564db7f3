/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/answers.h - a lab of questions (labs/quiz): which they are, a student's file of answers, and whose variant is whose. The
 * tests with `judge = answers` ask, one kind each; their questions are numbered through the lab.
 */
#ifndef RINGSIDE_LABS_GRADE_ANSWERS_H
#define RINGSIDE_LABS_GRADE_ANSWERS_H

#include "core/output.h"
#include "labs/grade/judges.h"
#include "labs/quiz/quiz.h"

enum { ANSWER_LINES = 512 };

/* ---- questions ---- */

/* Does the test ask questions? */
bool answers_asked(const struct lab_test *test);
/* How many, and the number of the first: counted through the lab. */
unsigned answers_count(const struct lab_test *test);
unsigned answers_first(const struct lab_description *lab, const struct lab_test *test);
/* Makes them: room for QUIZ_QUESTIONS. False: the lab itself is wrong, `error`. */
bool answers_questions(const struct lab_description *lab, const struct lab_test *test, uint64_t seed, struct question *list, char *error,
                       size_t error_size);
/* How the guest is started where its questions can be looked up: "--technique trap --ring 3 guest.elf seed=7". */
void answers_command(const struct lab_test *test, uint64_t seed, char *text, size_t size);

/* The variant of the student of this name. Never 0. */
uint64_t answers_seed(const struct lab_description *lab, const char *name);

/* ---- a file of answers: lines `7: 0010300d`, comments behind # ---- */

struct answers {
	struct {
		unsigned number, line;
		char text[QUIZ_ANSWER];
	} answer[ANSWER_LINES];
	unsigned count;
	char remarks[1024]; /* on lines that are none, a line each */
};

/* `last`: the number of the lab's last question. False: it cannot be read, `error`. */
bool answers_read(struct answers *answers, const char *path, unsigned last, char *error, size_t error_size);
/* The answer to question `number`. NULL: there is none, or there are several; `why` says which. */
const char *answers_find(const struct answers *answers, unsigned number, char *why, size_t why_size);

/* Writes the file that has all answers right. False: `error`. */
bool answers_write(const struct lab_description *lab, uint64_t seed, struct output *output, char *error, size_t error_size);

#endif
