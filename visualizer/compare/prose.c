/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/prose.c - what is said beside the tables of a report, the same in every form: paragraphs, what was left
 * out or went wrong, what the figures depend on. A form gives the function that writes one of them.
 */
#include "visualizer/compare/report.h"

#include <stdlib.h>
#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

enum { NOTES = 64 };

void prose_paragraphs(const char *text, prose_writer *write, FILE *out)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		if (line)
			write(out, line);
		free(line);
		text += length + (text[length] == '\n');
	}
}

void prose_commands(const struct plan *plan, prose_writer *write, FILE *out)
{
	for (unsigned i = 0; i < plan->run_count; i++) {
		write(out, plan->runs[i].command);
		putc('\n', out);
	}
}

/* ---- notes ---- */

static void note_run(const struct plan *plan, const struct plan_run *run, struct note *note)
{
	const struct result *result = run->result;
	const struct plan_case *of = &plan->cases[run->which_case];
	bool left_out = result->outcome == OUTCOME_REFUSED && plan->all_modes;
	char mode[32];

	note->wrong = !left_out;
	snprintf(note->text, sizeof(note->text), "%s, %s%s%s: %s%s", of->name, plan_mode_text(plan, run->mode, mode, sizeof(mode)),
	         plan->seed.values > 1 ? ", seed " : "", plan->seed.values > 1 ? plan->seed.value[run->seed] : "",
	         left_out ? "left out: " : "", result->message);
}

/* No mode can run it: what the first one says is what there is to say. */
static bool all_refused(const struct plan *plan, unsigned which_case)
{
	for (unsigned i = 0; i < plan->modes * plan->seed.values; i++)
		if (plan->runs[which_case * plan->modes * plan->seed.values + i].result->outcome != OUTCOME_REFUSED)
			return false;
	return true;
}

/* An earlier case's runs say the same: a guest that is missing is missing in all. */
static bool said_before(const struct plan *plan, unsigned which_case)
{
	const char *message = plan_run(plan, which_case, 0, 0)->result->message;

	for (unsigned i = 0; i < which_case; i++)
		if (strcmp(plan_run(plan, i, 0, 0)->result->message, message) == 0 && all_refused(plan, i))
			return true;
	return false;
}

unsigned prose_notes(const struct plan *plan, struct note *notes, unsigned room)
{
	unsigned count = 0;

	for (unsigned i = 0; i < plan->run_count; i++) {
		const struct plan_run *run = &plan->runs[i];
		bool refused = all_refused(plan, run->which_case);

		if (run->result->outcome == OUTCOME_DONE || run->result->outcome == OUTCOME_NONE ||
		    (refused && (run->mode || run->seed || said_before(plan, run->which_case))))
			continue;
		if (count < room && refused) {
			notes[count].wrong = true;
			snprintf(notes[count].text, sizeof(notes[count].text), "%s: %s", plan->cases[run->which_case].name,
			         run->result->message);
		} else if (count < room) {
			note_run(plan, run, &notes[count]);
		}
		count++;
	}
	return count;
}

unsigned prose_write_notes(const struct note *notes, unsigned count, note_writer *write, FILE *out)
{
	unsigned told = 0;

	for (unsigned i = 0; i < count; i++)
		told += write(out, &notes[i]);
	return told;
}

unsigned prose_tell_notes(const struct plan *plan, note_writer *write, FILE *out)
{
	struct note *notes = calloc(NOTES, sizeof(*notes));
	unsigned count = notes ? prose_notes(plan, notes, NOTES) : 0, told;

	told = prose_write_notes(notes, count < NOTES ? count : NOTES, write, out);
	free(notes);
	return told;
}

static void write_provenance(const struct plan *plan, FILE *out)
{
	fprintf(out, "Ringside %s. Cost profile%s:", RINGSIDE_VERSION, plan->profiles > 1 ? "s" : "");
	for (unsigned i = 0; i < plan->profiles; i++)
		fprintf(out, "%s %s", i ? "," : "", plan->profile[i]);
	if (*plan->seed.value[0]) {
		fprintf(out, ". Seed%s:", plan->seed.values > 1 ? "s" : "");
		for (unsigned i = 0; i < plan->seed.values; i++)
			fprintf(out, "%s %s", i ? "," : "", plan->seed.value[i]);
		fputs(plan->seed.values > 1 ? "; figures are means over them" : "", out);
	}
	if (*plan->less)
		fprintf(out, ". Figures are those beyond the same runs with %s", plan->less);
	fputs(". Time is model time: the same runs give the same figures on any computer.", out);
}

void prose_provenance(const struct plan *plan, prose_writer *write, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	write_provenance(plan, memory);
	if (fclose(memory) == 0)
		write(out, text);
	free(text);
}
