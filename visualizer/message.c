/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/message.c - messages on standard error, and the last check of standard output.
 */
#include "visualizer/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void message(const char *format, ...)
{
	va_list arguments;

	fputs("ringside: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

bool output_is_fine(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

int finish_output(int status)
{
	bool failed_before = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !failed_before)
		return status;
	message("cannot write to standard output: %s", errno ? strerror(errno)
	        : "the disk is full, or the reader of the pipe went away");
	return STATUS_FAILED;
}
