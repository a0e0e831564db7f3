/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_figures.c - robust figures of a few runs: median, quartiles, median absolute deviation; and which
 * runs stand apart (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993; the threshold is hyperfine's).
 */
#include "visualizer/compare/peers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST = 5 }; /* runs, from which on one can stand apart */

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Of sorted values: straight between neighbours. */
static double quantile(const double *values, unsigned count, double share)
{
	double place = share * (count - 1);
	unsigned below = (unsigned)place;

	return below + 1 < count ? values[below] + (place - below) * (values[below + 1] - values[below]) : values[count - 1];
}

static double deviation_from_median(const double *values, unsigned count, double median)
{
	double distance[PEERS_RUNS];

	for (unsigned i = 0; i < count; i++)
		distance[i] = fabs(values[i] - median);
	qsort(distance, count, sizeof(*distance), by_size);
	return quantile(distance, count, 0.5);
}

static bool is_outlier(double value, const struct peers_figure *figure)
{
	return figure->mad > 0 && fabs(0.6745 * (value - figure->median) / figure->mad) > 14.826;
}

struct peers_figure peers_figure(const struct peers_entry *entry)
{
	struct peers_figure figure = { .mean = 0 };
	unsigned count = entry->samples;
	double values[PEERS_RUNS], squares = 0;

	if (count == 0)
		return figure;
	for (unsigned i = 0; i < count; i++) {
		values[i] = entry->sample[i].wall;
		figure.mean += entry->sample[i].wall / count;
		figure.user += entry->sample[i].user / count;
		figure.system += entry->sample[i].system / count;
	}
	for (unsigned i = 0; i < count; i++)
		squares += (values[i] - figure.mean) * (values[i] - figure.mean);
	figure.deviation = count > 1 ? sqrt(squares / (count - 1)) : 0;
	qsort(values, count, sizeof(*values), by_size);
	figure.least = values[0];
	figure.most = values[count - 1];
	figure.median = quantile(values, count, 0.5);
	figure.quarter = quantile(values, count, 0.25);
	figure.three_quarters = quantile(values, count, 0.75);
	figure.mad = deviation_from_median(values, count, figure.median);
	for (unsigned i = 0; i < count; i++)
		figure.outliers += count >= FEWEST && is_outlier(values[i], &figure);
	figure.first_is_slow = figure.outliers && is_outlier(entry->sample[0].wall, &figure) && entry->sample[0].wall > figure.median;
	return figure;
}

bool peers_ratio(const struct peers *peers, const struct peers_entry *entry, double *ratio)
{
	const struct peers_entry *baseline = peers_entry(peers, entry->which_case, (unsigned)peers->baseline);
	double median;

	if (entry->outcome != PEERS_MEASURED || baseline->outcome != PEERS_MEASURED || !entry->samples || !baseline->samples)
		return false;
	median = peers_figure(baseline).median;
	*ratio = median > 0 ? peers_figure(entry).median / median : 0;
	return median > 0;
}
