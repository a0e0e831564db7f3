/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/output.c - one file descriptor, one buffer, one remembered failure.
 */
#include "core/output.h"

#include "core/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Who follows a pipe, socket or terminal should not wait long for its data. */
enum { BUFFER = 64 * 1024, BUFFER_FOLLOWED = 4 * 1024 };

struct output {
	int descriptor;
	FILE *stream; /* instead of the descriptor; NULL: none */
	bool is_socket, is_standard;
	int failure; /* errno of the first failed write; 0: none */
	char *name;
	char message[512];
	size_t limit, used;
	char buffer[BUFFER];
};

static const char prefix[] = "unix:";

static int open_socket(const char *path, char *error, size_t error_size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		refuse(error, error_size, "the socket's name '%s' is longer than %zu characters; use a "
		       "shorter folder", path, sizeof(address.sun_path) - 1);
		return -1;
	}
	strcpy(address.sun_path, path);
	int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
	if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0)
		return descriptor;
	refuse(error, error_size, "cannot connect to the socket '%s': %s; start the program that listens "
	       "on it first", path, strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

static int open_file(const char *path, char *error, size_t error_size)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (descriptor < 0)
		refuse(error, error_size, "cannot write to '%s': %s; check the folder and its permissions",
		       path, strerror(errno));
	return descriptor;
}

static bool is_regular(int descriptor)
{
	struct stat status;

	return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

static bool open_descriptor(struct output *output, const char *path, char *error, size_t error_size)
{
	output->is_standard = strcmp(path, "-") == 0;
	output->is_socket = strncmp(path, prefix, sizeof(prefix) - 1) == 0;
	if (output->is_standard)
		output->descriptor = STDOUT_FILENO;
	else if (output->is_socket)
		output->descriptor = open_socket(path + sizeof(prefix) - 1, error, error_size);
	else
		output->descriptor = open_file(path, error, error_size);
	return output->descriptor >= 0;
}

struct output *output_open(const char *path, char *error, size_t error_size)
{
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL || (output->name = strdup(path)) == NULL) {
		refuse(error, error_size, "no memory for the output '%s'", path);
		free(output);
		return NULL;
	}
	if (!open_descriptor(output, path, error, error_size)) {
		free(output->name);
		free(output);
		return NULL;
	}
	output->limit = is_regular(output->descriptor) ? BUFFER : BUFFER_FOLLOWED;
	return output;
}

struct output *output_into(FILE *stream)
{
	struct output *output = calloc(1, sizeof(*output));

	if (!output)
		return NULL;
	output->stream = stream;
	output->is_standard = true; /* not ours to close */
	output->limit = BUFFER_FOLLOWED;
	return output;
}

const char *output_remedy(int cause)
{
	switch (cause) {
	case ENOSPC:
	case EDQUOT:
		return "make room, or write elsewhere";
	case EPIPE:
	case ECONNRESET:
		return "the reader went away; what came after is lost";
	case EFBIG:
		return "raise the limit on file sizes (ulimit -f)";
	default:
		return "what came after is lost";
	}
}

static void fail(struct output *output, int cause)
{
	if (output->failure != 0)
		return;
	output->failure = cause;
	refuse(output->message, sizeof(output->message), "cannot write to %s: %s; %s",
	       output->is_standard ? "standard output" : output->name, strerror(cause), output_remedy(cause));
}

static bool write_all(struct output *output, const char *bytes, size_t size)
{
	if (output->stream && output->failure == 0 && fwrite(bytes, 1, size, output->stream) != size)
		fail(output, errno);
	while (size > 0 && output->failure == 0 && !output->stream) {
		ssize_t count = output->is_socket
			? send(output->descriptor, bytes, size, MSG_NOSIGNAL)
			: write(output->descriptor, bytes, size);

		if (count < 0 && errno != EINTR)
			fail(output, errno);
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		}
	}
	return output->failure == 0;
}

bool output_flush(struct output *output)
{
	size_t used = output->used;

	output->used = 0;
	return write_all(output, output->buffer, used);
}

bool output_write(struct output *output, const void *bytes, size_t size)
{
	const char *from = bytes;

	while (size > 0 && output->failure == 0) {
		size_t room = output->limit - output->used;
		size_t count = size < room ? size : room;

		memcpy(output->buffer + output->used, from, count);
		output->used += count;
		from += count;
		size -= count;
		if (output->used == output->limit)
			output_flush(output);
	}
	return output->failure == 0;
}

bool output_text(struct output *output, const char *text)
{
	return output_write(output, text, strlen(text));
}

bool output_format(struct output *output, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0)
		return false;
	return output_write(output, text,
	                    (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

const char *output_error(const struct output *output)
{
	return output->failure != 0 ? output->message : NULL;
}

bool output_closed_by_reader(const struct output *output)
{
	return output->failure == EPIPE || output->failure == ECONNRESET;
}

/* Some file systems tell of a full disk only when the file is closed. */
bool output_close(struct output *output, char *error, size_t error_size)
{
	output_flush(output);
	if (!output->is_standard && close(output->descriptor) != 0 && errno != EINTR)
		fail(output, errno);
	bool ok = output->failure == 0;

	if (!ok)
		refuse(error, error_size, "%s", output->message);
	free(output->name);
	free(output);
	return ok;
}
