/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/table.c - tables made and printed.
 */
#include "visualizer/compare/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* One more in a list of pointers. */
static void *grow(struct table *table, void *list, unsigned count, size_t size)
{
	void *larger = realloc(list, (count + 1) * size);

	table->failed |= !larger;
	return larger;
}

static char *copy(struct table *table, const char *text)
{
	char *made = strdup(text);

	table->failed |= !made;
	return made;
}

void table_begin(struct table *table, const char *corner)
{
	*table = (struct table){ .columns = 0 };
	table->corner = copy(table, corner);
}

void table_free(struct table *table)
{
	for (unsigned i = 0; i < table->rows; i++) {
		for (unsigned k = 0; k < table->row[i].cells; k++)
			free(table->row[i].cell[k]);
		free(table->row[i].cell);
		free(table->row[i].label);
	}
	for (unsigned i = 0; i < table->columns; i++)
		free(table->head[i]);
	free(table->head);
	free(table->row);
	free(table->corner);
	*table = (struct table){ .columns = 0 };
}

void table_column(struct table *table, const char *name)
{
	char **head = grow(table, table->head, table->columns, sizeof(*head));

	if (!head)
		return;
	table->head = head;
	head[table->columns] = copy(table, name);
	table->columns += head[table->columns] != NULL;
}

void table_row(struct table *table, bool title, const char *label)
{
	struct table_row *row = grow(table, table->row, table->rows, sizeof(*row));
	struct table_row made = { .title = title, .label = copy(table, label) };

	if (row)
		table->row = row;
	made.cell = title ? NULL : calloc(table->columns + 1, sizeof(*made.cell));
	if (row && made.label && (title || made.cell)) {
		row[table->rows++] = made;
		return;
	}
	table->failed = true;
	free(made.label);
	free(made.cell);
}

void table_cell(struct table *table, const char *format, ...)
{
	struct table_row *row = table->rows ? &table->row[table->rows - 1] : NULL;
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!row || row->title || row->cells == table->columns)
		return;
	row->cell[row->cells] = copy(table, text);
	row->cells += row->cell[row->cells] != NULL;
}

const char *table_number(uint64_t number, char *text, size_t size)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t used = 0;

	for (int i = 0; i < length && used + 2 < size; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

static const char *cell(const struct table_row *row, unsigned column)
{
	return column < row->cells ? row->cell[column] : "";
}

/* ---- a terminal ---- */

/* Columns that a text takes: UTF-8 sequences count as one. */
static int columns_of(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

static int greater(int a, int b)
{
	return a > b ? a : b;
}

static int label_width(const struct table *table)
{
	int width = columns_of(table->corner);

	for (unsigned i = 0; i < table->rows; i++)
		if (!table->row[i].title)
			width = greater(width, columns_of(table->row[i].label));
	return width;
}

static int column_width(const struct table *table, unsigned column)
{
	int width = columns_of(table->head[column]);

	for (unsigned i = 0; i < table->rows; i++)
		width = greater(width, columns_of(cell(&table->row[i], column)));
	return width;
}

static void put_left(FILE *out, const char *text, int width)
{
	fprintf(out, "%s%*s", text, greater(width - columns_of(text), 0), "");
}

static void put_right(FILE *out, const char *text, int width)
{
	fprintf(out, "  %*s%s", greater(width - columns_of(text), 0), "", text);
}

/* Gives the column behind the last one that fits; one does always. */
static unsigned fitting(const struct table *table, unsigned from, int room)
{
	unsigned column = from;

	while (column < table->columns && (room -= column_width(table, column) + 2) >= 0)
		column++;
	return column > from ? column : from + 1;
}

static void write_columns(const struct table *table, unsigned from, unsigned to, int width, FILE *out)
{
	put_left(out, table->corner, width);
	for (unsigned k = from; k < to; k++)
		put_right(out, table->head[k], column_width(table, k));
	putc('\n', out);
	for (unsigned i = 0; i < table->rows; i++) {
		const struct table_row *row = &table->row[i];

		if (row->title) {
			fprintf(out, "\n%s\n", row->label);
			continue;
		}
		put_left(out, row->label, width);
		for (unsigned k = from; k < to; k++)
			put_right(out, cell(row, k), column_width(table, k));
		putc('\n', out);
	}
}

void table_write_text(const struct table *table, unsigned width, FILE *out)
{
	int label = label_width(table);
	unsigned to;

	for (unsigned from = 0; from < table->columns; from = to) {
		to = fitting(table, from, (int)width - label);
		if (to > table->columns)
			to = table->columns;
		if (from > 0)
			putc('\n', out);
		write_columns(table, from, to, label, out);
	}
}

/* ---- Markdown ---- */

void markdown_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|~&", *text))
			putc('\\', out);
		putc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
}

void table_write_markdown(const struct table *table, FILE *out)
{
	fputs("| ", out);
	markdown_text(out, table->corner);
	for (unsigned k = 0; k < table->columns; k++) {
		fputs(" | ", out);
		markdown_text(out, table->head[k]);
	}
	fputs(" |\n| ---", out);
	for (unsigned k = 0; k < table->columns; k++)
		fputs(" | --:", out);
	fputs(" |\n", out);
	for (unsigned i = 0; i < table->rows; i++) {
		fputs(table->row[i].title ? "| **" : "| ", out);
		markdown_text(out, table->row[i].label);
		fputs(table->row[i].title ? "**" : "", out);
		for (unsigned k = 0; k < table->columns; k++) {
			fputs(" | ", out);
			markdown_text(out, cell(&table->row[i], k));
		}
		fputs(" |\n", out);
	}
}

/* ---- HTML ---- */

/* Length of a whole UTF-8 sequence (RFC 3629) at `text`, near enough to keep a page well-formed; 0: it is none. */
static unsigned sequence(const unsigned char *text)
{
	unsigned length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 :
	                  text[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void html_text(FILE *out, const char *text)
{
	static const char *const names[] = { ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;",
		                             ['\''] = "&#39;" };

	while (*text) {
		unsigned char c = (unsigned char)*text;
		unsigned length = sequence((const unsigned char *)text);

		if (c < sizeof(names) / sizeof(names[0]) && names[c])
			fputs(names[c], out);
		else if (length == 0 || (c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			fputs("\xef\xbf\xbd", out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}

static void write_html_row(const struct table *table, const struct table_row *row, FILE *out)
{
	if (row->title)
		fprintf(out, "<tr class=\"part\"><th colspan=\"%u\" scope=\"rowgroup\"><span>", table->columns + 1);
	else
		fputs("<tr><th scope=\"row\">", out);
	html_text(out, row->label);
	fputs(row->title ? "</span></th>" : "</th>", out);
	for (unsigned k = 0; !row->title && k < table->columns; k++) {
		fputs("<td>", out);
		html_text(out, cell(row, k));
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

void table_write_html(const struct table *table, FILE *out)
{
	fputs("<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">", out);
	html_text(out, table->corner);
	fputs("</th>", out);
	for (unsigned k = 0; k < table->columns; k++) {
		fputs("<th scope=\"col\">", out);
		html_text(out, table->head[k]);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (unsigned i = 0; i < table->rows; i++)
		write_html_row(table, &table->row[i], out);
	fputs("</tbody></table></div>\n", out);
}
