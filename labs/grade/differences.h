/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/differences.h - for judges: in what two virtual CPUs are not the same (compare.c).
 */
#ifndef RINGSIDE_LABS_GRADE_DIFFERENCES_H
#define RINGSIDE_LABS_GRADE_DIFFERENCES_H

#include "cpu/cpu.h"
#include "labs/grade/result.h"

/* True: they are two, and divergence says what it is of which they are. */
bool differs(struct divergence *divergence, const char *what, uint32_t expected, uint32_t got);
bool registers_differ(struct divergence *divergence, const struct cpu_state *expected, const struct cpu_state *got);

#endif
