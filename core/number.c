/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/number.c - strict reading of numbers: strtoull takes signs, blanks and overflow in silence.
 */
#include "core/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Gives where the digits end; NULL when there are none or too many. Never octal. */
static const char *parse_digits(const char *text, uint64_t *number)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hexadecimal ? text + 2 : text;
	char *end;

	if (hexadecimal ? !isxdigit((unsigned char)*digits) : !isdigit((unsigned char)*digits))
		return NULL;
	errno = 0;
	*number = strtoull(digits, &end, hexadecimal ? 16 : 10);
	return errno == 0 ? end : NULL;
}

bool number_parse(const char *text, uint64_t *number)
{
	uint64_t value;
	const char *end = parse_digits(text, &value);

	if (end == NULL || *end != '\0')
		return false;
	*number = value;
	return true;
}

/* The power of two behind a number; -1: no such unit. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "KMG";

	if (*unit == '\0')
		return 0;
	const char *letter = strchr(letters, toupper((unsigned char)*unit));
	if (letter == NULL)
		return -1;
	unit++;
	if (*unit != '\0' && strcasecmp(unit, "B") != 0 && strcasecmp(unit, "iB") != 0)
		return -1;
	return 10 * (int)(letter - letters + 1);
}

bool number_parse_size(const char *text, uint64_t *number)
{
	uint64_t value;
	const char *end = parse_digits(text, &value);

	if (end == NULL)
		return false;
	int shift = unit_shift(end);
	if (shift < 0 || value > UINT64_MAX >> shift)
		return false;
	*number = value << shift;
	return true;
}

bool number_parse_count(const char *text, uint64_t *number)
{
	static const char letters[] = "KMG";
	uint64_t value;
	const char *end = parse_digits(text, &value);

	if (end == NULL)
		return false;
	if (*end != '\0') {
		const char *letter = strchr(letters, toupper((unsigned char)*end));

		if (letter == NULL || end[1] != '\0')
			return false;
		for (const char *step = letters; step <= letter; step++) {
			if (value > UINT64_MAX / 1000)
				return false;
			value *= 1000;
		}
	}
	*number = value;
	return true;
}
