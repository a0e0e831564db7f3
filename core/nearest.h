/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/nearest.h - "did you mean": the known name nearest to a mistyped one.
 */
#ifndef RINGSIDE_CORE_NEAREST_H
#define RINGSIDE_CORE_NEAREST_H

#include <stddef.h>

/* How many letters must be put in, left out, changed or swapped with their neighbour to make one of the
 * other (optimal string alignment). Only the first 40 letters count. */
unsigned edit_distance(const char *left, const char *right);

/* Remembers the nearest of many: offer each known name, then ask. */
struct nearest {
	const char *wanted;
	const char *name; /* NULL: nothing near enough as yet */
	unsigned distance;
};
struct nearest nearest_to(const char *wanted);
void nearest_offer(struct nearest *nearest, const char *name);

#endif
