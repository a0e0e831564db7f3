/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/hypercall_storm.h - a domain that means harm: hypercalls with arguments that are half right, made of whatever
 * numbers the caller hands out. For the seeded test and for libFuzzer.
 */
#ifndef RINGSIDE_TESTS_TRAP_HYPERCALL_STORM_H
#define RINGSIDE_TESTS_TRAP_HYPERCALL_STORM_H

#include "tests/trap/domain_rig.h"

/* The next number, of which each bit counts. */
typedef uint32_t storm_source(void *owner);

/* One act: a structure written to its memory, a hypercall, an instruction run. False: the domain has ended. */
bool storm_act(struct vm *vm, storm_source *next, void *owner);
/* The VMM's memory that no domain has a reason to change is as it was at the beginning. */
bool storm_vmm_untouched(const struct vm *vm);

#endif
