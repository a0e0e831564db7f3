/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/text.c - results as MIT's labs print them, which instructors and their scripts know.
 */
#include "labs/grade/result.h"

#include <inttypes.h>
#include <string.h>

bool grading_part(const struct grading *grading, unsigned index, struct part_score *part)
{
	unsigned seen = 0;

	*part = (struct part_score){0};
	for (unsigned i = 0; i < grading->tests && !part->name; i++) {
		const char *name = grading->test[i].test->part;
		unsigned before = 0;

		while (before < i && strcmp(grading->test[before].test->part, name) != 0)
			before++;
		if (before == i && seen++ == index)
			part->name = name;
	}
	for (unsigned i = 0; part->name && i < grading->tests; i++) {
		const struct test_result *result = &grading->test[i];

		if (strcmp(result->test->part, part->name) != 0)
			continue;
		part->score += result->score;
		part->maximum += result->test->points;
	}
	return part->name != NULL;
}

static void write_lines(struct output *output, const char *before, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		output_format(output, "    %s%.*s\n", before, (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void write_divergence(struct output *output, const struct test_result *result)
{
	const struct divergence *at = &result->divergence;

	output_format(output, "    first difference: step %" PRIu64 ", cycle %" PRIu64 ", %s at %08" PRIx32 ": %s\n", at->step,
	              at->cycle, at->handler, at->eip, at->instruction);
	output_format(output, "        %-10s expected %s\n        %-10s got      %s\n", at->what, at->expected, "", at->got);
}

void text_test(struct output *output, const struct test_result *result, bool verbose, bool color)
{
	bool passed = result->outcome == OUTCOME_PASSED;

	output_format(output, "== Test %s == %s%s%s\n", result->test->name, color ? passed ? "\033[32m" : "\033[31m" : "",
	              passed ? "OK" : "FAIL", color ? "\033[m" : "");
	if (!passed) {
		output_format(output, "    %s\n", result->message);
		if (result->divergence.is)
			write_divergence(output, result);
		write_lines(output, "    ", result->detail);
		if (result->recording[0])
			output_format(output, "    look at it: ringside replay --at-end %s\n", result->recording);
	} else if (verbose) {
		if (result->calls)
			output_format(output, "    %" PRIu64 " calls of handlers, all as the reference's\n", result->calls);
		write_lines(output, "", result->detail);
	}
	if (verbose)
		write_lines(output, "| ", result->log);
	output_flush(output);
}

void text_scores(struct output *output, const struct grading *grading)
{
	struct part_score part;

	for (unsigned i = 0; grading_part(grading, i, &part); i++)
		output_format(output, "Part %s score: %u/%u\n", part.name, part.score, part.maximum);
	output_format(output, "Score: %u/%u\n", grading->score, grading->maximum);
}
