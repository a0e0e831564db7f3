/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lib/string.c - memory and strings. The compiler may call the first four on its own; they are
 * written with the string instructions (SDM vol. 1, 7.3.9), which real kernels of this age used too.
 */
#include "lib/text.h"

void *memcpy(void *to, const void *from, size_t size)
{
	void *start = to;
	size_t words = size / 4, rest = size % 4;

	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
	return start;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	if (target <= source || target >= source + size)
		return memcpy(to, from, size);
	while (size--)
		((volatile uint8_t *)target)[size] = source[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *start = to;
	size_t words = size / 4, rest = size % 4;
	uint32_t word = (uint8_t)byte * 0x01010101u;

	__asm__ volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(word) : "memory");
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(word) : "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a, *right = b;

	for (size_t i = 0; i < size; i++) {
		if (left[i] != right[i])
			return left[i] - right[i];
	}
	return 0;
}

size_t strlen(const char *text)
{
	const volatile char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (a[i] != b[i] || !a[i])
			return (uint8_t)a[i] - (uint8_t)b[i];
	}
	return 0;
}

void copy_text(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (length > size - 1)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

static unsigned digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned)(digit - '0');
	if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
		return (unsigned)((digit | 32) - 'a' + 10);
	return 99;
}

uint32_t parse_number(const char *text)
{
	uint32_t value = 0, base = 10;

	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	for (; digit_value(*text) < base; text++)
		value = value * base + digit_value(*text);
	return value;
}

const char *option_value(const char *word, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(word, name, length) != 0 || word[length] != '=')
		return NULL;
	return word + length + 1;
}
