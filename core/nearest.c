/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/nearest.c - edit distance by the usual table of which three rows are kept (Wagner and Fischer
 * 1974, with Damerau's swap of neighbours).
 */
#include "core/nearest.h"

#include <string.h>

enum { LETTERS = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned edit_distance(const char *left, const char *right)
{
	size_t height = strnlen(left, LETTERS), width = strnlen(right, LETTERS);
	unsigned row[3][LETTERS + 1];

	for (unsigned x = 0; x <= width; x++)
		row[0][x] = x;
	for (size_t y = 1; y <= height; y++) {
		unsigned *now = row[y % 3], *above = row[(y + 2) % 3], *higher = row[(y + 1) % 3];

		now[0] = (unsigned)y;
		for (size_t x = 1; x <= width; x++) {
			now[x] = least(above[x - 1] + (left[y - 1] != right[x - 1]),
			               least(above[x], now[x - 1]) + 1);
			if (y > 1 && x > 1 && left[y - 1] == right[x - 2] && left[y - 2] == right[x - 1])
				now[x] = least(now[x], higher[x - 2] + 1);
		}
	}
	return row[height % 3][width];
}

struct nearest nearest_to(const char *wanted)
{
	/* Near enough: a third of the letters wrong, and never less than one or more than three. */
	unsigned bound = (unsigned)strnlen(wanted, LETTERS) / 3 + 1;

	return (struct nearest){ .wanted = wanted, .distance = least(bound, 3) + 1 };
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	unsigned distance = edit_distance(nearest->wanted, name);

	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->name = name;
	}
}
