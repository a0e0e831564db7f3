/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/page.c - the style sheet of a page, and what stands around its content. Colours are Okabe and Ito's,
 * "Color Universal Design", which most kinds of colour vision tell apart; lines of one technique differ by dashes.
 */
#include "visualizer/compare/page.h"

#include "core/spending.h"
#include "visualizer/compare/table.h"

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
	".peer{fill:var(--soft)}.whisker{stroke:var(--fg);stroke-width:1.2}.median{stroke:var(--bg);stroke-width:2}"
	".dot{fill:var(--fg);opacity:.45}\n"
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

void page_begin(const char *title, FILE *out)
{
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

void page_paragraph(FILE *out, const char *text)
{
	fputs("<p>", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

void page_soft(FILE *out, const char *text)
{
	fputs("<p class=\"soft\">", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

bool page_note(FILE *out, const struct note *note)
{
	fputs("<li>", out);
	html_text(out, note->text);
	fputs("</li>\n", out);
	return true;
}

void page_end(FILE *out)
{
	fputs("</main>\n</body>\n</html>\n", out);
}
