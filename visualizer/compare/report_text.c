/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_text.c - the report for a terminal, and as Markdown.
 */
#include "visualizer/compare/report.h"

#include "visualizer/wrap.h"

/* A page's width is enough for running text. */
static void write_paragraph(FILE *out, const char *text)
{
	wrap(out, text, 0, 0);
}

static void write_table(struct table *table, unsigned width, FILE *out)
{
	table_write_text(table, width, out);
	putc('\n', out);
	table_free(table);
}

static bool write_note(FILE *out, const struct note *note)
{
	if (note->wrong) /* a message */
		return false;
	wrap(out, note->text, 0, 4);
	return true;
}

void report_text(const struct plan *plan, bool full, unsigned width, FILE *out)
{
	struct table table;

	if (*plan->title)
		fprintf(out, "%s\n\n", plan->title);
	if (*plan->text) {
		prose_paragraphs(plan->text, write_paragraph, out);
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
	if (prose_tell_notes(plan, write_note, out))
		putc('\n', out);
	prose_provenance(plan, write_paragraph, out);
}

/* ---- Markdown ---- */

static void write_plain(FILE *out, const char *text)
{
	fputs(text, out);
}

static void write_plain_paragraph(FILE *out, const char *text)
{
	fprintf(out, "%s\n\n", text);
}

static bool write_item(FILE *out, const struct note *note)
{
	fputs("- ", out);
	markdown_text(out, note->text);
	putc('\n', out);
	return true;
}

void report_markdown(const struct plan *plan, FILE *out)
{
	struct table table;

	fputs("# ", out);
	markdown_text(out, *plan->title ? plan->title : "Comparison");
	fputs("\n\n", out);
	prose_paragraphs(plan->text, write_plain_paragraph, out);
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
	if (prose_tell_notes(plan, write_item, out))
		putc('\n', out);
	prose_provenance(plan, write_plain_paragraph, out);
	fputs("## Commands\n\n```sh\n", out);
	prose_commands(plan, write_plain, out);
	fputs("```\n", out);
}
