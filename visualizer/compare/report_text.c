/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_text.c - the report for a terminal, and as Markdown.
 */
#include "visualizer/compare/report.h"

#include "visualizer/wrap.h"

/* A page's width is enough for running text. */
void text_paragraph(FILE *out, const char *text)
{
	wrap(out, text, 0, 0);
}

static void write_table(struct table *table, unsigned width, FILE *out)
{
	table_write_text(table, width, out);
	putc('\n', out);
	table_free(table);
}

bool text_note(FILE *out, const struct note *note)
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
		prose_paragraphs(plan->text, text_paragraph, out);
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
	if (prose_tell_notes(plan, text_note, out))
		putc('\n', out);
	prose_provenance(plan, text_paragraph, out);
}

/* ---- Markdown ---- */

void markdown_plain(FILE *out, const char *text)
{
	fputs(text, out);
}

void markdown_paragraph(FILE *out, const char *text)
{
	fprintf(out, "%s\n\n", text);
}

bool markdown_note(FILE *out, const struct note *note)
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
	prose_paragraphs(plan->text, markdown_paragraph, out);
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
	if (prose_tell_notes(plan, markdown_note, out))
		putc('\n', out);
	prose_provenance(plan, markdown_paragraph, out);
	fputs("## Commands\n\n```sh\n", out);
	prose_commands(plan, markdown_plain, out);
	fputs("```\n", out);
}
