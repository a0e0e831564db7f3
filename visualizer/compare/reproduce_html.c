/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_html.c - a reproduction as a page: each of the paper's tables as a plot, where a ring is
 * what was published and a disc is ours, and below it the same as a table.
 */
#include "visualizer/compare/axis.h"
#include "visualizer/compare/page.h"
#include "visualizer/compare/reproduce.h"
#include "visualizer/compare/table.h"

#include "trap/techniques.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 560, LEFT = 150, RIGHT = 16, ROW = 15, GAP = 9, TOP = 6, BOTTOM = 24, RADIUS = 4 };

static bool is_drawn(const struct reproduced *cell)
{
	return cell->compared && cell->ours > 0;
}

/* The number of the column's technique, by which the style sheet knows its colour. */
static unsigned color_of(const struct reproduced *cell)
{
	const struct technique *const *list = technique_list();
	struct vm_mode mode;
	char error[128];
	unsigned number = 0;

	if (cell->section->measure == REPRODUCE_PRICES ||
	    !mode_parse(list, cell->section->column[cell->column].mode, &mode, error, sizeof(error)))
		return 0;
	while (list[number] && list[number] != mode.technique)
		number++;
	return number;
}

static unsigned lines_of(const struct reproduction *reproduction, const struct reproduce_section *section, double *least,
                         double *most)
{
	unsigned lines = 0;

	*least = INFINITY;
	*most = 0;
	for (unsigned i = 0; i < reproduction->cells; i++) {
		const struct reproduced *cell = &reproduction->cell[i];

		if (cell->section != section || !is_drawn(cell))
			continue;
		*least = fmin(*least, fmin(cell->ours, cell->published));
		*most = fmax(*most, fmax(cell->ours, cell->published));
		lines++;
	}
	return lines;
}

static unsigned rows_of(const struct reproduction *reproduction, const struct reproduce_section *section)
{
	struct reproduced_row row;
	unsigned rows = 0;

	for (unsigned at = 0; reproduced_next_row(reproduction, &at, &row);)
		rows += row.cell->section == section;
	return rows;
}

static double across(const struct axis *axis, double value)
{
	return LEFT + axis_place(axis, value) * (WIDTH - LEFT - RIGHT);
}

static void put_text(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	html_text(out, text);
	fputs("</text>\n", out);
}

static void put_ticks(const struct axis *axis, double bottom, FILE *out)
{
	char label[24];

	for (unsigned i = 0; i < axis->ticks; i++) {
		double x = across(axis, axis->tick[i]);

		fprintf(out, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>\n", x, TOP, x, bottom);
		put_text(out, x, bottom + 15, "middle", axis_label(axis->tick[i], label, sizeof(label)));
	}
}

static void put_cell(const struct axis *axis, const struct reproduced *cell, double y, FILE *out)
{
	double paper = across(axis, cell->published), ours = across(axis, cell->ours);
	unsigned color = color_of(cell);

	put_text(out, LEFT - 8, y + 4, "end", cell->section->column[cell->column].name);
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"l%u\"/>\n", paper, y, ours, y, color);
	fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" class=\"l%u\" style=\"fill:var(--bg)\"/>\n", paper, y, RADIUS + 1,
	        color);
	fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" class=\"f%u\"/>\n", ours, y, RADIUS, color);
}

static double put_row(const struct axis *axis, const struct reproduced_row *row, double y, FILE *out)
{
	put_text(out, 2, y + ROW - 3, "start", row->cell->row->name);
	y += ROW;
	for (unsigned i = 0; i < row->cells; i++)
		if (is_drawn(&row->cell[i])) {
			put_cell(axis, &row->cell[i], y + ROW / 2.0, out);
			y += ROW;
		}
	return y + GAP;
}

static void put_plot(const struct reproduction *reproduction, const struct reproduce_section *section, FILE *out)
{
	double least, most, y = TOP;
	unsigned lines = lines_of(reproduction, section, &least, &most), rows = rows_of(reproduction, section);
	double bottom = TOP + (lines + rows) * ROW + rows * GAP;
	struct reproduced_row row;
	struct axis axis;

	if (!lines)
		return;
	axis = axis_for(least * 0.9, most * 1.1, most >= 20 * least ? least * 0.9 : 0);
	fputs("<figure><figcaption>", out);
	html_text(out, section->unit);
	fprintf(out, ": a ring is the paper's figure, a disc is ours</figcaption>\n"
	        "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"published figures and ours\">\n", WIDTH, bottom + BOTTOM);
	put_ticks(&axis, bottom, out);
	for (unsigned at = 0; reproduced_next_row(reproduction, &at, &row);)
		if (row.cell->section == section)
			y = put_row(&axis, &row, y, out);
	fputs("</svg>\n</figure>\n", out);
}

static void put_item(const char *text, FILE *out)
{
	fputs("<li>", out);
	html_text(out, text);
	fputs("</li>\n", out);
}

static void put_section(const struct reproduction *reproduction, const struct reproduce_section *section, FILE *out)
{
	struct table table;

	fputs("<section><h2>", out);
	html_text(out, section->title);
	fputs("</h2>\n", out);
	put_plot(reproduction, section, out);
	reproduce_table(reproduction, section, &table);
	table_write_html(&table, out);
	table_free(&table);
	fputs("<ul>\n", out);
	reproduce_remarks(reproduction, section, put_item, out);
	fputs("</ul>\n</section>\n", out);
}

static void put_commands(const struct reproduction *reproduction, FILE *out)
{
	fputs("<details><summary>Commands</summary>\n<p>Each once more with n=0, which is taken off.</p>\n<pre>", out);
	for (unsigned i = 0; i < reproduction->cells; i++)
		if (reproduction->cell[i].runs) {
			html_text(out, reproduction->cell[i].runs->runs[0].command);
			putc('\n', out);
		}
	fputs("</pre></details>\n", out);
}

void reproduce_html(const struct reproduction *reproduction, FILE *out)
{
	const struct reproduce_paper *paper = reproduction->paper;
	char summary[512];

	page_begin(paper->title, out);
	page_paragraph(out, paper->text);
	reproduce_summary(reproduction, summary, sizeof(summary));
	page_paragraph(out, summary);
	for (unsigned i = 0; i < paper->sections; i++)
		put_section(reproduction, &paper->section[i], out);
	if (paper->left_out)
		page_paragraph(out, paper->left_out);
	put_commands(reproduction, out);
	page_end(out);
}
