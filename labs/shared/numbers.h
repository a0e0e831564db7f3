/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/shared/numbers.h - numbers that a lab guest makes from its seed, and the one that it makes of what it has seen: xorshift
 * (Marsaglia, Xorshift RNGs, 2003), and the checksum of Fowler, Noll and Vo (FNV-1a), a word at a time.
 */
#ifndef SHARED_NUMBERS_H
#define SHARED_NUMBERS_H

#include <stdint.h>

#define CHECKSUM_BEGIN 2166136261u

/* Seeds that are near each other shall not begin alike; never 0, which xorshift would not leave. */
static inline uint32_t state_of_seed(uint32_t seed)
{
	return seed * 2654435761u | 1;
}

static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline uint32_t checksum_with(uint32_t checksum, uint32_t value)
{
	return (checksum ^ value) * 16777619u;
}

#endif
