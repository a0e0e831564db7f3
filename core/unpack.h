/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/unpack.h - packed bytes unpacked, by the libraries that this build has: gzip (zlib), xz (liblzma), zstd.
 */
#ifndef RINGSIDE_CORE_UNPACK_H
#define RINGSIDE_CORE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

struct unpacking;

/* One way of packing. */
struct packing {
	const char *name;    /* "xz" */
	const char *program; /* that unpacks it by hand */
	const char *library; /* that does it here */
	uint8_t magic[6];
	size_t magic_size;
	/* Fills `out` until the packed stream ends or `out` holds more than its limit. NULL: this build lacks the library. */
	void (*unpack)(struct unpacking *out, const uint8_t *packed, size_t size);
};

/* How the bytes are packed, as their beginning says; NULL: in no known way. */
const struct packing *packing_of(const uint8_t *bytes, size_t size);

/* Unpacks; what stands behind the packed stream is left alone. The caller frees what comes back; `unpacked` is larger than
 * `limit` when there is more than that. NULL: broken, cut short, no memory, or no library for it. */
uint8_t *unpack(const struct packing *packing, const uint8_t *packed, size_t size, size_t limit, size_t *unpacked);

#endif
