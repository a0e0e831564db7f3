/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/report_text.c - finds the marks in a report: {{...}}, then `= NUMBER`, or `<`, `>`, `beats` and a second one. Everything else
 * is the student's prose.
 */
#include "labs/grade/report.h"

#include "core/refuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "{{fork trap n=10}}" at *at: behind it then. */
static bool take_mark(const char **at, struct cited *cited, char *error, size_t error_size)
{
	const char *begin = *at + 2, *end = begin + strcspn(begin, "}\n");
	size_t length;

	if (strncmp(end, "}}", 2) != 0)
		return refuse(error, error_size, "a mark {{...}} does not end on its line");
	begin += strspn(begin, " ");
	length = strspn(begin, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (!length || length >= sizeof cited->file || begin + length > end || (begin[length] != ' ' && begin[length] != '}'))
		return refuse(error, error_size, "a mark begins with the name of a comparison file, small letters, digits and hyphens, without "
		                                 ".ini: {{fork trap n=10}}");
	snprintf(cited->file, sizeof cited->file, "%.*s", (int)length, begin);
	begin += length;
	if ((size_t)(end - begin) >= sizeof cited->words)
		return refuse(error, error_size, "a mark has more than %zu characters", sizeof cited->words - 1);
	snprintf(cited->words, sizeof cited->words, "%.*s", (int)(end - begin), begin);
	*at = end + 2;
	return true;
}

static void take_value(const struct report *report, const char **at, struct citation *citation)
{
	size_t length = strspn(*at, "0123456789.,?"), used = 0;

	while (length && strchr(".,", (*at)[length - 1])) /* of the sentence */
		length--;
	citation->value_at = (size_t)(*at - report->text);
	citation->value_length = length;
	for (size_t i = 0; i < length && used + 1 < sizeof citation->value; i++)
		if ((*at)[i] != ',')
			citation->value[used++] = (*at)[i];
	*at += length;
}

/* What stands behind the first mark. */
static bool take_rest(const struct report *report, const char **at, struct citation *citation, char *error, size_t error_size)
{
	*at += strspn(*at, " `*");
	if (**at == '=') {
		*at += 1 + strspn(*at + 1, " `*");
		take_value(report, at, citation);
		return citation->value[0] || refuse(error, error_size, "there is no number behind `=`");
	}
	citation->claim = true;
	citation->more = **at == '>';
	citation->beats = **at == 'b';
	if (**at == '<' || **at == '>')
		*at += 1;
	else if (strncmp(*at, "beats", 5) == 0)
		*at += 5;
	else
		return refuse(error, error_size, "behind a mark stands `= NUMBER`, or `<`, `>` or `beats` and another mark");
	*at += strspn(*at, " `*");
	return strncmp(*at, "{{", 2) == 0 ? take_mark(at, &citation->right, error, error_size)
	                                  : refuse(error, error_size, "there is no second mark behind `<`, `>` or `beats`");
}

static bool take_citations(struct report *report, char *error, size_t error_size)
{
	unsigned line = 1;

	for (const char *at = report->text; *at;) {
		struct citation *citation = &report->citation[report->count];
		char why[256];

		line += *at == '\n';
		if (strncmp(at, "{{", 2) != 0) {
			at++;
			continue;
		}
		if (report->count == REPORT_CITATIONS)
			return refuse(error, error_size, "more than %d marks", REPORT_CITATIONS);
		citation->line = line;
		if (!take_mark(&at, &citation->left, why, sizeof why) || !take_rest(report, &at, citation, why, sizeof why))
			return refuse(error, error_size, "line %u of the report: %s", line, why);
		report->count++;
	}
	return true;
}

bool report_read(struct report *report, const char *path, char *error, size_t error_size)
{
	FILE *file = fopen(path, "re");
	size_t size;

	memset(report, 0, sizeof *report);
	if (!file)
		return refuse(error, error_size, "cannot read the report: %s", strerror(errno));
	snprintf(report->folder, sizeof report->folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	report->text = calloc(1, REPORT_SIZE);
	report->citation = calloc(REPORT_CITATIONS + 1, sizeof *report->citation);
	size = report->text && report->citation ? fread(report->text, 1, REPORT_SIZE - 1, file) : 0;
	fclose(file);
	if (!report->text || !report->citation)
		return refuse(error, error_size, "not enough memory; close other programs");
	if (size == REPORT_SIZE - 1 || memchr(report->text, '\0', size))
		return refuse(error, error_size, "the report is no text of less than %d KiB", REPORT_SIZE / 1024);
	return take_citations(report, error, error_size);
}

void report_free(struct report *report)
{
	free(report->text);
	free(report->citation);
}
