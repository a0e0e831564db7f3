/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_html.c - wall times as a page: a box from quartile to quartile with the median in it, whiskers to
 * the fastest and the slowest run, a dot a run (McGill, Tukey and Larsen, "Variations of Box Plots", 1978).
 */
#include "visualizer/compare/page.h"
#include "visualizer/compare/peers.h"
#include "visualizer/compare/plots.h"
#include "visualizer/compare/svg.h"

#include <math.h>
#include <stdlib.h>

enum { LEFT = 84, RIGHT = 64, ROW = 24, BOX = 12, TOP = 6, AXIS = 34, DOTS = 40, NARROW = 3 };

static const double MILLISECONDS = 1000;

static struct axis time_axis(const struct peers *peers, unsigned which_case)
{
	double least = INFINITY, most = 0;

	for (unsigned i = 0; i < peers->each; i++) {
		const struct peers_entry *entry = peers_entry(peers, which_case, i);
		struct peers_figure figure = peers_figure(entry);

		if (!peers_measured(entry))
			continue;
		least = fmin(least, figure.least * MILLISECONDS);
		most = fmax(most, figure.most * MILLISECONDS);
	}
	return axis_for(most >= 20 * least ? least : 0, most, most >= 20 * least ? least : 0);
}

static double across(const struct axis *axis, double seconds)
{
	return LEFT + axis_place(axis, seconds * MILLISECONDS) * (SVG_WIDTH - LEFT - RIGHT);
}

static void put_box(const struct peers *peers, const struct peers_entry *entry, const struct axis *axis, double y, FILE *out)
{
	struct peers_figure figure = peers_figure(entry);
	double middle = y + BOX / 2.0, median = across(axis, figure.median);
	double from = fmin(across(axis, figure.quarter), median - NARROW), to = fmax(across(axis, figure.three_quarters), median + NARROW);
	char class[32] = "peer", value[32];

	if (entry->engine == ENGINE_MODEL)
		snprintf(class, sizeof(class), "f%u v%u", plot_color(peers->plan, entry->mode), plot_variant(peers->plan, entry->mode));
	snprintf(value, sizeof(value), figure.median < 0.9995 ? "%.1f ms" : "%.2f s",
	         figure.median < 0.9995 ? figure.median * MILLISECONDS : figure.median);
	svg_text(out, LEFT - 6, middle + 4, "end", entry->name);
	svg_line(out, across(axis, figure.least), middle, across(axis, figure.most), middle, "whisker");
	svg_line(out, across(axis, figure.least), middle - 4, across(axis, figure.least), middle + 4, "whisker");
	svg_line(out, across(axis, figure.most), middle - 4, across(axis, figure.most), middle + 4, "whisker");
	svg_box(out, from, y, to - from, BOX, class);
	svg_line(out, median, y, median, y + BOX, "median");
	for (unsigned i = 0; i < entry->samples && entry->samples <= DOTS; i++)
		fprintf(out, "<circle class=\"dot\" r=\"1.6\" cx=\"%.1f\" cy=\"%.1f\"/>\n", across(axis, entry->sample[i].wall),
		        y + BOX + 3);
	svg_text(out, across(axis, figure.most) + 6, middle + 4, "start", value);
}

static void plot_times(const struct peers *peers, unsigned which_case, FILE *out)
{
	struct axis axis = time_axis(peers, which_case);
	double y = TOP + 4, bottom = TOP + 4;
	char label[24];

	for (unsigned i = 0; i < peers->each; i++)
		bottom += peers_measured(peers_entry(peers, which_case, i)) ? ROW : 0;
	svg_begin(out, (unsigned)bottom + AXIS, "wall time by engine: quartiles, median, fastest and slowest run");
	for (unsigned i = 0; i < axis.ticks; i++) {
		double x = LEFT + axis_place(&axis, axis.tick[i]) * (SVG_WIDTH - LEFT - RIGHT);

		svg_line(out, x, TOP, x, bottom, "grid");
		svg_text(out, x, bottom + 14, "middle", axis_label(axis.tick[i], label, sizeof(label)));
	}
	svg_text(out, LEFT + (SVG_WIDTH - LEFT - RIGHT) / 2.0, bottom + 29, "middle", "wall time, ms");
	for (unsigned i = 0; i < peers->each; i++) {
		const struct peers_entry *entry = peers_entry(peers, which_case, i);

		if (!peers_measured(entry))
			continue;
		put_box(peers, entry, &axis, y, out);
		y += ROW;
	}
	fputs("</svg>\n", out);
}

static void write_case(const struct peers *peers, unsigned which_case, FILE *out)
{
	struct table table;

	if (!peers_case_measured(peers, which_case))
		return;
	fputs("<section><h2>", out);
	html_text(out, peers->plan->cases[which_case].name);
	fputs("</h2>\n<div class=\"plots\"><figure>\n", out);
	plot_times(peers, which_case, out);
	fputs("</figure></div>\n", out);
	peers_table(peers, which_case, &table);
	table_write_html(&table, out);
	table_free(&table);
	fputs("</section>\n", out);
}

static void write_notes(const struct peers *peers, FILE *out)
{
	struct note *notes = calloc(PEERS_WARNINGS, sizeof(*notes));
	unsigned count = notes ? peers_notes(peers, notes, PEERS_WARNINGS) : 0;

	if (count) {
		fputs("<h2>Notes</h2>\n<ul>\n", out);
		prose_write_notes(notes, count < PEERS_WARNINGS ? count : PEERS_WARNINGS, page_note, out);
		fputs("</ul>\n", out);
	}
	free(notes);
}

void peers_html(const struct peers *peers, FILE *out)
{
	const struct plan *plan = peers->plan;

	page_begin(*plan->title ? plan->title : "Wall times", out);
	prose_paragraphs(plan->text, page_paragraph, out);
	for (unsigned i = 0; i < plan->case_count; i++)
		write_case(peers, i, out);
	write_notes(peers, out);
	peers_provenance(peers, page_soft, out);
	fputs("<details><summary>Commands</summary>\n<pre>", out);
	peers_commands(peers, html_text, out);
	fputs("</pre></details>\n", out);
	page_end(out);
}
