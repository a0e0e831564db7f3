/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/recording.h - a run in a file: the configuration, the files that the guest came from, the input and when it arrived,
 * and how the machine stood now and then. A run is a pure function of these, so the file opens on any computer, at any moment
 * of the run (history_open).
 */
#ifndef RINGSIDE_CORE_RECORDING_H
#define RINGSIDE_CORE_RECORDING_H

#include "core/file_set.h"
#include "core/history.h"
#include "core/recording_stream.h"

/* How a machine stands, in short. */
struct checkpoint {
	uint64_t clock, instructions, digest;
};
struct checkpoint checkpoint_of(const struct vm *vm);

#define EVENTS_NOT_COUNTED UINT64_MAX

/* What happened to a machine from its beginning to its end. */
struct recorded_run {
	struct input *input; /* in the order of time */
	size_t inputs, input_room;
	struct checkpoint *check; /* likewise; the end is none of them */
	size_t checks, check_room;
	struct checkpoint end;
	uint64_t events;  /* told up to the end; EVENTS_NOT_COUNTED: nobody listened */
	uint8_t how;      /* enum vm_end; VM_RUNNING: the guest could go on, the recording ended */
	uint32_t exit_code;
};

/* Adds to the run. False: no memory. */
bool recorded_input(struct recorded_run *run, const struct input *input);
bool recorded_check(struct recorded_run *run, const struct checkpoint *check);
/* The machine's end is here. */
void recorded_end(struct recorded_run *run, const struct vm *vm, bool events_counted);
void recorded_free(struct recorded_run *run); /* what it points to */
/* Has the guest ended where it stands, and how? VM_RUNNING: it could go on. */
enum vm_end recorded_how(const struct vm *vm);

/* ---- writing ---- */

struct recording_writer;

/* Writes what a run begins with: the configuration, and its files, which config->files must hold. NULL: `error`. */
struct recording_writer *recording_begin(const char *path, const struct config *config, char *error, size_t error_size);
/* Writes the rest; only now the file has its name. Frees. False: there is no file, and `error` says why. */
bool recording_finish(struct recording_writer *writer, const struct recorded_run *run, char *error, size_t error_size);
/* Leaves no file. NULL is fine. */
void recording_drop(struct recording_writer *writer);

/* ---- reading ---- */

struct recording {
	char version[RECORDING_VERSION]; /* of the program that made it */
	struct config config;            /* its files are `files` */
	struct file_set *files;
	struct recorded_run run;
};

/* All of a file, checked. NULL: `error` says what is wrong with it and what to do. */
struct recording *recording_read(const char *path, char *error, size_t error_size);
void recording_free(struct recording *recording); /* NULL is fine */

/* ---- between the two: the parts of the file, in their order ---- */

enum {
	PART_SETTINGS = 0x53544553, /* "SETS": count, then name and value of each */
	PART_FILES = 0x454c4946,    /* "FILE": count, then name, size and pieces of each, up to a piece of no bytes */
	PART_INPUT = 0x55504e49,    /* "INPU": count, then clock, kind, planned, address, bytes */
	PART_CHECKS = 0x4b454843,   /* "CHEK": count, then clock, instructions, digest */
	PART_END = 0x53444e45,      /* "ENDS": clock, instructions, digest, events, how, exit code */
	RECORDING_BLOCK = 4096,     /* files are cut at multiples of it; blocks of zeros are left out */
	RECORDING_PIECE = 1 << 18,  /* bytes in a piece at most */
	RECORDING_FILES = 32,
	RECORDING_SETTINGS = 128,
	RECORDING_INPUTS = 1 << 22,
	RECORDING_CHECKS = 1 << 16,
};
#define RECORDING_FILE_SIZE (UINT64_C(1) << 41) /* as large as a file says it is, */
#define RECORDING_FILE_BYTES (UINT64_C(1) << 32) /* and so much of all files together that is not zero */

#endif
