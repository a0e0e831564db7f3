/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/ini_text.h - INI files by inih, with line numbers in every error: configurations and cost
 * profiles are such files.
 */
#ifndef RINGSIDE_CORE_INI_TEXT_H
#define RINGSIDE_CORE_INI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct ini_line {
	const char *section, *name, *value;
	unsigned number; /* in the file, from 1 */
	bool continued;  /* an indented line: `value` goes on with the setting above */
};

/* Takes one setting. False: `error` says what is wrong with it, without file and line. */
typedef bool ini_take(void *owner, const struct ini_line *line, char *error, size_t error_size);

/* `path` is for messages. Stops at the first error. */
bool ini_text_read(const char *path, const char *text, size_t size, ini_take *take, void *owner,
                   char *error, size_t error_size);

/* The same for a file, of `files` if it is there (core/file_set.h; may be NULL); `what` it is to the user ("configuration"). */
struct file_set;
bool ini_file_read(const struct file_set *files, const char *what, const char *path, ini_take *take, void *owner,
                   char *error, size_t error_size);

#endif
