/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_answers.c - the judge `answers`: a file of answers against what the runs come to. Says which question comes first that
 * is not answered right, and which truth was taken for the other; neither the right answer nor which others are wrong.
 *
 *	kind = next-eip      what is asked (labs/quiz/kinds.c)
 *	count = 4            (1) questions
 *	within = program     (everywhere) only instructions in this symbol of the guest's
 */
#include "labs/grade/answers.h"

#include "core/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned last_of(const struct lab_description *lab)
{
	return answers_first(lab, lab->test + lab->tests) - 1;
}

static void failed(struct test_result *result, unsigned number, const struct question *question, const char *why)
{
	snprintf(result->message, sizeof result->message, "question %u: %s", number, why);
	snprintf(result->detail, sizeof result->detail, "%s", question->text);
}

/* False: this one ends it. */
static bool decide(const struct answers *answers, unsigned number, const struct question *question, struct test_result *result)
{
	char why[96];
	const char *answer = answers_find(answers, number, why, sizeof why);

	if (!answer) {
		failed(result, number, question, why);
		return false;
	}
	if (quiz_right(question, answer))
		return true;
	failed(result, number, question, quiz_why(question, answer));
	return false;
}

bool judge_answers(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	const struct lab_test *test = result->test;
	unsigned first = answers_first(judgement->lab, test), count = answers_count(test);
	struct question *list = calloc(QUIZ_QUESTIONS, sizeof *list);
	struct answers *answers = calloc(1, sizeof *answers);
	bool done = (list && answers) || refuse(error, error_size, "not enough memory; close other programs");

	done = done && answers_questions(judgement->lab, test, judgement->seed.value, list, error, error_size);
	if (done && answers_read(answers, judgement->build->product[PART_TEXT], last_of(judgement->lab), result->message,
	                         sizeof result->message)) {
		for (unsigned i = 0; i < count; i++)
			if (!decide(answers, first + i, &list[i], result))
				break;
		snprintf(result->log, sizeof result->log, "%s", answers->remarks);
	}
	free(list);
	free(answers);
	return done;
}
