/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/write_chrome.c - events in the Trace Event Format (the JSON array form): complete events (ph X) with time and duration
 * in microseconds, instants (i), counters (C), flows (s, f), names of tracks (M).
 *
 *   guest kernel  |----------|                                        between exits, by the ring that the exit tells
 *   guest user                              |-----------|
 *   VMM trap                 |---- cli -----|           |-- ...       one slice an exit, begin to end
 *                            |entry|...|                              its phases, which are its own work
 *   memory                          |fill|                            and what it did that is an event of its own
 *   devices, interrupts                |inject|                       an arrow comes from the exit
 */
#include "core/write_chrome.h"

#include "core/disassemble.h"
#include "core/vm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum track {
	TRACK_KERNEL = 1, TRACK_USER, TRACK_IDLE, TRACK_MEMORY, TRACK_TRANSLATION, TRACK_INTERPRETER, TRACK_DEVICES, TRACK_OTHER,
	TRACK_VMM = 16, /* and following: one a technique */
};

static const char *const track_names[] = {
	[TRACK_KERNEL] = "guest kernel",
	[TRACK_USER] = "guest user",
	[TRACK_IDLE] = "idle",
	[TRACK_MEMORY] = "memory management",
	[TRACK_TRANSLATION] = "translation",
	[TRACK_INTERPRETER] = "interpreter",
	[TRACK_DEVICES] = "devices and interrupts",
	[TRACK_OTHER] = "other work of the VMM",
};

/* Where work stands that is an event of its own. */
static const uint8_t kind_tracks[EV_KIND_COUNT] = {
	[EV_SHADOW_FILL] = TRACK_MEMORY,  [EV_SHADOW_FLUSH] = TRACK_MEMORY,    [EV_SHADOW_ROOT] = TRACK_MEMORY,
	[EV_DESCRIPTOR] = TRACK_MEMORY,   [EV_TABLES] = TRACK_MEMORY,          [EV_TRACE] = TRACK_MEMORY,
	[EV_TRANSLATE] = TRACK_TRANSLATION, [EV_CHAIN] = TRACK_TRANSLATION,    [EV_INVALIDATE] = TRACK_TRANSLATION,
	[EV_EMULATE] = TRACK_INTERPRETER, [EV_INTERRUPT] = TRACK_DEVICES,      [EV_INJECT] = TRACK_DEVICES,
	[EV_PORT] = TRACK_DEVICES,        [EV_DEVICE] = TRACK_DEVICES,         [EV_DELIVERED] = TRACK_DEVICES,
};

enum { COUNTERS_EACH = 10000 }; /* counters are written once in so many parts of a second */

/* ---- the format ---- */

struct moment {
	uint64_t micro, pico; /* microseconds, and millionths of one */
};

/* In whole numbers, so that every host writes the same. Exact for frequencies up to 100 GHz: no product passes 64 bits. */
static struct moment moment_of(uint64_t cycles, uint64_t frequency)
{
	uint64_t seconds = cycles / frequency, scaled = cycles % frequency * 1000000;

	return (struct moment){seconds * 1000000 + scaled / frequency, scaled % frequency * 1000000 / frequency};
}

static void write_moment(struct json *json, const char *key, struct moment moment)
{
	output_format(json->output, ",\"%s\":%" PRIu64 ".%06" PRIu64, key, moment.micro, moment.pico);
	json->comma = true;
}

/* A duration is the difference of two moments as they are written, so that slices meet where one ends and the next begins. */
static void write_span(struct chrome_writer *writer, uint64_t from, uint64_t until)
{
	struct moment begin = moment_of(from, writer->frequency), end = moment_of(until, writer->frequency);
	bool borrow = end.pico < begin.pico;

	write_moment(&writer->json, "ts", begin);
	write_moment(&writer->json, "dur",
	             (struct moment){end.micro - begin.micro - borrow, end.pico + (borrow ? 1000000 : 0) - begin.pico});
}

/* One trace event a line. Its object is left open for more. */
static void open_event(struct chrome_writer *writer, const char *name, const char *form, unsigned vm, unsigned track)
{
	struct json *json = &writer->json;

	json_open_object(json, NULL);
	json_put_string(json, "name", name);
	json_put_string(json, "ph", form);
	json_put_number(json, "pid", vm);
	json_put_number(json, "tid", track);
}

static void close_event(struct chrome_writer *writer)
{
	json_close_object(&writer->json);
	output_text(writer->json.output, ",\n");
	writer->json.comma = false;
}

static void write_name(struct chrome_writer *writer, const char *what, unsigned vm, unsigned track, const char *name)
{
	open_event(writer, what, "M", vm, track);
	json_open_object(&writer->json, "args");
	json_put_string(&writer->json, "name", name);
	json_close_object(&writer->json);
	close_event(writer);
}

/* The track, named when it is first used. */
static unsigned use_track(struct chrome_writer *writer, unsigned vm, unsigned track, const char *name)
{
	char text[32];

	if (writer->named >> track & 1)
		return track;
	if (!writer->named) {
		snprintf(text, sizeof(text), "VM %u", vm);
		write_name(writer, "process_name", vm, track, text);
	}
	writer->named |= 1ull << track;
	write_name(writer, "thread_name", vm, track, name);
	open_event(writer, "thread_sort_index", "M", vm, track);
	json_open_object(&writer->json, "args");
	json_put_number(&writer->json, "sort_index", track >= TRACK_VMM ? TRACK_USER : track); /* below the guest's */
	json_close_object(&writer->json);
	close_event(writer);
	return track;
}

static unsigned vmm_track(struct chrome_writer *writer, const struct event *event)
{
	const char *technique = event->technique ? event->technique : "?";
	char name[40];
	unsigned i = 0;

	while (i < CHROME_TECHNIQUES - 1 && writer->technique[i] && strcmp(writer->technique[i], technique) != 0)
		i++;
	writer->technique[i] = technique;
	snprintf(name, sizeof(name), "VMM %s", technique);
	return use_track(writer, event->vm, TRACK_VMM + i, name);
}

static void write_slice(struct chrome_writer *writer, const char *name, unsigned vm, unsigned track, uint64_t from,
                        uint64_t until)
{
	if (until <= from)
		return;
	open_event(writer, name, "X", vm, track);
	write_span(writer, from, until);
	close_event(writer);
}

/* ---- what an event says ---- */

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

static const char *name_of(const struct event *event)
{
	return event->reason != NULL ? event->reason : event_kind_name(event->kind);
}

/* A slice, or an instant where no time passes. */
static void write_event(struct chrome_writer *writer, const struct event *event, unsigned track, uint64_t from, uint64_t until)
{
	open_event(writer, name_of(event), until > from ? "X" : "i", event->vm, track);
	if (until > from) {
		write_span(writer, from, until);
	} else {
		write_moment(&writer->json, "ts", moment_of(from, writer->frequency));
		json_put_string(&writer->json, "s", "t"); /* an instant of this track */
	}
	write_arguments(&writer->json, event);
	close_event(writer);
}

/* One after another from the exit's beginning: what remains of it is events of their own, on other tracks. */
static void write_phases(struct chrome_writer *writer, const struct event *event, unsigned track, uint64_t from, uint64_t until)
{
	for (unsigned i = 0; i < event->phases && from < until; i++) {
		uint64_t end = from + event->phase[i].cycles;

		write_slice(writer, event->phase[i].what, event->vm, track, from, end < until ? end : until);
		from = end;
	}
}

static void write_flow_end(struct chrome_writer *writer, const char *form, unsigned vm, unsigned track, uint64_t at)
{
	open_event(writer, "injection", form, vm, track);
	json_put_string(&writer->json, "cat", "interrupt");
	json_put_number(&writer->json, "id", writer->flows);
	write_moment(&writer->json, "ts", moment_of(at, writer->frequency));
	if (*form == 'f')
		json_put_string(&writer->json, "bp", "e"); /* to the slice that it lies in */
	close_event(writer);
}

/* ---- counters ---- */

static void write_counter(struct chrome_writer *writer, const char *name, unsigned vm, uint64_t value)
{
	open_event(writer, name, "C", vm, 0);
	write_moment(&writer->json, "ts", moment_of(writer->counted.at, writer->frequency));
	json_open_object(&writer->json, "args");
	json_put_number(&writer->json, "since the last", value);
	json_close_object(&writer->json);
	close_event(writer);
}

static uint64_t misses_of(const struct vm *vm)
{
	bool interpreted = vm->vcpu && vm->paging == PAGING_GUEST;

	return cpu_counters(vm->processor)->tlb_misses + (interpreted ? cpu_counters(vm->vcpu)->tlb_misses : 0);
}

static void write_counters(struct chrome_writer *writer, unsigned vm, uint64_t now)
{
	uint64_t misses = writer->vm ? misses_of(writer->vm) : 0;

	writer->counted.at = now;
	write_counter(writer, "exits", vm, writer->counted.exits);
	writer->counted.exits = 0;
	if (writer->vm)
		write_counter(writer, "TLB misses", vm, misses > writer->counted.misses ? misses - writer->counted.misses : 0);
	writer->counted.misses = misses;
}

/* ---- time ---- */

static uint64_t end_of(const struct chrome_writer *writer, const struct event *event)
{
	return writer->vm && writer->vm->clock > event->cycle ? writer->vm->clock : event->cycle + event->cycles;
}

/* Up to `until` the guest ran, or was idle: under a VMM first, for what it does behind a HLT begins with an exit; without one,
 * last. */
static void tell_guest(struct chrome_writer *writer, unsigned vm, uint8_t ring, uint64_t until)
{
	uint64_t idle = writer->vm ? writer->vm->ledger.idle - writer->idle : 0, from = writer->told;
	bool last = writer->vm && !writer->vm->vcpu;
	unsigned track = ring == 3 ? TRACK_USER : TRACK_KERNEL;

	if (until <= from)
		return;
	idle = idle < until - from ? idle : until - from;
	writer->idle += idle;
	if (idle)
		write_slice(writer, "idle", vm, use_track(writer, vm, TRACK_IDLE, track_names[TRACK_IDLE]), last ? until - idle : from,
		            last ? until : from + idle);
	if (idle < until - from)
		write_slice(writer, ring == 3 ? "user" : "kernel", vm, use_track(writer, vm, track, track_names[track]),
		            last ? from : from + idle, last ? until - idle : until);
	writer->told = until;
}

/* On the VMM's track; before it, the guest ran. */
static void tell_vmm(struct chrome_writer *writer, const struct chrome_pending *pending)
{
	const struct event *event = &pending->event;
	uint64_t from;
	unsigned track;

	tell_guest(writer, event->vm, event->guest_cpl, event->cycle);
	from = writer->told > event->cycle ? writer->told : event->cycle;
	if (pending->until > writer->told)
		writer->told = pending->until;
	if (!(writer->kinds >> event->kind & 1) || pending->until <= from)
		return;
	track = vmm_track(writer, event);
	write_event(writer, event, track, from, pending->until);
	write_phases(writer, event, track, from, pending->until);
}

static void tell_pending(struct chrome_writer *writer)
{
	for (unsigned i = 0; i < writer->waiting; i++)
		tell_vmm(writer, &writer->pending[i]);
	writer->waiting = 0;
}

/* A part comes before its whole: it is told when something shows that it is none. */
static void keep(struct chrome_writer *writer, const struct event *event, uint64_t until)
{
	while (writer->waiting && writer->pending[writer->waiting - 1].event.cycle >= event->cycle)
		writer->waiting--;
	if (writer->waiting == CHROME_PENDING)
		tell_pending(writer);
	event_copy(&writer->pending[writer->waiting].event, event);
	writer->pending[writer->waiting++].until = until;
}

/* Into the VMM, or out of it. What came before an exit is no part of it; an exit may be told a little after it went back. */
static void change_world(struct chrome_writer *writer, const struct event *event)
{
	writer->inside = event->action && strcmp(event->action, "to the VMM") == 0;
	writer->entered = event->cycle;
	if (writer->inside)
		tell_pending(writer);
}

/* An arrow from the exit, which is still going on. */
static void tell_injection(struct chrome_writer *writer, const struct event *event, unsigned track)
{
	write_flow_end(writer, "s", event->vm, vmm_track(writer, event), writer->entered);
	write_flow_end(writer, "f", event->vm, track, event->cycle);
	writer->flows++;
}

static void tell_work(struct chrome_writer *writer, const struct event *event, uint64_t until)
{
	unsigned track = kind_tracks[event->kind] ? kind_tracks[event->kind] : TRACK_OTHER;
	bool priced = event->reason && event->cycles;

	if (!(writer->kinds >> event->kind & 1))
		return;
	use_track(writer, event->vm, track, track_names[track]);
	write_event(writer, event, track, event->cycle, priced ? until : event->cycle);
	if (event->kind == EV_INJECT && writer->inside && priced)
		tell_injection(writer, event, track);
}

static void read_event(void *owner, const struct event *event)
{
	struct chrome_writer *writer = owner;
	bool work = event_is_work((enum event_kind)event->kind, event->has_vector);
	uint64_t until = end_of(writer, event);

	if (event->kind == EV_WORLD_SWITCH)
		change_world(writer, event);
	if (event->reason && event->cycles > 0)
		keep(writer, event, until);
	if (work || !event->reason || !event->cycles)
		tell_work(writer, event, until);
	writer->counted.exits += event->reason && !work;
	if (event->cycle > writer->counted.at && event->cycle - writer->counted.at >= writer->frequency / COUNTERS_EACH)
		write_counters(writer, event->vm, event->cycle);
}

/* ---- the whole ---- */

bool chrome_begin(struct chrome_writer *writer, struct output *output, const struct vm *vm, uint64_t frequency, uint64_t kinds)
{
	*writer = (struct chrome_writer){
		.reader = { .owner = writer, .kinds = EVENT_KINDS_ALL, .read = read_event },
		.json = json_on(output),
		.vm = vm,
		.frequency = frequency,
		.kinds = kinds,
		.pending = calloc(CHROME_PENDING, sizeof(struct chrome_pending)),
	};
	if (writer->pending)
		output_text(output, "[\n");
	return writer->pending != NULL;
}

/* The last entry stands alone because every other one ends in a comma. */
void chrome_end(struct chrome_writer *writer)
{
	struct json *json = &writer->json;

	tell_pending(writer);
	free(writer->pending);
	writer->pending = NULL;
	if (writer->vm) {
		tell_guest(writer, writer->vm->id, vm_guest_state(writer->vm)->cpl, writer->vm->clock);
		write_counters(writer, writer->vm->id, writer->vm->clock);
	}
	json_open_object(json, NULL);
	json_put_string(json, "name", "trace_end");
	json_put_string(json, "ph", "M");
	json_put_number(json, "pid", 0);
	json_close_object(json);
	output_text(json->output, "\n]\n");
}
