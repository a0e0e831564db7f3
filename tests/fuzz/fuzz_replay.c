/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_replay.c - recordings of runs from any bytes, as they are and as contents whose sums are right: each is
 * refused with a reason, or within its bounds.
 */
#include "core/recording.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_sum(FILE *file, uint64_t sum)
{
	for (unsigned i = 0; i < 8; i++)
		fputc((int)(sum >> 8 * i & 0xff), file);
}

/* The first byte says what the rest is. */
static void write_file(FILE *file, const uint8_t *data, size_t size)
{
	uint8_t head[RECORDING_HEAD];
	bool contents = size && data[0] & 1, packed = size && data[0] & 2;

	recording_head(head, RECORDING_FORMAT, packed ? RECORDING_ZSTD : RECORDING_PLAIN, "fuzz");
	if (contents || packed)
		fwrite(head, 1, sizeof(head), file);
	if (size > 1)
		fwrite(data + 1, 1, size - 1, file);
	if (contents && !packed)
		put_sum(file, recording_sum(RECORDING_SUM, data + 1, size - 1));
}

static void check(const struct recording *recording)
{
	uint64_t clock = 0;

	for (size_t i = 0; i < recording->run.inputs; i++) {
		const struct input *input = &recording->run.input[i];

		assert(input->clock >= clock && input->kind < INPUT_KINDS && input->size <= INPUT_BYTES);
		clock = input->clock;
	}
	assert(recording->config.memory >= 1 << 20 && recording->config.modules <= CONFIG_MODULES);
	assert(recording->run.how <= VM_UNSUPPORTED && recording->config.files == recording->files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording *recording;
	char path[64], error[700] = "";
	FILE *file;

	snprintf(path, sizeof(path), "build/fuzz/replay-%ld.rec", (long)getpid());
	file = fopen(path, "wb");
	if (!file)
		return 0;
	write_file(file, data, size);
	fclose(file);
	recording = recording_read(path, error, sizeof(error));
	if (recording)
		check(recording);
	else
		assert(error[0] && strlen(error) < sizeof(error));
	recording_free(recording);
	remove(path);
	return 0;
}
