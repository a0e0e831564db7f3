/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/key.c - keys by name, both ways: "s", "F8", "C-c", "Up" (the notation of Emacs for Ctrl).
 */
#include "visualizer/screen/key.h"

#include "visualizer/screen/grid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct named_key {
	const char *name;
	enum key key;
};

/* The first name of a key is the one that is shown. */
static const struct named_key names[] = {
	{"Space", (enum key)' '}, {"Tab", K_TAB}, {"Enter", K_ENTER}, {"Return", K_ENTER}, {"Esc", K_ESCAPE},
	{"Escape", K_ESCAPE}, {"Backspace", K_BACKSPACE}, {"Up", K_UP}, {"Down", K_DOWN}, {"Left", K_LEFT},
	{"Right", K_RIGHT}, {"PgUp", K_PAGE_UP}, {"PageUp", K_PAGE_UP}, {"PgDn", K_PAGE_DOWN},
	{"PageDown", K_PAGE_DOWN}, {"Home", K_HOME}, {"End", K_END}, {"Del", K_DELETE}, {"Delete", K_DELETE},
	{"Ins", K_INSERT}, {"Insert", K_INSERT}, {"S-Tab", K_BACK_TAB}, {"BackTab", K_BACK_TAB}, {"F1", K_F1},
	{"F2", K_F2}, {"F3", K_F3}, {"F4", K_F4}, {"F5", K_F5}, {"F6", K_F6}, {"F7", K_F7}, {"F8", K_F8},
	{"F9", K_F9}, {"F10", K_F10}, {"F11", K_F11}, {"F12", K_F12}, {"Mouse", K_MOUSE}, {"Resize", K_RESIZE},
	{"Closed", K_CLOSED},
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* A single character of UTF-8; K_NONE: it is none, or more. */
static enum key parse_character(const char *name)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *byte = (const uint8_t *)name;
	unsigned length = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	uint32_t character = length == 1 ? byte[0] : byte[0] & (0x7fu >> length);

	if ((byte[0] & 0xc0) == 0x80 || byte[0] >= 0xf8 || strlen(name) != length)
		return K_NONE;
	for (unsigned i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return K_NONE;
		character = character << 6 | (byte[i] & 0x3f);
	}
	if (character < least[length] || character >= K_UP || character < ' ')
		return K_NONE;
	return (enum key)character;
}

/* "C-c", "C-]". */
static enum key parse_control(const char *name)
{
	char letter;

	if (strlen(name) != 3 || (name[0] != 'C' && name[0] != 'c') || name[1] != '-')
		return K_NONE;
	letter = name[2];
	if (letter >= 'a' && letter <= 'z')
		letter = (char)(letter - 'a' + 'A');
	return letter > '@' && letter <= '_' ? (enum key)(letter - '@') : K_NONE;
}

bool key_parse(const char *name, enum key *key)
{
	*key = parse_character(name);
	if (*key == K_NONE)
		*key = parse_control(name);
	for (size_t i = 0; i < NAMES && *key == K_NONE; i++)
		if (strcasecmp(names[i].name, name) == 0)
			*key = names[i].key;
	return *key != K_NONE;
}

void key_text(enum key key, char *name, size_t size)
{
	char character[8];

	for (size_t i = 0; i < NAMES; i++)
		if (names[i].key == key) {
			snprintf(name, size, "%s", names[i].name);
			return;
		}
	if (key > K_NONE && key < ' ')
		/* Lower case, as people write it, where it is a letter. */
		snprintf(name, size, "C-%c", key <= 26 ? 'a' + key - 1 : '@' + key);
	else if (key > K_NONE && key < K_UP) {
		glyph_encode((uint32_t)key, character);
		snprintf(name, size, "%s", character);
	} else {
		snprintf(name, size, "?");
	}
}
