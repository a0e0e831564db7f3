/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/recording_stream.h - a recording's bytes on their way to and from a file: packed by zstd where it is built in,
 * checked by a sum, whole under its name or not there at all.
 *
 *   0   89 'R' 'I' 'N' 'G' 'R' 'E' 'C'   the first byte is no ASCII, so that no text is taken for one
 *   8   sum of the rest of this head      FNV-1a, 64 bits (Fowler, Noll, Vo)
 *   16  format                            u32: all numbers are little-endian
 *   20  packing                           u32: 0 none, 1 zstd
 *   24  version of the program            40 bytes of text, zeros behind it
 *   64  contents, then the sum of them, packed as one
 */
#ifndef RINGSIDE_CORE_RECORDING_STREAM_H
#define RINGSIDE_CORE_RECORDING_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORDING_FORMAT = 1, RECORDING_VERSION = 40, RECORDING_HEAD = 64 };
enum recording_packing { RECORDING_PLAIN, RECORDING_ZSTD };

/* FNV-1a over bytes; begin with RECORDING_SUM. */
#define RECORDING_SUM UINT64_C(0xcbf29ce484222325)
uint64_t recording_sum(uint64_t sum, const void *bytes, size_t size);
/* The head of a file. */
void recording_head(uint8_t head[RECORDING_HEAD], uint32_t format, uint32_t packing, const char *version);

/* ---- writing ---- */

struct recording_out;

/* Opens a file beside `path`, under another name. NULL: `error`. */
struct recording_out *recording_out_open(const char *path, char *error, size_t error_size);
/* A write that fails is remembered, and what comes later is dropped. */
void recording_out_bytes(struct recording_out *out, const void *bytes, size_t size);
void recording_out_number(struct recording_out *out, uint64_t number, unsigned bytes);
void recording_out_text(struct recording_out *out, const char *text);
/* Gives the file its name, and frees. False: there is no file, and `error` says why. */
bool recording_out_close(struct recording_out *out, char *error, size_t error_size);
/* Leaves no file. NULL is fine. */
void recording_out_drop(struct recording_out *out);

/* ---- reading ---- */

struct recording_in;

/* NULL: `error` says why this file cannot be read. */
struct recording_in *recording_in_open(const char *path, char version[RECORDING_VERSION], char *error, size_t error_size);
/* False: the file is cut short or damaged, and recording_in_error says how. From then on all is false. */
bool recording_in_bytes(struct recording_in *in, void *bytes, size_t size);
bool recording_in_number(struct recording_in *in, unsigned bytes, uint64_t least, uint64_t most, uint64_t *number);
bool recording_in_text(struct recording_in *in, char *text, size_t size);
/* The sum is right, and nothing follows. */
bool recording_in_end(struct recording_in *in);
/* Says no to what was read: `cause` stands behind the file's name. False. */
bool recording_in_refuse(struct recording_in *in, const char *cause);
const char *recording_in_error(const struct recording_in *in);
void recording_in_close(struct recording_in *in); /* NULL is fine */

#endif
