/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judges.h - how a test of one kind is decided: one row a judge. A judge makes the runs that it needs, compares, and fills a
 * test's result; scores are not its business.
 */
#ifndef RINGSIDE_LABS_GRADE_JUDGES_H
#define RINGSIDE_LABS_GRADE_JUDGES_H

#include "labs/grade/build.h"
#include "labs/grade/result.h"

/* What a judge keeps from one test of a submission to the next: measurements that do not depend on it. */
struct judge_memory {
	void *data; /* NULL: nothing as yet */
	void (*drop)(void *data);
};

/* One test on one seed. */
struct judgement {
	const struct lab_description *lab;
	const struct lab_test *test;
	struct lab_seed seed;
	const struct build *build; /* the submission's parts */
	const char *recording;     /* where a run that fails is recorded; NULL: nowhere */
	struct judge_memory *memory;
};

/* Fills the result's message if the submission fails, with what else is known; and adds to its calls. False: the lab itself cannot be
 * run, `error`. */
typedef bool judge_function(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size);

struct judge {
	const char *name;
	const char *settings; /* of a test, its own: names with blanks between */
	unsigned needs;       /* mask of enum submission_part: without them there is nothing to judge */
	judge_function *decide;
};

/* NULL: there is none of that name. */
const struct judge *judge_find(const char *name);
bool judge_takes(const struct judge *judge, const char *setting);

/* ---- the judges ---- */

judge_function judge_compare; /* compare.c */
judge_function judge_port;    /* judge_port.c */
judge_function judge_attack;  /* judge_attack.c */
judge_function judge_class;   /* judge_class.c: lab 1 */
judge_function judge_outcome; /* judge_outcome.c: lab 1 */
judge_function judge_detector; /* judge_detector.c: lab 1 */
judge_function judge_translator; /* judge_translator.c */
judge_function judge_device;  /* judge_device.c: lab 3 */
judge_function judge_console; /* judge_console.c: lab 3 */
judge_function judge_answers; /* judge_answers.c */
judge_function judge_pager;   /* judge_pager.c */
judge_function judge_assist; /* judge_assist.c */
judge_function judge_workload; /* judge_workload.c */
judge_function judge_cache;   /* judge_cache.c */
judge_function judge_report; /* judge_report.c */

#endif
