/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/shared/words.h - the words of a lab guest's command line: NAME=NUMBER, and NAME=WORD,WORD. Multiboot hands over the line
 * (Multiboot specification 0.6.96, 3.3).
 */
#ifndef SHARED_WORDS_H
#define SHARED_WORDS_H

#include <stdbool.h>
#include <stdint.h>

static inline const char *command_line(const uint32_t *multiboot)
{
	return multiboot[0] & 4 ? (const char *)multiboot[4] : "";
}

static inline bool begins(const char *words, const char *with)
{
	while (*with)
		if (*words++ != *with++)
			return false;
	return true;
}

/* What stands behind `name`, which ends with '='; NULL: it is not there. */
static inline const char *behind_word(const char *line, const char *name)
{
	for (bool word = true; *line; word = *line++ == ' ') {
		const char *value = line;

		if (!word || !begins(line, name))
			continue;
		while (*name++)
			value++;
		return value;
	}
	return 0;
}

/* The number behind `name`, or `usual`. */
static inline uint32_t number_behind(const char *line, const char *name, uint32_t usual)
{
	const char *at = behind_word(line, name);
	uint32_t value = 0;

	if (!at)
		return usual;
	while (*at >= '0' && *at <= '9')
		value = value * 10 + (uint32_t)(*at++ - '0');
	return value;
}

/* Is `word` the one at `at`? Words end with a comma, a blank, or the line. */
static inline bool is_word(const char *at, const char *word)
{
	while (*word)
		if (*at++ != *word++)
			return false;
	return *at == ',' || *at == ' ' || !*at;
}

/* Is `word` in the list behind `name`? */
static inline bool listed_behind(const char *line, const char *name, const char *word)
{
	const char *at = behind_word(line, name);

	while (at && *at && *at != ' ') {
		if (is_word(at, word))
			return true;
		while (*at && *at != ' ' && *at++ != ',')
			;
	}
	return false;
}

/* A mask of those of `words` that are in the list behind `name`. */
static inline uint32_t words_behind(const char *line, const char *name, const char *const *words, unsigned count)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < count; i++)
		mask |= listed_behind(line, name, words[i]) ? 1u << i : 0;
	return mask;
}

#endif
