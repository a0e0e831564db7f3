/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/write_chrome.c - events in the Trace Event Format (the JSON array form): complete events (ph X)
 * with time and duration in microseconds, instants (ph i), names of rows (ph M).
 *
 *   row  guest  |-- kernel --|            |------ user ------|         between exits
 *        VMM                 |--- cli ---|                   |-- ... one slice an exit
 *                            |entry|...|                             its phases, within
 *        parts                   |fill|                              events that are no exits
 */
#include "core/write_chrome.h"

#include "core/disassemble.h"

#include <inttypes.h>
#include <stdio.h>

enum row { ROW_GUEST = 1, ROW_VMM = 2, ROW_PARTS = 3 };

static const char *const row_names[] = { NULL, "guest", "VMM", "parts of the VMM's work" };

/* Microseconds with six digits behind the point, in whole numbers, so that every host writes the same.
 * Exact for frequencies up to 100 GHz: no product passes 64 bits. */
static void write_time(struct json *json, const char *key, uint64_t cycles, uint64_t frequency)
{
	uint64_t seconds = cycles / frequency;
	uint64_t scaled = cycles % frequency * 1000000;
	uint64_t micro = seconds * 1000000 + scaled / frequency;
	uint64_t pico = scaled % frequency * 1000000 / frequency;

	output_format(json->output, ",\"%s\":%" PRIu64 ".%06" PRIu64, key, micro, pico);
	json->comma = true;
}

/* One trace event a line. Its object is left open for more. */
static void open_event(struct chrome_writer *writer, const char *name, const char *form, unsigned vm,
                       enum row row)
{
	struct json *json = &writer->json;

	json_open_object(json, NULL);
	json_put_string(json, "name", name);
	json_put_string(json, "ph", form);
	json_put_number(json, "pid", vm);
	json_put_number(json, "tid", row);
}

static void close_event(struct chrome_writer *writer)
{
	json_close_object(&writer->json);
	output_text(writer->json.output, ",\n");
	writer->json.comma = false;
}

static void name_row(struct chrome_writer *writer, unsigned vm, enum row row)
{
	open_event(writer, "thread_name", "M", vm, row);
	json_open_object(&writer->json, "args");
	json_put_string(&writer->json, "name", row_names[row]);
	json_close_object(&writer->json);
	close_event(writer);
}

static void name_vm(struct chrome_writer *writer, unsigned vm)
{
	char name[32];
	uint64_t bit = 1ull << (vm & 63);

	if (writer->named & bit)
		return;
	writer->named |= bit;
	snprintf(name, sizeof(name), "VM %u", vm);
	open_event(writer, "process_name", "M", vm, ROW_GUEST);
	json_open_object(&writer->json, "args");
	json_put_string(&writer->json, "name", name);
	json_close_object(&writer->json);
	close_event(writer);
	for (enum row row = ROW_GUEST; row <= ROW_PARTS; row++)
		name_row(writer, vm, row);
}

static void write_slice(struct chrome_writer *writer, const char *name, unsigned vm, enum row row,
                        uint64_t from, uint64_t cycles)
{
	open_event(writer, name, "X", vm, row);
	write_time(&writer->json, "ts", from, writer->frequency);
	write_time(&writer->json, "dur", cycles, writer->frequency);
	close_event(writer);
}

static void write_arguments(struct json *json, const struct event *event)
{
	char text[128];

	json_open_object(json, "args");
	json_put_number(json, "sequence", event->sequence);
	json_put_string(json, "kind", event_kind_name(event->kind));
	json_put_string(json, "technique", event->technique);
	json_put_address(json, "eip", event->eip);
	if (event->byte_count > 0) {
		disassemble(event->bytes, event->byte_count, event->eip, event->big, text, sizeof(text));
		json_put_string(json, "instruction", text);
	}
	if (event->has_vector)
		json_put_number(json, "vector", event->vector);
	if (event->has_error)
		json_put_address(json, "error", event->error);
	json_put_address(json, "address", event->address);
	if (event->action != NULL)
		json_put_string(json, "action", event->action);
	for (unsigned i = 0; i < event->changes; i++)
		json_put_address(json, event->change[i].what, event->change[i].after);
	json_put_number(json, "cycles", event->cycles);
	json_close_object(json);
}

/* An event with a price is a slice, one without an instant. */
static void write_event(struct chrome_writer *writer, const struct event *event, enum row row)
{
	const char *name = event->reason != NULL ? event->reason : event_kind_name(event->kind);

	open_event(writer, name, event->cycles > 0 ? "X" : "i", event->vm, row);
	write_time(&writer->json, "ts", event->cycle, writer->frequency);
	if (event->cycles > 0)
		write_time(&writer->json, "dur", event->cycles, writer->frequency);
	else
		json_put_string(&writer->json, "s", "t"); /* an instant of this row */
	write_arguments(&writer->json, event);
	close_event(writer);
}

static void write_phases(struct chrome_writer *writer, const struct event *event)
{
	uint64_t from = event->cycle;

	for (unsigned i = 0; i < event->phases; i++) {
		write_slice(writer, event->phase[i].what, event->vm, ROW_VMM, from,
		            event->phase[i].cycles);
		from += event->phase[i].cycles;
	}
}

static void read_event(void *owner, const struct event *event)
{
	struct chrome_writer *writer = owner;
	bool exit = event->reason != NULL && event->cycles > 0;

	name_vm(writer, event->vm);
	if (!exit) {
		write_event(writer, event, event->cycles > 0 ? ROW_PARTS : ROW_GUEST);
		return;
	}
	if (event->cycle > writer->guest_from)
		write_slice(writer, event->guest_cpl == 3 ? "user" : "kernel", event->vm, ROW_GUEST,
		            writer->guest_from, event->cycle - writer->guest_from);
	write_event(writer, event, ROW_VMM);
	write_phases(writer, event);
	writer->guest_from = event->cycle + event->cycles;
}

void chrome_begin(struct chrome_writer *writer, struct output *output, uint64_t frequency,
                  uint64_t kinds)
{
	*writer = (struct chrome_writer){
		.reader = { .owner = writer, .kinds = kinds, .read = read_event },
		.json = json_on(output),
		.frequency = frequency,
	};
	output_text(output, "[\n");
}

/* The last entry stands alone because every other one ends in a comma. */
void chrome_end(struct chrome_writer *writer)
{
	struct json *json = &writer->json;

	json_open_object(json, NULL);
	json_put_string(json, "name", "trace_end");
	json_put_string(json, "ph", "M");
	json_put_number(json, "pid", 0);
	json_close_object(json);
	output_text(json->output, "\n]\n");
}
