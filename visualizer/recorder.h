/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/recorder.h - what --events, --events-format and --filter ask for: a writer on the stream.
 */
#ifndef RINGSIDE_VISUALIZER_RECORDER_H
#define RINGSIDE_VISUALIZER_RECORDER_H

#include "core/output.h"
#include "core/vm.h"
#include "core/write_chrome.h"
#include "core/write_jsonl.h"

struct recorder_options {
	const char *path;   /* a file, "-", "unix:PATH"; NULL: nothing, but the rest is checked */
	const char *format; /* "jsonl", "chrome"; NULL: jsonl */
	const char *filter; /* NULL: all kinds */
};

struct recorder {
	struct output *output; /* NULL: nothing is recorded */
	struct vm *vm;
	struct event_reader *reader;
	struct jsonl_writer jsonl;
	struct chrome_writer chrome;
	bool is_chrome;
	double flushed_at;
};

/* False after a message. */
bool recorder_open(struct recorder *recorder, struct vm *vm, const struct recorder_options *recording);
/* Hands on what is buffered, now and then, for readers that follow the run. */
void recorder_follow(struct recorder *recorder, double now);
/* Nobody will get what comes: the run may as well end. */
bool recorder_failed(const struct recorder *recorder);
/* False after a message: something could not be written. Nothing to do is fine. */
bool recorder_close(struct recorder *recorder);

#endif
