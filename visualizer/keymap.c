/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/keymap.c - PS/2 set 1 codes for characters, key names and terminal sequences.
 */
#include "visualizer/keymap.h"

#include <string.h>

enum { CODE_CONTROL = 0x1d, CODE_SHIFT = 0x2a, CODE_ALT = 0x38, CODE_EXTENDED = 0xe0, CODE_BREAK = 0x80 };

/* The rows of the main block: plain and shifted characters from a first code on. */
static const struct {
	uint8_t first;
	const char *plain, *shifted;
} rows[] = {
	{ 0x02, "1234567890-=", "!@#$%^&*()_+" },
	{ 0x10, "qwertyuiop[]", "QWERTYUIOP{}" },
	{ 0x1e, "asdfghjkl;'`", "ASDFGHJKL:\"~" },
	{ 0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?" },
	{ 0x39, " ", "" },
	{ 0x1c, "\r", "" },
	{ 0x1c, "\n", "" },
	{ 0x0f, "\t", "" },
	{ 0x0e, "\b", "" },
	{ 0x0e, "\x7f", "" },
	{ 0x01, "\x1b", "" },
};

/* Keys without a character, and what xterm-like terminals send for them after ESC. */
static const struct {
	const char *name;
	uint8_t code;
	bool extended;
	const char *sequence[3];
} named[] = {
	{ "up", 0x48, true, { "[A", "OA", NULL } },
	{ "down", 0x50, true, { "[B", "OB", NULL } },
	{ "right", 0x4d, true, { "[C", "OC", NULL } },
	{ "left", 0x4b, true, { "[D", "OD", NULL } },
	{ "home", 0x47, true, { "[H", "OH", "[1~" } },
	{ "end", 0x4f, true, { "[F", "OF", "[4~" } },
	{ "insert", 0x52, true, { "[2~", NULL, NULL } },
	{ "delete", 0x53, true, { "[3~", NULL, NULL } },
	{ "pageup", 0x49, true, { "[5~", NULL, NULL } },
	{ "pagedown", 0x51, true, { "[6~", NULL, NULL } },
	{ "f1", 0x3b, false, { "OP", "[11~", "[[A" } },
	{ "f2", 0x3c, false, { "OQ", "[12~", "[[B" } },
	{ "f3", 0x3d, false, { "OR", "[13~", "[[C" } },
	{ "f4", 0x3e, false, { "OS", "[14~", "[[D" } },
	{ "f5", 0x3f, false, { "[15~", "[[E", NULL } },
	{ "f6", 0x40, false, { "[17~", NULL, NULL } },
	{ "f7", 0x41, false, { "[18~", NULL, NULL } },
	{ "f8", 0x42, false, { "[19~", NULL, NULL } },
	{ "f9", 0x43, false, { "[20~", NULL, NULL } },
	{ "f10", 0x44, false, { "[21~", NULL, NULL } },
	{ "f11", 0x57, false, { "[23~", NULL, NULL } },
	{ "f12", 0x58, false, { "[24~", NULL, NULL } },
	{ "esc", 0x01, false, { NULL, NULL, NULL } },
	{ "enter", 0x1c, false, { NULL, NULL, NULL } },
	{ "tab", 0x0f, false, { NULL, NULL, NULL } },
	{ "backspace", 0x0e, false, { NULL, NULL, NULL } },
	{ "space", 0x39, false, { NULL, NULL, NULL } },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), NAMED = sizeof(named) / sizeof(named[0]) };

struct stroke stroke_of_character(char c)
{
	struct stroke stroke = { 0 };

	for (size_t i = 0; c && i < ROWS; i++) {
		const char *plain = strchr(rows[i].plain, c), *shifted = strchr(rows[i].shifted, c);

		if (plain)
			stroke.code = (uint8_t)(rows[i].first + (plain - rows[i].plain));
		else if (shifted)
			stroke.code = (uint8_t)(rows[i].first + (shifted - rows[i].shifted));
		stroke.shift = !plain && shifted;
		if (stroke.code)
			return stroke;
	}
	if (c >= 1 && c <= 26) {
		stroke = stroke_of_character((char)('a' + c - 1));
		stroke.control = true;
	}
	return stroke;
}

struct stroke stroke_of_name(const char *name)
{
	if (name[0] && !name[1])
		return stroke_of_character(name[0]);
	for (size_t i = 0; i < NAMED; i++)
		if (strcmp(named[i].name, name) == 0)
			return (struct stroke){ .code = named[i].code, .extended = named[i].extended };
	return (struct stroke){ 0 };
}

/* After an ESC: the key whose sequence begins there. */
static struct stroke stroke_of_sequence(const char *bytes, size_t size, size_t *used)
{
	for (size_t i = 0; i < NAMED; i++)
		for (size_t j = 0; j < 3 && named[i].sequence[j]; j++) {
			size_t length = strlen(named[i].sequence[j]);

			if (length > size || memcmp(bytes, named[i].sequence[j], length) != 0)
				continue;
			*used = length;
			return (struct stroke){ .code = named[i].code, .extended = named[i].extended };
		}
	return (struct stroke){ 0 };
}

/* The length of a control sequence that no key has (ECMA-48, 5.4), so that it is dropped as a whole. */
static size_t unknown_sequence(const char *bytes, size_t size)
{
	size_t length = 1;

	if (bytes[0] != '[')
		return 0;
	while (length < size && bytes[length] >= 0x20 && bytes[length] < 0x40)
		length++;
	return length < size ? length + 1 : length;
}

struct stroke stroke_of_terminal(const char *bytes, size_t size, size_t *used)
{
	struct stroke stroke;
	size_t length = 0;

	*used = 1;
	if (bytes[0] != 0x1b || size == 1)
		return stroke_of_character(bytes[0]);
	stroke = stroke_of_sequence(bytes + 1, size - 1, &length);
	if (!stroke.code)
		length = unknown_sequence(bytes + 1, size - 1);
	if (!stroke.code && !length && bytes[1] != 0x1b) { /* terminals send Alt as an ESC before the key */
		stroke = stroke_of_character(bytes[1]);
		stroke.alt = true;
		length = 1;
	}
	if (!stroke.code && !length)
		stroke = stroke_of_character(0x1b);
	*used = 1 + length;
	return stroke;
}

size_t stroke_make(struct stroke stroke, uint8_t bytes[STROKE_BYTES])
{
	size_t size = 0;

	if (stroke.control)
		bytes[size++] = CODE_CONTROL;
	if (stroke.alt)
		bytes[size++] = CODE_ALT;
	if (stroke.shift)
		bytes[size++] = CODE_SHIFT;
	if (stroke.extended)
		bytes[size++] = CODE_EXTENDED;
	bytes[size++] = stroke.code;
	return size;
}

size_t stroke_break(struct stroke stroke, uint8_t bytes[STROKE_BYTES])
{
	size_t size = 0;

	if (stroke.extended)
		bytes[size++] = CODE_EXTENDED;
	bytes[size++] = stroke.code | CODE_BREAK;
	if (stroke.shift)
		bytes[size++] = CODE_SHIFT | CODE_BREAK;
	if (stroke.alt)
		bytes[size++] = CODE_ALT | CODE_BREAK;
	if (stroke.control)
		bytes[size++] = CODE_CONTROL | CODE_BREAK;
	return size;
}
