/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/json_find.c - reads one value out of one line of JSON: enough to read our own recordings back.
 * Strings and brackets are followed by RFC 8259; numbers and words are taken as they stand.
 */
#include "core/json.h"

#include <string.h>

struct text {
	char *to; /* NULL: nobody wants it */
	size_t size, used;
	bool too_long;
};

static void add(struct text *text, char c)
{
	if (text->to == NULL)
		return;
	if (text->used + 1 >= text->size) {
		text->too_long = true;
		return;
	}
	text->to[text->used++] = c;
	text->to[text->used] = '\0';
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* The four hexadecimal digits of \u; -1: there are not four. */
static int code_unit(const char *at)
{
	int unit = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = at[i] != '\0' ? strchr(digits, at[i]) : NULL;

		if (digit == NULL)
			return -1;
		unit = unit << 4 | (int)((digit - digits) & 15);
	}
	return unit;
}

/* The writer escapes control characters alone, so that a code unit beyond them is shown as '?'. */
static const char *read_escape(const char *at, struct text *text)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = *at != '\0' ? strchr(letters, *at) : NULL;

	if (letter != NULL) {
		add(text, meanings[letter - letters]);
		return at + 1;
	}
	int unit = *at == 'u' ? code_unit(at + 1) : -1;
	if (unit < 0)
		return NULL;
	add(text, unit > 0 && unit < 0x80 ? (char)unit : '?');
	return at + 5;
}

/* `at` is the opening quote. Gives what stands behind the closing one; NULL: there is none. */
static const char *read_string(const char *at, struct text *text)
{
	for (at++; at != NULL && *at != '"'; ) {
		if ((unsigned char)*at < 0x20)
			return NULL; /* the line's end as well */
		if (*at == '\\') {
			at = read_escape(at + 1, text);
		} else {
			add(text, *at++);
		}
	}
	return at != NULL ? at + 1 : NULL;
}

/* An object or array: brackets are counted, strings passed over. */
static const char *read_nested(const char *at, struct text *text)
{
	struct text nothing = { .to = NULL };
	unsigned depth = 0;

	do {
		const char *from = at;

		if (*at == '"') {
			at = read_string(at, &nothing);
			if (at == NULL)
				return NULL;
		} else {
			depth += *at == '{' || *at == '[';
			depth -= *at == '}' || *at == ']';
			if (*at++ == '\0')
				return NULL;
		}
		while (from < at)
			add(text, *from++);
	} while (depth > 0);
	return at;
}

static const char *read_value(const char *at, struct text *text)
{
	if (*at == '"')
		return read_string(at, text);
	if (*at == '{' || *at == '[')
		return read_nested(at, text);
	size_t length = strcspn(at, ",}] \t\r\n");

	if (length == 0)
		return NULL;
	for (size_t i = 0; i < length; i++)
		add(text, at[i]);
	return at + length;
}

bool json_find(const char *line, const char *key, char *value, size_t value_size)
{
	const char *at = skip_blanks(line);
	char name[64];

	if (*at != '{' || value_size == 0)
		return false;
	at = skip_blanks(at + 1);
	while (*at == '"') {
		struct text found_name = { .to = name, .size = sizeof(name) };
		struct text found = { .to = value, .size = value_size };

		name[0] = value[0] = '\0';
		at = read_string(at, &found_name);
		if (at == NULL || *(at = skip_blanks(at)) != ':')
			return false;
		at = read_value(skip_blanks(at + 1), &found);
		if (at == NULL)
			return false;
		if (strcmp(name, key) == 0)
			return !found.too_long;
		at = skip_blanks(at);
		if (*at != ',')
			return false;
		at = skip_blanks(at + 1);
	}
	return false;
}

bool json_each(const char **at, char *key, size_t key_size, char *value, size_t value_size)
{
	struct text found_key = { .to = key, .size = key_size }, found = { .to = value, .size = value_size };
	const char *here = skip_blanks(*at);

	if (key_size == 0 || value_size == 0 || (*here != '{' && *here != '[' && *here != ','))
		return false;
	key[0] = value[0] = '\0';
	bool begins = *here != ',', object = *here == '{';

	here = skip_blanks(here + 1);
	if (*here == '}' || *here == ']')
		return false;
	/* Behind a comma a string with a colon after it is a key. */
	if (*here == '"' && (object || !begins)) {
		const char *behind = read_string(here, &found_key);

		if (behind == NULL)
			return false;
		behind = skip_blanks(behind);
		if (*behind == ':') {
			here = skip_blanks(behind + 1);
		} else {
			found_key.too_long = false;
			key[0] = '\0';
		}
	}
	*at = read_value(here, &found);
	return *at != NULL && !found_key.too_long && !found.too_long;
}
