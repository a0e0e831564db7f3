/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_run.c - from published rows to figures of ours: a plan of two cases for each cell, the
 * second with n=0, which is taken off; all their runs at once, each command once; then cycles (or references) for one operation.
 */
#include "visualizer/compare/reproduce.h"
#include "visualizer/compare/runner.h"

#include "core/profile.h"
#include "visualizer/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct reproduce_column *column_of(const struct reproduced *cell)
{
	return &cell->section->column[cell->column];
}

static const char *profile_of(const struct reproduced *cell)
{
	return cell->row->profile ? cell->row->profile : column_of(cell)->profile;
}

/* ---- plans ---- */

/* "name=value name=value" */
static bool add_settings(struct plan *plan, const char *settings, char *error, size_t error_size)
{
	char text[CONFIG_TEXT], *rest = text;

	snprintf(text, sizeof(text), "%s", settings ? settings : "");
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!plan_add_setting(plan, word, value ? value : "yes", error, error_size))
			return false;
	}
	return true;
}

static bool fill_plan(struct plan *plan, const struct reproduced *cell, const char *words, char *error, size_t error_size)
{
	const struct reproduce_column *column = column_of(cell);
	char count[16];

	snprintf(count, sizeof(count), "%u,0", cell->row->count);
	if (!plan_add_guest(plan, cell->row->name, column->file ? column->file : cell->section->file, error, error_size) ||
	    !plan_add_modes(plan, column->mode, error, error_size) ||
	    !plan_add_profiles(plan, profile_of(cell), error, error_size) ||
	    !plan_add_parameter(plan, "n", count, error, error_size) ||
	    !add_settings(plan, column->settings, error, error_size))
		return false;
	snprintf(plan->guest[0].words, sizeof(plan->guest[0].words), "%s%s%s n={n}", cell->section->words,
	         *cell->section->words ? " " : "", words);
	return plan_make(plan, error, error_size);
}

/* NULL: after a message. The data is ours: what is wrong with it is wrong in every run. */
static struct plan *make_plan(const struct reproduced *cell, const char *words)
{
	struct plan *plan = malloc(sizeof(*plan));
	char error[512] = "not enough memory for the runs; close other programs";

	if (plan) {
		plan_begin(plan);
		if (fill_plan(plan, cell, words, error, sizeof(error)))
			return plan;
		plan_free(plan);
		free(plan);
	}
	message("%s: %s", cell->row->name, error);
	return NULL;
}

static bool make_plans(struct reproduced *cell)
{
	if (cell->section->measure == REPRODUCE_PRICES)
		return true;
	cell->runs = make_plan(cell, cell->row->words);
	if (cell->row->without)
		cell->without = make_plan(cell, cell->row->without);
	return cell->runs && (cell->without || !cell->row->without);
}

/* ---- cells: those that the paper has a figure for, and what that is relative to ---- */

static unsigned add_cells(struct reproduction *reproduction, const struct reproduce_section *section)
{
	unsigned count = 0;

	for (unsigned row = 0; row < section->rows; row++)
		for (unsigned column = 0; column < REPRODUCE_COLUMNS; column++) {
			if (section->row[row].published[column].figure <= 0)
				continue;
			if (reproduction->cell)
				reproduction->cell[reproduction->cells + count] =
					(struct reproduced){ .section = section, .row = &section->row[row], .column = column };
			count++;
		}
	return count;
}

static bool make_cells(struct reproduction *reproduction)
{
	const struct reproduce_paper *paper = reproduction->paper;
	unsigned count = 0;

	for (unsigned i = 0; i < paper->sections; i++)
		count += add_cells(reproduction, &paper->section[i]);
	reproduction->cell = calloc(count, sizeof(*reproduction->cell));
	if (!reproduction->cell) {
		message("not enough memory for the figures; close other programs");
		return false;
	}
	for (unsigned i = 0; i < paper->sections; i++)
		reproduction->cells += add_cells(reproduction, &paper->section[i]);
	return true;
}

/* ---- all runs as one plan, each command once ---- */

static struct plan_run *find_command(struct plan *all, const char *command)
{
	for (unsigned i = 0; i < all->run_count; i++)
		if (strcmp(all->runs[i].command, command) == 0)
			return &all->runs[i];
	return NULL;
}

static void join_runs(struct plan *all, const struct plan *plan)
{
	for (unsigned i = 0; plan && i < plan->run_count; i++)
		if (!find_command(all, plan->runs[i].command)) {
			all->runs[all->run_count] = plan->runs[i]; /* the result stays the plan's */
			all->runs[all->run_count].number = all->run_count;
			all->run_count++;
		}
}

/* What was run for another cell was run for this one. */
static void share_results(struct plan *all, struct plan *plan)
{
	for (unsigned i = 0; plan && i < plan->run_count; i++)
		*plan->runs[i].result = *find_command(all, plan->runs[i].command)->result;
}

static unsigned count_runs(const struct reproduction *reproduction)
{
	unsigned count = 0;

	for (unsigned i = 0; i < reproduction->cells; i++) {
		const struct reproduced *cell = &reproduction->cell[i];

		count += (cell->runs ? cell->runs->run_count : 0) + (cell->without ? cell->without->run_count : 0);
	}
	return count;
}

static enum reproduce_end run_all(struct reproduction *reproduction, struct plan *all, const struct runner_options *options,
                                  int *caught)
{
	for (unsigned i = 0; i < reproduction->cells; i++) {
		join_runs(all, reproduction->cell[i].runs);
		join_runs(all, reproduction->cell[i].without);
	}
	switch (runner_run(all, options, caught)) {
	case RUNNER_DONE:
		break;
	case RUNNER_INTERRUPTED:
		return REPRODUCE_INTERRUPTED;
	default:
		return REPRODUCE_FAILED;
	}
	for (unsigned i = 0; i < reproduction->cells; i++) {
		share_results(all, reproduction->cell[i].runs);
		share_results(all, reproduction->cell[i].without);
	}
	return REPRODUCE_DONE;
}

static enum reproduce_end run_plans(struct reproduction *reproduction, const struct runner_options *options, int *caught)
{
	struct plan *all = malloc(sizeof(*all));
	enum reproduce_end end = REPRODUCE_FAILED;

	if (all) {
		plan_begin(all);
		all->runs = calloc(count_runs(reproduction) + 1, sizeof(*all->runs));
	}
	if (all && all->runs)
		end = run_all(reproduction, all, options, caught);
	else
		message("not enough memory for the runs; close other programs");
	if (all)
		free(all->runs);
	free(all);
	return end;
}

/* ---- figures ---- */

/* The run's own, beyond what it has with n=0. NaN: there is none; `message` says why. */
static double beyond_boot(struct reproduced *cell, const struct plan *plan, enum measure measure)
{
	for (unsigned i = 0; i < plan->run_count; i++) {
		const struct result *result = plan->runs[i].result;

		if (result->outcome == OUTCOME_DONE)
			continue;
		snprintf(cell->message, sizeof(cell->message), "%s", *result->message ? result->message : "the run failed");
		return NAN;
	}
	return (double)plan->runs[0].result->measure[measure] - (double)plan->runs[1].result->measure[measure];
}

static void take_run(struct reproduced *cell)
{
	double operations = (double)cell->row->count * (cell->row->each ? cell->row->each : 1);

	cell->cycles = beyond_boot(cell, cell->runs, MEASURE_CYCLES) / operations;
	if (cell->without)
		cell->cycles -= beyond_boot(cell, cell->without, MEASURE_CYCLES) / operations;
	cell->ours = cell->cycles;
	if (cell->section->measure == REPRODUCE_WALK)
		cell->ours = beyond_boot(cell, cell->runs, MEASURE_WALK_REFERENCES) / beyond_boot(cell, cell->runs, MEASURE_TLB_MISSES);
	cell->measured = isfinite(cell->ours);
}

static bool add_price(const struct cost_profile *profile, const char *name, double *sum)
{
	for (unsigned cost = 0; cost < COST_COUNT; cost++)
		if (strcmp(cost_name(cost), name) == 0) {
			*sum += profile->cycles[cost];
			return true;
		}
	return false;
}

static void take_prices(struct reproduced *cell)
{
	struct cost_profile profile;
	char text[128], *rest = text;

	if (!profile_load(&profile, profile_of(cell), cell->message, sizeof(cell->message)))
		return;
	snprintf(text, sizeof(text), "%s", cell->row->words);
	cell->measured = true;
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
		cell->measured &= add_price(&profile, word, &cell->ours);
}

/* Relative figures are those of the row's first cell, which competes with nobody. */
static void compare_cell(struct reproduced *cell, const struct reproduced *first)
{
	bool relative = cell->section->measure == REPRODUCE_RATIO;

	cell->published = cell->row->published[cell->column].figure;
	if (relative) {
		cell->published /= first->row->published[first->column].figure;
		cell->measured &= first->measured && first->cycles > 0;
		cell->ours = cell->measured ? cell->cycles / first->cycles : 0;
	}
	cell->compared = cell->measured && !(relative && cell == first);
	cell->ratio = cell->measured ? cell->ours / cell->published : 0;
	cell->within = fabs(cell->ratio - 1) <= REPRODUCE_TOLERANCE + 1e-9;
}

static void take_figures(struct reproduction *reproduction)
{
	const struct reproduced *first = NULL;

	for (unsigned i = 0; i < reproduction->cells; i++) {
		struct reproduced *cell = &reproduction->cell[i];

		if (cell->section->measure == REPRODUCE_PRICES)
			take_prices(cell);
		else
			take_run(cell);
		if (!first || first->row != cell->row)
			first = cell;
		compare_cell(cell, first);
	}
}

enum reproduce_end reproduce_run(struct reproduction *reproduction, const struct runner_options *options, int *caught)
{
	enum reproduce_end end;

	if (!make_cells(reproduction))
		return REPRODUCE_FAILED;
	for (unsigned i = 0; i < reproduction->cells; i++)
		if (!make_plans(&reproduction->cell[i]))
			return REPRODUCE_FAILED;
	end = count_runs(reproduction) ? run_plans(reproduction, options, caught) : REPRODUCE_DONE;
	if (end == REPRODUCE_DONE)
		take_figures(reproduction);
	return end;
}

static void free_plan(struct plan *plan)
{
	if (plan)
		plan_free(plan);
	free(plan);
}

void reproduce_free(struct reproduction *reproduction)
{
	for (unsigned i = 0; i < reproduction->cells; i++) {
		free_plan(reproduction->cell[i].runs);
		free_plan(reproduction->cell[i].without);
	}
	free(reproduction->cell);
	reproduction->cell = NULL;
	reproduction->cells = 0;
}
