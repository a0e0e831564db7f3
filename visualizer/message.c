/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/message.c - messages on standard error, and the last check of standard output.
 */
#include "visualizer/message.h"

#include "core/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void message(const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* Names come from files and users: none may break the line or command the terminal. */
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	fprintf(stderr, "ringside: %s\n", text);
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
	if (errno)
		message("cannot write to standard output: %s; %s", strerror(errno), output_remedy(errno));
	else
		message("cannot write to standard output: the disk is full, or the reader of the pipe went away; "
		        "what came after is lost");
	return STATUS_FAILED;
}
