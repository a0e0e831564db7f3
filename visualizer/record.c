/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/record.c - see record.h.
 */
#include "visualizer/record.h"

#include "visualizer/message.h"

#include <string.h>
#include <time.h>

enum { CHECKS_MOST = 256, SHARE = 100 /* of the host's time that check points may take: one part of so many */ };

static const double least_spacing = 0.5; /* seconds */

static double host_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool run_record_begin(struct run_record *record, const char *path, const struct config *config)
{
	char error[512];

	record->writer = recording_begin(path, config, error, sizeof(error));
	record->spacing = least_spacing;
	record->checked_at = host_seconds();
	if (!record->writer)
		message("--record: %s", error);
	return record->writer != NULL;
}

static void note(struct run_record *record, const struct input *input)
{
	record->short_of_memory |= !recorded_input(&record->run, input);
}

void run_record_keys(struct run_record *record, bool serial, const uint8_t *bytes, size_t size)
{
	struct input input = { .clock = record->vm ? record->vm->clock : 0, .kind = serial ? INPUT_SERIAL : INPUT_KEYBOARD };

	if (!record->writer || !record->vm)
		return;
	input.size = (uint8_t)(size < INPUT_BYTES ? size : INPUT_BYTES);
	memcpy(input.bytes, bytes, input.size);
	note(record, &input);
}

void run_record_move(struct run_record *record, uint64_t clock, const struct vm_mode *mode)
{
	struct input input = { .kind = INPUT_SWITCH };
	char text[INPUT_BYTES];

	if (!record->writer || !record->vm)
		return;
	mode_text(mode, text, sizeof(text));
	input.clock = clock;
	input.size = (uint8_t)strlen(text);
	memcpy(input.bytes, text, input.size);
	note(record, &input);
}

/* A long run has few for its length: every second one goes when they are many. */
static void thin_out(struct run_record *record)
{
	struct recorded_run *run = &record->run;
	size_t kept = 0;

	for (size_t i = 1; i < run->checks; i += 2)
		run->check[kept++] = run->check[i];
	run->checks = kept;
	record->spacing *= 2;
}

void run_record_look(struct run_record *record, double now)
{
	struct checkpoint check;
	double taken;

	if (!record->writer || now - record->checked_at < record->spacing)
		return;
	check = checkpoint_of(record->vm);
	taken = host_seconds() - now;
	if (record->spacing < SHARE * taken)
		record->spacing = SHARE * taken;
	record->checked_at = now + taken;
	record->short_of_memory |= !recorded_check(&record->run, &check);
	if (record->run.checks == CHECKS_MOST)
		thin_out(record);
}

bool run_record_end(struct run_record *record)
{
	struct recording_writer *writer = record->writer;
	char error[512] = "not enough memory for the input of this run; record a shorter one";
	bool fine = !record->short_of_memory;

	if (!writer)
		return true;
	record->writer = NULL;
	if (fine) {
		recorded_end(&record->run, record->vm, false);
		fine = recording_finish(writer, &record->run, error, sizeof(error));
	} else {
		recording_drop(writer);
	}
	recorded_free(&record->run);
	if (!fine)
		message("--record: %s", error);
	return fine;
}

void run_record_drop(struct run_record *record)
{
	recording_drop(record->writer);
	record->writer = NULL;
	recorded_free(&record->run);
}
