/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/recording_unpack.c - the way into a recording. Nothing that stands in the file is believed before it has been
 * compared with a bound, and memory is never taken by a number that the file says.
 */
#include "core/recording_stream.h"

#include "core/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum { PIECE = 1 << 16, WINDOW_LOG_MOST = 23 /* what writing uses is less */ };

struct recording_in {
	const char *path; /* the caller's */
	FILE *file;
	uint64_t sum;
	uint32_t packing;
	bool failed;
	char error[600];
#ifdef HAVE_ZSTD
	ZSTD_DCtx *unpacker;
	ZSTD_inBuffer from;
	uint8_t packed[PIECE];
	bool ended; /* the frame has */
#endif
};

/* ---- saying no ---- */

bool recording_in_refuse(struct recording_in *in, const char *cause)
{
	if (!in->failed)
		refuse(in->error, sizeof(in->error), "the recording '%.300s' %s", in->path, cause);
	in->failed = true;
	return false;
}

static bool refuse_short(struct recording_in *in)
{
	if (ferror(in->file))
		return recording_in_refuse(in, "cannot be read; it must be a readable file");
	return recording_in_refuse(in, "ends too early: it was cut short; fetch it again");
}

static bool refuse_damaged(struct recording_in *in)
{
	return recording_in_refuse(in, "is damaged: its contents are not what was written; fetch it again");
}

const char *recording_in_error(const struct recording_in *in)
{
	return in->error;
}

/* ---- the head ---- */

static uint64_t get_number(const uint8_t *at, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)at[i] << 8 * i;
	return number;
}

static bool refuse_newer(struct recording_in *in, const char *version, uint32_t format)
{
	char text[300];

	snprintf(text, sizeof(text), "was made by ringside %.40s in format %" PRIu32 ", and this is ringside %s, which reads "
	         "format %d; take the newer one", version, format, RINGSIDE_VERSION, RECORDING_FORMAT);
	return recording_in_refuse(in, text);
}

static bool read_head(struct recording_in *in, char version[RECORDING_VERSION])
{
	uint8_t head[RECORDING_HEAD], wanted[RECORDING_HEAD];
	size_t size = fread(head, 1, sizeof(head), in->file);
	uint32_t format;

	recording_head(wanted, RECORDING_FORMAT, 0, "");
	if (memcmp(head, wanted, size < 8 ? size : 8) != 0 || size == 0)
		return ferror(in->file) ? refuse_short(in)
		                        : recording_in_refuse(in, "is none: it begins otherwise; `ringside run --record FILE` makes one");
	if (size < sizeof(head))
		return refuse_short(in);
	if (get_number(head + 8, 8) != recording_sum(RECORDING_SUM, head + 16, sizeof(head) - 16) || head[sizeof(head) - 1])
		return refuse_damaged(in);
	memcpy(version, head + 24, RECORDING_VERSION);
	for (char *c = version; *c; c++)
		*c = *c < ' ' || *c > '~' ? '?' : *c; /* it will be printed */
	format = (uint32_t)get_number(head + 16, 4);
	in->packing = (uint32_t)get_number(head + 20, 4);
	if (format != RECORDING_FORMAT)
		return refuse_newer(in, version, format);
	if (in->packing > RECORDING_ZSTD)
		return recording_in_refuse(in, "is packed in a way that this program does not know; take a newer one");
	return true;
}

static bool begin_unpacking(struct recording_in *in)
{
	if (in->packing == RECORDING_PLAIN)
		return true;
#ifdef HAVE_ZSTD
	in->unpacker = ZSTD_createDCtx();
	if (!in->unpacker || ZSTD_isError(ZSTD_DCtx_setParameter(in->unpacker, ZSTD_d_windowLogMax, WINDOW_LOG_MOST)))
		return recording_in_refuse(in, "cannot be unpacked: not enough memory; close other programs");
	in->from.src = in->packed;
	return true;
#else
	return recording_in_refuse(in, "is packed by zstd, which this build does not have; install libzstd-dev and make again");
#endif
}

static FILE *open_regular(const char *path, const char **cause)
{
	struct stat status;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *stream = NULL;

	*cause = strerror(errno);
	if (file >= 0 && (fstat(file, &status) != 0 || S_ISDIR(status.st_mode)))
		*cause = "it is a folder";
	else if (file >= 0 && (stream = fdopen(file, "rb")))
		return stream;
	if (file >= 0)
		close(file);
	return NULL;
}

struct recording_in *recording_in_open(const char *path, char version[RECORDING_VERSION], char *error, size_t error_size)
{
	struct recording_in *in = calloc(1, sizeof(*in));
	const char *cause;

	if (!in) {
		refuse(error, error_size, "not enough memory for a recording; close other programs");
		return NULL;
	}
	in->path = path;
	in->sum = RECORDING_SUM;
	in->file = open_regular(path, &cause);
	if (!in->file)
		refuse(in->error, sizeof(in->error), "cannot open the recording '%.300s': %s; check its name and permissions", path, cause);
	else if (read_head(in, version) && begin_unpacking(in))
		return in;
	refuse(error, error_size, "%s", in->error);
	recording_in_close(in);
	return NULL;
}

void recording_in_close(struct recording_in *in)
{
	if (!in)
		return;
	if (in->file)
		fclose(in->file);
#ifdef HAVE_ZSTD
	ZSTD_freeDCtx(in->unpacker);
#endif
	free(in);
}

/* ---- contents ---- */

#ifdef HAVE_ZSTD
static bool refill(struct recording_in *in)
{
	if (in->from.pos < in->from.size)
		return true;
	in->from.pos = 0;
	in->from.size = fread(in->packed, 1, sizeof(in->packed), in->file);
	return in->from.size > 0;
}

static bool unpack(struct recording_in *in, void *bytes, size_t size)
{
	ZSTD_outBuffer to = { bytes, size, 0 };

	while (to.pos < to.size) {
		size_t before = to.pos, left;

		if (in->ended)
			return refuse_damaged(in);
		/* What the unpacker still holds comes out without more input. */
		if (!refill(in) && feof(in->file) && in->from.size == 0) {
			left = ZSTD_decompressStream(in->unpacker, &to, &in->from);
			if (ZSTD_isError(left) || to.pos == before)
				return refuse_short(in);
			continue;
		}
		left = ZSTD_decompressStream(in->unpacker, &to, &in->from);
		if (ZSTD_isError(left))
			return refuse_damaged(in);
		in->ended = left == 0;
	}
	return true;
}

/* The frame's own end and sum lie behind the last byte of contents. */
static bool unpack_end(struct recording_in *in)
{
	while (!in->ended) {
		uint8_t more;
		ZSTD_outBuffer to = { &more, 1, 0 };
		size_t left;

		if (!refill(in))
			return refuse_short(in);
		left = ZSTD_decompressStream(in->unpacker, &to, &in->from);
		if (ZSTD_isError(left) || to.pos > 0)
			return refuse_damaged(in);
		in->ended = left == 0;
	}
	return in->from.pos == in->from.size || refuse_damaged(in);
}
#endif

static bool get(struct recording_in *in, void *bytes, size_t size)
{
	if (in->failed)
		return false;
#ifdef HAVE_ZSTD
	if (in->packing == RECORDING_ZSTD)
		return unpack(in, bytes, size);
#endif
	return fread(bytes, 1, size, in->file) == size || refuse_short(in);
}

bool recording_in_bytes(struct recording_in *in, void *bytes, size_t size)
{
	if (!get(in, bytes, size))
		return false;
	in->sum = recording_sum(in->sum, bytes, size);
	return true;
}

bool recording_in_number(struct recording_in *in, unsigned bytes, uint64_t least, uint64_t most, uint64_t *number)
{
	uint8_t field[8];

	if (!recording_in_bytes(in, field, bytes))
		return false;
	*number = get_number(field, bytes);
	return (*number >= least && *number <= most) || refuse_damaged(in);
}

bool recording_in_text(struct recording_in *in, char *text, size_t size)
{
	uint64_t length;

	if (!recording_in_number(in, 4, 0, size - 1, &length) || !recording_in_bytes(in, text, (size_t)length))
		return false;
	text[length] = '\0';
	return !memchr(text, '\0', (size_t)length) || refuse_damaged(in);
}

bool recording_in_end(struct recording_in *in)
{
	uint8_t field[8];

	if (!get(in, field, sizeof(field)))
		return false;
	if (get_number(field, 8) != in->sum)
		return refuse_damaged(in);
#ifdef HAVE_ZSTD
	if (in->packing == RECORDING_ZSTD && !unpack_end(in))
		return false;
#endif
	return fgetc(in->file) == EOF || refuse_damaged(in);
}
