/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/result.h - what comes of grading: one model, from which every form is written (text.c, forms.c). Filled by the grader
 * alone, from what it has seen of two machines; nothing that a submission prints or returns gets into a score.
 */
#ifndef RINGSIDE_LABS_GRADE_RESULT_H
#define RINGSIDE_LABS_GRADE_RESULT_H

#include "core/output.h"
#include "labs/grade/description.h"

enum { RESULT_LOG = 4096, RESULT_DETAIL = 4096, RESULT_BUILD = 8192 };

/* Where a run first was another than the reference's. */
struct divergence {
	bool is;
	uint64_t step;  /* calls of handlers before it */
	uint64_t cycle; /* model clock when the exit was handled */
	uint32_t eip;
	char handler[24], instruction[80];
	char what[32], expected[80], got[80];
};

enum outcome { OUTCOME_NOT_RUN, OUTCOME_PASSED, OUTCOME_FAILED };

struct test_result {
	const struct lab_test *test;
	enum outcome outcome;
	unsigned score;
	uint64_t calls; /* of handlers, in all runs */
	/* of the run that failed: */
	struct lab_seed seed;
	char message[640]; /* why, in one line */
	struct divergence divergence;
	char recording[LAB_PATH];
	char detail[RESULT_DETAIL]; /* what else helps: lines that a judge has made, shown below the message */
	char log[RESULT_LOG]; /* what the piece has told, by its public runs */
};

struct grading {
	const struct lab_description *lab;
	char submission[LAB_PATH];
	bool built;
	char build_log[RESULT_BUILD];
	struct test_result test[LAB_TESTS];
	unsigned tests; /* that were chosen, in the lab's order */
	unsigned score, maximum;
};

/* A part's share. False: no such part any more. Parts are counted in the order of their first tests. */
struct part_score {
	const char *name;
	unsigned score, maximum;
};
bool grading_part(const struct grading *grading, unsigned index, struct part_score *part);

/* ---- text.c ---- */

/* `== Test NAME == OK` and what follows it: once its result is there. */
void text_test(struct output *output, const struct test_result *result, bool verbose, bool color);
void text_scores(struct output *output, const struct grading *grading);

/* ---- forms.c ---- */

/* Writes it as "FORM=FILE" or "FILE" says. Forms: json (the model), gradescope, github, junit, tap, csv, autolab; of a file alone by
 * its name: results.json is Gradescope's. False: `error`. */
bool form_write(const struct grading *grading, const char *where, char *error, size_t error_size);
/* Is there such a form? Before anything is run. */
bool form_check(const char *where, char *error, size_t error_size);

#endif
