/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/record.c - see record.h. Check points are taken by going to them: they cost nothing while the guest runs.
 */
#include "visualizer/debugger/record.h"

#include "core/recording.h"
#include "core/refuse.h"
#include "visualizer/debugger/motion.h"
#include "visualizer/message.h"

enum { CHECKS = 16 };

static bool gather_input(const struct history *history, struct recorded_run *run)
{
	const struct input *input;

	for (size_t i = 0; (input = history_input_at(history, i)); i++)
		if (!recorded_input(run, input))
			return false;
	return true;
}

/* Leaves the machine at the end of its history. */
static bool gather(struct debugger *debugger, struct recorded_run *run)
{
	struct history *history = debugger->history;
	uint64_t begin = history_begin(history), span = history_end(history) - begin;

	for (unsigned i = 1; i < CHECKS; i++) {
		uint64_t clock = begin + span / CHECKS * i;
		struct checkpoint check;

		if (run->checks && clock <= run->check[run->checks - 1].clock)
			continue;
		history_go(history, clock);
		check = checkpoint_of(debugger->vm);
		if (!recorded_check(run, &check))
			return false;
	}
	history_go(history, begin + span);
	recorded_end(run, debugger->vm, true);
	return gather_input(history, run);
}

static bool finish(struct debugger *debugger, struct recording_writer *writer)
{
	struct recorded_run run = { 0 };
	uint64_t now;
	bool fine;

	motion_stand_still(debugger);
	now = debugger->vm->clock;
	fine = gather(debugger, &run);
	history_go(debugger->history, now);
	if (fine) {
		fine = recording_finish(writer, &run, debugger->message, sizeof(debugger->message));
	} else {
		recording_drop(writer);
		refuse(debugger->message, sizeof(debugger->message), "not enough memory for a recording; close other programs");
	}
	recorded_free(&run);
	return fine;
}

bool debugger_record(struct debugger *debugger, const char *path)
{
	struct recording_writer *writer;

	debugger->message[0] = '\0';
	if (!debugger->config.files)
		return refuse(debugger->message, sizeof(debugger->message), "a recording holds a run from its beginning, and this one was "
		              "begun without; begin with: ringside run --record %.100s", path);
	writer = recording_begin(path, &debugger->config, debugger->message, sizeof(debugger->message));
	return writer && finish(debugger, writer);
}

bool record_begin(struct debugger *debugger)
{
	char error[512];

	if (!debugger->options->record)
		return true;
	debugger->writer = recording_begin(debugger->options->record, &debugger->config, error, sizeof(error));
	if (!debugger->writer)
		message("--record: %s", error);
	return debugger->writer != NULL;
}

bool record_finish(struct debugger *debugger)
{
	struct recording_writer *writer = debugger->writer;

	debugger->writer = NULL;
	if (!writer || finish(debugger, writer))
		return true;
	message("--record: %s", debugger->message);
	return false;
}
