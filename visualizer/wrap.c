/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/wrap.c - greedy line breaking at blanks.
 */
#include "visualizer/wrap.h"

#include <stdbool.h>
#include <string.h>

void wrap(FILE *out, const char *text, unsigned column, unsigned indent)
{
	bool first = true;

	while (*text) {
		unsigned length = (unsigned)strcspn(text, " \n");

		if (!first && column + 1 + length > WRAP_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		if (!first)
			fputc(' ', out);
		fprintf(out, "%.*s", (int)length, text);
		column += length + !first;
		first = false;
		text += length;
		if (*text == '\n') {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		if (*text)
			text++;
	}
	fputc('\n', out);
}
