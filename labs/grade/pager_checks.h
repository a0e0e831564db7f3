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

/* False: the first thing that is wrong, in *divergence (all but step and cycle), and `why` in one line. */
bool pager_call_is_right(const struct vm *vm, const struct lab_call *call, enum pager_checks checks, struct divergence *divergence,
                         char *why, size_t size);

#endif
