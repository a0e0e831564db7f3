/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_html.c - one page that stands alone: no script, no network, light and dark as the reader has it,
 * from a telephone's width on. Colours are Okabe and Ito's, "Color Universal Design", which most kinds of colour
 * vision tell apart; lines of one technique differ by dashes, and every figure stands in a table, too.
 */
#include "visualizer/compare/plots.h"

#include <stdlib.h>
#include <string.h>

enum { NOTES = 64, OPEN_CASES = 4, BAR_CASES = 24 };

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1a1a1a;--soft:#666;--line:#d8d8d8;--band:#f4f4f2;"
	"--c0:#1a1a1a;--c1:#a8508a;--c2:#c44f00;--c3:#0072b2;--c4:#b67d00;--c5:#008060;"
	"--p0:#8fb8d8;--p1:#0072b2;--p2:#cc79a7;--p3:#d55e00;--p4:#009e73;--p5:#e6b800;--p6:#c4c4c4}\n"
	"@media (prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e8e8e6;--soft:#a0a4a8;--line:#3a3e44;--band:#1f2226;"
	"--c0:#e8e8e6;--c1:#d98cba;--c2:#f0803c;--c3:#56b4e9;--c4:#e6a820;--c5:#2cc295;"
	"--p0:#3f627d;--p1:#56b4e9;--p2:#d98cba;--p3:#e8702a;--p4:#1fae84;--p5:#e6c93c;--p6:#5c6066}}\n"
	"*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}\n"
	"main{max-width:76rem;margin:0 auto;padding:1rem}h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}\n"
	"h2{font-size:1.2rem;margin:2.2rem 0 .6rem;overflow-wrap:anywhere}p{max-width:44rem}.soft{color:var(--soft);font-size:.9rem}\n"
	".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,23rem),1fr));gap:1rem 2rem}\n"
	"figure{margin:0;max-width:36rem}figcaption{font-size:.9rem;font-weight:600;margin:.2rem 0}\n"
	"svg{display:block;width:100%;height:auto}svg text{fill:var(--fg);font:11.5px system-ui,sans-serif}\n"
	"text.middle{text-anchor:middle}text.end{text-anchor:end}\n"
	".grid{stroke:var(--line);stroke-width:1}.tick{stroke:var(--soft);stroke-width:1}\n"
	".one{stroke:var(--fg);stroke-width:1;stroke-dasharray:2 2}polyline{fill:none;stroke-width:1.8}\n"
	".key{display:flex;flex-wrap:wrap;gap:.15rem .9rem;list-style:none;margin:.2rem 0;padding:0;font-size:.85rem}\n"
	".key span{display:inline-block;width:.8em;height:.8em;margin-right:.35em}\n"
	".wide{overflow-x:auto;margin:.6rem 0}table{border-collapse:separate;border-spacing:0;font-size:.85rem;font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.18rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}\n"
	"th:first-child{text-align:left;position:sticky;left:0;background:var(--bg);max-width:16rem;white-space:normal}@media (max-width:40rem){th:first-child{max-width:9rem}}\n"
	"thead th,thead th:first-child{background:var(--band)}.part th{padding-top:.8rem;font-weight:600;max-width:none}\n"
	"tbody th{font-weight:400}.part span{position:sticky;left:.6rem}\n"
	"summary{cursor:pointer;margin:.6rem 0;font-weight:600;overflow-wrap:anywhere}\n"
	"pre{overflow-x:auto;background:var(--band);padding:.8rem;font-size:.8rem}li{overflow-wrap:anywhere}\n";

/* One class for fills and one for lines a technique, one for fills a part; later modes of a technique are paler, dashed. */
static void write_classes(FILE *out)
{
	for (unsigned i = 0; i < 6; i++)
		fprintf(out, ".f%u{fill:var(--c%u)}.l%u{stroke:var(--c%u);stroke-width:1.8}\n", i, i, i, i);
	for (unsigned i = 0; i < SPENDING_COUNT; i++)
		fprintf(out, ".p%u{fill:var(--p%u);background:var(--p%u)}", i, i, i);
	fputs("\n.v1{opacity:.65}.v2{opacity:.45}.v3{opacity:.35}.d1{stroke-dasharray:5 3}.d2{stroke-dasharray:2 3}\n", out);
}

static void write_head(const struct plan *plan, FILE *out)
{
	const char *title = *plan->title ? plan->title : "Comparison of techniques";

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>", out);
	html_text(out, title);
	fputs("</title>\n<style>\n", out);
	fputs(style, out);
	write_classes(out);
	fputs("</style>\n</head>\n<body>\n<main>\n<h1>", out);
	html_text(out, title);
	fputs("</h1>\n", out);
}

static void write_paragraphs(const char *text, FILE *out)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		fputs("<p>", out);
		html_text(out, line ? line : "");
		fputs("</p>\n", out);
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
	fputs("<p class=\"soft\">", out);
	if (fclose(memory) == 0)
		html_text(out, text);
	fputs("</p>\n", out);
	free(text);
}

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
	struct note *notes = calloc(NOTES, sizeof(*notes));
	unsigned count = notes ? content_notes(plan, notes, NOTES) : 0;

	if (count)
		fputs("<h2>Notes</h2>\n<ul>\n", out);
	for (unsigned i = 0; i < count && i < NOTES; i++) {
		fputs("<li>", out);
		html_text(out, notes[i].text);
		fputs("</li>\n", out);
	}
	if (count)
		fputs("</ul>\n", out);
	free(notes);
}

static void write_commands(const struct plan *plan, FILE *out)
{
	fputs("<details><summary>Commands</summary>\n<pre>", out);
	for (unsigned i = 0; i < plan->run_count; i++) {
		html_text(out, plan->runs[i].command);
		putc('\n', out);
	}
	fputs("</pre></details>\n", out);
}

void report_html(const struct plan *plan, FILE *out)
{
	write_head(plan, out);
	write_paragraphs(plan->text, out);
	write_overview(plan, out);
	for (unsigned i = 0; i < plan->case_count; i++)
		write_case(plan, i, out);
	write_notes(plan, out);
	write_provenance(plan, out);
	write_commands(plan, out);
	fputs("</main>\n</body>\n</html>\n", out);
}
