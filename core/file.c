/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/file.c - reads whole files. Pipes work too: the size is found by reading, not by asking.
 */
#include "core/file.h"

#include "core/file_set.h"
#include "core/refuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads up to `limit + 1` bytes, so that the caller can see that a file is too long. */
static uint8_t *read_stream(FILE *stream, size_t limit, size_t *size)
{
	size_t capacity = 64 * 1024, used = 0;
	uint8_t *bytes = malloc(capacity);

	while (bytes != NULL) {
		used += fread(bytes + used, 1, capacity - used, stream);
		if (used < capacity || used > limit)
			break;
		capacity *= 2;
		uint8_t *larger = realloc(bytes, capacity);
		if (larger == NULL) {
			free(bytes);
			errno = ENOMEM;
			return NULL;
		}
		bytes = larger;
	}
	*size = used;
	return bytes;
}

static FILE *open_stream(const struct file_set *files, const char *path)
{
	int file = file_set_open(files, path);
	FILE *stream = file >= 0 ? fdopen(file, "rb") : NULL;

	if (file >= 0 && !stream)
		close(file);
	return file >= 0 ? stream : fopen(path, "rb");
}

static uint8_t *read_path(const struct file_set *files, const char *what, const char *path, size_t limit, size_t *size,
                          char *error, size_t error_size)
{
	FILE *stream = open_stream(files, path);

	if (stream == NULL) {
		refuse(error, error_size, "cannot open the %s '%s': %s; check its name and permissions",
		       what, path, strerror(errno));
		return NULL;
	}
	uint8_t *bytes = read_stream(stream, limit, size);
	bool failed = bytes == NULL || ferror(stream);
	int cause = errno;

	fclose(stream);
	if (failed) {
		refuse(error, error_size, "cannot read the %s '%s': %s; it must be a readable file", what,
		       path, strerror(cause));
		free(bytes);
		return NULL;
	}
	return bytes;
}

uint8_t *file_read_start(const struct file_set *files, const char *what, const char *path, size_t count, size_t *size,
                         char *error, size_t error_size)
{
	uint8_t *bytes = read_path(files, what, path, count, size, error, error_size);

	if (bytes != NULL && *size > count)
		*size = count;
	return bytes;
}

uint8_t *file_read(const char *what, const char *path, size_t limit, size_t *size, char *error, size_t error_size)
{
	return file_read_from(NULL, what, path, limit, size, error, error_size);
}

uint8_t *file_read_from(const struct file_set *files, const char *what, const char *path, size_t limit, size_t *size,
                        char *error, size_t error_size)
{
	uint8_t *bytes = read_path(files, what, path, limit, size, error, error_size);

	if (bytes != NULL && *size > limit) {
		refuse(error, error_size, "the %s '%s' is longer than the %zu bytes allowed here; is it "
		       "the right file?", what, path, limit);
		free(bytes);
		return NULL;
	}
	return bytes;
}
