/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/every_mode.h - for suites about what holds in every mode that a guest can run in, and whoever looks on.
 */
#ifndef RINGSIDE_TESTS_TRAP_EVERY_MODE_H
#define RINGSIDE_TESTS_TRAP_EVERY_MODE_H

#include "core/vm.h"

typedef void test_mode(const struct vm_mode *mode, const char *name);

/* Calls the test with each technique, ring and paging that go together. */
void in_every_mode(test_mode *test);
void in_modes_that(bool (*suit)(const struct vm_mode *mode), test_mode *test);

/* What a run is known by: its events in their order, and how it ended. */
struct told {
	uint64_t stream, digest, clock, instructions;
};

/* Runs a machine to the guest's own end, at `limit` cycles at the latest, in slices of so many cycles (0: in single steps), and frees it. */
struct told told_in_slices(struct vm *vm, uint64_t limit, uint64_t slice);

/* Is a run cut into slices the same as the whole one? Else it is said how it differs. */
void check_told(const struct told *cut, const struct told *whole, const char *mode, uint64_t slice);

#endif
