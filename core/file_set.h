/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/file_set.h - files by the names that a configuration has for them, held open: what a guest came from, so that it
 * can be recorded later as it was, or the same files out of a recording, on a computer that has none of them.
 *
 * Loaders that are given a set look there first, and then among the host's files.
 */
#ifndef RINGSIDE_CORE_FILE_SET_H
#define RINGSIDE_CORE_FILE_SET_H

#include "core/config.h"

#include <stdint.h>

struct file_set;

struct file_set *file_set_new(void); /* NULL: no memory */
void file_set_free(struct file_set *set); /* NULL is fine */

/* Every regular file that the configuration names, as it is now. What cannot be opened is left out: whoever loads it says
 * why. NULL: no memory. */
struct file_set *file_set_of(const struct config *config);
/* A file of this name without a place in any folder, to be filled through the descriptor that comes back (the set keeps it).
 * -1: `errno`. */
int file_set_make(struct file_set *set, const char *name);

/* A descriptor for reading from the beginning, the caller's to close. -1: there is no such file. `set` NULL: none is. */
int file_set_open(const struct file_set *set, const char *name);

/* ---- one after the other ---- */

const char *file_set_name(const struct file_set *set, size_t index); /* NULL past the end */
int file_set_descriptor(const struct file_set *set, size_t index);
/* Is it still as it was when the set was made, as its size and time say? */
bool file_set_unchanged(const struct file_set *set, size_t index);

/* The file's name in a setting of the form "FILE WORDS..." (module). */
void file_set_module_name(const char *module, char name[CONFIG_TEXT]);

#endif
