/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_data.c - wall times for programs, as hyperfine writes them, so that what reads its files reads
 * these: CSV with its columns first, JSON with its members. docs/compare.md describes both.
 */
#include "visualizer/compare/peers.h"

#include "core/json.h"
#include "core/output.h"

#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

enum { SCHEMA_VERSION = 1 };

static const char *outcome_name(const struct peers_entry *entry)
{
	static const char *const names[] = { "measured", "left out", "failed" };

	return names[entry->outcome];
}

static const char *mode_of(const struct peers_entry *entry)
{
	return entry->engine == ENGINE_MODEL ? entry->name : "";
}

/* ---- CSV ---- */

static void write_head(const struct plan *plan, FILE *out)
{
	fputs("command,mean,stddev,median,user,system,min,max,parameter_guest,parameter_engine,parameter_mode", out);
	for (unsigned i = 0; i < plan->parameters; i++) {
		char name[PLAN_NAME + 16];

		putc(',', out);
		snprintf(name, sizeof(name), "parameter_%s", plan->parameter[i].name);
		csv_field(out, name);
	}
	fputs(",runs,mad,quarter,three_quarters,outliers,ratio,outcome,message\r\n", out);
}

static void write_figures(const struct peers *peers, const struct peers_entry *entry, const struct peers_figure *figure, FILE *out)
{
	double ratio;

	if (!peers_measured(entry)) {
		fputs(",0,,,,,,", out);
		return;
	}
	fprintf(out, ",%u,%.9f,%.9f,%.9f,%u,", entry->samples, figure->mad, figure->quarter, figure->three_quarters,
	        figure->outliers);
	if (peers_ratio(peers, entry, &ratio))
		fprintf(out, "%.6f", ratio);
	putc(',', out);
}

static void write_row(const struct peers *peers, const struct peers_entry *entry, FILE *out)
{
	const struct plan *plan = peers->plan;
	const struct plan_case *of = &plan->cases[entry->which_case];
	struct peers_figure figure = peers_figure(entry);

	csv_field(out, entry->command ? entry->command : "");
	if (peers_measured(entry))
		fprintf(out, ",%.9f,%.9f,%.9f,%.9f,%.9f,%.9f,%.9f,", figure.mean, figure.deviation, figure.median, figure.user,
		        figure.system, figure.least, figure.most);
	else
		fputs(",,,,,,,,", out);
	csv_field(out, plan->guest[of->guest].name);
	fprintf(out, ",%s,%s", engine_name(entry->engine), mode_of(entry));
	for (unsigned i = 0; i < plan->parameters; i++) {
		putc(',', out);
		csv_field(out, plan->parameter[i].value[of->value[i]]);
	}
	write_figures(peers, entry, &figure, out);
	fprintf(out, "%s,", outcome_name(entry));
	csv_field(out, entry->message);
	fputs("\r\n", out);
}

void peers_csv(const struct peers *peers, FILE *out)
{
	write_head(peers->plan, out);
	for (unsigned i = 0; i < peers->entries; i++)
		write_row(peers, &peers->entry[i], out);
}

/* ---- JSON ---- */

static void put_parameters(struct json *json, const struct plan *plan, const struct peers_entry *entry)
{
	const struct plan_case *of = &plan->cases[entry->which_case];

	json_open_object(json, "parameters");
	json_put_string(json, "guest", plan->guest[of->guest].name);
	json_put_string(json, "engine", engine_name(entry->engine));
	json_put_string(json, "mode", mode_of(entry));
	for (unsigned i = 0; i < plan->parameters; i++)
		json_put_string(json, plan->parameter[i].name, plan->parameter[i].value[of->value[i]]);
	json_close_object(json);
}

static void put_figures(struct json *json, const struct peers *peers, const struct peers_entry *entry)
{
	struct peers_figure figure = peers_figure(entry);
	const struct {
		const char *name;
		double value;
	} values[] = {
		{ "mean", figure.mean }, { "stddev", figure.deviation }, { "median", figure.median }, { "user", figure.user },
		{ "system", figure.system }, { "min", figure.least }, { "max", figure.most }, { "mad", figure.mad },
		{ "quarter", figure.quarter }, { "three_quarters", figure.three_quarters },
	};
	double ratio;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		json_put_decimal(json, values[i].name, values[i].value, 9);
	json_put_number(json, "outliers", figure.outliers);
	if (peers_ratio(peers, entry, &ratio))
		json_put_decimal(json, "ratio", ratio, 6);
}

static void put_samples(struct json *json, const struct peers_entry *entry)
{
	json_open_array(json, "times");
	for (unsigned i = 0; i < entry->samples; i++)
		json_put_decimal(json, NULL, entry->sample[i].wall, 9);
	json_close_array(json);
	json_open_array(json, "exit_codes");
	for (unsigned i = 0; i < entry->samples; i++) {
		if (entry->ends)
			json_put_number(json, NULL, (uint64_t)(unsigned)entry->sample[i].status);
		else
			json_put_string(json, NULL, NULL); /* it was ended */
	}
	json_close_array(json);
}

static void put_entry(struct json *json, const struct peers *peers, const struct peers_entry *entry)
{
	json_open_object(json, NULL);
	json_put_string(json, "command", entry->command ? entry->command : "");
	put_figures(json, peers, entry);
	put_samples(json, entry);
	put_parameters(json, peers->plan, entry);
	json_close_object(json);
}

/* hyperfine has nothing like it: they would be results without times. */
static void put_others(struct json *json, const struct peers *peers)
{
	json_open_array(json, "without_times");
	for (unsigned i = 0; i < peers->entries; i++) {
		const struct peers_entry *entry = &peers->entry[i];

		if (peers_measured(entry))
			continue;
		json_open_object(json, NULL);
		put_parameters(json, peers->plan, entry);
		json_put_string(json, "outcome", outcome_name(entry));
		json_put_string(json, "message", entry->message);
		json_close_object(json);
	}
	json_close_array(json);
}

static void put_machine(struct json *json, const struct peers *peers)
{
	const struct peers_machine *machine = &peers->machine;

	json_open_object(json, "machine");
	json_put_string(json, "processor", machine->processor);
	json_put_number(json, "processors", machine->processors);
	json_put_boolean(json, "virtual", machine->virtual);
	json_put_string(json, "system", machine->system);
	json_put_decimal(json, "load", machine->load, 2);
	json_put_string(json, "date", machine->date);
	json_close_object(json);
	json_open_object(json, "versions");
	for (enum plan_engine engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++)
		if (*peers->version[engine])
			json_put_string(json, engine_name(engine), peers->version[engine]);
	json_close_object(json);
}

static void put_options(struct json *json, const struct peers_options *options)
{
	json_put_number(json, "warmup", options->warmup);
	json_put_number(json, "shuffle", options->shuffle);
	if (options->since)
		json_put_string(json, "since", options->since);
	if (options->until)
		json_put_string(json, "until", options->until);
	if (options->lines)
		json_put_string(json, "lines", options->lines);
}

bool peers_json(const struct peers *peers, FILE *out)
{
	struct output *output = output_into(out);
	struct json json;
	char error[256];

	if (!output)
		return false;
	json = json_on(output);
	json_open_object(&json, NULL);
	json_put_string(&json, "schema", "ringside-wall");
	json_put_number(&json, "version", SCHEMA_VERSION);
	json_put_string(&json, "ringside", RINGSIDE_VERSION);
	json_put_string(&json, "title", peers->plan->title);
	json_put_string(&json, "baseline", peers->entry[peers->baseline].name);
	put_options(&json, &peers->options);
	put_machine(&json, peers);
	json_open_array(&json, "results");
	for (unsigned i = 0; i < peers->entries; i++) {
		if (!peers_measured(&peers->entry[i]))
			continue;
		output_text(output, "\n"); /* a line each, for diff */
		put_entry(&json, peers, &peers->entry[i]);
	}
	json_close_array(&json);
	put_others(&json, peers);
	json_close_object(&json);
	json_end_line(&json);
	return output_close(output, error, sizeof(error));
}
