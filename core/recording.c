/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/recording.c - a run to be recorded as it grows, and writing it down. What is zero in a file is left out, so that a
 * large disk with little on it makes a small recording, quickly.
 */
#define _GNU_SOURCE /* SEEK_DATA */
#include "core/recording.h"

#include "core/refuse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a run ---- */

struct checkpoint checkpoint_of(const struct vm *vm)
{
	return (struct checkpoint){ vm->clock, vm_instructions(vm), vm_digest(vm) };
}

/* Gives the array with room for one more. NULL: no memory. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64;
	void *larger;

	if (count < *room)
		return array;
	larger = realloc(array, more * size);
	if (larger)
		*room = more;
	return larger;
}

bool recorded_input(struct recorded_run *run, const struct input *input)
{
	struct input *all = grow(run->input, run->inputs, &run->input_room, sizeof(*all));

	if (!all)
		return false;
	run->input = all;
	run->input[run->inputs++] = *input;
	return true;
}

bool recorded_check(struct recorded_run *run, const struct checkpoint *check)
{
	struct checkpoint *all = grow(run->check, run->checks, &run->check_room, sizeof(*all));

	if (!all)
		return false;
	run->check = all;
	run->check[run->checks++] = *check;
	return true;
}

enum vm_end recorded_how(const struct vm *vm)
{
	const struct cpu_state *state = vm_guest_state(vm);

	if (vm->stranded)
		return VM_UNSUPPORTED;
	if (vm->exited)
		return VM_EXITED;
	if (vm->reset_requested)
		return VM_RESET;
	if (state->activity == ACTIVITY_SHUTDOWN)
		return VM_SHUTDOWN;
	if (state->activity == ACTIVITY_HALTED && !(state->eflags & EFLAGS_IF))
		return VM_HALTED;
	return VM_RUNNING;
}

void recorded_end(struct recorded_run *run, const struct vm *vm, bool events_counted)
{
	run->end = checkpoint_of(vm);
	run->events = events_counted ? vm->events.sequence : EVENTS_NOT_COUNTED;
	run->how = (uint8_t)recorded_how(vm);
	run->exit_code = vm->exit_code;
}

void recorded_free(struct recorded_run *run)
{
	free(run->input);
	free(run->check);
	*run = (struct recorded_run){ 0 };
}

/* ---- the beginning of a file ---- */

struct recording_writer {
	struct recording_out *out;
	uint64_t written; /* bytes of files that are not zero */
	uint8_t piece[RECORDING_PIECE];
};

static void write_settings(struct recording_out *out, const struct config *config)
{
	char value[CONFIG_TEXT];
	unsigned count = 0;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; config_setting(i); i++)
			for (unsigned which = 0; config_value(config, i, which, value, sizeof(value)); which++) {
				count += pass == 0;
				if (pass == 0)
					continue;
				recording_out_text(out, config_setting(i)->name);
				recording_out_text(out, value);
			}
		if (pass == 0) {
			recording_out_number(out, PART_SETTINGS, 4);
			recording_out_number(out, count, 4);
		}
	}
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static void write_piece(struct recording_writer *writer, uint64_t at, const uint8_t *bytes, size_t size)
{
	recording_out_number(writer->out, at, 8);
	recording_out_number(writer->out, size, 4);
	recording_out_bytes(writer->out, bytes, size);
	writer->written += size;
}

/* The blocks of a piece that are not zero, neighbours together. */
static void write_blocks(struct recording_writer *writer, uint64_t at, size_t size)
{
	const uint8_t *bytes = writer->piece;
	size_t begin = 0, end;

	for (; begin < size; begin = end) {
		bool zero = all_zero(bytes + begin, size - begin < RECORDING_BLOCK ? size - begin : RECORDING_BLOCK);

		for (end = begin; end < size; end += RECORDING_BLOCK)
			if (all_zero(bytes + end, size - end < RECORDING_BLOCK ? size - end : RECORDING_BLOCK) != zero)
				break;
		if (end > size)
			end = size;
		if (!zero)
			write_piece(writer, at + begin, bytes + begin, end - begin);
	}
}

/* Where the file next has something other than a hole, by blocks. */
static uint64_t next_data(int file, uint64_t at, uint64_t size)
{
#ifdef SEEK_DATA
	off_t data = lseek(file, (off_t)at, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? size : at;
	return (uint64_t)data / RECORDING_BLOCK * RECORDING_BLOCK > at ? (uint64_t)data / RECORDING_BLOCK * RECORDING_BLOCK : at;
#else
	(void)file, (void)size;
	return at;
#endif
}

static bool read_piece(int file, uint8_t *bytes, size_t size, uint64_t at)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(file, bytes + done, size - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static bool write_file(struct recording_writer *writer, const char *name, int file, char *error, size_t error_size)
{
	struct stat status;
	uint64_t size = fstat(file, &status) == 0 ? (uint64_t)status.st_size : 0;

	if (size > RECORDING_FILE_SIZE)
		return refuse(error, error_size, "'%.300s' is too large to be recorded; use a smaller image", name);
	recording_out_text(writer->out, name);
	recording_out_number(writer->out, size, 8);
	for (uint64_t at = next_data(file, 0, size); at < size; at = next_data(file, at, size)) {
		size_t count = size - at < RECORDING_PIECE ? (size_t)(size - at) : RECORDING_PIECE;

		if (!read_piece(file, writer->piece, count, at))
			return refuse(error, error_size, "'%.300s' cannot be read for the recording: %s", name, strerror(errno));
		write_blocks(writer, at, count);
		at += count;
		if (writer->written > RECORDING_FILE_BYTES)
			return refuse(error, error_size, "there are more than 4 GiB in the guest's files, too much for a recording; use a "
			              "smaller image");
	}
	recording_out_number(writer->out, 0, 8);
	recording_out_number(writer->out, 0, 4);
	return true;
}

/* Of everything that was loaded from a file, the set must hold it: what came through a pipe is gone. */
static bool check_held(const struct config *config, const char *name, char *error, size_t error_size)
{
	for (size_t i = 0; file_set_name(config->files, i); i++)
		if (strcmp(file_set_name(config->files, i), name) == 0)
			return file_set_unchanged(config->files, i) ||
			       refuse(error, error_size, "'%.300s' has changed since this guest was started; start it again to record it", name);
	return refuse(error, error_size, "'%.300s' cannot be recorded: it is no regular file; copy it into one", name);
}

static bool check_files(const struct config *config, char *error, size_t error_size)
{
	char name[CONFIG_TEXT];

	if (config->disk_writable)
		return refuse(error, error_size, "disk-writable: a run that changes its disk's file cannot be repeated; leave it out to "
		              "record, and the guest's writes stay in memory");
	if (config->kernel[0] && !check_held(config, config->kernel, error, error_size))
		return false;
	if (config->initrd[0] && !check_held(config, config->initrd, error, error_size))
		return false;
	for (unsigned i = 0; i < config->modules; i++) {
		file_set_module_name(config->module[i], name);
		if (!check_held(config, name, error, error_size))
			return false;
	}
	for (unsigned i = 0; i < CONFIG_DISKS; i++)
		if (config->disk[i][0] && !check_held(config, config->disk[i], error, error_size))
			return false;
	return true;
}

static bool write_files(struct recording_writer *writer, const struct file_set *files, char *error, size_t error_size)
{
	size_t count = 0;

	while (file_set_name(files, count))
		count++;
	recording_out_number(writer->out, PART_FILES, 4);
	recording_out_number(writer->out, count, 4);
	for (size_t i = 0; i < count; i++)
		if (!write_file(writer, file_set_name(files, i), file_set_descriptor(files, i), error, error_size))
			return false;
	return true;
}

struct recording_writer *recording_begin(const char *path, const struct config *config, char *error, size_t error_size)
{
	struct recording_writer *writer;

	if (!check_files(config, error, error_size))
		return NULL;
	writer = calloc(1, sizeof(*writer));
	if (!writer) {
		refuse(error, error_size, "not enough memory for a recording; close other programs");
		return NULL;
	}
	writer->out = recording_out_open(path, error, error_size);
	if (writer->out) {
		write_settings(writer->out, config);
		if (write_files(writer, config->files, error, error_size))
			return writer;
	}
	recording_drop(writer);
	return NULL;
}

/* ---- the rest ---- */

static void write_input(struct recording_out *out, const struct recorded_run *run)
{
	recording_out_number(out, PART_INPUT, 4);
	recording_out_number(out, run->inputs, 4);
	for (size_t i = 0; i < run->inputs; i++) {
		const struct input *input = &run->input[i];

		recording_out_number(out, input->clock, 8);
		recording_out_number(out, input->kind, 1);
		recording_out_number(out, input->planned, 1);
		recording_out_number(out, input->address, 4);
		recording_out_number(out, input->size, 1);
		recording_out_bytes(out, input->bytes, input->size);
	}
}

static void write_check(struct recording_out *out, const struct checkpoint *check)
{
	recording_out_number(out, check->clock, 8);
	recording_out_number(out, check->instructions, 8);
	recording_out_number(out, check->digest, 8);
}

static void write_run(struct recording_out *out, const struct recorded_run *run)
{
	write_input(out, run);
	recording_out_number(out, PART_CHECKS, 4);
	recording_out_number(out, run->checks, 4);
	for (size_t i = 0; i < run->checks; i++)
		write_check(out, &run->check[i]);
	recording_out_number(out, PART_END, 4);
	write_check(out, &run->end);
	recording_out_number(out, run->events, 8);
	recording_out_number(out, run->how, 1);
	recording_out_number(out, run->exit_code, 4);
}

bool recording_finish(struct recording_writer *writer, const struct recorded_run *run, char *error, size_t error_size)
{
	struct recording_out *out = writer->out;

	if (run->inputs > RECORDING_INPUTS || run->checks > RECORDING_CHECKS) {
		recording_drop(writer);
		return refuse(error, error_size, "this run has more input than a recording holds; record a shorter one");
	}
	write_run(out, run);
	free(writer);
	return recording_out_close(out, error, error_size);
}

void recording_drop(struct recording_writer *writer)
{
	if (!writer)
		return;
	recording_out_drop(writer->out);
	free(writer);
}
