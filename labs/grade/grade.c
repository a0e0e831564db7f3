/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/grade.c - one submission: built, then each test on each seed. A test has its points when all its seeds pass. A test that
 * has failed is not run with further seeds; the others go on.
 */
#include "labs/grade/grade.h"

#include "core/json.h"
#include "labs/grade/judges.h"

#include <stdio.h>
#include <string.h>

static bool chosen(const struct grade_options *options, const struct lab_test *test)
{
	const char *const *filter = options->filter;

	if (!filter || !*filter)
		return true;
	for (; *filter; filter++)
		if (strstr(test->name, *filter))
			return true;
	return false;
}

/* "FOLDER/02-trap-and-emulate-cli-and-sti.recording" */
static void recording_name(const struct grade_options *options, const struct lab_test *test, char *path, size_t size)
{
	size_t at = (size_t)snprintf(path, size, "%.500s/%s-", options->recordings, options->lab->name);

	for (const char *name = test->name; *name && at + 16 < size; name++)
		path[at++] = (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') ? *name : '-';
	snprintf(path + at, size - at, ".recording");
}

/* A submission's bytes may stand in messages: what the compiler quotes, words of a text. No control character of theirs reaches a terminal or
 * a report, and all is UTF-8. */
static void clean(char *text)
{
	while (*text) {
		size_t length = json_utf8_length(text);
		unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];

		if (!length || (first < ' ' && first != '\n' && first != '\t') || first == 0x7f)
			text[0] = '?';
		if (first == 0xc2 && length == 2 && second < 0xa0) /* the C1 set (ECMA-48) */
			text[0] = text[1] = '?';
		text += length ? length : 1;
	}
}

static void clean_result(struct test_result *result)
{
	clean(result->message);
	clean(result->detail);
	clean(result->log);
	clean(result->divergence.expected);
	clean(result->divergence.got);
}

static bool run_test(const struct grade_options *options, const struct build *build, struct judge_memory *memory,
                     struct test_result *result, char *error, size_t error_size)
{
	char recording[LAB_PATH];

	for (unsigned i = 0; i < options->lab->seeds && !result->message[0]; i++) {
		struct judgement judgement = {options->lab, result->test, options->lab->seed[i], build, NULL, memory};

		if (options->recordings && !judgement.seed.hidden) {
			recording_name(options, result->test, recording, sizeof recording);
			judgement.recording = recording;
		}
		if (!result->test->judge->decide(&judgement, result, error, error_size))
			return false;
		if (result->message[0])
			result->seed = judgement.seed;
	}
	clean_result(result);
	result->outcome = result->message[0] ? OUTCOME_FAILED : OUTCOME_PASSED;
	result->score = result->outcome == OUTCOME_PASSED ? result->test->points : 0;
	return true;
}

static void not_built(struct test_result *result)
{
	result->outcome = OUTCOME_FAILED;
	snprintf(result->message, sizeof result->message, "the submission does not build");
}

bool grade_submission(const struct grade_options *options, struct grading *grading, char *error, size_t error_size)
{
	const struct lab_description *lab = options->lab;
	struct judge_memory memory = {NULL, NULL};
	struct build build;
	bool done = true;

	memset(grading, 0, sizeof *grading);
	grading->lab = lab;
	snprintf(grading->submission, sizeof grading->submission, "%s", options->submission);
	grading->built = build_submission(&build, lab, options->submission, grading->build_log, sizeof grading->build_log);
	clean(grading->build_log);
	if (options->built)
		options->built(options->owner, grading);
	for (unsigned i = 0; i < lab->tests && done; i++) {
		struct test_result *result = &grading->test[grading->tests];

		if (!chosen(options, &lab->test[i]))
			continue;
		grading->tests++;
		result->test = &lab->test[i];
		if (!(build.broken & result->test->judge->needs))
			done = run_test(options, &build, &memory, result, error, error_size);
		else
			not_built(result);
		grading->score += result->score;
		grading->maximum += result->test->points;
		if (done && options->tested)
			options->tested(options->owner, result);
	}
	if (memory.data)
		memory.drop(memory.data);
	build_end(&build);
	return done;
}
