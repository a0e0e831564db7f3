/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/axis.c - ends, ticks and labels of an axis.
 */
#include "visualizer/compare/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WANTED = 5 }; /* ticks, about */

static void add_tick(struct axis *axis, double value)
{
	if (axis->ticks < AXIS_TICKS)
		axis->tick[axis->ticks++] = value;
}

/* 1, 2 or 5 times a power of ten, the least that is not below. */
static double nice_above(double value)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double power = pow(10, floor(log10(value) + 1e-9));
	unsigned i = 0;

	while (i < 3 && steps[i] * power < value * (1 - 1e-9))
		i++;
	return steps[i] * power;
}

static void make_straight(struct axis *axis)
{
	double step = nice_above((axis->high - axis->low) / WANTED);
	double first = floor(axis->low / step + 1e-9), last = ceil(axis->high / step - 1e-9);

	axis->low = first * step;
	axis->high = last * step;
	for (double i = first; i <= last; i++)
		add_tick(axis, i * step);
}

/* Tenfolds alone where there are many. */
static void make_logarithmic(struct axis *axis)
{
	static const double steps[] = { 1, 2, 5 };
	double bottom = floor(log10(axis->low) + 1e-9), top = ceil(log10(axis->high) - 1e-9);
	unsigned each = top - bottom > 3 ? 1 : 3;

	for (double decade = bottom; decade <= top; decade++)
		for (unsigned i = 0; i < each; i++) {
			double value = steps[i] * pow(10, decade);

			if (value >= axis->low * (1 - 1e-9) && value <= axis->high * (1 + 1e-9))
				add_tick(axis, value);
		}
}

struct axis axis_for(double least, double most, double anchor)
{
	struct axis axis = { .low = fmin(least, anchor), .high = fmax(most, anchor) };

	axis.logarithmic = least > 0 && most >= 20 * least;
	if (axis.logarithmic) {
		axis.low = anchor > 0 ? axis.low : least;
		make_logarithmic(&axis);
		return axis;
	}
	if (axis.high - axis.low < 1e-9 * fabs(axis.high) || axis.high <= axis.low)
		axis.high = axis.low + (axis.low != 0 ? fabs(axis.low) / 10 : 1);
	make_straight(&axis);
	return axis;
}

double axis_place(const struct axis *axis, double value)
{
	if (axis->logarithmic)
		return log(value / axis->low) / log(axis->high / axis->low);
	return (value - axis->low) / (axis->high - axis->low);
}

const char *axis_label(double value, char *text, size_t size)
{
	static const struct {
		double from;
		const char *unit;
	} units[] = { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 0, "" } };
	unsigned i = 0;

	while (fabs(value) < units[i].from * (1 - 1e-9))
		i++;
	snprintf(text, size, "%.3g%s", units[i].from > 0 ? value / units[i].from : value, units[i].unit);
	return text;
}
