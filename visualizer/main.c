/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/main.c - the program. The only place that decides how the process ends.
 */
#include "labs/piece/piece.h"
#include "visualizer/command.h"
#include "visualizer/message.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/*
 * Whoever closed a standard stream (`>&-`) would else see the next file that is opened take its number:
 * the guest's console would go into a disk image. What stands in for it can do only the wrong thing, so
 * that a read or write still fails.
 */
static void keep_standard_streams(void)
{
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
		if (fcntl(stream, F_GETFD) < 0)
			(void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], PIECE_WORD) == 0)
		return piece_main(); /* started by a VMM that has a part from a lab */
	keep_standard_streams();
	setlocale(LC_CTYPE, "");
	/* A closed pipe or a file at its limit is an error of a write, like a full disk: told at the end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return finish_output(command_line(argc, argv));
}
