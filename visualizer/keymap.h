/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/keymap.h - from characters, key names and a terminal's escape sequences to the codes of a
 * PS/2 keyboard, scan code set 1, US layout (as the 8042 hands them to software).
 */
#ifndef RINGSIDE_VISUALIZER_KEYMAP_H
#define RINGSIDE_VISUALIZER_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One stroke: a key, with the modifiers held around it. */
struct stroke {
	uint8_t code; /* make code; break is code | 0x80. 0: no such key */
	bool extended; /* preceded by E0 */
	bool shift, control, alt;
};

enum { STROKE_BYTES = 8 };

/* The stroke that types a character; control characters are letters with Ctrl. */
struct stroke stroke_of_character(char c);
/* The stroke of a key by name: "up", "f1", "esc", "space", or one character. */
struct stroke stroke_of_name(const char *name);
/* The stroke at the start of what a terminal sent; `used`: how many bytes it took, at least one. */
struct stroke stroke_of_terminal(const char *bytes, size_t size, size_t *used);

/* The scan codes of pressing and of letting go; give the number of bytes. */
size_t stroke_make(struct stroke stroke, uint8_t bytes[STROKE_BYTES]);
size_t stroke_break(struct stroke stroke, uint8_t bytes[STROKE_BYTES]);

#endif
