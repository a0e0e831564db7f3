/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/debugger.c - the machine that is looked at: made from the options, with a history, counters and
 * console that go back with it, and an event log that does not. What is changed goes through history, which keeps it.
 */
#include "visualizer/debugger/debugger.h"

#include "core/recording.h"
#include "core/refuse.h"
#include "cpu/arena.h"
#include "trap/techniques.h"
#include "visualizer/command.h"
#include "visualizer/debugger/motion.h"
#include "visualizer/debugger/record.h"
#include "visualizer/guest_file.h"
#include "visualizer/machine.h"
#include "visualizer/message.h"
#include "visualizer/switching.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- opening and closing ---- */

static void serial_out(void *owner, unsigned port, uint8_t byte)
{
	const struct debugger *debugger = owner;

	if (port == 0 && debugger->console)
		console_byte_written(debugger->console, byte);
}

static void debug_out(void *owner, uint8_t byte)
{
	serial_out(owner, 0, byte);
}

/* Of `ringside replay`: the word is a recording, and it has all the rest. */
static bool read_recording(struct debugger *debugger, int word)
{
	char error[700];

	if (debugger->options->word_count != word + 1) {
		message("replay: which recording? Name one file; `ringside run --record FILE` makes one");
		return false;
	}
	debugger->recording = recording_read(debugger->options->words[word], error, sizeof(error));
	if (!debugger->recording) {
		message("%s", error);
		return false;
	}
	debugger->config = debugger->recording->config;
	return true;
}

/* The files are held from the beginning on, so that a recording has them as they were loaded. */
static bool configure(struct debugger *debugger, int guest_word)
{
	if (debugger->options->command->mask == FOR_REPLAY)
		return read_recording(debugger, guest_word);
	if (!machine_configure(&debugger->config, debugger->options, guest_word))
		return false;
	debugger->files = file_set_of(&debugger->config);
	if (!debugger->files)
		message("not enough memory; close other programs");
	debugger->config.files = debugger->files;
	return debugger->files != NULL;
}

static bool make_vm(struct debugger *debugger)
{
	struct board_output output = { .owner = debugger, .serial = serial_out, .debug = debug_out };

	debugger->vm = machine_make(&debugger->config, &output, true);
	return debugger->vm != NULL;
}

static void count_event(void *owner, const struct event *event)
{
	counters_add_event(owner, event);
}

/* Counters and console lie in the machine, so that they go back with it; who feeds them does not. */
static bool make_observers(struct debugger *debugger)
{
	struct vm *vm = debugger->vm;

	debugger->counters = arena_take(vm->arena, sizeof(*debugger->counters));
	debugger->console = arena_take(vm->arena, sizeof(*debugger->console));
	debugger->log = event_log_new(&vm->events, 0);
	if (!debugger->counters || !debugger->console || !debugger->log) {
		message("not enough memory to keep events; close other programs");
		return false;
	}
	counters_begin(debugger->counters, EVENT_KINDS_ALL);
	debugger->counting = (struct event_reader){
		.owner = debugger->counters,
		.kinds = EVENT_KINDS_ALL,
		.read = count_event,
		.travels = true,
	};
	event_add_reader(&vm->events, &debugger->counting);
	return true;
}

static bool make_history(struct debugger *debugger)
{
	struct history_options options = { .techniques = technique_list() };
	char error[512];

	if (debugger->options->history.given)
		options.memory = (size_t)debugger->options->history.value;
	if (debugger->recording)
		debugger->history = history_open(debugger->vm, &options, debugger->recording->run.input,
						 debugger->recording->run.inputs, debugger->recording->run.end.clock, error,
						 sizeof(error));
	else
		debugger->history = history_new(debugger->vm, &options, error, sizeof(error));
	if (!debugger->history)
		message("%s", error);
	return debugger->history != NULL;
}

static bool make_motion(struct debugger *debugger)
{
	debugger->motion = motion_new(debugger);
	if (!debugger->motion)
		message("not enough memory; close other programs");
	return debugger->motion != NULL;
}

/* What the options say for later is part of history from the beginning. */
static bool plan_keys(struct debugger *debugger)
{
	struct keys keys;
	bool fine = machine_keys(&keys, debugger->options, debugger->vm->costs.frequency);

	for (size_t i = 0; fine && i < keys.count; i++) {
		const struct key_input *key = &keys.input[i];
		struct input input = {
			.clock = key->cycle,
			.kind = key->serial ? INPUT_SERIAL : INPUT_KEYBOARD,
			.size = key->size,
		};

		memcpy(input.bytes, key->bytes, key->size);
		fine = history_plan(debugger->history, &input);
		if (!fine)
			message("%s", debugger->vm->message);
	}
	keys_end(&keys);
	return fine;
}

static bool plan_moves(struct debugger *debugger)
{
	struct switching switching = { 0 };
	bool fine = switching_begin(&switching, debugger->vm, debugger->options);

	for (size_t i = 0; fine && i < switching.moves; i++) {
		struct input input = { .clock = switching.move[i].cycle, .kind = INPUT_SWITCH };
		char text[INPUT_BYTES];

		mode_text(&switching.move[i].mode, text, sizeof(text));
		input.size = (uint8_t)strlen(text);
		memcpy(input.bytes, text, input.size);
		fine = history_plan(debugger->history, &input);
		if (!fine)
			message("%s", debugger->vm->message);
	}
	return fine;
}

static bool open_all(struct debugger *debugger, int guest_word)
{
	return configure(debugger, guest_word) && make_vm(debugger) &&
	       make_observers(debugger) && make_history(debugger) && make_motion(debugger) &&
	       plan_keys(debugger) && plan_moves(debugger) && record_begin(debugger);
}

static void begin(struct debugger *debugger, const struct options *options, const char *where)
{
	memset(debugger, 0, sizeof(*debugger));
	debugger->options = options;
	debugger->story = EVENT_NONE_SELECTED;
	debugger->breaks.next_number = 1;
	debugger->stop.kind = STOP_BEGIN;
	snprintf(debugger->stop.text, sizeof(debugger->stop.text), "%s", where);
	debugger->changed = true;
}

int debugger_open(struct debugger *debugger, const struct options *options, int guest_word)
{
	begin(debugger, options, "at the beginning");
	if (!open_all(debugger, guest_word)) {
		debugger_close(debugger);
		return STATUS_USAGE;
	}
	debugger->symbols = guest_symbols(&debugger->config);
	debugger->readonly = options->readonly;
	return STATUS_OK;
}

/* ---- a visit ---- */

bool debugger_visit(struct debugger *debugger, const struct options *options, struct vm *vm, struct symbols *symbols)
{
	begin(debugger, options, "called from the console");
	debugger->config = vm->config;
	debugger->config.files = NULL;
	debugger->vm = vm;
	debugger->symbols = symbols;
	if (make_observers(debugger) && make_history(debugger) && make_motion(debugger))
		return true;
	debugger_release(debugger);
	return false;
}

void debugger_release(struct debugger *debugger)
{
	struct vm *vm = debugger->vm;

	if (debugger->history)
		history_set_stops(debugger->history, NULL, 0);
	if (debugger->counting.read)
		event_remove_reader(&vm->events, &debugger->counting);
	arena_give(vm->arena, debugger->counters);
	arena_give(vm->arena, debugger->console);
	debugger->counting.read = NULL;
	debugger->vm = NULL; /* these stay */
	debugger->symbols = NULL;
	debugger_close(debugger);
}

void debugger_close(struct debugger *debugger)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		expression_free(debugger->breaks.point[i].condition);
	motion_free(debugger->motion);
	history_free(debugger->history);
	if (debugger->counting.read)
		event_remove_reader(&debugger->vm->events, &debugger->counting);
	event_log_free(debugger->log);
	symbols_free(debugger->symbols);
	vm_free(debugger->vm);
	recording_drop(debugger->writer);
	file_set_free(debugger->files);
	recording_free(debugger->recording);
	memset(debugger, 0, sizeof(*debugger));
}

/* ---- looking ---- */

size_t debugger_read(const struct debugger *debugger, uint32_t gla, void *buffer, size_t size)
{
	return cpu_peek(vm_guest_state(debugger->vm), &debugger->vm->guest_bus, gla, buffer, size);
}

uint32_t debugger_linear_eip(const struct debugger *debugger)
{
	const struct cpu_state *state = vm_guest_state(debugger->vm);

	return state->segment[CS].base + state->eip;
}

const struct event *debugger_story(const struct debugger *debugger)
{
	return debugger->story == EVENT_NONE_SELECTED ? NULL : event_log_at(debugger->log, debugger->story);
}
