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

enum { LAB_TESTS = 48, LAB_SEEDS = 16, LAB_PARTS = 8, LAB_PATH = 768 };

struct lab_test {
	char name[64], part[16];
	unsigned points;
	char handlers[256]; /* which of the submission's are taken; empty: all */
	char words[256];    /* the guest's command line; {seed} stands for the seed */
	char technique[16];
	unsigned ring;
};

struct lab_seed {
	uint64_t value;
	bool hidden;
};

struct lab_description {
	char folder[LAB_PATH], name[64], title[128];
	char file[64];        /* what a student hands in */
	char guest[LAB_PATH];
	char header[LAB_PATH]; /* the folder of ringside_lab.h */
	char solution[LAB_PATH]; /* empty: this copy has none */
	struct lab_test test[LAB_TESTS];
	unsigned tests;
	struct lab_seed seed[LAB_SEEDS];
	unsigned seeds;
};

/* `where`: a folder, or the name of a lab or its beginning ("02") among `labs/` here or where Ringside is installed. False:
 * `error`. */
bool lab_describe(struct lab_description *lab, const char *where, char *error, size_t error_size);

#endif
