/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_events.c - the stream and its filters, and what its writers write: read back by a JSON
 * library that is not ours.
 */
#include "core/counters.h"
#include "core/event.h"
#include "core/write_chrome.h"
#include "core/write_jsonl.h"
#include "tests/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char error[512];

struct seen {
	unsigned count;
	uint64_t last;
};

static void see(void *owner, const struct event *event)
{
	struct seen *seen = owner;

	seen->count++;
	seen->last = event->sequence;
}

static struct event sample(enum event_kind kind)
{
	struct event event = {
		.cycle = 1000,
		.instruction = 7,
		.kind = (uint8_t)kind,
		.real_cpl = 1,
		.technique = "trap",
		.eip = 0x1234,
		.linear = 0x101234,
		.bytes = { 0xfa },
		.byte_count = 1,
		.big = true,
		.mnemonic = "cli",
		.insn_class = 1,
		.has_vector = true,
		.vector = 13,
		.has_error = true,
		.reason = "cli",
		.action = "cleared the virtual IF \"now\"\n",
	};

	event_add_change(&event, "if", 1, 0);
	event_add_phase(&event, "exception to the VMM", 200);
	event_add_phase(&event, "emulate", 80);
	return event;
}

static void test_stream(void)
{
	struct event_stream stream = { 0 };
	struct seen traps = { 0 }, all = { 0 };
	struct event_reader one = { .owner = &traps, .kinds = 1 << EV_TRAP, .read = see };
	struct event_reader two = { .owner = &all, .kinds = EVENT_KINDS_ALL, .read = see };
	struct event trap = sample(EV_TRAP), port = sample(EV_PORT);

	CU_ASSERT(stream.wanted == 0);
	event_add_reader(&stream, &one);
	CU_ASSERT(stream.wanted == 1 << EV_TRAP);
	event_add_reader(&stream, &two);
	event_emit(&stream, &trap);
	event_emit(&stream, &port);
	CU_ASSERT(traps.count == 1 && traps.last == 0);
	CU_ASSERT(all.count == 2 && all.last == 1);
	event_remove_reader(&stream, &two);
	CU_ASSERT(stream.wanted == 1 << EV_TRAP);
	event_remove_reader(&stream, &one);
	event_remove_reader(&stream, &one);
	CU_ASSERT(stream.wanted == 0 && stream.readers == NULL);
}

static void test_event_bounds(void)
{
	struct event event = { 0 };

	for (int i = 0; i < 20; i++) {
		event_add_change(&event, "x", 0, 1);
		event_add_phase(&event, "y", 10);
	}
	CU_ASSERT(event.changes == EVENT_CHANGES && event.phases == EVENT_PHASES);
	CU_ASSERT(event.cycles == 200);
}

static void test_filters(void)
{
	uint64_t mask;

	CU_ASSERT(event_parse_kinds("trap,trace", &mask, error, sizeof(error)));
	CU_ASSERT(mask == (1 << EV_TRAP | 1 << EV_TRACE));
	CU_ASSERT(event_parse_kinds("-port", &mask, error, sizeof(error)));
	CU_ASSERT(mask == (EVENT_KINDS_ALL & ~(1ull << EV_PORT)));
	CU_ASSERT(event_parse_kinds("all,-trap,-trace", &mask, error, sizeof(error)));
	CU_ASSERT(mask == (EVENT_KINDS_ALL & ~(1ull << EV_TRAP | 1ull << EV_TRACE)));
	CU_ASSERT(event_parse_kinds("", &mask, error, sizeof(error)) && mask == EVENT_KINDS_ALL);
	CU_ASSERT(!event_parse_kinds("trap,tarce", &mask, error, sizeof(error)));
	CU_ASSERT(strstr(error, "'tarce'") != NULL && strstr(error, "hidden-fault") != NULL);
	CU_ASSERT(!event_parse_kinds("trap,,trace", &mask, error, sizeof(error)));
	for (int kind = 0; kind < EV_KIND_COUNT; kind++)
		CU_ASSERT(event_kind_find(event_kind_name(kind)) == kind);
}

/* A file in /tmp that is gone when its user forgets it. */
static char *scratch_path(void)
{
	char *path = strdup("/tmp/ringside-events-XXXXXX");
	int descriptor = mkstemp(path);

	CU_ASSERT_FATAL(descriptor >= 0);
	close(descriptor);
	return path;
}

static char *read_and_remove(char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	CU_ASSERT_FATAL(file != NULL && text != NULL);
	*size = fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	unlink(path);
	free(path);
	return text;
}

static void test_json_strings(void)
{
	static const char *const texts[] = {
		"", "plain", "\"quoted\" \\ / \b\f\n\r\t\x01\x1f\x7f", "gr\xc3\xbc\xc3\x9f",
		"\xe2\x82\xac \xf0\x9f\x98\x80",
	};
	static const char *const broken[] = {
		"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80",
	};
	char *path = scratch_path(), *text;
	struct output *output = output_open(path, error, sizeof(error));
	struct json json = json_on(output);
	size_t size;

	json_open_array(&json, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_put_string(&json, NULL, texts[i]);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		json_put_string(&json, NULL, broken[i]);
	json_put_number(&json, NULL, INT64_MAX);
	json_put_boolean(&json, NULL, true);
	json_put_address(&json, NULL, 0xdeadbeef);
	json_close_array(&json);
	CU_ASSERT(output_close(output, error, sizeof(error)));
	text = read_and_remove(path, &size);
	json_t *array = json_loads(text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(array);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(array, i)), texts[i]);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(array, 5)), "\xef\xbf\xbd");
	CU_ASSERT(json_integer_value(json_array_get(array, 11)) == INT64_MAX);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(array, 13)), "0xdeadbeef");
	json_decref(array);
	free(text);
}

static void test_json_find(void)
{
	static const char line[] = "{\"a\":{\"key\":\"inner\",\"b\":[\"}\"]}, \"key\" : \"x\\n\\\"\\u0041\","
	                           "\"n\":12,\"list\":[1,{\"n\":3}]}\n";
	char value[32];

	CU_ASSERT(json_find(line, "key", value, sizeof(value)));
	CU_ASSERT_STRING_EQUAL(value, "x\n\"A");
	CU_ASSERT(json_find(line, "n", value, sizeof(value)) && strcmp(value, "12") == 0);
	CU_ASSERT(json_find(line, "list", value, sizeof(value)));
	CU_ASSERT_STRING_EQUAL(value, "[1,{\"n\":3}]");
	CU_ASSERT(!json_find(line, "b", value, sizeof(value)));
	CU_ASSERT(!json_find(line, "key", value, 3));
	CU_ASSERT(!json_find("[1]", "key", value, sizeof(value)));
	CU_ASSERT(!json_find("{\"key\":\"x", "key", value, sizeof(value)));
	CU_ASSERT(!json_find("{\"key\"", "key", value, sizeof(value)));
	CU_ASSERT(!json_find("{\"a\":[[[", "key", value, sizeof(value)));
	CU_ASSERT(!json_find("", "key", value, sizeof(value)));
}

static char *write_jsonl(size_t *size)
{
	char *path = scratch_path();
	struct output *output = output_open(path, error, sizeof(error));
	struct event_stream stream = { 0 };
	struct jsonl_writer writer;
	struct event trap = sample(EV_TRAP), fault = sample(EV_HIDDEN_FAULT), bare = { 0 };

	jsonl_begin(&writer, output, EVENT_KINDS_ALL);
	event_add_reader(&stream, &writer.reader);
	fault.reason = "hidden-fault";
	bare.technique = "native";
	event_emit(&stream, &trap);
	event_emit(&stream, &fault);
	event_emit(&stream, &bare);
	CU_ASSERT(output_close(output, error, sizeof(error)));
	return read_and_remove(path, size);
}

static void test_jsonl(void)
{
	size_t size, other_size;
	char *text = write_jsonl(&size), *other = write_jsonl(&other_size), *rest = text;
	const char *line = strtok_r(text, "\n", &rest);
	json_t *schema = json_loads(line, 0, NULL), *event;

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(schema, "schema")), "ringside-events");
	CU_ASSERT(json_integer_value(json_object_get(schema, "version")) == 1);
	event = json_loads(strtok_r(NULL, "\n", &rest), 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(event);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(event, "text")), "cli");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(event, "class")), "privileged");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(event, "bytes")), "fa");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(event, "linear")), "0x101234");
	CU_ASSERT(json_integer_value(json_object_get(event, "cycles")) == 280);
	CU_ASSERT(json_array_size(json_object_get(event, "phases")) == 2);
	/* Every key is in the schema. */
	const char *key;
	json_t *value;
	json_object_foreach(event, key, value) {
		bool found = false;
		size_t i;
		json_t *field;

		json_array_foreach(json_object_get(schema, "fields"), i, field)
			found = found || strcmp(json_string_value(field), key) == 0;
		CU_ASSERT(found);
	}
	json_decref(event);
	json_decref(schema);
	while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
		event = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		CU_ASSERT_PTR_NOT_NULL(event);
		json_decref(event);
	}
	CU_ASSERT(size == other_size);
	free(text);
	free(other);
}

static void test_chrome(void)
{
	char *path = scratch_path(), *text;
	struct output *output = output_open(path, error, sizeof(error));
	struct event_stream stream = { 0 };
	struct chrome_writer writer;
	struct event trap = sample(EV_TRAP), port = sample(EV_PORT);
	size_t size, slices = 0, i;
	json_t *array, *entry;

	CU_ASSERT_FATAL(chrome_begin(&writer, output, NULL, 3800000000, EVENT_KINDS_ALL));
	event_add_reader(&stream, &writer.reader);
	event_emit(&stream, &trap);
	port.reason = NULL;
	port.cycles = 0;
	event_emit(&stream, &port);
	trap.cycle = UINT64_MAX - 300;
	event_emit(&stream, &trap);
	chrome_end(&writer);
	CU_ASSERT(output_close(output, error, sizeof(error)));
	text = read_and_remove(path, &size);
	array = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(array);
	json_array_foreach(array, i, entry) {
		const char *form = json_string_value(json_object_get(entry, "ph"));

		CU_ASSERT(strchr("XiMC", *form) != NULL);
		if (*form != 'X')
			continue;
		slices++;
		CU_ASSERT(json_is_real(json_object_get(entry, "ts")));
		CU_ASSERT(json_is_real(json_object_get(entry, "dur")));
	}
	CU_ASSERT(slices == 2 * (1 + 1 + 2)); /* guest, exit, its two phases */
	CU_ASSERT(strstr(text, "\"ts\":0.263157") != NULL); /* 1000 cycles at 3.8 GHz */
	json_decref(array);
	free(text);
}

static void add_some(struct counters *counters)
{
	counters_add(counters, "cli", false, 100);
	counters_add(counters, "cli", false, 301);
	counters_add(counters, "cr3-write", false, 4000);
	counters_add(counters, "cli", false, 200);
}

static void test_counters(void)
{
	struct counters counters;
	unsigned order[COUNTERS_MAX];

	counters_begin(&counters, EVENT_KINDS_ALL);
	add_some(&counters);
	CU_ASSERT(counters_order(&counters, order) == 2 && order[0] == 1 && order[1] == 0);
	CU_ASSERT(counters.row[0].count == 3 && counters.row[0].cycles == 601);
	CU_ASSERT(counters.row[0].least == 100 && counters.row[0].most == 301);
	CU_ASSERT(counter_average(&counters.row[0]) == 200);
	CU_ASSERT(counter_share(&counters, &counters.row[1]) == 869);
	CU_ASSERT(counters.count == 4 && counters.cycles == 4601);
	for (int i = 0; i < 300; i++) {
		static char name[300][16]; /* reasons are static strings: rows are found by their address */

		snprintf(name[i], sizeof(name[i]), "reason-%d", i);
		counters_add(&counters, name[i], false, 1);
	}
	CU_ASSERT(counters.rows == COUNTERS_MAX && counters.count == 304);
	CU_ASSERT_STRING_EQUAL(counters.row[COUNTERS_MAX - 1].reason, "other");
}

/* Live and recorded give the same table. */
static void test_counters_recorded(void)
{
	struct counters live, recorded;
	size_t size;
	char *text = write_jsonl(&size), *path = scratch_path();
	struct event trap = sample(EV_TRAP), fault = sample(EV_HIDDEN_FAULT);

	FILE *file = fopen(path, "w");
	fwrite(text, 1, size, file);
	fclose(file);
	fault.reason = "hidden-fault";
	counters_begin(&live, EVENT_KINDS_ALL);
	counters_add_event(&live, &trap);
	counters_add_event(&live, &fault);
	counters_begin(&recorded, EVENT_KINDS_ALL);
	CU_ASSERT(counters_read(&recorded, path, error, sizeof(error)));
	CU_ASSERT(recorded.rows == live.rows && recorded.cycles == live.cycles);
	CU_ASSERT(memcmp(recorded.row, live.row, sizeof(live.row)) == 0);
	CU_ASSERT(truncate(path, (long)size - 20) == 0);
	CU_ASSERT(!counters_read(&recorded, path, error, sizeof(error)));
	CU_ASSERT(strstr(error, ":4:") != NULL && strstr(error, "cut short") != NULL);
	CU_ASSERT(truncate(path, 0) == 0);
	CU_ASSERT(!counters_read(&recorded, path, error, sizeof(error)) && strstr(error, "empty"));
	unlink(path);
	CU_ASSERT(!counters_read(&recorded, path, error, sizeof(error)) && strstr(error, path) != NULL);
	CU_ASSERT(!counters_read_line(&recorded, "{}", true, error, sizeof(error)));
	CU_ASSERT(!counters_read_line(&recorded, "{\"schema\":\"ringside-events\",\"version\":99}", true,
	                              error, sizeof(error)));
	free(path);
	free(text);
}

static void test_counters_written(void)
{
	char *path = scratch_path(), *text;
	struct output *output = output_open(path, error, sizeof(error));
	struct counters counters;
	size_t size;

	counters_begin(&counters, EVENT_KINDS_ALL);
	counters_write_text(&counters, output);
	add_some(&counters);
	counters_write_text(&counters, output);
	counters_write_json(&counters, output);
	CU_ASSERT(output_close(output, error, sizeof(error)));
	text = read_and_remove(path, &size);
	CU_ASSERT(strstr(text, "\ncr3-write ") != NULL && strstr(text, "86.9%") != NULL);
	json_t *object = json_loads(strchr(text, '{'), JSON_REJECT_DUPLICATES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(object);
	CU_ASSERT(json_array_size(json_object_get(object, "exits")) == 2);
	json_decref(object);
	free(text);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "readers get what they want, in order", test_stream },
		{ "changes and phases past the end are ignored", test_event_bounds },
		{ "filters by kind", test_filters },
		{ "strings survive JSON", test_json_strings },
		{ "finding a value in a line", test_json_find },
		{ "JSON Lines", test_jsonl },
		{ "Chrome trace", test_chrome },
		{ "counters", test_counters },
		{ "a recording gives the live table", test_counters_recorded },
		{ "the exit table as text and JSON", test_counters_written },
		{ 0 },
	};

	return harness_main("events", tests);
}
