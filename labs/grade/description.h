/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/description.h - a lab as its tests.ini has it (docs/labs.md), with the seeds that only the instructor's copy has
 * (solutions/NAME/hidden.ini).
 */
#ifndef RINGSIDE_LABS_GRADE_DESCRIPTION_H
#define RINGSIDE_LABS_GRADE_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAB_TESTS = 48, LAB_SEEDS = 16, LAB_SETTINGS = 8, LAB_PATH = 768 };

/* What a student hands in: up to one file each. */
enum submission_part { PART_PIECE, PART_GUEST, PART_TEXT, SUBMISSION_PARTS };

struct judge;

struct lab_test {
	char name[64], part[16];
	unsigned points;
	const struct judge *judge; /* judges.h */
	char handlers[256]; /* which of the submission's are taken; empty: all */
	char words[256];    /* the guest's command line; {seed} stands for the seed */
	char technique[16];
	unsigned ring;
	char set[256];      /* settings of the machine, "NAME=VALUE" with blanks between */
	struct { char name[24], value[160]; } setting[LAB_SETTINGS]; /* the judge's own */
	unsigned settings;
};

struct lab_seed {
	uint64_t value;
	bool hidden;
};

struct lab_description {
	char folder[LAB_PATH], name[64], title[128];
	char file[SUBMISSION_PARTS][64]; /* what a student hands in; empty: no such part */
	char guest[LAB_PATH];        /* empty: it has none of its own */
	char guest_object[LAB_PATH]; /* with a guest part: all of it but the student's file */
	char header[LAB_PATH]; /* the folder of ringside_lab.h */
	char solution[LAB_PATH]; /* the folder; empty: this copy has none */
	struct lab_test test[LAB_TESTS];
	unsigned tests;
	struct lab_seed seed[LAB_SEEDS];
	unsigned seeds;
	bool by_name; /* each student has a variant of their own (answers_seed); a submission is graded on one seed */
};

/* `where`: a folder, or the name of a lab or its beginning ("02") among `labs/` here or where Ringside is installed. False:
 * `error`. */
bool lab_describe(struct lab_description *lab, const char *where, char *error, size_t error_size);

/* A setting of the judge's own; NULL: the test does not have it. */
const char *lab_setting(const struct lab_test *test, const char *name);

#endif
