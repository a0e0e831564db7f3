/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/output.h - where event streams go: a file, a pipe, standard output ("-"), or a Unix socket that
 * somebody listens on ("unix:PATH"). A write that fails is remembered, and reported once, with its cause
 * and what to do; later writes are dropped. The program must ignore SIGPIPE.
 */
#ifndef RINGSIDE_CORE_OUTPUT_H
#define RINGSIDE_CORE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output;

/* NULL: `error` says why. A file that is there is emptied. */
struct output *output_open(const char *path, char *error, size_t error_size);

/* Into a stream of the caller's, which stays open. NULL: no memory. */
struct output *output_into(FILE *stream);

/* Buffered. False: this or an earlier write failed. */
bool output_write(struct output *output, const void *bytes, size_t size);
bool output_text(struct output *output, const char *text);
bool output_format(struct output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands the buffer on, for readers that follow a run. */
bool output_flush(struct output *output);

/* The first failure; NULL: all is well. */
const char *output_error(const struct output *output);
/* The failure was a reader that went away (closed pipe or socket): most programs end quietly then. */
bool output_closed_by_reader(const struct output *output);

/* What helps against a failed write with this errno, to stand behind strerror's text. */
const char *output_remedy(int cause);

/* Writes the rest, closes and frees. False: some write failed, `error` says which way. */
bool output_close(struct output *output, char *error, size_t error_size);

#endif
