/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/unpack.c - see unpack.h. One row a way of packing; each asks its library for more room until the stream ends.
 */
#include "core/unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/* What has been unpacked so far, in a buffer that grows. */
struct unpacking {
	uint8_t *bytes;
	size_t used, capacity, limit;
	bool whole; /* the stream's end was reached, and it was right */
};

/* Room behind what there is. False: there is enough already, or no memory. */
static bool more_room(struct unpacking *out, size_t packed)
{
	size_t capacity = out->capacity == 0 ? 4 * packed + 4096 : 2 * out->capacity;
	uint8_t *larger;

	if (out->used < out->capacity)
		return true;
	if (out->used > out->limit)
		return false;
	larger = realloc(out->bytes, capacity);
	if (larger == NULL)
		return false;
	out->bytes = larger;
	out->capacity = capacity;
	return true;
}

#ifdef HAVE_ZLIB
static void unpack_gzip(struct unpacking *out, const uint8_t *packed, size_t size)
{
	enum { WINDOW_BITS_GZIP = 15 + 16 };
	z_stream stream = { .next_in = (uint8_t *)packed, .avail_in = (unsigned)size };
	int status = Z_OK;

	if (inflateInit2(&stream, WINDOW_BITS_GZIP) != Z_OK)
		return;
	while (status == Z_OK && more_room(out, size)) {
		stream.next_out = out->bytes + out->used;
		stream.avail_out = (unsigned)(out->capacity - out->used);
		status = inflate(&stream, Z_NO_FLUSH);
		out->used = out->capacity - stream.avail_out;
	}
	inflateEnd(&stream);
	out->whole = status == Z_STREAM_END;
}
#else
#define unpack_gzip NULL
#endif

#ifdef HAVE_LZMA
static void unpack_xz(struct unpacking *out, const uint8_t *packed, size_t size)
{
	const uint64_t memory = 512u << 20; /* more than any kernel's dictionary wants */
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret status = LZMA_OK;

	if (lzma_stream_decoder(&stream, memory, 0) != LZMA_OK)
		return;
	stream.next_in = packed;
	stream.avail_in = size;
	while (status == LZMA_OK && more_room(out, size)) {
		stream.next_out = out->bytes + out->used;
		stream.avail_out = out->capacity - out->used;
		status = lzma_code(&stream, LZMA_RUN);
		out->used = out->capacity - stream.avail_out;
	}
	lzma_end(&stream);
	out->whole = status == LZMA_STREAM_END;
}
#else
#define unpack_xz NULL
#endif

#ifdef HAVE_ZSTD
static void unpack_zstd(struct unpacking *out, const uint8_t *packed, size_t size)
{
	ZSTD_inBuffer in = { packed, size, 0 };
	ZSTD_DStream *stream = ZSTD_createDStream();
	size_t status = 1, before;

	while (stream && status != 0 && !ZSTD_isError(status) && more_room(out, size)) {
		ZSTD_outBuffer room = { out->bytes, out->capacity, out->used };

		before = in.pos;
		status = ZSTD_decompressStream(stream, &room, &in);
		if (room.pos == out->used && in.pos == before)
			break; /* cut short */
		out->used = room.pos;
	}
	ZSTD_freeDStream(stream);
	out->whole = status == 0;
}
#else
#define unpack_zstd NULL
#endif

static const struct packing packings[] = {
	{ "gzip", "gunzip", "zlib", { 0x1f, 0x8b }, 2, unpack_gzip },
	{ "xz", "unxz", "liblzma", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ "zstd", "unzstd", "libzstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
};

const struct packing *packing_of(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		const struct packing *packing = &packings[i];

		if (size >= packing->magic_size && memcmp(bytes, packing->magic, packing->magic_size) == 0)
			return packing;
	}
	return NULL;
}

uint8_t *unpack(const struct packing *packing, const uint8_t *packed, size_t size, size_t limit, size_t *unpacked)
{
	struct unpacking out = { .limit = limit };

	if (packing->unpack == NULL)
		return NULL;
	packing->unpack(&out, packed, size);
	if (!out.whole && out.used <= limit) {
		free(out.bytes);
		return NULL;
	}
	*unpacked = out.used;
	return out.bytes;
}
