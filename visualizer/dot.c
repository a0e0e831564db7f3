/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/dot.c - see dot.h. Colours: Okabe and Ito, Color Universal Design (2008), jfly.uni-koeln.de/color.
 */
#include "visualizer/dot.h"

#include <stdarg.h>
#include <stdint.h>

/* ---- colours ---- */

static const char *const colors[] = {
	[DOT_BLACK] = "#000000", [DOT_ORANGE] = "#e69f00", [DOT_SKY] = "#56b4e9", [DOT_GREEN] = "#009e73",
	[DOT_YELLOW] = "#f0e442", [DOT_BLUE] = "#0072b2", [DOT_VERMILLION] = "#d55e00", [DOT_PURPLE] = "#cc79a7",
	[DOT_GREY] = "#808080", [DOT_WHITE] = "#ffffff",
};

const char *dot_color(enum dot_color color)
{
	return colors[color];
}

static unsigned part(const char *text)
{
	unsigned value = 0;

	for (unsigned i = 0; i < 2; i++)
		value = value * 16 + (unsigned)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
	return value;
}

const char *dot_tint(enum dot_color color, unsigned share, char text[DOT_COLOR_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	text[0] = '#';
	text[DOT_COLOR_TEXT - 1] = '\0';
	for (unsigned i = 1; i < DOT_COLOR_TEXT - 1; i += 2) {
		unsigned value = 255 - (255 - part(colors[color] + i)) * share / 100;

		text[i] = digits[value >> 4];
		text[i + 1] = digits[value & 15];
	}
	return text;
}

/* ---- text ---- */

static void indent(const struct dot *dot)
{
	for (unsigned i = 0; i < dot->depth; i++)
		putc('\t', dot->out);
}

/* Bytes from 80h on pass: names in ELF files are UTF-8 by custom. What is not valid is a '?', or dot would refuse all.
 * Gives the length of the character, 0 when it is none. */
static unsigned character(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned length = byte[0] < 0x80 ? 1 : byte[0] >= 0xc2 && byte[0] < 0xe0 ? 2 : byte[0] < 0xc0 ? 0
	                : byte[0] < 0xf0 && byte[0] >= 0xe0 ? 3 : byte[0] >= 0xf0 && byte[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and what lies beyond U+10FFFF. */
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
		return 0;
	return length;
}

typedef void put_character(FILE *out, const char *text, unsigned length);

static void put_text(FILE *out, const char *text, put_character *put)
{
	while (*text) {
		unsigned length = character(text);

		if (length == 0)
			putc('?', out);
		else if (length > 1 || (unsigned char)*text >= ' ' || *text == '\n')
			put(out, text, length);
		text += length ? length : 1;
	}
}

/* Inside "..." of DOT: \n is a line; & would begin an entity. */
static void put_quoted(FILE *out, const char *text, unsigned length)
{
	if (*text == '\n')
		fputs("\\n", out);
	else if (*text == '&')
		fputs("&amp;", out);
	else if (*text == '"' || *text == '\\')
		fprintf(out, "\\%c", *text);
	else
		fwrite(text, 1, length, out);
}

/* Inside an HTML-like label. */
static void put_html(FILE *out, const char *text, unsigned length)
{
	switch (*text) {
	case '\n': fputs("<br align=\"left\"/>", out); break;
	case '&': fputs("&amp;", out); break;
	case '<': fputs("&lt;", out); break;
	case '>': fputs("&gt;", out); break;
	case '"': fputs("&quot;", out); break;
	default: fwrite(text, 1, length, out); break;
	}
}

static void put_label(const struct dot *dot, const char *label)
{
	fputs("label=\"", dot->out);
	put_text(dot->out, label, put_quoted);
	putc('"', dot->out);
}

void dot_wrap(char *text, unsigned columns)
{
	char *line = text, *blank = NULL;

	for (char *c = text; *c; c++) {
		if (*c == ' ')
			blank = c;
		if (*c == '\n') {
			line = c + 1;
			blank = NULL;
		} else if (blank && (size_t)(c - line) >= columns) {
			*blank = '\n';
			line = blank + 1;
			blank = NULL;
		}
	}
}

/* ---- graphs, nodes, edges ---- */

struct dot dot_begin(FILE *out, const char *name, const char *title, const char *attributes)
{
	struct dot dot = {.out = out};

	fprintf(out, "digraph %s {\n", name);
	dot.depth++;
	fprintf(out, "\tgraph [fontname=\"sans-serif\", fontsize=14, labelloc=t%s%s];\n\t", attributes[0] ? ", " : "", attributes);
	put_label(&dot, title);
	fputs(";\n\tnode [fontname=\"sans-serif\", fontsize=12];\n\tedge [fontname=\"sans-serif\", fontsize=11];\n", out);
	return dot;
}

void dot_end(struct dot *dot)
{
	dot_close(dot);
}

void dot_default(struct dot *dot, const char *what, const char *attributes)
{
	indent(dot);
	fprintf(dot->out, "%s [%s];\n", what, attributes);
}

void dot_open_cluster(struct dot *dot, const char *name, const char *label, const char *attributes)
{
	indent(dot);
	fprintf(dot->out, "subgraph cluster_%s {\n", name);
	dot->depth++;
	indent(dot);
	fputs("graph [", dot->out);
	put_label(dot, label);
	fprintf(dot->out, "%s%s];\n", attributes[0] ? ", " : "", attributes);
}

void dot_open_rank(struct dot *dot, const char *rank)
{
	indent(dot);
	fprintf(dot->out, "{\n");
	dot->depth++;
	indent(dot);
	fprintf(dot->out, "rank=%s;\n", rank);
}

void dot_close(struct dot *dot)
{
	dot->depth--;
	indent(dot);
	fputs("}\n", dot->out);
}

static void attributes_end(struct dot *dot, bool labelled, const char *attributes, va_list arguments)
{
	if (labelled && attributes)
		fputs(", ", dot->out);
	if (attributes)
		vfprintf(dot->out, attributes, arguments);
	fputs("];\n", dot->out);
}

void dot_node(struct dot *dot, const char *name, const char *label, const char *attributes, ...)
{
	va_list arguments;

	indent(dot);
	fprintf(dot->out, "%s [", name);
	put_label(dot, label);
	va_start(arguments, attributes);
	attributes_end(dot, true, attributes, arguments);
	va_end(arguments);
}

void dot_edge(struct dot *dot, const char *from, const char *to, const char *label, const char *attributes, ...)
{
	va_list arguments;

	indent(dot);
	fprintf(dot->out, "%s -> %s", from, to);
	if (!label && !attributes) {
		fputs(";\n", dot->out);
		return;
	}
	fputs(" [", dot->out);
	if (label)
		put_label(dot, label);
	va_start(arguments, attributes);
	attributes_end(dot, label, attributes, arguments);
	va_end(arguments);
}

/* ---- tables ---- */

void dot_open_table(struct dot *dot, const char *name)
{
	indent(dot);
	fprintf(dot->out, "%s [shape=plain, style=solid, label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" "
	        "cellpadding=\"3\">\n", name);
	dot->depth++;
}

void dot_open_row(struct dot *dot)
{
	indent(dot);
	fputs("<tr>", dot->out);
}

void dot_cell(struct dot *dot, const struct dot_cell *cell, const char *text)
{
	FILE *out = dot->out;

	fputs("<td", out);
	if (cell->port)
		fprintf(out, " port=\"%s\"", cell->port);
	if (cell->fill)
		fprintf(out, " bgcolor=\"%s\"", cell->fill);
	if (cell->columns > 1)
		fprintf(out, " colspan=\"%u\"", cell->columns);
	fprintf(out, " align=\"%s\" balign=\"left\">%s", cell->centred ? "center" : "left", cell->strong ? "<b>" : "");
	put_text(out, text && text[0] ? text : " ", put_html);
	fprintf(out, "%s</td>", cell->strong ? "</b>" : "");
}

void dot_close_row(struct dot *dot)
{
	fputs("</tr>\n", dot->out);
}

void dot_close_table(struct dot *dot)
{
	dot->depth--;
	indent(dot);
	fputs("</table>>];\n", dot->out);
}
