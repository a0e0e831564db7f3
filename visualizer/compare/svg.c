/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/svg.c - SVG 1.1, written by hand.
 */
#include "visualizer/compare/svg.h"

#include "visualizer/compare/table.h"

#include <math.h>

void svg_begin(FILE *out, unsigned height, const char *what)
{
	fprintf(out, "<svg viewBox=\"0 0 %d %u\" role=\"img\" aria-label=\"", SVG_WIDTH, height);
	html_text(out, what);
	fputs("\">\n", out);
}

void svg_text(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	html_text(out, text);
	fputs("</text>\n", out);
}

void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *class)
{
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2, class);
}

void svg_box(FILE *out, double x, double y, double width, double height, const char *class)
{
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>\n", x, y, fmax(width, 0.5), height,
	        class);
}
