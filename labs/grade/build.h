/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/build.h - a submission's parts made to what a machine takes, by the grader's own commands: a piece to a shared object, a
 * part of the guest to the guest. A text stays what it is.
 */
#ifndef RINGSIDE_LABS_GRADE_BUILD_H
#define RINGSIDE_LABS_GRADE_BUILD_H

#include "labs/grade/description.h"

struct build {
	char source[SUBMISSION_PARTS][LAB_PATH];  /* whole names of what was handed in */
	char product[SUBMISSION_PARTS][LAB_PATH]; /* shared object, guest, text; empty: the lab does not have it, or it does not build */
	unsigned broken;                          /* mask of the parts that do not build */
	char folder[64];                          /* for what is made; removed by build_end; empty: none */
};

/* `submission`: a folder with the lab's files in it, or the file of a lab that has one part. False: a part of it does not build; `log`
 * says why, with the compiler's messages. The others can be used. */
bool build_submission(struct build *build, const struct lab_description *lab, const char *submission, char *log, size_t log_size);
void build_end(struct build *build);
/* A folder of the grader's own, with all that is in it. */
void remove_folder(const char *path);

#endif
