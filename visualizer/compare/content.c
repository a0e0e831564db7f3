/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/content.c - the tables of a report, the same in every form: one case in full, or all cases in brief.
 * What is said beside them is in prose.c.
 */
#include "visualizer/compare/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

static void count_cell(struct table *table, const struct figure *figure)
{
	char text[40];

	if (!figure->count)
		table_cell(table, "-");
	else
		table_cell(table, "%s", table_number((uint64_t)(figure->mean + 0.5), text, sizeof(text)));
}

static void ratio_cell(struct table *table, const struct plan *plan, unsigned which_case, unsigned mode)
{
	double ratio;

	if (!figure_ratio(plan, which_case, mode, &ratio))
		table_cell(table, "-");
	else
		table_cell(table, ratio < 100 ? "%.3f" : "%.1f", ratio);
}

/* A guest that did not end well is measured, and marked. */
static bool is_marked(const struct plan *plan, unsigned which_case, unsigned mode)
{
	for (unsigned seed = 0; seed < plan->seed.values; seed++)
		if (plan_run(plan, which_case, mode, seed)->result->outcome == OUTCOME_FAILED)
			return true;
	return false;
}

static void add_column(struct table *table, const struct plan *plan, unsigned mode, bool marked)
{
	char name[32], text[36];

	snprintf(text, sizeof(text), "%s%s", plan_mode_text(plan, mode, name, sizeof(name)), marked ? " !" : "");
	table_column(table, text);
}

/* ---- one case ---- */

struct columns {
	unsigned mode[PLAN_MODES], count; /* those with figures */
};

static struct columns columns_of_case(const struct plan *plan, unsigned which_case)
{
	struct columns columns = { .count = 0 };

	for (unsigned mode = 0; mode < plan->modes; mode++)
		if (figure_there(plan, which_case, mode))
			columns.mode[columns.count++] = mode;
	return columns;
}

/* Something other than nothing stands in it. */
static bool measure_matters(const struct plan *plan, unsigned which_case, const struct columns *columns, enum measure measure)
{
	for (unsigned k = 0; k < columns->count; k++)
		if (figure_of(plan, which_case, columns->mode[k], measure).most > 0)
			return true;
	return false;
}

static void add_measure(struct table *table, const struct plan *plan, unsigned which_case, const struct columns *columns,
                        enum measure measure)
{
	if (!measure_matters(plan, which_case, columns, measure))
		return;
	table_row(table, false, measure_text(measure));
	for (unsigned k = 0; k < columns->count; k++) {
		struct figure figure = figure_of(plan, which_case, columns->mode[k], measure);

		count_cell(table, &figure);
	}
}

static void add_ratio(struct table *table, const struct plan *plan, unsigned which_case, const struct columns *columns)
{
	char name[32], label[64];

	snprintf(label, sizeof(label), "ratio to %s", plan_mode_text(plan, (unsigned)plan->baseline, name, sizeof(name)));
	table_row(table, false, label);
	for (unsigned k = 0; k < columns->count; k++)
		ratio_cell(table, plan, which_case, columns->mode[k]);
}

static void add_lookup_rate(struct table *table, const struct plan *plan, unsigned which_case, const struct columns *columns)
{
	if (!measure_matters(plan, which_case, columns, MEASURE_LOOKUP_HITS))
		return;
	table_row(table, false, "lookup cache hit rate");
	for (unsigned k = 0; k < columns->count; k++) {
		double hits = figure_of(plan, which_case, columns->mode[k], MEASURE_LOOKUP_HITS).mean;
		double all = hits + figure_of(plan, which_case, columns->mode[k], MEASURE_LOOKUP_MISSES).mean;

		if (all > 0)
			table_cell(table, "%.1f%%", 100 * hits / all);
		else
			table_cell(table, "-");
	}
}

static bool part_matters(const struct plan *plan, unsigned which_case, const struct columns *columns,
                         enum spending_part part)
{
	for (unsigned k = 0; k < columns->count; k++)
		if (figure_share(plan, which_case, columns->mode[k], part).most > 0)
			return true;
	return false;
}

static void add_parts(struct table *table, const struct plan *plan, unsigned which_case, const struct columns *columns)
{
	table_row(table, true, "where the cycles went");
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++) {
		char label[40];

		if (!part_matters(plan, which_case, columns, part))
			continue;
		snprintf(label, sizeof(label), "%.*s", (int)strcspn(spending_text(part), ":"), spending_text(part));
		table_row(table, false, label);
		for (unsigned k = 0; k < columns->count; k++) {
			double share = figure_share(plan, which_case, columns->mode[k], part).mean;

			if (share > 0)
				table_cell(table, "%.1f%%", 100 * share);
			else
				table_cell(table, "-");
		}
	}
}

/* ---- reasons: each once, dearest first, whichever mode has them ---- */

struct reason_row {
	const char *name;
	bool exit;
	uint64_t cycles;
};

struct reasons {
	struct reason_row row[4 * COUNTERS_MAX];
	unsigned count;
};

static void collect(struct reasons *reasons, const struct result_reason *reason)
{
	unsigned i = 0;

	while (i < reasons->count && strcmp(reasons->row[i].name, reason->name) != 0)
		i++;
	if (i == sizeof(reasons->row) / sizeof(reasons->row[0]))
		return;
	if (i == reasons->count) {
		reasons->row[i].name = reason->name;
		reasons->row[i].exit = false;
		reasons->row[i].cycles = 0;
		reasons->count++;
	}
	reasons->row[i].exit |= reason->exit;
	reasons->row[i].cycles += reason->cycles;
}

static int dearest_first(const void *left, const void *right)
{
	const struct reason_row *a = left, *b = right;

	if (a->exit != b->exit)
		return b->exit - a->exit;
	if (a->cycles != b->cycles)
		return a->cycles < b->cycles ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void collect_case(const struct plan *plan, unsigned which_case, struct reasons *reasons)
{
	reasons->count = 0;
	for (unsigned mode = 0; mode < plan->modes; mode++)
		for (unsigned seed = 0; seed < plan->seed.values; seed++) {
			const struct result *result = plan_run(plan, which_case, mode, seed)->result;

			for (unsigned i = 0; i < result->reasons; i++)
				collect(reasons, &result->reason[i]);
		}
	qsort(reasons->row, reasons->count, sizeof(reasons->row[0]), dearest_first);
}

static void add_reason(struct table *table, const struct plan *plan, unsigned which_case, const struct columns *columns,
                       const char *reason)
{
	table_row(table, false, reason);
	for (unsigned k = 0; k < columns->count; k++) {
		struct figure figure = figure_reason(plan, which_case, columns->mode[k], reason);

		if (figure.most > 0)
			count_cell(table, &figure);
		else
			table_cell(table, "-");
	}
}

static void add_reasons(struct table *table, const struct plan *plan, unsigned which_case, const struct columns *columns)
{
	struct reasons reasons;
	bool other = false;

	collect_case(plan, which_case, &reasons);
	if (reasons.count)
		table_row(table, true, "exits by reason");
	for (unsigned i = 0; i < reasons.count; i++) {
		if (!reasons.row[i].exit && !other)
			table_row(table, true, "other work of the VMM, which is no exit");
		other |= !reasons.row[i].exit;
		add_reason(table, plan, which_case, columns, reasons.row[i].name);
	}
}

void content_case(const struct plan *plan, unsigned which_case, struct table *table)
{
	struct columns columns = columns_of_case(plan, which_case);

	table_begin(table, plan->cases[which_case].name);
	for (unsigned k = 0; k < columns.count; k++)
		add_column(table, plan, columns.mode[k], is_marked(plan, which_case, columns.mode[k]));
	if (!columns.count)
		return;
	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++) {
		if (measure == MEASURE_BUSY && !part_matters(plan, which_case, &columns, SPENDING_IDLE))
			continue; /* all are busy */
		if (measure == MEASURE_LOOKUP_MISSES)
			add_lookup_rate(table, plan, which_case, &columns);
		else
			add_measure(table, plan, which_case, &columns, measure);
		if (measure == MEASURE_CYCLES)
			add_ratio(table, plan, which_case, &columns);
	}
	add_parts(table, plan, which_case, &columns);
	add_reasons(table, plan, which_case, &columns);
}

/* ---- all cases ---- */

static bool marked_anywhere(const struct plan *plan, unsigned mode)
{
	for (unsigned i = 0; i < plan->case_count; i++)
		if (is_marked(plan, i, mode))
			return true;
	return false;
}

void content_overview(const struct plan *plan, bool ratio, struct table *table)
{
	char name[32], corner[64];

	snprintf(corner, sizeof(corner), "ratio to %s", plan_mode_text(plan, (unsigned)plan->baseline, name, sizeof(name)));
	table_begin(table, ratio ? corner : "model cycles");
	for (unsigned mode = 0; mode < plan->modes; mode++)
		if (figure_anywhere(plan, mode))
			add_column(table, plan, mode, marked_anywhere(plan, mode));
	for (unsigned i = 0; i < plan->case_count; i++) {
		table_row(table, false, plan->cases[i].name);
		for (unsigned mode = 0; mode < plan->modes; mode++) {
			struct figure figure = figure_of(plan, i, mode, MEASURE_CYCLES);

			if (!figure_anywhere(plan, mode))
				continue;
			if (ratio)
				ratio_cell(table, plan, i, mode);
			else
				count_cell(table, &figure);
		}
	}
}
