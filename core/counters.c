/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/counters.c - counts exits by reason, as they happen or as they were recorded, and shows them.
 */
#include "core/counters.h"

#include "core/json.h"
#include "core/number.h"
#include "core/refuse.h"
#include "core/write_jsonl.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_LINE = 1 << 14 }; /* the writer's are below 4 KiB */

static void read_event(void *owner, const struct event *event)
{
	counters_add_event(owner, event);
}

void counters_begin(struct counters *counters, uint64_t kinds)
{
	memset(counters, 0, sizeof(*counters));
	counters->reader = (struct event_reader){
		.owner = counters, .kinds = kinds, .read = read_event
	};
}

static struct counter *new_row(struct counters *counters, const char *reason)
{
	struct counter *row = &counters->row[counters->rows];

	counters->source[counters->rows++] = reason;
	snprintf(row->reason, sizeof(row->reason), "%s", reason);
	row->least = UINT32_MAX;
	return row;
}

static struct counter *find_row(struct counters *counters, const char *reason)
{
	for (unsigned i = 0; i < counters->rows; i++) {
		if (counters->source[i] == reason)
			return &counters->row[i];
	}
	for (unsigned i = 0; i < counters->rows; i++) {
		if (strncmp(counters->row[i].reason, reason, COUNTER_NAME - 1) == 0)
			return &counters->row[i];
	}
	if (counters->rows < COUNTERS_MAX - 1)
		return new_row(counters, reason);
	if (counters->rows == COUNTERS_MAX - 1)
		return new_row(counters, "other");
	return &counters->row[COUNTERS_MAX - 1];
}

static void add_to(struct counters *counters, struct counter *row, bool work, uint32_t cycles)
{
	row->work = work;
	row->count++;
	row->cycles += cycles;
	row->least = cycles < row->least ? cycles : row->least;
	row->most = cycles > row->most ? cycles : row->most;
	counters->count++;
	counters->cycles += cycles;
	counters->exits += !row->work;
	counters->exit_cycles += row->work ? 0 : cycles;
}

void counters_add(struct counters *counters, const char *reason, bool work, uint32_t cycles)
{
	add_to(counters, find_row(counters, reason), work, cycles);
}

void counters_add_event(struct counters *counters, const struct event *event)
{
	if (event->kind < EV_KIND_COUNT)
		counters->kind[event->kind]++;
	if (event->kind == EV_SENSITIVE && event->mnemonic && event->action)
		holes_add(&counters->holes, event->eip, event->mnemonic, event->action);
	counters->last_cycle = event->cycle + event->cycles;
	counters->last_instruction = event->instruction;
	if (event->reason != NULL)
		counters_add(counters, event->reason, event_is_work((enum event_kind)event->kind, event->has_vector),
		             event->cycles);
}

static bool find_number(const char *line, const char *key, uint64_t high, uint64_t *number)
{
	char text[32];

	return json_find(line, key, text, sizeof(text)) && number_parse(text, number) && *number <= high;
}

static bool read_schema(const char *line, char *error, size_t error_size)
{
	char schema[32];
	uint64_t version;

	if (!json_find(line, "schema", schema, sizeof(schema)) || strcmp(schema, "ringside-events") != 0)
		return refuse(error, error_size, "no schema line of Ringside's events; is it a recording in "
		              "JSON Lines?");
	if (!find_number(line, "version", JSONL_VERSION, &version) || version == 0)
		return refuse(error, error_size, "a version of the event schema that this program does not "
		              "know; read it with the program that wrote it");
	return true;
}

/* A recording's event of a sensitive instruction. */
static void read_hole(struct counters *counters, const char *line)
{
	char mnemonic[HOLE_TEXT], what[HOLE_TEXT];
	uint64_t eip;

	if (find_number(line, "eip", UINT32_MAX, &eip) && json_find(line, "mnemonic", mnemonic, sizeof(mnemonic)) &&
	    json_find(line, "action", what, sizeof(what)))
		holes_add(&counters->holes, (uint32_t)eip, mnemonic, what);
}

bool counters_read_line(struct counters *counters, const char *line, bool first, char *error,
                        size_t error_size)
{
	char kind[32], reason[COUNTER_NAME];
	uint64_t cycle, cycles, instruction, vector;
	int number;

	if (first)
		return read_schema(line, error, error_size);
	if (!json_find(line, "kind", kind, sizeof(kind)) || (number = event_kind_find(kind)) < 0 ||
	    !find_number(line, "cycle", UINT64_MAX, &cycle) ||
	    !find_number(line, "instruction", UINT64_MAX, &instruction) ||
	    !find_number(line, "cycles", UINT32_MAX, &cycles))
		return refuse(error, error_size, "no whole event; was the recording cut short?");
	counters->kind[number]++;
	counters->last_cycle = cycle + cycles;
	counters->last_instruction = instruction;
	if (number == EV_SENSITIVE)
		read_hole(counters, line);
	/* The text lives in this function only, so that the row must not remember where it was. */
	if (json_find(line, "reason", reason, sizeof(reason))) {
		struct counter *row = find_row(counters, reason);

		counters->source[row - counters->row] = NULL;
		add_to(counters, row,
		       event_is_work((enum event_kind)number, find_number(line, "vector", UINT8_MAX, &vector)),
		       (uint32_t)cycles);
	}
	return true;
}

bool counters_read(struct counters *counters, const char *path, char *error, size_t error_size)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *stream = standard ? stdin : fopen(path, "r");
	char line[LONGEST_LINE], message[256];
	unsigned number = 0;
	bool ok = true;

	if (stream == NULL)
		return refuse(error, error_size, "cannot open the recording '%s': %s; check its name", path,
		              strerror(errno));
	/* What is longer comes in pieces, none of which is a whole event. */
	while (ok && fgets(line, sizeof(line), stream)) {
		number++;
		ok = counters_read_line(counters, line, number == 1, message, sizeof(message));
		if (!ok)
			refuse(error, error_size, "%s:%u: %s", path, number, message);
	}
	if (ok && ferror(stream))
		ok = refuse(error, error_size, "cannot read the recording '%s': %s; name a file of --events",
		            path, strerror(errno));
	else if (ok && number == 0)
		ok = refuse(error, error_size, "the recording '%s' is empty; record again with --events", path);
	if (!standard)
		fclose(stream);
	return ok;
}

/* Before: more cycles; with as many, the name that comes first. */
static bool comes_before(const struct counter *left, const struct counter *right)
{
	if (left->cycles != right->cycles)
		return left->cycles > right->cycles;
	return strcmp(left->reason, right->reason) < 0;
}

bool counter_is(const char *reason, const char *word)
{
	while (*reason && *word) {
		bool separates = !isalnum((unsigned char)*reason);

		if (separates != !isalnum((unsigned char)*word) || (!separates && *reason != *word))
			return false;
		reason++;
		word++;
		while (separates && *reason && !isalnum((unsigned char)*reason))
			reason++;
		while (separates && *word && !isalnum((unsigned char)*word))
			word++;
	}
	return !*reason && !*word;
}

unsigned counters_order(const struct counters *counters, unsigned *order)
{
	for (unsigned i = 0; i < counters->rows; i++) {
		unsigned place = i;

		for (; place > 0 && comes_before(&counters->row[i], &counters->row[order[place - 1]]);
		     place--)
			order[place] = order[place - 1];
		order[place] = i;
	}
	return counters->rows;
}

uint64_t counter_average(const struct counter *counter)
{
	return counter->count == 0 ? 0 : (counter->cycles + counter->count / 2) / counter->count;
}

unsigned counter_share(const struct counters *counters, const struct counter *counter)
{
	/* Divided first where the product would not fit. */
	uint64_t scale = counters->cycles > UINT64_MAX / 2000 ? 1000000 : 1;
	uint64_t whole = counters->cycles / scale;

	if (whole == 0)
		return 0;
	return (unsigned)((counter->cycles / scale * 1000 + whole / 2) / whole);
}

static void write_row_text(const struct counters *counters, const struct counter *row, int width,
                           struct output *output)
{
	unsigned share = counter_share(counters, row);
	char name[COUNTER_NAME + 2];

	snprintf(name, sizeof(name), "%s%s", row->reason, row->work ? " *" : "");
	output_format(output, "%-*s %9" PRIu64 " %4u.%u%% %12" PRIu64 " %9" PRIu32 " %9" PRIu64
	              " %9" PRIu32 "\n", width, name, row->count, share / 10, share % 10,
	              row->cycles, row->least, counter_average(row), row->most);
}

void counters_write_text(const struct counters *counters, struct output *output)
{
	unsigned order[COUNTERS_MAX], rows = counters_order(counters, order);
	int width = 19; /* so that the table fits 80 columns */

	for (unsigned i = 0; i < rows; i++) {
		int length = (int)strlen(counters->row[i].reason) + (counters->row[i].work ? 2 : 0);

		width = length > width ? length : width;
	}
	output_format(output, "%-*s %9s %7s %12s %9s %9s %9s\n", width, "reason", "count", "share",
	              "cycles", "min", "average", "max");
	for (unsigned i = 0; i < rows; i++)
		write_row_text(counters, &counters->row[order[i]], width, output);
	output_format(output, "%-*s %9" PRIu64 " %7s %12" PRIu64 "\n", width, "all exits", counters->exits, "",
	              counters->exit_cycles);
	if (counters->count > counters->exits) /* rows with an asterisk */
		output_format(output, "%-*s %9" PRIu64 " %7s %12" PRIu64 "\n", width, "other work *",
		              counters->count - counters->exits, "", counters->cycles - counters->exit_cycles);
	if (counters->kind[EV_SENSITIVE] > 0) /* no exits, which is the trouble with them */
		output_format(output, "%-*s %9" PRIu64 "\n", width, "sensitive, no trap",
		              counters->kind[EV_SENSITIVE]);
}

static void write_row_json(const struct counters *counters, const struct counter *row,
                           struct json *json)
{
	json_open_object(json, NULL);
	json_put_string(json, "reason", row->reason);
	json_put_boolean(json, "exit", !row->work);
	json_put_number(json, "count", row->count);
	json_put_number(json, "share_permille", counter_share(counters, row));
	json_put_number(json, "cycles", row->cycles);
	json_put_number(json, "min", row->least);
	json_put_number(json, "average", counter_average(row));
	json_put_number(json, "max", row->most);
	json_close_object(json);
}

void counters_write_json(const struct counters *counters, struct output *output)
{
	unsigned order[COUNTERS_MAX], rows = counters_order(counters, order);
	struct json json = json_on(output);

	json_open_object(&json, NULL);
	json_put_number(&json, "count", counters->exits);
	json_put_number(&json, "cycles", counters->cycles);
	json_open_array(&json, "exits");
	for (unsigned i = 0; i < rows; i++)
		write_row_json(counters, &counters->row[order[i]], &json);
	json_close_array(&json);
	json_open_object(&json, "events");
	for (unsigned kind = 0; kind < EV_KIND_COUNT; kind++) {
		if (counters->kind[kind] > 0)
			json_put_number(&json, event_kind_name(kind), counters->kind[kind]);
	}
	json_close_object(&json);
	holes_write_json(&counters->holes, &json);
	json_close_object(&json);
	json_end_line(&json);
}
