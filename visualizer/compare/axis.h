/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/axis.h - an axis: from values to a place between 0 and 1, straight or by logarithms, with ticks at
 * numbers that people like (1, 2, 5 and their tenfolds; Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990).
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_AXIS_H
#define RINGSIDE_VISUALIZER_COMPARE_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum { AXIS_TICKS = 24 };

struct axis {
	double low, high;
	bool logarithmic;
	double tick[AXIS_TICKS];
	unsigned ticks;
};

/* For values from `least` to `most`: logarithmic where they span a factor of 20 or more and none is 0. Both ends lie
 * within, and so does `anchor` (0, say, or a ratio of 1). */
struct axis axis_for(double least, double most, double anchor);
/* 0 at the low end, 1 at the high one. */
double axis_place(const struct axis *axis, double value);
/* "1.5", "20k", "3M": in `text`. */
const char *axis_label(double value, char *text, size_t size);

#endif
