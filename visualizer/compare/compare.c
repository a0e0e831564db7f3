/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/compare.c - the command `compare`: a plan from the command line or an experiment file, its runs, its
 * reports.
 */
#include "visualizer/command.h"
#include "visualizer/compare/forms.h"
#include "visualizer/compare/peers_compare.h"
#include "visualizer/compare/reproduce.h"
#include "visualizer/compare/runner.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool write_plan(const void *of, enum form form, bool full, unsigned width, FILE *out)
{
	const struct plan *plan = of;

	switch (form) {
	case FORM_HTML:
		report_html(plan, out);
		return true;
	case FORM_MARKDOWN:
		report_markdown(plan, out);
		return true;
	case FORM_REASONS:
		report_reasons(plan, out);
		return true;
	case FORM_CSV:
		report_csv(plan, out);
		return true;
	case FORM_JSON:
		return report_json(plan, out);
	case FORM_GNUPLOT:
		report_gnuplot(plan, out);
		return true;
	default:
		report_text(plan, full, width, out);
		return true;
	}
}

static unsigned note_plan(const void *of, struct note *notes, unsigned room)
{
	return prose_notes(of, notes, room);
}

/* ---- the plan ---- */

static bool add_guests(struct plan *plan, const struct options *options, char *error, size_t error_size)
{
	char words[CONFIG_TEXT] = "";

	for (int i = 0; i < options->word_count; i++) {
		size_t used = strlen(words);

		if (used + strlen(options->words[i]) + 2 > sizeof(words)) {
			snprintf(error, error_size, "the guest's command line is longer than %zu characters; make it shorter",
			         sizeof(words) - 1);
			return false;
		}
		snprintf(words + used, sizeof(words) - used, "%s%s", i ? " " : "", options->words[i]);
	}
	for (size_t i = 0; i < options->guests.count; i++) {
		const char *file = options->guests.text[i], *slash = strrchr(file, '/');

		if (!plan_add_guest(plan, slash && slash[1] ? slash + 1 : file, file, error, error_size))
			return false;
		strcpy(plan->guest[plan->guests - 1].words, words);
		snprintf(plan->guest[plan->guests - 1].pv, CONFIG_TEXT, "%s", options->pv_guest ? options->pv_guest : "");
	}
	return true;
}

static bool add_parameters(struct plan *plan, const struct options *options, char *error, size_t error_size)
{
	for (size_t i = 0; i < options->vary.count; i++) {
		const char *text = options->vary.text[i], *equals = strchr(text, '=');
		char name[PLAN_NAME];

		if (!equals || equals == text || (size_t)(equals - text) >= sizeof(name)) {
			snprintf(error, error_size, "--vary: '%.40s' is no NAME=VALUE,...; write it like n=10,100", text);
			return false;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
		if (!plan_add_parameter(plan, name, equals + 1, error, error_size))
			return false;
	}
	return true;
}

/* A profile may be given as the setting that it is elsewhere. */
static bool add_settings(struct plan *plan, const struct options *options, char *error, size_t error_size)
{
	for (size_t i = 0; i < options->given.count; i++) {
		const char *name = options->given.setting[i].name, *value = options->given.setting[i].value;
		bool fine = strcmp(name, "profile") == 0 ? plan_add_profiles(plan, value, error, error_size) :
		            plan_add_setting(plan, name, value ? value : "yes", error, error_size);

		if (!fine)
			return false;
	}
	return true;
}

/* What the command line says comes in the place of what the file says. */
static bool read_experiment(struct plan *plan, const struct options *options, char *error, size_t error_size)
{
	if (options->guests.count > 0)
		return add_guests(plan, options, error, error_size);
	if (options->word_count == 1)
		return plan_read(plan, options->words[0], error, error_size);
	snprintf(error, error_size, options->word_count ? "one experiment file at a time; a guest is named with --guest" :
	         "compare what? Name a guest with --guest, or an experiment file");
	return false;
}

static bool make_plan(struct plan *plan, const struct options *options, char *error, size_t error_size)
{
	if (!read_experiment(plan, options, error, error_size) || !add_parameters(plan, options, error, error_size))
		return false;
	if (options->techniques) {
		plan->modes = 0;
		plan->all_modes = false;
		if (!plan_add_modes(plan, options->techniques, error, error_size))
			return false;
	}
	if (options->profiles) {
		plan->profiles = 0;
		if (!plan_add_profiles(plan, options->profiles, error, error_size))
			return false;
	}
	if (options->seeds) {
		plan->seed.values = 0;
		if (!plan_add_seeds(plan, options->seeds, error, error_size))
			return false;
	}
	if (options->baseline && !(options->wall && peers_is_engine(options->baseline)))
		snprintf(plan->baseline_text, sizeof(plan->baseline_text), "%s", options->baseline);
	if (options->less)
		snprintf(plan->less, sizeof(plan->less), "%s", options->less);
	return add_settings(plan, options, error, error_size) && plan_make(plan, error, error_size);
}

/* ---- the end ---- */

/* The folder of an experiment: its file's name, here. */
static const char *results_folder(const struct options *options, char *folder, size_t size)
{
	const char *file = options->word_count ? options->words[0] : "", *slash = strrchr(file, '/');

	if (options->results || options->guests.count > 0)
		return options->results;
	file = slash ? slash + 1 : file;
	snprintf(folder, size, "%.*s.results", (int)(form_ends_with(file, "ini") ? strlen(file) - 4 : strlen(file)), file);
	return folder;
}

static int compare(struct plan *plan, const struct options *options, enum form form)
{
	char name[CONFIG_TEXT];
	const char *folder = results_folder(options, name, sizeof(name));
	struct runner_options runner = { .jobs = options->jobs.given ? (unsigned)options->jobs.value : 0, .folder = folder,
		                         .shuffle = options->shuffle.given, .seed = options->shuffle.value };
	int caught = 0;

	switch (runner_run(plan, &runner, &caught)) {
	case RUNNER_INTERRUPTED:
		return runner_interrupted(caught, folder);
	case RUNNER_FAILED:
		return STATUS_FAILED;
	default:
		break;
	}
	plan_less_end(plan);
	return forms_report(&(struct form_source){ .of = plan, .write = write_plan, .notes = note_plan }, options, form);
}

int compare_command(const struct options *options)
{
	struct plan *plan;
	int status = STATUS_USAGE;
	char error[1024];
	enum form form;

	if (options->reproduce)
		return reproduce_command(options);
	plan = malloc(sizeof(*plan));
	if (!plan) {
		message("not enough memory; close other programs");
		return STATUS_FAILED;
	}
	plan_begin(plan);
	if (forms_check(options, &form) && peers_check(options)) {
		if (make_plan(plan, options, error, sizeof(error)))
			status = options->wall ? peers_compare(plan, options, form) : compare(plan, options, form);
		else
			message("%s", error);
	}
	plan_free(plan);
	free(plan);
	return status;
}
