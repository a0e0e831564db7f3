/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/words.h - a kernel's command line, NAME=VALUE with blanks between; for the attacker too.
 */
#ifndef LAB_GUEST_WORDS_H
#define LAB_GUEST_WORDS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool words_begin(const char *words, const char *with)
{
	while (*with)
		if (*words++ != *with++)
			return false;
	return true;
}

/* What stands behind `name` ("seed="); empty: it is not there. */
static inline const char *words_behind(const char *line, const char *name)
{
	const char *at;

	for (; *line; line++) {
		if (!words_begin(line, name))
			continue;
		for (at = line; *at++ != '=';)
			;
		return at;
	}
	return "";
}

static inline uint32_t words_number(const char *line, const char *name, uint32_t usual)
{
	const char *at = words_behind(line, name);
	uint32_t value = 0;

	if (!*at)
		return usual;
	for (; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint32_t)(*at - '0');
	return value;
}

/* Goes on behind the next comma of a list; to its end if there is none. */
static inline const char *words_next(const char *at)
{
	while (*at && *at != ' ' && *at++ != ',')
		;
	return at;
}

#endif
