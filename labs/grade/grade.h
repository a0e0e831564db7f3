/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/grade.h - grading: one submission, and a folder of them. Read description.h, result.h, compare.h, build.h before it.
 */
#ifndef RINGSIDE_LABS_GRADE_GRADE_H
#define RINGSIDE_LABS_GRADE_GRADE_H

#include "labs/grade/result.h"

struct grade_options {
	const struct lab_description *lab;
	const char *submission;
	const char *const *filter; /* only tests whose name has one of these in it; ends with NULL; NULL or none: all */
	const char *recordings;    /* the folder for recordings of failures; NULL: none are made */
	/* Called when the submission has been built, or not, and when a test has its result; NULL: nobody waits. */
	void (*built)(void *owner, const struct grading *grading);
	void (*tested)(void *owner, const struct test_result *result);
	void *owner;
};

/* Fills all of *grading, also when the submission does not build. False: the lab itself cannot be run, `error`. */
bool grade_submission(const struct grade_options *options, struct grading *grading, char *error, size_t error_size);

struct roster_options {
	const char *lab, *folder; /* as they are handed on to each grader */
	bool by_name;             /* each is graded on its own seed: of its name, without what is behind a file's dot */
	const char *results;      /* folder for one JSON file a submission, and summary.csv; made if it is not there */
	unsigned jobs;            /* at a time */
	struct output *output;    /* one line each goes there */
};

/* A submission each for what lies in the folder. Those whose results are newer than the submission are not graded again. False:
 * `error`. *lost: submissions below the maximum. */
bool grade_roster(const struct roster_options *options, unsigned *lost, char *error, size_t error_size);

#endif
