/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/console.h - what the guest wrote to its serial port and to port 0xE9, the latest part of it. It
 * lies in the machine's arena, so that going back takes back what was written since.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_CONSOLE_H
#define RINGSIDE_VISUALIZER_DEBUGGER_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

enum { CONSOLE_BYTES = 1 << 16 };

struct console {
	uint64_t written; /* bytes in all; byte i is at text[i % CONSOLE_BYTES] while it is kept */
	char text[CONSOLE_BYTES];
};

void console_byte_written(struct console *console, uint8_t byte);

/* The line `back` lines before the last one (0: the last, perhaps unfinished) without its end, as printable text.
 * Gives its length; -1: there is none, or it is kept no more. */
int console_line(const struct console *console, uint64_t back, char *text, size_t size);
uint64_t console_lines(const struct console *console); /* that are kept */

#endif
