/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/compare.h - a run with a submission's piece beside the same run with the VMM's own: the machine is deterministic, so the
 * two must be the same, register by register, after every call of a handler. The first place where they are not is the mistake.
 */
#ifndef RINGSIDE_LABS_GRADE_COMPARE_H
#define RINGSIDE_LABS_GRADE_COMPARE_H

#include "labs/grade/result.h"

struct comparison {
	const struct lab_description *lab;
	const struct lab_test *test;
	struct lab_seed seed;
	const char *piece;     /* the shared object */
	const char *recording; /* where a run that fails is recorded; NULL: nowhere */
};

/* Fills the result's message, divergence, recording and log if the run fails, and adds to its calls. False: the lab itself cannot be
 * run, `error`. */
bool compare_runs(const struct comparison *comparison, struct test_result *result, char *error, size_t error_size);

#endif
