/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/recording_stream.c - the head and the sum of a recording, and the way out of it: into a file that takes its name
 * when it is whole (rename(2) is atomic).
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "core/recording_stream.h"

#include "core/output.h"
#include "core/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum { NAME = 4096, PIECE = 1 << 16 };

struct recording_out {
	char *path, *temporary; /* temporary NULL: no regular file, written where it is */
	FILE *file;
	uint64_t sum;
	int failure; /* errno of the first write that failed */
	bool no_memory;
#ifdef HAVE_ZSTD
	ZSTD_CCtx *packer;
	uint8_t packed[PIECE];
#endif
};

/* ---- head and sum ---- */

uint64_t recording_sum(uint64_t sum, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void put_number(uint8_t *at, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

void recording_head(uint8_t head[RECORDING_HEAD], uint32_t format, uint32_t packing, const char *version)
{
	memset(head, 0, RECORDING_HEAD);
	memcpy(head, "\x89RINGREC", 8);
	put_number(head + 16, format, 4);
	put_number(head + 20, packing, 4);
	snprintf((char *)head + 24, RECORDING_VERSION, "%s", version);
	put_number(head + 8, recording_sum(RECORDING_SUM, head + 16, RECORDING_HEAD - 16), 8);
}

/* ---- opening ---- */

/* A device or pipe is written as it stands; a link's target is what is replaced. */
static bool choose_names(struct recording_out *out, const char *path)
{
	struct stat status;
	bool there = stat(path, &status) == 0;
	char name[NAME];

	out->path = there && S_ISREG(status.st_mode) ? realpath(path, NULL) : NULL;
	if (!out->path)
		out->path = strdup(path);
	if (!out->path)
		return false;
	if (there && !S_ISREG(status.st_mode))
		return true;
	if ((size_t)snprintf(name, sizeof(name), "%s.%ld.part", out->path, (long)getpid()) >= sizeof(name))
		return false;
	out->temporary = strdup(name);
	return out->temporary != NULL;
}

static FILE *open_file(const struct recording_out *out)
{
	int flags = O_WRONLY | O_CLOEXEC | (out->temporary ? O_CREAT | O_TRUNC : 0);
	int file = open(out->temporary ? out->temporary : out->path, flags, 0666);
	FILE *stream = file >= 0 ? fdopen(file, "wb") : NULL;

	if (file >= 0 && !stream)
		close(file);
	return stream;
}

static bool begin_packing(struct recording_out *out)
{
#ifdef HAVE_ZSTD
	out->packer = ZSTD_createCCtx();
	return out->packer && !ZSTD_isError(ZSTD_CCtx_setParameter(out->packer, ZSTD_c_checksumFlag, 1));
#else
	(void)out;
	return true;
#endif
}

static void free_out(struct recording_out *out)
{
#ifdef HAVE_ZSTD
	ZSTD_freeCCtx(out->packer);
#endif
	free(out->path);
	free(out->temporary);
	free(out);
}

static void write_file(struct recording_out *out, const void *bytes, size_t size)
{
	if (size && !out->failure && fwrite(bytes, 1, size, out->file) != size)
		out->failure = errno ? errno : EIO;
}

struct recording_out *recording_out_open(const char *path, char *error, size_t error_size)
{
	struct recording_out *out = calloc(1, sizeof(*out));
	uint8_t head[RECORDING_HEAD];

	if (!out || !choose_names(out, path) || !begin_packing(out)) {
		refuse(error, error_size, "the recording '%.300s': its name is too long, or there is not enough memory", path);
	} else if (!(out->file = open_file(out))) {
		refuse(error, error_size, "cannot write the recording '%.300s': %s; is there such a folder, and may you write there?",
		       path, strerror(errno));
	} else {
#ifdef HAVE_ZSTD
		recording_head(head, RECORDING_FORMAT, RECORDING_ZSTD, RINGSIDE_VERSION);
#else
		recording_head(head, RECORDING_FORMAT, RECORDING_PLAIN, RINGSIDE_VERSION);
#endif
		out->sum = RECORDING_SUM;
		write_file(out, head, sizeof(head));
		return out;
	}
	if (out)
		free_out(out);
	return NULL;
}

/* ---- writing ---- */

#ifdef HAVE_ZSTD
static void pack(struct recording_out *out, const void *bytes, size_t size, ZSTD_EndDirective directive)
{
	ZSTD_inBuffer from = { bytes, size, 0 };
	size_t left;

	do {
		ZSTD_outBuffer to = { out->packed, sizeof(out->packed), 0 };

		left = ZSTD_compressStream2(out->packer, &to, &from, directive);
		if (ZSTD_isError(left)) {
			out->no_memory = true;
			return;
		}
		write_file(out, out->packed, to.pos);
	} while (!out->failure && (directive == ZSTD_e_end ? left > 0 : from.pos < from.size));
}
#endif

static void put(struct recording_out *out, const void *bytes, size_t size)
{
	if (out->failure || out->no_memory)
		return;
#ifdef HAVE_ZSTD
	pack(out, bytes, size, ZSTD_e_continue);
#else
	write_file(out, bytes, size);
#endif
}

void recording_out_bytes(struct recording_out *out, const void *bytes, size_t size)
{
	out->sum = recording_sum(out->sum, bytes, size);
	put(out, bytes, size);
}

void recording_out_number(struct recording_out *out, uint64_t number, unsigned bytes)
{
	uint8_t field[8];

	put_number(field, number, bytes);
	recording_out_bytes(out, field, bytes);
}

void recording_out_text(struct recording_out *out, const char *text)
{
	size_t length = strlen(text);

	recording_out_number(out, length, 4);
	recording_out_bytes(out, text, length);
}

/* ---- closing ---- */

static void put_sum(struct recording_out *out)
{
	uint8_t field[8];

	put_number(field, out->sum, 8);
	put(out, field, sizeof(field));
#ifdef HAVE_ZSTD
	if (!out->failure && !out->no_memory)
		pack(out, NULL, 0, ZSTD_e_end);
#endif
}

static bool give_name(struct recording_out *out)
{
	if (!out->failure && out->temporary && rename(out->temporary, out->path) != 0)
		out->failure = errno;
	return !out->failure && !out->no_memory;
}

bool recording_out_close(struct recording_out *out, char *error, size_t error_size)
{
	bool fine;

	put_sum(out);
	if (fclose(out->file) != 0 && !out->failure)
		out->failure = errno;
	fine = give_name(out);
	if (!fine && out->temporary)
		unlink(out->temporary);
	if (out->failure)
		refuse(error, error_size, "cannot write the recording '%.300s': %s; %s", out->path, strerror(out->failure),
		       output_remedy(out->failure));
	else if (!fine)
		refuse(error, error_size, "cannot pack the recording '%.300s': not enough memory; close other programs", out->path);
	free_out(out);
	return fine;
}

void recording_out_drop(struct recording_out *out)
{
	if (!out)
		return;
	fclose(out->file);
	if (out->temporary)
		unlink(out->temporary);
	free_out(out);
}
