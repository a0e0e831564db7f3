/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/ini_text.c - feeds inih line by line, so that what inih would do in silence (long lines cut in
 * two, NUL bytes ending a line early) is refused with the line's number.
 */
#include "core/ini_text.h"

#include "core/file.h"
#include "core/refuse.h"

#include <ini.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { INI_FILE_MAX = 256 * 1024, INI_MESSAGE = 512 };

struct reading {
	const char *text;
	size_t size, position;
	unsigned number; /* of the line that inih has now */
	bool indented;
	bool setting_above; /* in this section */
	bool failed;
	unsigned failed_line;
	char message[INI_MESSAGE];
	ini_take *take;
	void *owner;
};

static void fail_line(struct reading *reading, const char *message)
{
	if (reading->failed)
		return;
	reading->failed = true;
	reading->failed_line = reading->number;
	if (message != NULL)
		refuse(reading->message, sizeof(reading->message), "%s", message);
}

/* inih's fgets. */
static char *next_line(char *buffer, int capacity, void *stream)
{
	struct reading *reading = stream;
	const char *line = reading->text + reading->position;
	size_t rest = reading->size - reading->position;

	if (rest == 0 || reading->failed)
		return NULL;
	const char *end = memchr(line, '\n', rest);
	size_t length = end != NULL ? (size_t)(end - line) + 1 : rest;

	reading->number++;
	reading->position += length;
	if (*line == '[')
		reading->setting_above = false;
	reading->indented = *line == ' ' || *line == '\t';
	if (memchr(line, '\0', length) != NULL) {
		fail_line(reading, "a NUL byte; is this a text file?");
		return NULL;
	}
	if (length >= (size_t)capacity) {
		refuse(reading->message, sizeof(reading->message), "longer than %d characters; a value "
		       "can go on in an indented line below", capacity - 2);
		fail_line(reading, NULL);
		return NULL;
	}
	memcpy(buffer, line, length);
	buffer[length] = '\0';
	return buffer;
}

/* inih hands an indented line below a setting over as more of that setting's value. */
static int take_setting(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;
	const struct ini_line line = {
		.section = section,
		.name = name,
		.value = value,
		.number = reading->number,
		.continued = reading->indented && reading->setting_above,
	};
	char message[INI_MESSAGE] = "";

	reading->setting_above = true;
	if (!reading->failed && !reading->take(reading->owner, &line, message, sizeof(message)))
		fail_line(reading, message);
	return 1;
}

bool ini_text_read(const char *path, const char *text, size_t size, ini_take *take, void *owner,
                   char *error, size_t error_size)
{
	struct reading reading = { .text = text, .size = size, .take = take, .owner = owner };
	int line = ini_parse_stream(next_line, &reading, take_setting, &reading);

	/* inih goes on after a line it cannot read; the first error is the one to tell. */
	if (line > 0 && (!reading.failed || (unsigned)line < reading.failed_line))
		return refuse(error, error_size, "%s:%d: neither '[section]' nor 'name = value' nor a "
		              "comment (; or #)", path, line);
	if (reading.failed)
		return refuse(error, error_size, "%s:%u: %s", path, reading.failed_line, reading.message);
	return true;
}

bool ini_file_read(const struct file_set *files, const char *what, const char *path, ini_take *take, void *owner,
                   char *error, size_t error_size)
{
	size_t size;
	uint8_t *text = file_read_from(files, what, path, INI_FILE_MAX, &size, error, error_size);

	if (text == NULL)
		return false;
	bool ok = ini_text_read(path, (const char *)text, size, take, owner, error, error_size);

	free(text);
	return ok;
}
