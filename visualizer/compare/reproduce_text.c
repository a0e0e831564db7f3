/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_text.c - a reproduction for a terminal, and as Markdown: a table for each of the paper's, and
 * below it why ours is another where it is.
 */
#include "visualizer/compare/reproduce.h"
#include "visualizer/compare/table.h"
#include "visualizer/wrap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

const char *reproduce_number(double value, char *text, size_t size)
{
	if (fabs(value) >= 1000)
		return table_number((uint64_t)(fabs(value) + 0.5), text, size);
	snprintf(text, size, fabs(value) >= 100 ? "%.0f" : fabs(value) >= 10 ? "%.1f" : "%.2f", value);
	return text;
}

static bool is_bare(const struct reproduce_section *section)
{
	return section->measure == REPRODUCE_RATIO; /* the first column is 1, of course */
}

/* ---- the table: a title for each row of the paper's, a line for each technique ---- */

static void add_title(struct table *table, const struct reproduced_row *row)
{
	char text[512];

	if (!*row->paper_winner)
		snprintf(text, sizeof(text), "%s", row->cell->row->name);
	else
		snprintf(text, sizeof(text), "%s: %s%s", row->cell->row->name, row->paper_order,
		         !row->same_winner ? "; here " : row->same_order ? "" : "; the same wins, but here ");
	if (*row->paper_winner && (!row->same_winner || !row->same_order))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", *row->order ? row->order : "not all ran");
	table_row(table, true, text);
}

static void add_cell(struct table *table, const struct reproduced *cell)
{
	const struct published *published = &cell->row->published[cell->column];
	char label[64], text[40];

	snprintf(label, sizeof(label), "  %s", cell->section->column[cell->column].name);
	table_row(table, false, label);
	table_cell(table, "%s", reproduce_number(cell->published, text, sizeof(text)));
	table_cell(table, "%s", cell->measured ? reproduce_number(cell->ours, text, sizeof(text)) : "-");
	if (!cell->compared) {
		table_cell(table, "%s", cell->measured ? "" : "-");
		return;
	}
	table_cell(table, "%.2f", cell->ratio);
	table_cell(table, "%s", published->kind == FITTED ? "fitted" : "predicted");
	table_cell(table, "%s", cell->within ? "yes" : "no");
}

void reproduce_table(const struct reproduction *reproduction, const struct reproduce_section *section, struct table *table)
{
	struct reproduced_row row;
	char within[32];

	snprintf(within, sizeof(within), "within %.0f%%", 100 * REPRODUCE_TOLERANCE);
	table_begin(table, section->unit);
	table_column(table, "paper");
	table_column(table, "here");
	table_column(table, "ratio");
	table_column(table, "");
	table_column(table, within);
	for (unsigned at = 0; reproduced_next_row(reproduction, &at, &row);) {
		if (row.cell->section != section)
			continue;
		add_title(table, &row);
		for (unsigned i = is_bare(section) ? 1 : 0; i < row.cells; i++)
			add_cell(table, &row.cell[i]);
	}
}

/* ---- what stands below ---- */

/* What there is to say of a cell; NULL: nothing. */
static const char *remark_on(const struct reproduced *cell)
{
	if (!cell->measured)
		return cell->message;
	return cell->within ? NULL : cell->row->published[cell->column].why;
}

static bool same_remark(const struct reproduced *a, const struct reproduced *b)
{
	return a->section == b->section && remark_on(b) && strcmp(remark_on(a), remark_on(b)) == 0;
}

static bool said_before(const struct reproduction *reproduction, unsigned number)
{
	for (unsigned i = 0; i < number; i++)
		if (same_remark(&reproduction->cell[number], &reproduction->cell[i]))
			return true;
	return false;
}

/* One remark with the names of all cells that it is about. */
static void put_remark(const struct reproduction *reproduction, unsigned number, reproduce_remark *put, FILE *out)
{
	const struct reproduced *first = &reproduction->cell[number];
	char line[2048];
	size_t used = 0;

	for (unsigned i = number; i < reproduction->cells && used < sizeof(line); i++) {
		const struct reproduced *cell = &reproduction->cell[i];

		if (same_remark(first, cell))
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s, %s", used ? "; " : "", cell->row->name,
			                         cell->section->column[cell->column].name);
	}
	if (used < sizeof(line))
		snprintf(line + used, sizeof(line) - used, ": %s", remark_on(first));
	put(line, out);
}

void reproduce_remarks(const struct reproduction *reproduction, const struct reproduce_section *section,
                       reproduce_remark *put, FILE *out)
{
	char line[2048];

	for (unsigned i = 0; i < section->rows; i++)
		if (section->row[i].known) {
			snprintf(line, sizeof(line), "%s: %s", section->row[i].name, section->row[i].known);
			put(line, out);
		}
	for (unsigned i = 0; i < reproduction->cells; i++)
		if (reproduction->cell[i].section == section && remark_on(&reproduction->cell[i]) &&
		    !said_before(reproduction, i))
			put_remark(reproduction, i, put, out);
}

static void put_wrapped(const char *text, FILE *out)
{
	wrap(out, text, 0, 4);
}

static void put_bullet(const char *text, FILE *out)
{
	fputs("- ", out);
	markdown_text(out, text);
	putc('\n', out);
}

static void write_text(const struct reproduction *reproduction, unsigned width, FILE *out)
{
	const struct reproduce_paper *paper = reproduction->paper;
	char summary[512];

	fprintf(out, "%s\n\n", paper->title);
	wrap(out, paper->text, 0, 0);
	for (unsigned i = 0; i < paper->sections; i++) {
		struct table table;

		fprintf(out, "\n%s\n\n", paper->section[i].title);
		reproduce_table(reproduction, &paper->section[i], &table);
		table_write_text(&table, width, out);
		table_free(&table);
		putc('\n', out);
		reproduce_remarks(reproduction, &paper->section[i], put_wrapped, out);
	}
	putc('\n', out);
	if (paper->left_out)
		wrap(out, paper->left_out, 0, 0);
	reproduce_summary(reproduction, summary, sizeof(summary));
	wrap(out, summary, 0, 0);
}

static void write_commands(const struct reproduction *reproduction, FILE *out)
{
	fputs("## Commands\n\nEach once more with `n=0`, which is taken off.\n\n```sh\n", out);
	for (unsigned i = 0; i < reproduction->cells; i++)
		if (reproduction->cell[i].runs)
			fprintf(out, "%s\n", reproduction->cell[i].runs->runs[0].command);
	fputs("```\n", out);
}

static void write_markdown(const struct reproduction *reproduction, FILE *out)
{
	const struct reproduce_paper *paper = reproduction->paper;
	char summary[512];

	fprintf(out, "# %s\n\n%s\n", paper->title, paper->text);
	for (unsigned i = 0; i < paper->sections; i++) {
		struct table table;

		fprintf(out, "\n## %s\n\n", paper->section[i].title);
		reproduce_table(reproduction, &paper->section[i], &table);
		table_write_markdown(&table, out);
		table_free(&table);
		putc('\n', out);
		reproduce_remarks(reproduction, &paper->section[i], put_bullet, out);
	}
	reproduce_summary(reproduction, summary, sizeof(summary));
	fprintf(out, "\n%s%s%s\n\nRingside %s.\n\n", paper->left_out ? paper->left_out : "", paper->left_out ? "\n\n" : "",
	        summary, RINGSIDE_VERSION);
	write_commands(reproduction, out);
}

bool reproduce_write(const void *of, enum form form, bool full, unsigned width, FILE *out)
{
	const struct reproduction *reproduction = of;

	(void)full;
	switch (form) {
	case FORM_HTML:
		reproduce_html(reproduction, out);
		return true;
	case FORM_MARKDOWN:
		write_markdown(reproduction, out);
		return true;
	case FORM_CSV:
		return reproduce_csv(reproduction, out);
	case FORM_JSON:
		return reproduce_json(reproduction, out);
	default:
		write_text(reproduction, width, out);
		return true;
	}
}
