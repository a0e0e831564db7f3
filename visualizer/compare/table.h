/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/table.h - a table of texts: a head, rows with a label and a cell for each column, rows that are the
 * title of those below. The same table is printed for a terminal, as Markdown and as HTML.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_TABLE_H
#define RINGSIDE_VISUALIZER_COMPARE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct table_row {
	bool title;   /* of the rows below: no cells */
	char *label;
	char **cell;  /* `columns` of them; NULL: empty */
	unsigned cells;
};

struct table {
	char *corner;  /* above the labels */
	unsigned columns;
	char **head;
	struct table_row *row;
	unsigned rows;
	bool failed; /* memory was short: what is missing is missing */
};

void table_begin(struct table *table, const char *corner);
void table_free(struct table *table);

/* Columns come before rows. */
void table_column(struct table *table, const char *name);
void table_row(struct table *table, bool title, const char *label);
/* The next cell of the last row. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "1,234,567" in `text`. */
const char *table_number(uint64_t number, char *text, size_t size);

/* For a terminal of so many columns: what does not fit beside goes below, labels repeated. */
void table_write_text(const struct table *table, unsigned width, FILE *out);
/* GitHub's form: a bar in a cell is escaped. */
void table_write_markdown(const struct table *table, FILE *out);
void table_write_html(const struct table *table, FILE *out);

/* Text that stands between tags or in an attribute: <, >, & and quotes are escaped; control characters and what is no
 * UTF-8 become U+FFFD. */
void html_text(FILE *out, const char *text);
/* For Markdown's inline text: what would be markup is escaped. */
void markdown_text(FILE *out, const char *text);

#endif
