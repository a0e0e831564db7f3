/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/build.h - a submission's source made to a shared object, by the grader's own command.
 */
#ifndef RINGSIDE_LABS_GRADE_BUILD_H
#define RINGSIDE_LABS_GRADE_BUILD_H

#include "labs/grade/description.h"

struct build {
	char source[LAB_PATH]; /* of the submission; empty: it is a shared object already */
	char piece[LAB_PATH];  /* the shared object */
	char folder[64];       /* for what is made; removed by build_end; empty: none */
};

/* False: `log` says why, with the compiler's messages. */
bool build_submission(struct build *build, const struct lab_description *lab, const char *submission, char *log, size_t log_size);
void build_end(struct build *build);

#endif
