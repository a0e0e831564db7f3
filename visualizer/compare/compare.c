/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/compare.c - the command `compare`: a plan from the command line or an experiment file, its runs, its
 * reports.
 */
#include "core/output.h"
#include "visualizer/command.h"
#include "visualizer/compare/report.h"
#include "visualizer/compare/runner.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/style.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES = 64 };

/* ---- forms of a report ---- */

enum form { FORM_TEXT, FORM_HTML, FORM_MARKDOWN, FORM_REASONS, FORM_CSV, FORM_JSON, FORM_GNUPLOT, FORM_COUNT };

/* "reasons.csv" stands before "csv", which it ends with. */
static const char *const endings[FORM_COUNT] = { "txt", "html", "md", "reasons.csv", "csv", "json", "gp" };

static bool ends_with(const char *path, const char *ending)
{
	size_t length = strlen(path), behind = strlen(ending);

	return length > behind && path[length - behind - 1] == '.' && strcmp(path + length - behind, ending) == 0;
}

static bool form_of_file(const char *path, enum form *form)
{
	for (*form = 0; *form < FORM_COUNT; (*form)++)
		if (ends_with(path, endings[*form]))
			return true;
	message("--output: the name '%s' does not say what to write; let it end in .html, .md, .csv, .reasons.csv, .json, .gp "
	        "or .txt", path);
	return false;
}

static bool form_of_name(const char *name, enum form *form)
{
	for (*form = 0; *form < FORM_COUNT; (*form)++)
		if (strcmp(name, endings[*form]) == 0)
			return true;
	message("--format: no form '%s'; there are html, md, csv, reasons.csv, json, gp and txt", name);
	return false;
}

static bool write_form(const struct plan *plan, enum form form, bool full, unsigned width, FILE *out)
{
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

/* Made in memory first: a file is written as a whole, or a message says why not. */
static bool write_report(const struct plan *plan, enum form form, const char *path, bool full, unsigned width)
{
	char *text = NULL, error[512] = "not enough memory for a report; close other programs";
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	bool made = memory && write_form(plan, form, full, width, memory), written = false;
	struct output *output;

	made &= memory && fclose(memory) == 0;
	if (made) {
		fflush(stdout);
		output = output_open(path, error, sizeof(error));
		if (output) {
			output_write(output, text, size);
			written = output_close(output, error, sizeof(error));
		}
	}
	if (!written)
		message("%s", error);
	free(text);
	return written;
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
	if (options->baseline)
		snprintf(plan->baseline_text, sizeof(plan->baseline_text), "%s", options->baseline);
	if (options->less)
		snprintf(plan->less, sizeof(plan->less), "%s", options->less);
	return add_settings(plan, options, error, error_size) && plan_make(plan, error, error_size);
}

/* ---- the end ---- */

/* False: something that was asked for is missing; said in a line each. */
static bool tell_failures(const struct plan *plan)
{
	struct note *notes = calloc(NOTES, sizeof(*notes));
	unsigned count = notes ? prose_notes(plan, notes, NOTES) : 0, untold = count > NOTES ? count - NOTES : 0;
	bool fine = notes != NULL && !untold;

	for (unsigned i = 0; i < count && i < NOTES; i++) {
		if (notes[i].wrong)
			message("%s", notes[i].text);
		fine &= !notes[i].wrong;
	}
	if (untold)
		message("and %u more runs like these", untold);
	free(notes);
	return fine;
}

static bool write_reports(const struct plan *plan, const struct options *options, enum form form)
{
	bool written = write_report(plan, form, "-", options->full, style_columns());

	for (size_t i = 0; i < options->outputs.count; i++) {
		enum form its = FORM_TEXT;

		form_of_file(options->outputs.text[i], &its);
		written &= write_report(plan, its, options->outputs.text[i], true, 1000);
	}
	return written;
}

/* What is missing ends it; so does a guest that no mode can run. */
static bool check_forms(const struct options *options, enum form *form)
{
	enum form any;

	for (size_t i = 0; i < options->outputs.count; i++)
		if (!form_of_file(options->outputs.text[i], &any))
			return false;
	*form = FORM_TEXT;
	return !options->format || form_of_name(options->format, form);
}

/* The folder of an experiment: its file's name, here. */
static const char *results_folder(const struct options *options, char *folder, size_t size)
{
	const char *file = options->word_count ? options->words[0] : "", *slash = strrchr(file, '/');

	if (options->results || options->guests.count > 0)
		return options->results;
	file = slash ? slash + 1 : file;
	snprintf(folder, size, "%.*s.results", (int)(ends_with(file, "ini") ? strlen(file) - 4 : strlen(file)), file);
	return folder;
}

static int interrupted(int caught, const char *folder)
{
	if (folder)
		message("interrupted; what is finished is kept in %s, and the same command goes on from there", folder);
	else
		message("interrupted; with --results FOLDER, what is finished is kept");
	raise(caught); /* so that the caller's shell sees it */
	return STATUS_FAILED;
}

static int compare(struct plan *plan, const struct options *options, enum form form)
{
	char name[CONFIG_TEXT];
	const char *folder = results_folder(options, name, sizeof(name));
	struct runner_options runner = { .jobs = options->jobs.given ? (unsigned)options->jobs.value : 0, .folder = folder,
		                         .shuffle = options->shuffle.given, .seed = options->shuffle.value };
	bool written, fine;
	int caught = 0;

	switch (runner_run(plan, &runner, &caught)) {
	case RUNNER_INTERRUPTED:
		return interrupted(caught, folder);
	case RUNNER_FAILED:
		return STATUS_FAILED;
	default:
		break;
	}
	plan_less_end(plan);
	written = write_reports(plan, options, form);
	fine = tell_failures(plan);
	return written && fine ? STATUS_OK : STATUS_FAILED;
}

int compare_command(const struct options *options)
{
	struct plan *plan = malloc(sizeof(*plan));
	int status = STATUS_USAGE;
	char error[1024];
	enum form form;

	if (!plan) {
		message("not enough memory; close other programs");
		return STATUS_FAILED;
	}
	plan_begin(plan);
	if (check_forms(options, &form)) {
		if (make_plan(plan, options, error, sizeof(error)))
			status = compare(plan, options, form);
		else
			message("%s", error);
	}
	plan_free(plan);
	free(plan);
	return status;
}
