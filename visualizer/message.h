/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/message.h - what is said on standard error, and how a command ends.
 * GNU Coding Standards, 4.4 (formatting error messages): data on stdout, messages here.
 */
#ifndef RINGSIDE_VISUALIZER_MESSAGE_H
#define RINGSIDE_VISUALIZER_MESSAGE_H

#include <stdbool.h>

/* Exit status of the program. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* the guest or the run failed, or output could not be written */
	STATUS_USAGE = 2,  /* a mistake on the command line or in a file given there */
	STATUS_LIMIT = 124, /* the model-time limit was reached, as timeout(1) says it */
};

/* One line on standard error: "ringside: ...". */
__attribute__((format(printf, 1, 2))) void message(const char *format, ...);

/* Writes out what is buffered for standard output; false: that, or an earlier write, failed. */
bool output_is_fine(void);

/* Writes out what is still buffered for standard output. Says it once when that fails (full disk,
 * closed pipe), and gives STATUS_FAILED then. */
int finish_output(int status);

#endif
