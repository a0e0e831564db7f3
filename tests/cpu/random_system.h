/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/random_system.h - random system code over damaged tables, in any mode, ring and paging, for tests that
 * run the same guest in two ways.
 */
#ifndef RINGSIDE_TESTS_CPU_RANDOM_SYSTEM_H
#define RINGSIDE_TESTS_CPU_RANDOM_SYSTEM_H

#include "tests/cpu/system.h"
#include "tests/harness.h"

struct generator {
	uint64_t state;
};

static inline uint32_t pick(struct generator *generator, uint32_t below)
{
	return (uint32_t)(harness_random(&generator->state) % below);
}

static inline uint32_t any(struct generator *generator)
{
	return (uint32_t)harness_random(&generator->state);
}

/* The same seed gives the same machine. A third of them is `monitored`. */
struct machine *random_system(uint64_t seed, bool exact);

#endif
