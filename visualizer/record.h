/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/record.h - the recording of a run that has no history (`ringside run --record`): its input and moves are noted as they
 * happen, and now and then how the machine stands. The run itself goes at its full speed.
 */
#ifndef RINGSIDE_VISUALIZER_RECORD_H
#define RINGSIDE_VISUALIZER_RECORD_H

#include "core/recording.h"

struct run_record {
	struct recording_writer *writer; /* NULL: nothing is recorded */
	struct vm *vm;
	struct recorded_run run;
	double checked_at, spacing; /* host seconds: the last check point, and how far they lie apart */
	bool short_of_memory;
};

/* `config` holds its files (file_set_of). False after a message. */
bool run_record_begin(struct run_record *record, const char *path, const struct config *config);
/* What has just arrived: bytes for the keyboard or the serial port, a move that was tried at `clock` (it
 * takes time itself). */
void run_record_keys(struct run_record *record, bool serial, const uint8_t *bytes, size_t size);
void run_record_move(struct run_record *record, uint64_t clock, const struct vm_mode *mode);
/* Between two slices; `now`: the host's time. Often called, seldom does something. */
void run_record_look(struct run_record *record, double now);
/* Writes it. False after a message. */
bool run_record_end(struct run_record *record);
/* Leaves no file. */
void run_record_drop(struct run_record *record);

#endif
