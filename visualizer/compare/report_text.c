/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_text.c - the report for a terminal, and as Markdown.
 */
#include "visualizer/compare/report.h"

#include "core/number.h"
#include "visualizer/wrap.h"

#include <stdlib.h>
#include <string.h>

enum { NOTES = 64 };

/* A page's width is enough for running text. */
static void write_paragraphs(const char *text, FILE *out)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		if (line)
			wrap(out, line, 0, 0);
		free(line);
		text += length + (text[length] == '\n');
	}
}

static void write_provenance(const struct plan *plan, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	content_provenance(plan, memory);
	if (fclose(memory) == 0)
		wrap(out, text, 0, 0);
	free(text);
}

static void write_table(struct table *table, unsigned width, FILE *out)
{
	table_write_text(table, width, out);
	putc('\n', out);
	table_free(table);
}

static void write_notes(const struct plan *plan, FILE *out)
{
	struct note *notes = calloc(NOTES, sizeof(*notes));
	unsigned count = notes ? content_notes(plan, notes, NOTES) : 0, told = 0;

	for (unsigned i = 0; i < count && i < NOTES; i++) {
		if (notes[i].wrong) /* a message */
			continue;
		wrap(out, notes[i].text, 0, 4);
		told++;
	}
	if (told)
		putc('\n', out);
	free(notes);
}

void report_text(const struct plan *plan, bool full, unsigned width, FILE *out)
{
	struct table table;

	if (*plan->title)
		fprintf(out, "%s\n\n", plan->title);
	if (*plan->text) {
		write_paragraphs(plan->text, out);
		putc('\n', out);
	}
	for (int ratio = 0; ratio < 2 && plan->case_count > 1; ratio++) {
		content_overview(plan, ratio, &table);
		write_table(&table, width, out);
	}
	for (unsigned i = 0; i < plan->case_count && (full || plan->case_count == 1); i++) {
		content_case(plan, i, &table);
		write_table(&table, width, out);
	}
	write_notes(plan, out);
	write_provenance(plan, out);
}

/* ---- Markdown ---- */

static void write_commands(const struct plan *plan, FILE *out)
{
	fputs("## Commands\n\n```sh\n", out);
	for (unsigned i = 0; i < plan->run_count; i++)
		fprintf(out, "%s\n", plan->runs[i].command);
	fputs("```\n", out);
}

static void write_markdown_notes(const struct plan *plan, FILE *out)
{
	struct note *notes = calloc(NOTES, sizeof(*notes));
	unsigned count = notes ? content_notes(plan, notes, NOTES) : 0;

	for (unsigned i = 0; i < count && i < NOTES; i++) {
		fputs("- ", out);
		markdown_text(out, notes[i].text);
		putc('\n', out);
	}
	if (count)
		putc('\n', out);
	free(notes);
}

void report_markdown(const struct plan *plan, FILE *out)
{
	struct table table;

	fputs("# ", out);
	markdown_text(out, *plan->title ? plan->title : "Comparison");
	fputs("\n\n", out);
	for (const char *c = plan->text; *c; c++)
		fputs(*c == '\n' ? "\n\n" : (char[]){ *c, '\0' }, out);
	if (*plan->text)
		fputs("\n\n", out);
	for (int ratio = 0; ratio < 2 && plan->case_count > 1; ratio++) {
		content_overview(plan, ratio, &table);
		table_write_markdown(&table, out);
		table_free(&table);
		putc('\n', out);
	}
	for (unsigned i = 0; i < plan->case_count; i++) {
		fputs("## ", out);
		markdown_text(out, plan->cases[i].name);
		fputs("\n\n", out);
		content_case(plan, i, &table);
		table_write_markdown(&table, out);
		table_free(&table);
		putc('\n', out);
	}
	write_markdown_notes(plan, out);
	content_provenance(plan, out);
	fputs("\n\n", out);
	write_commands(plan, out);
}
