/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/file.h - whole files read into memory, bounded, with an error that says what to do.
 */
#ifndef RINGSIDE_CORE_FILE_H
#define RINGSIDE_CORE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct file_set;

/* Reads the file; the caller frees what comes back. NULL: `error` names the file, cause and remedy.
 * `what` is what the file is to the user ("kernel"). An empty file gives a pointer and size 0. */
uint8_t *file_read(const char *what, const char *path, size_t limit, size_t *size, char *error,
                   size_t error_size);
/* The same, from a set of files if it has one of that name (core/file_set.h); `files` NULL: from the host's. */
uint8_t *file_read_from(const struct file_set *files, const char *what, const char *path, size_t limit, size_t *size,
                        char *error, size_t error_size);
/* Only the first `count` bytes, or as many as there are: a disk image may be large. */
uint8_t *file_read_start(const struct file_set *files, const char *what, const char *path, size_t count, size_t *size,
                         char *error, size_t error_size);

#endif
