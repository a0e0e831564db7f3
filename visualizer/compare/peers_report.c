/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_report.c - wall times as tables, on a terminal and as Markdown, and what must be said beside them:
 * above all that they belong to this computer.
 */
#include "visualizer/compare/peers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

static const double BUSY = 0.5; /* load a processor from which on others disturb */

/* ---- tables ---- */

static void time_cell(struct table *table, double seconds)
{
	if (seconds < 0.9995)
		table_cell(table, "%.1f ms", 1000 * seconds);
	else
		table_cell(table, "%.3f s", seconds);
}

static void add_entry(struct table *table, const struct peers *peers, const struct peers_entry *entry)
{
	struct peers_figure figure = peers_figure(entry);
	double ratio;

	table_row(table, false, entry->name);
	time_cell(table, figure.median);
	time_cell(table, figure.mad);
	time_cell(table, figure.least);
	time_cell(table, figure.most);
	time_cell(table, figure.user);
	time_cell(table, figure.system);
	table_cell(table, "%u", entry->samples);
	if (peers_ratio(peers, entry, &ratio))
		table_cell(table, ratio < 100 ? "%.2f" : "%.1f", ratio);
}

void peers_table(const struct peers *peers, unsigned which_case, struct table *table)
{
	static const char *const heads[] = { "median", "\u00b1 MAD", "min", "max", "user", "system", "runs" };
	char ratio[PEERS_NAME + 8];

	table_begin(table, peers->plan->cases[which_case].name);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_column(table, heads[i]);
	snprintf(ratio, sizeof(ratio), "to %s", peers_entry(peers, which_case, (unsigned)peers->baseline)->name);
	table_column(table, ratio);
	for (unsigned i = 0; i < peers->each; i++)
		if (peers_measured(peers_entry(peers, which_case, i)))
			add_entry(table, peers, peers_entry(peers, which_case, i));
}

bool peers_case_measured(const struct peers *peers, unsigned which_case)
{
	for (unsigned i = 0; i < peers->each; i++)
		if (peers_measured(peers_entry(peers, which_case, i)))
			return true;
	return false;
}

/* ---- notes ---- */

/* An earlier case says the same of this engine. */
static bool said_before(const struct peers *peers, const struct peers_entry *entry, unsigned index)
{
	for (unsigned i = 0; i < entry->which_case; i++)
		if (strcmp(peers_entry(peers, i, index)->message, entry->message) == 0)
			return true;
	return false;
}

static bool note_entry(const struct peers *peers, unsigned number, struct note *note)
{
	const struct peers_entry *entry = &peers->entry[number];
	const char *name = peers->plan->cases[entry->which_case].name;
	struct peers_figure figure = peers_figure(entry);

	note->wrong = entry->outcome == PEERS_FAILED;
	if (!peers_measured(entry) && *entry->message && !said_before(peers, entry, number % peers->each))
		snprintf(note->text, sizeof(note->text), "%s, %s: %s%s", name, entry->name, note->wrong ? "" : "left out: ",
		         entry->message);
	else if (peers_measured(entry) && figure.first_is_slow)
		snprintf(note->text, sizeof(note->text), "%s, %s: the first run was much slower than the others; give --warmup more",
		         name, entry->name);
	else if (peers_measured(entry) && figure.outliers)
		snprintf(note->text, sizeof(note->text), "%s, %s: %u of %u runs stand apart from the others; make more --runs on a "
		         "quiet computer", name, entry->name, figure.outliers, entry->samples);
	else
		return false;
	return true;
}

unsigned peers_notes(const struct peers *peers, struct note *notes, unsigned room)
{
	const struct peers_machine *machine = &peers->machine;
	unsigned count = 0;
	struct note note;

	for (unsigned i = 0; i < peers->entries; i++) {
		if (!note_entry(peers, i, &note))
			continue;
		if (count < room)
			notes[count] = note;
		count++;
	}
	if (machine->load <= BUSY * machine->processors)
		return count;
	if (count < room) {
		notes[count].wrong = false;
		snprintf(notes[count].text, sizeof(notes[count].text), "others were at work here when this began (load average %.1f, "
		         "processors: %u): times are longer than they need be", machine->load, machine->processors);
	}
	return count + 1;
}

static unsigned tell_notes(const struct peers *peers, note_writer *write, FILE *out)
{
	struct note *notes = calloc(PEERS_WARNINGS, sizeof(*notes));
	unsigned count = notes ? peers_notes(peers, notes, PEERS_WARNINGS) : 0, told;

	told = prose_write_notes(notes, count < PEERS_WARNINGS ? count : PEERS_WARNINGS, write, out);
	free(notes);
	return told;
}

/* ---- provenance ---- */

static void write_clock(const struct peers *peers, FILE *out)
{
	const struct peers_options *options = &peers->options;
	bool stopped = false;

	for (unsigned i = 0; i < peers->entries; i++)
		stopped |= peers_measured(&peers->entry[i]) && !peers->entry[i].ends;
	if (!options->since && !options->until) {
		fprintf(out, "Time is that of the whole process, from its start to its end%s.",
		        stopped ? "; what cannot end with its guest (Bochs) ends with the guest's last line" : "");
		return;
	}
	fputs("The clock starts ", out);
	if (options->since)
		fprintf(out, "with the guest's line /%s/", options->since);
	else
		fputs("with the process", out);
	if (options->until)
		fprintf(out, " and stops with the line /%s/", options->until);
	else
		fputs(" and stops with its end", out);
	fputs("; user and system time are those of the whole process.", out);
}

static void write_provenance(const struct peers *peers, FILE *out)
{
	const struct peers_machine *machine = &peers->machine;
	const struct peers_options *options = &peers->options;

	fprintf(out, "Wall times of one computer, which come out otherwise on another one or at another time: %s, processors: %u%s, "
	        "%s, load average %.2f, %s. Ringside %s", machine->processor, machine->processors,
	        machine->virtual ? " (itself virtual)" : "", machine->system, machine->load, machine->date, RINGSIDE_VERSION);
	for (enum plan_engine engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++)
		if (*peers->version[engine])
			fprintf(out, "; %s: %s", engine_name(engine), peers->version[engine]);
	fprintf(out, ". Runs: %u each, after %u to warm up, in rounds, one run at a time; seed of their order: %" PRIu64 ". ",
	        options->runs, options->warmup, options->shuffle);
	write_clock(peers, out);
	if (options->lines)
		fprintf(out, " Only lines that match /%s/ were held to be the same.", options->lines);
	else
		fputs(" All that was averaged said the same on its console.", out);
}

void peers_provenance(const struct peers *peers, prose_writer *write, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	write_provenance(peers, memory);
	if (fclose(memory) == 0)
		write(out, text);
	free(text);
}

void peers_commands(const struct peers *peers, prose_writer *write, FILE *out)
{
	for (unsigned i = 0; i < peers->entries; i++) {
		if (!peers->entry[i].command)
			continue;
		write(out, peers->entry[i].command);
		putc('\n', out);
	}
}

/* ---- the two forms ---- */

void peers_text(const struct peers *peers, unsigned width, FILE *out)
{
	const struct plan *plan = peers->plan;
	struct table table;

	if (*plan->title)
		fprintf(out, "%s\n\n", plan->title);
	prose_paragraphs(plan->text, text_paragraph, out);
	if (*plan->text)
		putc('\n', out);
	for (unsigned i = 0; i < plan->case_count; i++) {
		if (!peers_case_measured(peers, i))
			continue;
		peers_table(peers, i, &table);
		table_write_text(&table, width, out);
		putc('\n', out);
		table_free(&table);
	}
	if (tell_notes(peers, text_note, out))
		putc('\n', out);
	peers_provenance(peers, text_paragraph, out);
}

void peers_markdown(const struct peers *peers, FILE *out)
{
	const struct plan *plan = peers->plan;
	struct table table;

	fputs("# ", out);
	markdown_text(out, *plan->title ? plan->title : "Wall times");
	fputs("\n\n", out);
	prose_paragraphs(plan->text, markdown_paragraph, out);
	for (unsigned i = 0; i < plan->case_count; i++) {
		if (!peers_case_measured(peers, i))
			continue;
		fputs("## ", out);
		markdown_text(out, plan->cases[i].name);
		fputs("\n\n", out);
		peers_table(peers, i, &table);
		table_write_markdown(&table, out);
		table_free(&table);
		putc('\n', out);
	}
	if (tell_notes(peers, markdown_note, out))
		putc('\n', out);
	peers_provenance(peers, markdown_paragraph, out);
	fputs("## Commands\n\n```sh\n", out);
	peers_commands(peers, markdown_plain, out);
	fputs("```\n", out);
}
