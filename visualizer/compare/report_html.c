/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_html.c - the report as a page (page.h): plots of all cases, then each case with its own. Every
 * figure stands in a table, too.
 */
#include "visualizer/compare/page.h"
#include "visualizer/compare/plots.h"

#include <string.h>

enum { OPEN_CASES = 4, BAR_CASES = 24 };

/* ---- what all cases show together ---- */

static void write_lines(const struct plan *plan, FILE *out)
{
	char name[256];

	if (plan->x < 0)
		return;
	fputs("<div class=\"plots\">\n", out);
	for (unsigned i = 0; i < plan->case_count; i++) {
		if (!plot_begins(plan, i))
			continue;
		fputs("<figure><figcaption>", out);
		html_text(out, plot_name(plan, i, name, sizeof(name)));
		fputs("</figcaption>\n", out);
		plot_lines(plan, i, out);
		fputs("</figure>\n", out);
	}
	fputs("</div>\n", out);
}

/* Without an axis: the bars of each case side by side, unless they are many or one, which has them below. */
static void write_bars(const struct plan *plan, FILE *out)
{
	char name[32];
	double ratio;

	if (plan->x >= 0 || plan->case_count < 2 || plan->case_count > BAR_CASES)
		return;
	fprintf(out, "<p>Model cycles, ratio to %s:</p>\n<div class=\"plots\">\n",
	        plan_mode_text(plan, (unsigned)plan->baseline, name, sizeof(name)));
	for (unsigned i = 0; i < plan->case_count; i++) {
		if (!figure_ratio(plan, i, (unsigned)plan->baseline, &ratio))
			continue;
		fputs("<figure><figcaption>", out);
		html_text(out, plan->cases[i].name);
		fputs("</figcaption>\n", out);
		plot_ratios(plan, i, out);
		fputs("</figure>\n", out);
	}
	fputs("</div>\n", out);
}

static void write_overview(const struct plan *plan, FILE *out)
{
	struct table table;

	write_lines(plan, out);
	write_bars(plan, out);
	for (int ratio = 1; ratio >= 0 && plan->case_count > 1; ratio--) {
		content_overview(plan, ratio, &table);
		table_write_html(&table, out);
		table_free(&table);
	}
}

/* ---- one case ---- */

static void write_key(const struct plan *plan, unsigned which_case, FILE *out)
{
	fputs("<ul class=\"key\">", out);
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++) {
		bool there = false;

		for (unsigned mode = 0; mode < plan->modes; mode++)
			there |= figure_share(plan, which_case, mode, part).most > 0;
		if (there)
			fprintf(out, "<li><span class=\"p%u\"></span>%.*s</li>", (unsigned)part,
			        (int)strcspn(spending_text(part), ":"), spending_text(part));
	}
	fputs("</ul>\n", out);
}

static bool has_figures(const struct plan *plan, unsigned which_case)
{
	for (unsigned mode = 0; mode < plan->modes; mode++)
		if (figure_there(plan, which_case, mode))
			return true;
	return false;
}

static void write_case_plots(const struct plan *plan, unsigned which_case, FILE *out)
{
	char name[32];
	double ratio;

	fputs("<div class=\"plots\">\n", out);
	if (figure_ratio(plan, which_case, (unsigned)plan->baseline, &ratio)) {
		fprintf(out, "<figure><figcaption>Model cycles, ratio to %s</figcaption>\n",
		        plan_mode_text(plan, (unsigned)plan->baseline, name, sizeof(name)));
		plot_ratios(plan, which_case, out);
		fputs("</figure>\n", out);
	}
	fputs("<figure><figcaption>Where the cycles went</figcaption>\n", out);
	write_key(plan, which_case, out);
	plot_parts(plan, which_case, out);
	fputs("</figure>\n</div>\n", out);
}

static void write_case(const struct plan *plan, unsigned which_case, FILE *out)
{
	bool folded = plan->case_count > OPEN_CASES;
	struct table table;

	fputs(folded ? "<details><summary>" : "<section><h2>", out);
	html_text(out, plan->cases[which_case].name);
	fputs(folded ? "</summary>\n" : "</h2>\n", out);
	if (has_figures(plan, which_case)) {
		write_case_plots(plan, which_case, out);
		content_case(plan, which_case, &table);
		table_write_html(&table, out);
		table_free(&table);
	}
	fputs(folded ? "</details>\n" : "</section>\n", out);
}

/* ---- the end ---- */

static void write_notes(const struct plan *plan, FILE *out)
{
	if (prose_notes(plan, NULL, 0) == 0)
		return;
	fputs("<h2>Notes</h2>\n<ul>\n", out);
	prose_tell_notes(plan, page_note, out);
	fputs("</ul>\n", out);
}

void report_html(const struct plan *plan, FILE *out)
{
	page_begin(*plan->title ? plan->title : "Comparison of techniques", out);
	prose_paragraphs(plan->text, page_paragraph, out);
	write_overview(plan, out);
	for (unsigned i = 0; i < plan->case_count; i++)
		write_case(plan, i, out);
	write_notes(plan, out);
	prose_provenance(plan, page_soft, out);
	fputs("<details><summary>Commands</summary>\n<pre>", out);
	prose_commands(plan, html_text, out);
	fputs("</pre></details>\n", out);
	page_end(out);
}
