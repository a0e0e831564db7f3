/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/figures.c - numbers over the seeds of one case and mode: mean, spread, ratio to the baseline. Whatever
 * order runs were made in, sums go from the first seed to the last, so that not even a rounding differs.
 */
#include "visualizer/compare/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef bool take(const struct result *result, const void *what, double *value);

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static struct figure summarize(double *values, unsigned count)
{
	struct figure figure = { .count = count };
	double sum = 0, squares = 0;

	if (count == 0)
		return figure;
	for (unsigned i = 0; i < count; i++)
		sum += values[i];
	figure.mean = sum / count;
	for (unsigned i = 0; i < count; i++)
		squares += (values[i] - figure.mean) * (values[i] - figure.mean);
	figure.deviation = count > 1 ? sqrt(squares / (count - 1)) : 0;
	qsort(values, count, sizeof(*values), by_size);
	figure.least = values[0];
	figure.most = values[count - 1];
	figure.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
	return figure;
}

static struct figure over_seeds(const struct plan *plan, unsigned which_case, unsigned mode, take *take, const void *what)
{
	double values[PLAN_VALUES];
	unsigned count = 0;

	for (unsigned seed = 0; seed < plan->seed.values; seed++) {
		const struct result *result = plan_run(plan, which_case, mode, seed)->result;

		count += result_measured(result) && take(result, what, &values[count]);
	}
	return summarize(values, count);
}

static bool take_measure(const struct result *result, const void *what, double *value)
{
	enum measure measure = *(const enum measure *)what;

	*value = (double)result->measure[measure];
	return result->has[measure];
}

struct figure figure_of(const struct plan *plan, unsigned which_case, unsigned mode, enum measure measure)
{
	return over_seeds(plan, which_case, mode, take_measure, &measure);
}

static bool take_share(const struct result *result, const void *what, double *value)
{
	enum spending_part part = *(const enum spending_part *)what;
	uint64_t cycles = result->measure[MEASURE_CYCLES];

	*value = cycles ? (double)result->spending.cycles[part] / (double)cycles : 0;
	return true;
}

struct figure figure_share(const struct plan *plan, unsigned which_case, unsigned mode, enum spending_part part)
{
	return over_seeds(plan, which_case, mode, take_share, &part);
}

static bool take_reason(const struct result *result, const void *what, double *value)
{
	const struct result_reason *reason = result_reason(result, what);

	*value = reason ? (double)reason->count : 0;
	return true;
}

struct figure figure_reason(const struct plan *plan, unsigned which_case, unsigned mode, const char *reason)
{
	return over_seeds(plan, which_case, mode, take_reason, reason);
}

bool figure_ratio(const struct plan *plan, unsigned which_case, unsigned mode, double *ratio)
{
	struct figure own = figure_of(plan, which_case, mode, MEASURE_CYCLES);
	struct figure baseline = figure_of(plan, which_case, (unsigned)plan->baseline, MEASURE_CYCLES);

	if (!own.count || !baseline.count || baseline.mean <= 0)
		return false;
	*ratio = own.mean / baseline.mean;
	return true;
}

bool figure_plotted(const struct plan *plan, unsigned which_case, unsigned mode, double *value)
{
	struct figure figure;

	if (plan->plot_ratio)
		return figure_ratio(plan, which_case, mode, value);
	figure = figure_of(plan, which_case, mode, plan->plot);
	*value = figure.mean;
	return figure.count > 0;
}

const char *plotted_text(const struct plan *plan)
{
	return plan->plot_ratio ? "ratio to the baseline" : measure_text(plan->plot);
}

bool figure_there(const struct plan *plan, unsigned which_case, unsigned mode)
{
	return figure_of(plan, which_case, mode, MEASURE_CYCLES).count > 0;
}

bool figure_anywhere(const struct plan *plan, unsigned mode)
{
	for (unsigned i = 0; i < plan->case_count; i++)
		if (figure_there(plan, i, mode))
			return true;
	return false;
}
