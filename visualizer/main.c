/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/main.c - the program. The only place that decides how the process ends.
 */
#include "visualizer/command.h"
#include "visualizer/message.h"

#include <locale.h>
#include <signal.h>

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	/* A closed pipe is an error of a write, like a full disk: it is told at the end. */
	signal(SIGPIPE, SIG_IGN);
	return finish_output(command_line(argc, argv));
}
