/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/debugger_change.c - what is changed in a guest that is looked at: everything goes through history, which
 * keeps it; in the past a branch begins with it. Keys that a person types are among it.
 */
#include "visualizer/debugger/debugger.h"

#include "core/refuse.h"
#include "visualizer/debugger/motion.h"
#include "visualizer/keymap.h"
#include "visualizer/screen_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEYS_IN_A_SECOND = 60 };

/* ---- changing ---- */


/* What came later is another branch's now. */
static void begin_branch(struct debugger *debugger, unsigned branch)
{
	uint64_t now = debugger->vm->clock;

	event_log_cut(debugger->log, debugger->vm->events.sequence);
	snprintf(debugger->message, sizeof(debugger->message),
	         "history after cycle %" PRIu64 " is dropped: branch %u begins", now, branch);
}

bool debugger_input(struct debugger *debugger, struct input *input)
{
	unsigned branch;

	debugger->message[0] = '\0';
	if (!debugger_may_change(debugger))
		return false;
	motion_stand_still(debugger);
	branch = history_branch(debugger->history);
	if (!history_input(debugger->history, input))
		return refuse(debugger->message, sizeof(debugger->message), "%s", debugger->vm->message);
	debugger->changed = true;
	if (history_branch(debugger->history) != branch)
		begin_branch(debugger, history_branch(debugger->history));
	return true;
}

static bool give_text(struct debugger *debugger, enum input_kind kind, const char *text)
{
	struct input input = { .kind = (uint8_t)kind, .size = (uint8_t)strlen(text) };

	memcpy(input.bytes, text, input.size);
	return debugger_input(debugger, &input);
}

bool debugger_switch(struct debugger *debugger, const struct vm_mode *mode)
{
	char text[INPUT_BYTES];

	return give_text(debugger, INPUT_SWITCH, mode_text(mode, text, sizeof(text)));
}

bool debugger_set_register(struct debugger *debugger, const char *name, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%" PRIx32, value);
	return debugger_set_register_to(debugger, name, text);
}

bool debugger_set_register_to(struct debugger *debugger, const char *name, const char *value)
{
	char text[INPUT_BYTES];
	int length = snprintf(text, sizeof(text), "%s=%s", name, value);

	if (length < 0 || (size_t)length >= sizeof(text))
		return refuse(debugger->message, sizeof(debugger->message), "there is no register '%.40s...'", name);
	return give_text(debugger, INPUT_REGISTER, text);
}

bool debugger_write(struct debugger *debugger, uint32_t gla, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	while (size > 0) {
		struct input input = { .kind = INPUT_MEMORY, .address = gla };

		input.size = (uint8_t)(size < INPUT_BYTES ? size : INPUT_BYTES);
		memcpy(input.bytes, from, input.size);
		if (!debugger_input(debugger, &input))
			return false;
		from += input.size;
		gla += input.size;
		size -= input.size;
	}
	return true;
}

/* ---- typing ---- */

static bool screen_shows_text(const struct debugger *debugger)
{
	struct screen screen;

	screen_read(&screen, debugger->vm);
	for (unsigned row = 0; row < screen.rows; row++)
		for (unsigned column = 0; column < screen.columns; column++)
			if (screen.cell[row][column].character > ' ')
				return true;
	return false;
}

/* A guest that has spoken on its serial port is spoken to there, whatever else it shows. */
static bool types_at_keyboard(const struct debugger *debugger)
{
	const char *console = debugger->options->console;

	if (console && strcmp(console, "vga") == 0)
		return true;
	if (console && strcmp(console, "serial") == 0)
		return false;
	return debugger->console->written == 0 && screen_shows_text(debugger);
}

static bool type_serial(struct debugger *debugger, const char *text, size_t size)
{
	while (size > 0) {
		struct input input = { .kind = INPUT_SERIAL };

		input.size = (uint8_t)(size < INPUT_BYTES ? size : INPUT_BYTES);
		memcpy(input.bytes, text, input.size);
		if (!debugger_input(debugger, &input))
			return false;
		text += input.size;
		size -= input.size;
	}
	return true;
}

/* The first key arrives now, so that a past ends; others are planned. */
static bool press(struct debugger *debugger, uint64_t when, const uint8_t *bytes, size_t size)
{
	struct input input = { .kind = INPUT_KEYBOARD, .size = (uint8_t)size, .clock = when };

	memcpy(input.bytes, bytes, size);
	if (when <= debugger->vm->clock)
		return debugger_input(debugger, &input);
	return history_plan(debugger->history, &input) ||
	       refuse(debugger->message, sizeof(debugger->message), "%s", debugger->vm->message);
}

/* One key after the other, each let go before the next one, however fast they come: model time may stand still. */
static bool type_keys(struct debugger *debugger, const char *text, size_t size)
{
	uint64_t now = debugger->vm->clock, each = debugger->vm->costs.frequency / KEYS_IN_A_SECOND;
	bool fine = true;

	if (history_past(debugger->history) || debugger->typed_until > now + debugger->vm->costs.frequency)
		debugger->typed_until = now;
	for (size_t at = 0, used; fine && at < size; at += used) {
		struct stroke stroke = stroke_of_terminal(text + at, size - at, &used);
		uint64_t when = debugger->typed_until > now ? debugger->typed_until : now;
		uint8_t bytes[STROKE_BYTES];

		if (!stroke.code)
			continue;
		fine = press(debugger, when, bytes, stroke_make(stroke, bytes)) &&
		       press(debugger, when + each / 2, bytes, stroke_break(stroke, bytes));
		debugger->typed_until = when + each;
	}
	return fine;
}

bool debugger_type(struct debugger *debugger, const char *text, size_t size)
{
	debugger->message[0] = '\0';
	if (!debugger_may_change(debugger))
		return false;
	motion_stand_still(debugger);
	return types_at_keyboard(debugger) ? type_keys(debugger, text, size) : type_serial(debugger, text, size);
}
