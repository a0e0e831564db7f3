/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/console.c - the latest bytes of a guest's console, and its lines. Bytes are kept in a ring, so
 * that the whole lies in one piece of the machine's arena; lines are found when they are asked for.
 */
#include "visualizer/debugger/console.h"

#include <assert.h>

void console_byte_written(struct console *console, uint8_t byte)
{
	console->text[console->written++ % CONSOLE_BYTES] = (char)byte;
}

static char byte_at(const struct console *console, uint64_t at)
{
	return console->text[at % CONSOLE_BYTES];
}

/* The first byte that is kept. What was cut by the ring is no whole line: it begins behind the next end of one. */
static uint64_t first_kept(const struct console *console)
{
	uint64_t first;

	if (console->written <= CONSOLE_BYTES)
		return 0;
	first = console->written - CONSOLE_BYTES;
	while (first < console->written && byte_at(console, first) != '\n')
		first++;
	return first < console->written ? first + 1 : console->written - CONSOLE_BYTES;
}

uint64_t console_lines(const struct console *console)
{
	uint64_t lines = 0, first = first_kept(console);

	for (uint64_t at = first; at < console->written; at++)
		lines += byte_at(console, at) == '\n';
	/* The unfinished line counts when something stands in it. */
	return lines + (console->written > first && byte_at(console, console->written - 1) != '\n');
}

/* Where the line begins that ends before `end` (the place of its '\n', or the place behind everything). */
static uint64_t begin_of(const struct console *console, uint64_t first, uint64_t end)
{
	while (end > first && byte_at(console, end - 1) != '\n')
		end--;
	return end;
}

/* Carriage returns and other control characters show nothing; a tab is a blank. */
static int copy_printable(const struct console *console, uint64_t begin, uint64_t end, char *text, size_t size)
{
	size_t length = 0;

	for (uint64_t at = begin; at < end && length + 1 < size; at++) {
		uint8_t c = (uint8_t)byte_at(console, at);

		if (c == '\t')
			c = ' ';
		if (c >= ' ' && c != 0x7f)
			text[length++] = c < 0x80 ? (char)c : '?';
	}
	text[length] = '\0';
	return (int)length;
}

int console_line(const struct console *console, uint64_t back, char *text, size_t size)
{
	uint64_t first = first_kept(console), end = console->written, begin;

	assert(size > 0);
	if (end == first)
		return -1;
	if (byte_at(console, end - 1) == '\n')
		end--;
	for (;; back--) {
		begin = begin_of(console, first, end);
		if (back == 0)
			return copy_printable(console, begin, end, text, size);
		if (begin == first)
			return -1;
		end = begin - 1;
	}
}
