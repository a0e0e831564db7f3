/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/forms.c - the result model in the forms that other systems read:
 * Gradescope's results.json (its autograder specification), GitHub Classroom's (classroom-resources/autograding-grading-reporter), JUnit
 * XML, the Test Anything Protocol 13, CSV, and the line that Autolab looks for at the end of an output.
 */
#include "labs/grade/result.h"

#include "core/json.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *outcome_name(const struct test_result *result)
{
	return result->outcome == OUTCOME_PASSED ? "passed" : result->outcome == OUTCOME_FAILED ? "failed" : "not-run";
}

/* One text of all that is known of a failure. */
static void describe(const struct test_result *result, char *text, size_t size)
{
	const struct divergence *at = &result->divergence;
	size_t used;

	text[0] = '\0';
	if (result->outcome == OUTCOME_PASSED)
		return;
	snprintf(text, size, "%s", result->message);
	used = strlen(text);
	if (at->is)
		snprintf(text + used, size - used, ". First difference: step %" PRIu64 ", cycle %" PRIu64 ", %s at %08" PRIx32
		         " (%s): %s expected %s, got %s", at->step, at->cycle, at->handler, at->eip, at->instruction, at->what,
		         at->expected, at->got);
	used = strlen(text);
	if (result->detail[0])
		snprintf(text + used, size - used, "\n%s", result->detail);
}

enum { TEXT_SIZE = 2048 + RESULT_DETAIL };

/* The names of one system's fields of a test. */
struct test_form {
	const char *passed, *failed;
	const char *part, *maximum, *text, *file; /* NULL: it has no such field */
};

/* The file that a report is about: the first part of the submission. */
static const char *file_of(const struct lab_description *lab)
{
	unsigned part = 0;

	while (part < SUBMISSION_PARTS - 1 && !lab->file[part][0])
		part++;
	return lab->file[part];
}

static void put_tests(struct json *json, const struct grading *grading, const struct test_form *form)
{
	char text[TEXT_SIZE];

	json_open_array(json, "tests");
	for (unsigned i = 0; i < grading->tests; i++) {
		const struct test_result *result = &grading->test[i];

		describe(result, text, sizeof text);
		json_open_object(json, NULL);
		json_put_string(json, "name", result->test->name);
		if (form->part)
			json_put_string(json, form->part, result->test->part);
		json_put_number(json, "score", result->score);
		if (form->maximum)
			json_put_number(json, form->maximum, result->test->points);
		json_put_string(json, "status", result->outcome == OUTCOME_PASSED ? form->passed : form->failed);
		json_put_string(json, form->text, text);
		if (form->file)
			json_put_string(json, form->file, file_of(grading->lab));
		json_close_object(json);
	}
	json_close_array(json);
}

/* ---- json: the model ---- */

static void put_divergence(struct json *json, const struct divergence *at)
{
	json_open_object(json, "divergence");
	json_put_number(json, "step", at->step);
	json_put_number(json, "cycle", at->cycle);
	json_put_address(json, "eip", at->eip);
	json_put_string(json, "handler", at->handler);
	json_put_string(json, "instruction", at->instruction);
	json_put_string(json, "what", at->what);
	json_put_string(json, "expected", at->expected);
	json_put_string(json, "got", at->got);
	json_close_object(json);
}

static void put_test(struct json *json, const struct test_result *result)
{
	json_open_object(json, NULL);
	json_put_string(json, "name", result->test->name);
	json_put_string(json, "part", result->test->part);
	json_put_number(json, "points", result->test->points);
	json_put_number(json, "score", result->score);
	json_put_string(json, "outcome", outcome_name(result));
	json_put_number(json, "calls", result->calls);
	if (result->outcome == OUTCOME_FAILED) {
		json_put_string(json, "message", result->message);
		json_put_string(json, "detail", result->detail);
		json_put_boolean(json, "hidden", result->seed.hidden);
		if (!result->seed.hidden)
			json_put_number(json, "seed", result->seed.value);
		if (result->divergence.is)
			put_divergence(json, &result->divergence);
		if (result->recording[0])
			json_put_string(json, "recording", result->recording);
	}
	json_put_string(json, "log", result->log);
	json_close_object(json);
}

static void write_json(const struct grading *grading, struct output *output)
{
	struct json json = json_on(output);
	struct part_score part;

	json_open_object(&json, NULL);
	json_put_string(&json, "format", "ringside-grading-1");
	json_put_string(&json, "lab", grading->lab->name);
	json_put_string(&json, "submission", grading->submission);
	json_put_boolean(&json, "built", grading->built);
	json_put_number(&json, "score", grading->score);
	json_put_number(&json, "maximum", grading->maximum);
	json_put_string(&json, "build_log", grading->build_log);
	json_open_array(&json, "parts");
	for (unsigned i = 0; grading_part(grading, i, &part); i++) {
		json_open_object(&json, NULL);
		json_put_string(&json, "name", part.name);
		json_put_number(&json, "score", part.score);
		json_put_number(&json, "maximum", part.maximum);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_open_array(&json, "tests");
	for (unsigned i = 0; i < grading->tests; i++)
		put_test(&json, &grading->test[i]);
	json_close_array(&json);
	json_close_object(&json);
	json_end_line(&json);
}

/* ---- gradescope ---- */

static void write_gradescope(const struct grading *grading, struct output *output)
{
	static const struct test_form form = {"passed", "failed", "number", "max_score", "output", NULL};
	struct json json = json_on(output);

	json_open_object(&json, NULL);
	json_put_number(&json, "score", grading->score);
	json_put_string(&json, "visibility", "visible");
	json_put_string(&json, "output", grading->built ? "" : grading->build_log);
	put_tests(&json, grading, &form);
	json_close_object(&json);
	json_end_line(&json);
}

/* ---- github ---- */

static void write_github(const struct grading *grading, struct output *output)
{
	static const struct test_form form = {"pass", "fail", NULL, NULL, "message", "filename"};
	struct json json = json_on(output);

	json_open_object(&json, NULL);
	json_put_number(&json, "version", 1);
	json_put_string(&json, "status", grading->score == grading->maximum ? "pass" : "fail");
	json_put_number(&json, "max_score", grading->maximum);
	put_tests(&json, grading, &form);
	json_close_object(&json);
	json_end_line(&json);
}

/* ---- junit ---- */

static void write_escaped(struct output *output, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<': output_text(output, "&lt;"); break;
		case '>': output_text(output, "&gt;"); break;
		case '&': output_text(output, "&amp;"); break;
		case '"': output_text(output, "&quot;"); break;
		default: output_format(output, "%c", (unsigned char)*text < ' ' && *text != '\n' ? '?' : *text); break;
		}
	}
}

static void write_junit(const struct grading *grading, struct output *output)
{
	unsigned failures = 0;
	char text[TEXT_SIZE];

	for (unsigned i = 0; i < grading->tests; i++)
		failures += grading->test[i].outcome != OUTCOME_PASSED;
	output_format(output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"%s\" tests=\"%u\" failures=\"%u\">\n",
	              grading->lab->name, grading->tests, failures);
	for (unsigned i = 0; i < grading->tests; i++) {
		const struct test_result *result = &grading->test[i];

		output_format(output, "  <testcase classname=\"%s\" name=\"", grading->lab->name);
		write_escaped(output, result->test->name);
		output_text(output, result->outcome == OUTCOME_PASSED ? "\"/>\n" : "\">\n    <failure message=\"");
		if (result->outcome == OUTCOME_PASSED)
			continue;
		describe(result, text, sizeof text);
		write_escaped(output, text);
		output_text(output, "\"/>\n  </testcase>\n");
	}
	output_text(output, "</testsuite>\n");
}

/* ---- tap, csv, autolab ---- */

static void write_tap(const struct grading *grading, struct output *output)
{
	char text[TEXT_SIZE];

	output_format(output, "TAP version 13\n1..%u\n", grading->tests);
	for (unsigned i = 0; i < grading->tests; i++) {
		const struct test_result *result = &grading->test[i];

		output_format(output, "%s %u - %s\n", result->outcome == OUTCOME_PASSED ? "ok" : "not ok", i + 1, result->test->name);
		describe(result, text, sizeof text);
		for (const char *line = text, *end; *line; line = end + (*end == '\n')) {
			end = line + strcspn(line, "\n");
			output_format(output, "  # %.*s\n", (int)(end - line), line);
		}
	}
}

static void write_csv(const struct grading *grading, struct output *output)
{
	char text[TEXT_SIZE];

	output_text(output, "part,test,score,points,outcome,message\n");
	for (unsigned i = 0; i < grading->tests; i++) {
		const struct test_result *result = &grading->test[i];

		describe(result, text, sizeof text);
		for (char *at = text; *at; at++)
			*at = *at == '"' ? '\'' : *at;
		output_format(output, "%s,\"%s\",%u,%u,%s,\"%s\"\n", result->test->part, result->test->name, result->score,
		              result->test->points, outcome_name(result), text);
	}
}

static void write_autolab(const struct grading *grading, struct output *output)
{
	struct json json = json_on(output);
	struct part_score part;
	char name[32];

	json_open_object(&json, NULL);
	json_open_object(&json, "scores");
	for (unsigned i = 0; grading_part(grading, i, &part); i++) {
		snprintf(name, sizeof name, "Part %s", part.name);
		json_put_number(&json, name, part.score);
	}
	json_close_object(&json);
	json_close_object(&json);
	json_end_line(&json);
}

/* ---- which ---- */

static const struct form {
	const char *name, *ending;
	void (*write)(const struct grading *grading, struct output *output);
} forms[] = {
	{"gradescope", "results.json", write_gradescope}, {"github", NULL, write_github}, {"junit", ".xml", write_junit},
	{"tap", ".tap", write_tap}, {"csv", ".csv", write_csv}, {"autolab", NULL, write_autolab}, {"json", ".json", write_json},
};

static bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text), tail = ending ? strlen(ending) : 0;

	return tail && length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* *file: where. NULL: `error`. */
static const struct form *form_of(const char *where, const char **file, char *error, size_t error_size)
{
	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t length = strlen(forms[i].name);

		*file = where + length + 1;
		if (strncmp(where, forms[i].name, length) == 0 && where[length] == '=')
			return &forms[i];
	}
	*file = where;
	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++)
		if (ends_with(where, forms[i].ending))
			return &forms[i];
	refuse(error, error_size, "--results: what form shall '%s' have? Write FORM=FILE with json, gradescope, github, junit, tap, csv "
	       "or autolab", where);
	return NULL;
}

bool form_check(const char *where, char *error, size_t error_size)
{
	const char *file;

	return form_of(where, &file, error, error_size) != NULL;
}

bool form_write(const struct grading *grading, const char *where, char *error, size_t error_size)
{
	const char *file;
	const struct form *form = form_of(where, &file, error, error_size);
	struct output *output = form ? output_open(file, error, error_size) : NULL;

	if (!output)
		return false;
	form->write(grading, output);
	return output_close(output, error, error_size);
}
