/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/recorder.c - the event stream into a file, pipe or socket.
 */
#include "visualizer/recorder.h"

#include "visualizer/filter.h"
#include "visualizer/message.h"

#include <string.h>

static const double FLUSH_EACH = 0.1; /* host seconds */

static bool choose_format(struct recorder *recorder, const char *format)
{
	recorder->is_chrome = format && strcmp(format, "chrome") == 0;
	if (!format || recorder->is_chrome || strcmp(format, "jsonl") == 0)
		return true;
	message("--events-format: no form '%s'; there are jsonl and chrome", format);
	return false;
}

bool recorder_open(struct recorder *recorder, struct vm *vm, const struct recorder_options *recording)
{
	char error[512];
	uint64_t kinds;

	if (!choose_format(recorder, recording->format) ||
	    !filter_parse(recording->filter, filter_all(), &kinds))
		return false;
	if (!recording->path)
		return true;
	recorder->output = output_open(recording->path, error, sizeof(error));
	if (!recorder->output) {
		message("%s", error);
		return false;
	}
	recorder->vm = vm;
	recorder->reader = recorder->is_chrome ? &recorder->chrome.reader : &recorder->jsonl.reader;
	if (recorder->is_chrome && !chrome_begin(&recorder->chrome, recorder->output, vm, vm->costs.frequency, kinds)) {
		message("not enough memory for a trace; close other programs");
		return false;
	}
	if (!recorder->is_chrome)
		jsonl_begin(&recorder->jsonl, recorder->output, kinds);
	event_add_reader(&vm->events, recorder->reader);
	return true;
}

void recorder_follow(struct recorder *recorder, double now)
{
	if (!recorder->output || now - recorder->flushed_at < FLUSH_EACH)
		return;
	recorder->flushed_at = now;
	output_flush(recorder->output);
}

bool recorder_failed(const struct recorder *recorder)
{
	return recorder->output && output_error(recorder->output);
}

bool recorder_close(struct recorder *recorder)
{
	char error[512];
	bool written;

	if (!recorder->output)
		return true;
	event_remove_reader(&recorder->vm->events, recorder->reader);
	if (recorder->is_chrome)
		chrome_end(&recorder->chrome);
	written = output_close(recorder->output, error, sizeof(error));
	recorder->output = NULL;
	if (!written)
		message("%s", error);
	return written;
}
