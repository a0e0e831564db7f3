/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/recording_read.c - a recording back from its file. Whoever wrote it is not trusted: each number has a bound, arrays grow
 * as their contents arrive, and files are unpacked into files without a name, which go whatever happens.
 */
#include "core/recording.h"

#include "core/refuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
	struct recording_in *in;
	struct recording *recording;
	uint64_t written; /* bytes of files */
	uint8_t piece[RECORDING_PIECE];
};

/* The part that must come now; its count, where it has one. */
static bool begin_part(struct reading *reading, uint32_t part, uint64_t most, uint64_t *count)
{
	uint64_t tag;

	if (!recording_in_number(reading->in, 4, part, part, &tag))
		return false;
	return !count || recording_in_number(reading->in, 4, 0, most, count);
}

/* ---- settings ---- */

static bool read_setting(struct reading *reading)
{
	char name[64], value[CONFIG_TEXT], error[300], text[400];

	if (!recording_in_text(reading->in, name, sizeof(name)) || !recording_in_text(reading->in, value, sizeof(value)))
		return false;
	if (config_set(&reading->recording->config, name, value, error, sizeof(error)))
		return true;
	snprintf(text, sizeof(text), "is damaged, or not for this program: %s", error);
	return recording_in_refuse(reading->in, text);
}

static bool read_settings(struct reading *reading)
{
	struct config *config = &reading->recording->config;
	char error[300], text[400];
	uint64_t count;

	if (!begin_part(reading, PART_SETTINGS, RECORDING_SETTINGS, &count))
		return false;
	config_default(config);
	for (uint64_t i = 0; i < count; i++)
		if (!read_setting(reading))
			return false;
	if (!config->disk_writable && config_check(config, error, sizeof(error)))
		return true;
	snprintf(text, sizeof(text), "has settings that cannot be: %s", config->disk_writable ? "a disk to write to" : error);
	return recording_in_refuse(reading->in, text);
}

/* ---- files ---- */

static bool refuse_file(struct reading *reading)
{
	char text[300];

	snprintf(text, sizeof(text), "cannot be unpacked: %s; make room there, or let TMPDIR name a folder with more",
	         strerror(errno));
	return recording_in_refuse(reading->in, text);
}

static bool put_piece(struct reading *reading, int file, uint64_t at, size_t size)
{
	size_t done = 0;

	if (!recording_in_bytes(reading->in, reading->piece, size))
		return false;
	while (done < size) {
		ssize_t put = pwrite(file, reading->piece + done, size - done, (off_t)(at + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return refuse_file(reading);
		done += (size_t)put;
	}
	return true;
}

/* Pieces come in order and do not overlap: so what is written is bounded by what was agreed on. */
static bool read_pieces(struct reading *reading, int file, uint64_t size)
{
	uint64_t at, count, reached = 0;

	for (;;) {
		if (!recording_in_number(reading->in, 8, 0, size, &at) ||
		    !recording_in_number(reading->in, 4, 0, RECORDING_PIECE, &count))
			return false;
		if (count == 0)
			return true;
		reading->written += count;
		if (at < reached || count > size - at || reading->written > RECORDING_FILE_BYTES + RECORDING_PIECE)
			return recording_in_refuse(reading->in, "is damaged: a file in it is larger than it may be; fetch it again");
		if (!put_piece(reading, file, at, (size_t)count))
			return false;
		reached = at + count;
	}
}

static bool read_file(struct reading *reading)
{
	char name[CONFIG_TEXT];
	uint64_t size;
	int file;

	if (!recording_in_text(reading->in, name, sizeof(name)) ||
	    !recording_in_number(reading->in, 8, 0, RECORDING_FILE_SIZE, &size))
		return false;
	file = file_set_make(reading->recording->files, name);
	if (file < 0 || ftruncate(file, (off_t)size) != 0)
		return refuse_file(reading);
	return read_pieces(reading, file, size);
}

static bool read_files(struct reading *reading)
{
	uint64_t count;

	if (!begin_part(reading, PART_FILES, RECORDING_FILES, &count))
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (!read_file(reading))
			return false;
	return true;
}

static bool is_there(const struct recording *recording, const char *name)
{
	for (size_t i = 0; file_set_name(recording->files, i); i++)
		if (strcmp(file_set_name(recording->files, i), name) == 0)
			return true;
	return false;
}

/* The host's own files are never read for a recording that lacks one. */
static bool check_files(struct reading *reading)
{
	const struct recording *recording = reading->recording;
	const struct config *config = &recording->config;
	bool fine = !config->kernel[0] || is_there(recording, config->kernel);
	char name[CONFIG_TEXT];

	fine &= !config->initrd[0] || is_there(recording, config->initrd);
	for (unsigned i = 0; i < config->modules; i++) {
		file_set_module_name(config->module[i], name);
		fine &= is_there(recording, name);
	}
	for (unsigned i = 0; i < CONFIG_DISKS; i++)
		fine &= !config->disk[i][0] || is_there(recording, config->disk[i]);
	if (strchr(config->profile, '/') || strstr(config->profile, ".profile"))
		fine &= is_there(recording, config->profile);
	return fine || recording_in_refuse(reading->in, "lacks a file of its guest; record it again");
}

/* ---- the run ---- */

static bool refuse_memory(struct reading *reading)
{
	return recording_in_refuse(reading->in, "cannot be held: not enough memory; close other programs");
}

static bool read_input(struct reading *reading, uint64_t earliest, struct input *input)
{
	uint64_t kind, planned, address, size;

	if (!recording_in_number(reading->in, 8, earliest, UINT64_MAX, &input->clock) ||
	    !recording_in_number(reading->in, 1, 0, INPUT_KINDS - 1, &kind) ||
	    !recording_in_number(reading->in, 1, 0, 1, &planned) ||
	    !recording_in_number(reading->in, 4, 0, UINT32_MAX, &address) ||
	    !recording_in_number(reading->in, 1, 0, INPUT_BYTES, &size))
		return false;
	input->kind = (uint8_t)kind;
	input->planned = planned;
	input->address = (uint32_t)address;
	input->size = (uint8_t)size;
	return recording_in_bytes(reading->in, input->bytes, (size_t)size);
}

static bool read_inputs(struct reading *reading)
{
	uint64_t count, clock = 0;

	if (!begin_part(reading, PART_INPUT, RECORDING_INPUTS, &count))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		struct input input = { 0 };

		if (!read_input(reading, clock, &input))
			return false;
		clock = input.clock;
		if (!recorded_input(&reading->recording->run, &input))
			return refuse_memory(reading);
	}
	return true;
}

static bool read_check(struct reading *reading, uint64_t earliest, struct checkpoint *check)
{
	return recording_in_number(reading->in, 8, earliest, UINT64_MAX, &check->clock) &&
	       recording_in_number(reading->in, 8, 0, UINT64_MAX, &check->instructions) &&
	       recording_in_number(reading->in, 8, 0, UINT64_MAX, &check->digest);
}

static bool read_checks(struct reading *reading, uint64_t *clock)
{
	uint64_t count;

	if (!begin_part(reading, PART_CHECKS, RECORDING_CHECKS, &count))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		struct checkpoint check;

		if (!read_check(reading, *clock, &check))
			return false;
		*clock = check.clock;
		if (!recorded_check(&reading->recording->run, &check))
			return refuse_memory(reading);
	}
	return true;
}

static bool read_run(struct reading *reading)
{
	struct recorded_run *run = &reading->recording->run;
	uint64_t clock = 0, how, exit_code;

	if (!read_inputs(reading) || !read_checks(reading, &clock) || !begin_part(reading, PART_END, 0, NULL) ||
	    !read_check(reading, clock, &run->end) || !recording_in_number(reading->in, 8, 0, UINT64_MAX, &run->events) ||
	    !recording_in_number(reading->in, 1, 0, VM_UNSUPPORTED, &how) ||
	    !recording_in_number(reading->in, 4, 0, UINT32_MAX, &exit_code))
		return false;
	run->how = (uint8_t)how;
	run->exit_code = (uint32_t)exit_code;
	return true;
}

/* ---- all of it ---- */

static bool read_all(struct reading *reading)
{
	reading->recording->files = file_set_new();
	if (!reading->recording->files)
		return refuse_memory(reading);
	if (!read_settings(reading))
		return false;
	reading->recording->config.files = reading->recording->files;
	return read_files(reading) && check_files(reading) && read_run(reading) && recording_in_end(reading->in);
}

struct recording *recording_read(const char *path, char *error, size_t error_size)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct recording *recording = calloc(1, sizeof(*recording));
	bool fine = false;

	if (!reading || !recording) {
		refuse(error, error_size, "not enough memory for a recording; close other programs");
	} else {
		reading->recording = recording;
		reading->in = recording_in_open(path, recording->version, error, error_size);
		fine = reading->in && read_all(reading);
		if (reading->in && !fine)
			refuse(error, error_size, "%s", recording_in_error(reading->in));
		recording_in_close(reading->in);
	}
	free(reading);
	if (fine)
		return recording;
	recording_free(recording);
	return NULL;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	file_set_free(recording->files);
	recorded_free(&recording->run);
	free(recording);
}
