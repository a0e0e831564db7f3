/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_output.c - files, pipes, Unix sockets, and what happens when they fail.
 */
#include "core/output.h"
#include "tests/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <fcntl.h>

static char error[512];

static void name_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, "/tmp/ringside-%s-%ld", name, (long)getpid());
	unlink(path);
}

static void test_file(void)
{
	char path[64], text[32] = "";
	struct output *output;

	name_path(path, sizeof(path), "file");
	output = output_open(path, error, sizeof(error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT(output_text(output, "one "));
	CU_ASSERT(output_format(output, "%d\n", 2));
	CU_ASSERT_PTR_NULL(output_error(output));
	CU_ASSERT(output_close(output, error, sizeof(error)));
	FILE *file = fopen(path, "r");
	CU_ASSERT(file != NULL && fread(text, 1, sizeof(text), file) == 6);
	CU_ASSERT_STRING_EQUAL(text, "one 2\n");
	fclose(file);
	unlink(path);
}

static void test_cannot_open(void)
{
	error[0] = '\0';
	CU_ASSERT_PTR_NULL(output_open("/nonexistent/file", error, sizeof(error)));
	CU_ASSERT(strstr(error, "/nonexistent/file") != NULL);
	CU_ASSERT_PTR_NULL(output_open("/", error, sizeof(error)));
	CU_ASSERT_PTR_NULL(output_open("unix:/nonexistent/socket", error, sizeof(error)));
	CU_ASSERT(strstr(error, "listens") != NULL);
}

/* /dev/full is a disk without room. */
static void test_full_disk(void)
{
	char bytes[1000] = { 0 };
	struct output *output = output_open("/dev/full", error, sizeof(error));

	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	for (int i = 0; i < 1000; i++)
		output_write(output, bytes, sizeof(bytes));
	CU_ASSERT(!output_write(output, bytes, 1));
	CU_ASSERT_PTR_NOT_NULL(output_error(output));
	CU_ASSERT(!output_closed_by_reader(output));
	CU_ASSERT(!output_close(output, error, sizeof(error)));
	CU_ASSERT(strstr(error, "/dev/full") != NULL && strstr(error, "make room") != NULL);
	/* A failure that only the last flush finds. */
	output = output_open("/dev/full", error, sizeof(error));
	CU_ASSERT(output_text(output, "few"));
	CU_ASSERT(!output_close(output, error, sizeof(error)));
}

static void test_closed_pipe(void)
{
	char path[64], text[8] = "";
	struct output *output;

	name_path(path, sizeof(path), "pipe");
	CU_ASSERT_FATAL(mkfifo(path, 0600) == 0);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	output = output_open(path, error, sizeof(error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	output_text(output, "hello");
	CU_ASSERT(output_flush(output));
	CU_ASSERT(read(reader, text, 8) == 5 && strcmp(text, "hello") == 0);
	close(reader);
	output_text(output, "nobody");
	CU_ASSERT(!output_flush(output));
	CU_ASSERT(output_closed_by_reader(output));
	CU_ASSERT(!output_close(output, error, sizeof(error)));
	unlink(path);
}

static void test_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[128], text[8] = "";
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	name_path(address.sun_path, 64, "socket");
	snprintf(name, sizeof(name), "unix:%s", address.sun_path);
	CU_ASSERT_FATAL(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CU_ASSERT_FATAL(listen(listener, 1) == 0);
	struct output *output = output_open(name, error, sizeof(error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	int reader = accept(listener, NULL, NULL);
	output_text(output, "hello");
	CU_ASSERT(output_flush(output));
	CU_ASSERT(read(reader, text, 8) == 5 && strcmp(text, "hello") == 0);
	close(reader);
	output_text(output, "nobody");
	CU_ASSERT(!output_flush(output) && output_closed_by_reader(output));
	CU_ASSERT(!output_close(output, error, sizeof(error)));
	close(listener);
	unlink(address.sun_path);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "a file", test_file },
		{ "what cannot be opened", test_cannot_open },
		{ "a full disk is found and told once", test_full_disk },
		{ "a closed pipe", test_closed_pipe },
		{ "a Unix socket", test_socket },
		{ 0 },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_main("output", tests);
}
