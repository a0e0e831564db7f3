/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/pager_checks.h - what is looked at behind each call of a shadow pager, for the judge `pager`.
 */
#ifndef RINGSIDE_LABS_GRADE_PAGER_CHECKS_H
#define RINGSIDE_LABS_GRADE_PAGER_CHECKS_H

#include "labs/grade/result.h"
#include "labs/plugin/pager_part.h"

/* How much: each has what is before it. */
enum pager_checks {
	CHECK_FAULTS,  /* which faults are the guest's own, and their error codes */
	CHECK_ENTRIES, /* each entry, what fill has left to the emulation, A and D, the TLB */
};

/* What is remembered from call to call; begins with zeros. */
struct pager_memory {
	bool owed;             /* fill has thrown its root away: the entry that it made is looked at when there is a root again */
	uint32_t linear;
	enum access access;
	bool user;
	uint64_t instructions; /* that the guest had done at the last fill, */
	unsigned in_a_row;     /* and how many fills there have been since */
};

/* False: the first thing that is wrong, in *divergence (all but step and cycle), and `why` in one line. */
bool pager_call_is_right(const struct vm *vm, const struct lab_call *call, enum pager_checks checks, struct pager_memory *memory,
                         struct divergence *divergence, char *why, size_t size);

#endif
