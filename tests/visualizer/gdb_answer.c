/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/gdb_answer.c - frames read as the GDB manual (E.1) says, apart from the code that writes them.
 */
#include "tests/visualizer/gdb_answer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* `x*n`: n - 29 more of x. Gives the size in `out`; SIZE_MAX: no such text. */
static size_t expand(const uint8_t *text, size_t size, uint8_t *out, size_t room)
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		int more = 0;

		if (text[i] == '#' || text[i] == '$')
			return SIZE_MAX;
		if (text[i] == '*' && length && i + 1 < size) {
			if (text[++i] < ' ' || text[i] > '~')
				return SIZE_MAX;
			more = text[i] - 29;
			if (length + (size_t)more > room)
				return SIZE_MAX;
			memset(out + length, out[length - 1], (size_t)more);
			length += (size_t)more;
		} else if (length < room) {
			out[length++] = text[i];
		}
	}
	return length;
}

size_t gdb_understand(const uint8_t *frame, size_t size, uint8_t *body, size_t room)
{
	char digits[3] = { 0 };
	uint8_t sum = 0;
	size_t length, out = 0;

	if (size < 4 || frame[0] != '$' || frame[size - 3] != '#')
		return SIZE_MAX;
	for (size_t i = 1; i < size - 3; i++)
		sum += frame[i];
	memcpy(digits, frame + size - 2, 2);
	length = expand(frame + 1, size - 4, body, room);
	if (length == SIZE_MAX || strtoul(digits, NULL, 16) != sum)
		return SIZE_MAX;
	for (size_t i = 0; i < length; i++)
		body[out++] = body[i] == '}' && i + 1 < length ? body[++i] ^ 0x20 : body[i];
	return out;
}
