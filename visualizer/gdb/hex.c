/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/hex.c - numbers and bytes in hexadecimal digits (GDB manual, E.1).
 */
#include "visualizer/gdb/hex.h"

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_number(const char **at, uint64_t *value)
{
	const char *begin = *at;

	*value = 0;
	for (; hex_digit(**at) >= 0; ++*at) {
		if (*at - begin == 16)
			return false;
		*value = *value << 4 | (uint64_t)hex_digit(**at);
	}
	return *at != begin;
}

bool hex_number32(const char **at, uint32_t *value)
{
	uint64_t wide;

	if (!hex_number(at, &wide) || wide > UINT32_MAX)
		return false;
	*value = (uint32_t)wide;
	return true;
}

bool hex_skip(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

bool hex_get(const char *text, size_t digits, uint8_t *bytes, size_t room, size_t *size)
{
	*size = digits / 2;
	if (digits % 2 || *size > room)
		return false;
	for (size_t i = 0; i < *size; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void hex_put(const void *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[byte[i] >> 4];
		text[2 * i + 1] = digits[byte[i] & 15];
	}
}
