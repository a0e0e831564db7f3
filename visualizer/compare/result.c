/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/result.c - reads what one run printed about itself.
 */
#include "visualizer/compare/result.h"

#include "core/json.h"
#include "core/number.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_VALUE = 1 << 15 };

static const struct {
	const char *name, *object, *key, *text;
} rows[MEASURE_COUNT] = {
#define MEASURE(identifier, name, object, key, text) { name, object, key, text },
	MEASURE_LIST(MEASURE)
#undef MEASURE
};

const char *measure_name(enum measure measure)
{
	return rows[measure].name;
}

const char *measure_text(enum measure measure)
{
	return rows[measure].text;
}

const char *run_outcome_name(enum run_outcome outcome)
{
	static const char *const names[] = { "none", "done", "failed", "refused", "crashed" };

	return names[outcome];
}

static bool find_number(const char *object, const char *key, uint64_t *number)
{
	char text[32];

	return json_find(object, key, text, sizeof(text)) && number_parse(text, number);
}

static bool read_measures(struct result *result, const char *line, char *value, size_t size)
{
	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++) {
		bool whole = !*rows[measure].object;
		bool there = whole || json_find(line, rows[measure].object, value, size);

		result->has[measure] = there && find_number(whole ? line : value, rows[measure].key, &result->measure[measure]);
		if (whole && !result->has[measure])
			return false;
	}
	return true;
}

static bool read_parts(struct result *result, const char *parts)
{
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++)
		if (!find_number(parts, spending_name(part), &result->spending.cycles[part]))
			return false;
	return true;
}

static bool read_reasons(struct result *result, const char *array)
{
	char key[8], row[512], word[8];

	while (result->reasons < COUNTERS_MAX && json_each(&array, key, sizeof(key), row, sizeof(row))) {
		struct result_reason *reason = &result->reason[result->reasons++];

		if (!json_find(row, "reason", reason->name, sizeof(reason->name)) ||
		    !json_find(row, "exit", word, sizeof(word)) || !find_number(row, "count", &reason->count) ||
		    !find_number(row, "cycles", &reason->cycles))
			return false;
		reason->exit = strcmp(word, "true") == 0;
	}
	return *array == ']' || *array == '[';
}

static bool adds_up(const struct result *result)
{
	uint64_t sum = 0;

	for (enum spending_part part = 0; part < SPENDING_COUNT; part++)
		sum += result->spending.cycles[part];
	return sum == result->measure[MEASURE_CYCLES];
}

/* The guest's own end; a limit that was reached makes no comparison either. */
static void judge(struct result *result, const char *line)
{
	char message[200] = "";

	result->outcome = OUTCOME_FAILED;
	if (strcmp(result->end, "exited") == 0 && result->exit_code != 0)
		snprintf(result->message, sizeof(result->message), "the guest ended with code %u", result->exit_code);
	else if (strcmp(result->end, "exited") == 0 || strcmp(result->end, "halted") == 0 ||
	         strcmp(result->end, "reset") == 0)
		result->outcome = OUTCOME_DONE;
	else if (json_find(line, "message", message, sizeof(message)))
		snprintf(result->message, sizeof(result->message), "%s: %s", result->end, message);
	else
		snprintf(result->message, sizeof(result->message), "the guest did not end well: %s", result->end);
}

bool result_read(struct result *result, const char *line, char *error, size_t error_size)
{
	char value[LONGEST_VALUE];
	uint64_t code = 0;

	memset(result, 0, sizeof(*result));
	if (!read_measures(result, line, value, sizeof(value)) ||
	    !json_find(line, "end", result->end, sizeof(result->end)) ||
	    !find_number(line, "frequency", &result->frequency) || result->frequency == 0 ||
	    !json_find(line, "parts", value, sizeof(value)) || !read_parts(result, value) ||
	    !json_find(line, "reasons", value, sizeof(value)) || !read_reasons(result, value))
		return refuse(error, error_size, "this is no result of a run; remove it, and the run is made again");
	if (!adds_up(result))
		return refuse(error, error_size, "the parts of the clock do not add up to its %" PRIu64 " cycles; please report "
		              "this", result->measure[MEASURE_CYCLES]);
	find_number(line, "exit_code", &code);
	result->exit_code = (unsigned)code;
	judge(result, line);
	return true;
}

const struct result_reason *result_reason(const struct result *result, const char *name)
{
	for (unsigned i = 0; i < result->reasons; i++)
		if (strcmp(result->reason[i].name, name) == 0)
			return &result->reason[i];
	return NULL;
}
