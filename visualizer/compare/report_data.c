/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_data.c - for programs: CSV with a row for each run (RFC 4180), CSV of exits by reason, and JSON
 * in hyperfine's shape, whose seconds are those of model time. docs/compare.md describes both.
 */
#include "visualizer/compare/report.h"

#include "core/json.h"
#include "core/output.h"

#include <inttypes.h>
#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

enum { SCHEMA_VERSION = 1 };

/* ---- CSV ---- */

void csv_field(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")] && *text != ' ' && (!*text || text[strlen(text) - 1] != ' ')) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : (char[]){ *text, '\0' }, out);
	putc('"', out);
}

static void write_identity_head(const struct plan *plan, FILE *out)
{
	fputs("guest", out);
	for (unsigned i = 0; i < plan->parameters; i++) {
		putc(',', out);
		csv_field(out, plan->parameter[i].name);
	}
	fputs(",profile,technique,ring,paging,mode,engine,seed,less", out);
}

static void write_identity(const struct plan *plan, const struct plan_run *run, FILE *out)
{
	const struct plan_case *of = &plan->cases[run->which_case];
	const struct vm_mode *mode = &plan->mode[run->mode];
	char text[32];

	csv_field(out, plan->guest[of->guest].name);
	for (unsigned i = 0; i < plan->parameters; i++) {
		putc(',', out);
		csv_field(out, plan->parameter[i].value[of->value[i]]);
	}
	putc(',', out);
	csv_field(out, plan->profile[of->profile]);
	fprintf(out, ",%s,%.0u,%s,%s,%s,", mode->technique->name, mode->technique->deprivileges ? mode->ring : 0,
	        paging_name(mode->paging), plan_mode_text(plan, run->mode, text, sizeof(text)), engine_name(run->engine));
	csv_field(out, plan->seed.value[run->seed]);
	putc(',', out);
	csv_field(out, plan->less);
}

static void write_figures(const struct plan *plan, const struct plan_run *run, FILE *out)
{
	const struct result *result = run->result;
	bool measured = result_measured(result);
	double ratio;

	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++) {
		putc(',', out);
		if (measured && result->has[measure])
			fprintf(out, "%" PRIu64, result->measure[measure]);
	}
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++) {
		putc(',', out);
		if (measured)
			fprintf(out, "%" PRIu64, result->spending.cycles[part]);
	}
	putc(',', out);
	if (figure_ratio(plan, run->which_case, run->mode, &ratio))
		fprintf(out, "%.6f", ratio);
}

void report_csv(const struct plan *plan, FILE *out)
{
	write_identity_head(plan, out);
	fputs(",outcome,end,exit_code", out);
	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++)
		fprintf(out, ",%s", measure_name(measure));
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++)
		fprintf(out, ",cycles_%s", spending_name(part));
	fputs(",ratio,message,command\r\n", out);
	for (unsigned i = 0; i < plan->run_count; i++) {
		const struct plan_run *run = &plan->runs[i];

		write_identity(plan, run, out);
		fprintf(out, ",%s,%s,", run_outcome_name(run->result->outcome), run->result->end);
		if (strcmp(run->result->end, "exited") == 0)
			fprintf(out, "%u", run->result->exit_code);
		write_figures(plan, run, out);
		putc(',', out);
		csv_field(out, run->result->message);
		putc(',', out);
		csv_field(out, run->command);
		fputs("\r\n", out);
	}
}

void report_reasons(const struct plan *plan, FILE *out)
{
	write_identity_head(plan, out);
	fputs(",reason,exit,count,cycles\r\n", out);
	for (unsigned i = 0; i < plan->run_count; i++) {
		const struct plan_run *run = &plan->runs[i];

		for (unsigned k = 0; k < run->result->reasons; k++) {
			const struct result_reason *reason = &run->result->reason[k];

			write_identity(plan, run, out);
			putc(',', out);
			csv_field(out, reason->name);
			fprintf(out, ",%s,%" PRIu64 ",%" PRIu64 "\r\n", reason->exit ? "yes" : "no", reason->count, reason->cycles);
		}
	}
}

/* ---- JSON ---- */

static double seconds(const struct result *result, double cycles)
{
	return result->frequency ? cycles / (double)result->frequency : 0;
}

static void put_times(struct json *json, const struct plan *plan, const struct plan_run *first)
{
	struct figure figure = figure_of(plan, first->which_case, first->mode, MEASURE_CYCLES);
	const struct result *any = first->result;

	for (unsigned seed = 0; seed < plan->seed.values; seed++)
		any = result_measured(first[seed].result) ? first[seed].result : any;
	if (figure.count) {
		json_put_decimal(json, "mean", seconds(any, figure.mean), 12);
		json_put_decimal(json, "stddev", seconds(any, figure.deviation), 12);
		json_put_decimal(json, "median", seconds(any, figure.median), 12);
		json_put_decimal(json, "min", seconds(any, figure.least), 12);
		json_put_decimal(json, "max", seconds(any, figure.most), 12);
	}
	json_open_array(json, "times");
	for (unsigned seed = 0; seed < plan->seed.values; seed++)
		if (result_measured(first[seed].result))
			json_put_decimal(json, NULL, seconds(any, (double)first[seed].result->measure[MEASURE_CYCLES]), 12);
	json_close_array(json);
	json_open_array(json, "exit_codes");
	for (unsigned seed = 0; seed < plan->seed.values; seed++)
		if (result_measured(first[seed].result))
			json_put_number(json, NULL, first[seed].result->exit_code);
	json_close_array(json);
}

static void put_parameters(struct json *json, const struct plan *plan, const struct plan_run *run)
{
	const struct plan_case *of = &plan->cases[run->which_case];
	char mode[32];

	json_open_object(json, "parameters");
	json_put_string(json, "guest", plan->guest[of->guest].name);
	json_put_string(json, "profile", plan->profile[of->profile]);
	json_put_string(json, "mode", plan_mode_text(plan, run->mode, mode, sizeof(mode)));
	for (unsigned i = 0; i < plan->parameters; i++)
		json_put_string(json, plan->parameter[i].name, plan->parameter[i].value[of->value[i]]);
	json_close_object(json);
}

static void put_reasons(struct json *json, const struct result *result)
{
	json_open_array(json, "reasons");
	for (unsigned i = 0; i < result->reasons; i++) {
		json_open_object(json, NULL);
		json_put_string(json, "reason", result->reason[i].name);
		json_put_boolean(json, "exit", result->reason[i].exit);
		json_put_number(json, "count", result->reason[i].count);
		json_put_number(json, "cycles", result->reason[i].cycles);
		json_close_object(json);
	}
	json_close_array(json);
}

static void put_run(struct json *json, const struct plan *plan, const struct plan_run *run)
{
	const struct result *result = run->result;

	json_open_object(json, NULL);
	json_put_string(json, "command", run->command);
	if (*plan->seed.value[run->seed])
		json_put_string(json, "seed", plan->seed.value[run->seed]);
	json_put_string(json, "outcome", run_outcome_name(result->outcome));
	if (*result->message)
		json_put_string(json, "message", result->message);
	if (result_measured(result)) {
		json_put_string(json, "end", result->end);
		for (enum measure measure = 0; measure < MEASURE_COUNT; measure++)
			if (result->has[measure])
				json_put_number(json, measure_name(measure), result->measure[measure]);
		json_open_object(json, "parts");
		for (enum spending_part part = 0; part < SPENDING_COUNT; part++)
			json_put_number(json, spending_name(part), result->spending.cycles[part]);
		json_close_object(json);
		put_reasons(json, result);
	}
	json_close_object(json);
}

static void put_result(struct json *json, const struct plan *plan, const struct plan_run *first)
{
	double ratio;

	json_open_object(json, NULL);
	json_put_string(json, "command", first->command);
	put_times(json, plan, first);
	put_parameters(json, plan, first);
	json_put_string(json, "engine", engine_name(first->engine));
	if (figure_ratio(plan, first->which_case, first->mode, &ratio))
		json_put_decimal(json, "ratio", ratio, 6);
	json_open_array(json, "runs");
	for (unsigned seed = 0; seed < plan->seed.values; seed++)
		put_run(json, plan, &first[seed]);
	json_close_array(json);
	json_close_object(json);
}

bool report_json(const struct plan *plan, FILE *out)
{
	struct output *output = output_into(out);
	struct json json;
	char mode[32], error[256];

	if (!output)
		return false;
	json = json_on(output);
	json_open_object(&json, NULL);
	json_put_string(&json, "schema", "ringside-compare");
	json_put_number(&json, "version", SCHEMA_VERSION);
	json_put_string(&json, "ringside", RINGSIDE_VERSION);
	json_put_string(&json, "title", plan->title);
	json_put_string(&json, "baseline", plan_mode_text(plan, (unsigned)plan->baseline, mode, sizeof(mode)));
	if (*plan->less)
		json_put_string(&json, "less", plan->less);
	json_open_array(&json, "results");
	for (unsigned i = 0; i < plan->run_count; i += plan->seed.values) {
		output_text(output, "\n"); /* a line each, for diff */
		put_result(&json, plan, &plan->runs[i]);
	}
	json_close_array(&json);
	json_close_object(&json);
	json_end_line(&json);
	return output_close(output, error, sizeof(error));
}
