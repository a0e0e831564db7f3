/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/write_jsonl.c - events as JSON Lines; the header says what each key means.
 */
#include "core/write_jsonl.h"

#include "core/disassemble.h"
#include "cpu/insn.h"

void jsonl_write_schema(struct json *json)
{
	static const char *const fields[] = {
		"sequence", "cycle", "instruction", "vm", "kind", "technique", "guest_cpl", "real_cpl",
		"eip", "linear", "bytes", "text", "mnemonic", "class", "vector", "error", "address",
		"reason", "action", "changes", "phases", "cycles",
	};

	json_open_object(json, NULL);
	json_put_string(json, "schema", "ringside-events");
	json_put_number(json, "version", JSONL_VERSION);
	json_open_array(json, "fields");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_put_string(json, NULL, fields[i]);
	json_close_array(json);
	json_open_object(json, "kinds");
	for (unsigned kind = 0; kind < EV_KIND_COUNT; kind++)
		json_put_string(json, event_kind_name(kind), event_kind_text(kind));
	json_close_object(json);
	json_close_object(json);
	json_end_line(json);
}

static void write_instruction(struct json *json, const struct event *event)
{
	char text[128];

	json_put_address(json, "eip", event->eip);
	json_put_address(json, "linear", event->linear);
	if (event->byte_count == 0)
		return;
	disassemble(event->bytes, event->byte_count, event->eip, event->big, text, sizeof(text));
	json_put_bytes(json, "bytes", event->bytes, event->byte_count);
	json_put_string(json, "text", text);
	if (event->mnemonic == NULL)
		return;
	json_put_string(json, "mnemonic", event->mnemonic);
	json_put_string(json, "class", insn_class_name(event->insn_class));
}

static void write_cause(struct json *json, const struct event *event)
{
	if (event->has_vector)
		json_put_number(json, "vector", event->vector);
	if (event->has_error)
		json_put_address(json, "error", event->error);
	json_put_address(json, "address", event->address);
	if (event->reason != NULL)
		json_put_string(json, "reason", event->reason);
	if (event->action != NULL)
		json_put_string(json, "action", event->action);
}

static void write_changes(struct json *json, const struct event *event)
{
	if (event->changes == 0)
		return;
	json_open_array(json, "changes");
	for (unsigned i = 0; i < event->changes; i++) {
		json_open_object(json, NULL);
		json_put_string(json, "what", event->change[i].what);
		json_put_address(json, "before", event->change[i].before);
		json_put_address(json, "after", event->change[i].after);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_phases(struct json *json, const struct event *event)
{
	if (event->phases == 0)
		return;
	json_open_array(json, "phases");
	for (unsigned i = 0; i < event->phases; i++) {
		json_open_object(json, NULL);
		json_put_string(json, "what", event->phase[i].what);
		json_put_number(json, "cycles", event->phase[i].cycles);
		json_close_object(json);
	}
	json_close_array(json);
}

void jsonl_write_event(struct json *json, const struct event *event)
{
	json_open_object(json, NULL);
	json_put_number(json, "sequence", event->sequence);
	json_put_number(json, "cycle", event->cycle);
	json_put_number(json, "instruction", event->instruction);
	json_put_number(json, "vm", event->vm);
	json_put_string(json, "kind", event_kind_name(event->kind));
	json_put_string(json, "technique", event->technique);
	json_put_number(json, "guest_cpl", event->guest_cpl);
	json_put_number(json, "real_cpl", event->real_cpl);
	write_instruction(json, event);
	write_cause(json, event);
	write_changes(json, event);
	write_phases(json, event);
	json_put_number(json, "cycles", event->cycles);
	json_close_object(json);
	json_end_line(json);
}

static void read_event(void *owner, const struct event *event)
{
	struct jsonl_writer *writer = owner;

	jsonl_write_event(&writer->json, event);
}

void jsonl_begin(struct jsonl_writer *writer, struct output *output, uint64_t kinds)
{
	writer->json = json_on(output);
	writer->reader = (struct event_reader){ .owner = writer, .kinds = kinds, .read = read_event };
	jsonl_write_schema(&writer->json);
}
