/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plan_less.c - figures less those of a run that does nothing: a kernel's boot costs the same with n=0 and with
 * n=100, and what is left is the workload's. One more value of a parameter is run; then each run loses what that one had, and
 * the value goes. Parts still add up to the clock, for a difference of sums is the sum of differences.
 */
#include "visualizer/compare/plan.h"

#include "core/refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool plan_less_begin(struct plan *plan, char *error, size_t error_size)
{
	const char *equals = strchr(plan->less, '=');
	struct plan_parameter *parameter = NULL;

	plan->less_parameter = -1;
	if (!*plan->less)
		return true;
	for (unsigned i = 0; equals && i < plan->parameters; i++)
		if (strncmp(plan->parameter[i].name, plan->less, (size_t)(equals - plan->less)) == 0 &&
		    !plan->parameter[i].name[equals - plan->less])
			plan->less_parameter = (int)i;
	if (plan->less_parameter < 0)
		return refuse(error, error_size, "less: '%s' names no value of a parameter; write it like n=0, with n among the "
		              "parameters", plan->less);
	parameter = &plan->parameter[plan->less_parameter];
	for (unsigned i = 0; i < parameter->values; i++)
		if (strcmp(parameter->value[i], equals + 1) == 0)
			return refuse(error, error_size, "less: %s would leave nothing of itself; remove this value of %s", plan->less,
			              parameter->name);
	if (parameter->values == PLAN_VALUES || strlen(equals + 1) >= PLAN_NAME || !equals[1])
		return refuse(error, error_size, "less: there is no room for the value of '%s'; leave another one out", plan->less);
	strcpy(parameter->value[parameter->values++], equals + 1);
	return true;
}

static bool subtract(uint64_t *from, uint64_t less)
{
	bool enough = *from >= less;

	*from -= less;
	return enough;
}

static bool subtract_reasons(struct result *from, const struct result *less)
{
	unsigned kept = 0;
	bool enough = true;

	for (unsigned i = 0; i < less->reasons; i++)
		enough &= result_reason(from, less->reason[i].name) != NULL;
	for (unsigned i = 0; i < from->reasons; i++) {
		struct result_reason reason = from->reason[i];
		const struct result_reason *other = result_reason(less, reason.name);

		if (other)
			enough &= subtract(&reason.count, other->count) && subtract(&reason.cycles, other->cycles);
		if (reason.count)
			from->reason[kept++] = reason;
	}
	from->reasons = kept;
	return enough;
}

static bool subtract_all(struct result *from, const struct result *less)
{
	bool enough = subtract_reasons(from, less);

	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++)
		enough &= !from->has[measure] || subtract(&from->measure[measure], less->measure[measure]);
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++)
		enough &= subtract(&from->spending.cycles[part], less->spending.cycles[part]);
	return enough;
}

static void subtract_run(const struct plan *plan, struct result *from, const struct result *less)
{
	if (!result_measured(from))
		return;
	if (less->outcome != OUTCOME_DONE) {
		from->outcome = OUTCOME_CRASHED;
		snprintf(from->message, sizeof(from->message), "there is no figure to take off: with %s, %.80s", plan->less,
		         *less->message ? less->message : "the run failed");
	} else if (!subtract_all(from, less)) {
		from->outcome = OUTCOME_CRASHED;
		snprintf(from->message, sizeof(from->message), "some of its figures are below those with %s, so that nothing can be "
		         "taken off", plan->less);
	}
}

/* From one value of the parameter to the next, in cases. */
static unsigned stride_of(const struct plan *plan)
{
	unsigned stride = 1;

	for (unsigned i = plan->parameters; i-- > (unsigned)plan->less_parameter + 1;)
		stride *= plan->parameter[i].values;
	return stride;
}

/* The last value's cases and runs go; the others keep their order. */
static void remove_cases(struct plan *plan)
{
	unsigned last = plan->parameter[plan->less_parameter].values - 1, cases = 0, runs = 0;
	unsigned each = plan->modes * plan->seed.values;

	for (unsigned i = 0; i < plan->case_count; i++) {
		bool goes = plan->cases[i].value[plan->less_parameter] == last;

		for (unsigned k = 0; k < each; k++) {
			struct plan_run run = plan->runs[i * each + k];

			run.which_case = cases;
			run.number = runs;
			if (goes)
				plan_free_run(&run);
			else
				plan->runs[runs++] = run;
		}
		if (!goes)
			plan->cases[cases++] = plan->cases[i];
	}
	plan->case_count = cases;
	plan->run_count = runs;
	plan->parameter[plan->less_parameter].values--;
}

void plan_less_end(struct plan *plan)
{
	unsigned stride, values;

	if (plan->less_parameter < 0)
		return;
	stride = stride_of(plan);
	values = plan->parameter[plan->less_parameter].values;
	for (unsigned i = 0; i < plan->run_count; i++) {
		const struct plan_run *run = &plan->runs[i];
		unsigned value = plan->cases[run->which_case].value[plan->less_parameter];
		unsigned zero = run->which_case + (values - 1 - value) * stride;

		if (value != values - 1)
			subtract_run(plan, run->result, plan_run(plan, zero, run->mode, run->seed)->result);
	}
	remove_cases(plan);
}
