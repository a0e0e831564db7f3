/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_command.c - `compare --reproduce PAPER`. The paper says what is run; options say where it is
 * written.
 */
#include "visualizer/compare/reproduce.h"
#include "visualizer/compare/runner.h"

#include "core/nearest.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <stdio.h>
#include <string.h>

static const struct reproduce_paper *find_paper(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; reproduce_paper(i); i++) {
		if (strcmp(reproduce_paper(i)->name, name) == 0)
			return reproduce_paper(i);
		nearest_offer(&nearest, reproduce_paper(i)->name);
	}
	message("--reproduce: no paper '%s'; %s%s", name, nearest.name ? "did you mean " : "there are adams-agesen-2006, xen-2003, "
	        "bhargava-2008 and exits-by-generation", nearest.name ? nearest.name : "");
	return NULL;
}

/* Whatever would make other runs than the paper's, and another table. */
static bool check_options(const struct options *options)
{
	const char *one = options->guests.count ? "--guest" : options->word_count ? options->words[0] : options->techniques ?
	                  "--techniques" : options->profiles ? "--profiles" : options->vary.count ? "--vary" : options->seeds ?
	                  "--seeds" : options->less ? "--less" : options->baseline ? "--baseline" : options->given.count ?
	                  options->given.setting[0].name : options->pv_guest ? "--pv-guest" : options->wall ? "--wall" : NULL;

	if (one)
		message("--reproduce: a paper has its own guests, techniques and machines; leave out '%s', or make an experiment file",
		        one);
	return !one;
}

static bool check_forms(const struct options *options, enum form *form)
{
	if (!forms_check(options, form))
		return false;
	if (*form != FORM_REASONS && *form != FORM_GNUPLOT && !forms_want(options, FORM_REASONS) && !forms_want(options, FORM_GNUPLOT))
		return true;
	message("--reproduce: there are the forms html, md, csv, json and txt; take one of these");
	return false;
}

/* A guest that is missing is missing in many cells: each message once. */
static bool is_news(const struct reproduction *reproduction, unsigned number)
{
	const char *message = reproduction->cell[number].message;

	for (unsigned i = 0; i < number; i++)
		if (strcmp(reproduction->cell[i].message, message) == 0)
			return false;
	return *message != '\0';
}

unsigned reproduce_notes(const void *of, struct note *notes, unsigned room)
{
	const struct reproduction *reproduction = of;
	unsigned count = 0;

	for (unsigned i = 0; i < reproduction->cells; i++) {
		const struct reproduced *cell = &reproduction->cell[i];

		if (!is_news(reproduction, i))
			continue;
		if (count < room) {
			notes[count].wrong = true;
			snprintf(notes[count].text, sizeof(notes[count].text), "%s, %s: %s", cell->row->name,
			         cell->section->column[cell->column].name, cell->message);
		}
		count++;
	}
	return count;
}

static int reproduce(struct reproduction *reproduction, const struct options *options, enum form form)
{
	struct runner_options runner = { .jobs = options->jobs.given ? (unsigned)options->jobs.value : 0,
		                         .folder = options->results, .shuffle = options->shuffle.given,
		                         .seed = options->shuffle.value };
	int caught = 0;

	switch (reproduce_run(reproduction, &runner, &caught)) {
	case REPRODUCE_INTERRUPTED:
		return runner_interrupted(caught, options->results);
	case REPRODUCE_FAILED:
		return STATUS_FAILED;
	default:
		break;
	}
	return forms_report(&(struct form_source){ .of = reproduction, .write = reproduce_write, .notes = reproduce_notes },
	                    options, form);
}

int reproduce_command(const struct options *options)
{
	struct reproduction reproduction = { .cells = 0 };
	enum form form;
	int status;

	if (!check_options(options) || !check_forms(options, &form))
		return STATUS_USAGE;
	reproduction.paper = find_paper(options->reproduce);
	if (!reproduction.paper)
		return STATUS_USAGE;
	status = reproduce(&reproduction, options, form);
	reproduce_free(&reproduction);
	return status;
}
