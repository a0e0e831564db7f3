/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/theme.c - the themes. Okabe-Ito: the eight colours of M. Okabe and K. Ito, "Color universal design"
 * (2008), which people with any colour vision tell apart, as the nearest ones of the 256-colour palette.
 */
#include "visualizer/screen/theme.h"

#include <string.h>

/* Of the eight. */
enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

/* clang-format off */
static const struct theme themes[] = {
	{"default", "for a dark background", {
		[ROLE_DIM] = {.front = 245, .front8 = 0, .attributes = 0},
		[ROLE_STRONG] = {.attributes = LOOK_BOLD},
		[ROLE_FRAME] = {.front = 240, .front8 = BLUE},
		[ROLE_TITLE] = {.front = 250, .front8 = WHITE},
		[ROLE_FOCUS] = {.front = 117, .front8 = CYAN, .attributes = LOOK_BOLD},
		[ROLE_STATUS] = {.front = 255, .back = 236, .attributes = 0, .front8 = WHITE, .back8 = BLUE},
		[ROLE_KEY] = {.front = 117, .back = 236, .front8 = CYAN, .back8 = BLUE, .attributes = LOOK_BOLD},
		[ROLE_ERROR] = {.front = 210, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_CURRENT] = {.front = 255, .back = 24, .front8 = WHITE, .back8 = BLUE, .attributes = LOOK_BOLD},
		[ROLE_SELECTED] = {.front = 255, .back = 239, .attributes = 0, .front8 = 0, .back8 = CYAN},
		[ROLE_CHANGED] = {.front = 222, .front8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_DIFFERENT] = {.front = 215, .front8 = YELLOW, .attributes = LOOK_UNDERLINE},
		[ROLE_GUEST] = {.front = 114, .front8 = GREEN},
		[ROLE_VMM] = {.front = 111, .front8 = CYAN},
		[ROLE_HARDWARE] = {.front = 176, .front8 = MAGENTA},
		[ROLE_INNOCUOUS] = {.front = 245},
		[ROLE_PRIVILEGED] = {.front = 222, .front8 = YELLOW},
		[ROLE_SENSITIVE] = {.front = 215, .front8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_HOLE] = {.front = 210, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_BREAK] = {.front = 210, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_FOUND] = {.front = 16, .back = 222, .front8 = BLUE, .back8 = YELLOW},
		[ROLE_LINK_0] = {.front = 116, .front8 = CYAN},
		[ROLE_LINK_1] = {.front = 180, .front8 = YELLOW},
		[ROLE_LINK_2] = {.front = 182, .front8 = MAGENTA},
		[ROLE_LINK_3] = {.front = 151, .front8 = GREEN},
	}},
	{"light", "for a light background", {
		[ROLE_DIM] = {.front = 243},
		[ROLE_STRONG] = {.attributes = LOOK_BOLD},
		[ROLE_FRAME] = {.front = 248, .front8 = BLUE},
		[ROLE_TITLE] = {.front = 238},
		[ROLE_FOCUS] = {.front = 25, .front8 = BLUE, .attributes = LOOK_BOLD},
		[ROLE_STATUS] = {.front = 16, .back = 253, .attributes = 0, .front8 = 0, .back8 = CYAN},
		[ROLE_KEY] = {.front = 25, .back = 253, .front8 = BLUE, .back8 = CYAN, .attributes = LOOK_BOLD},
		[ROLE_ERROR] = {.front = 124, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_CURRENT] = {.front = 16, .back = 153, .front8 = WHITE, .back8 = BLUE, .attributes = LOOK_BOLD},
		[ROLE_SELECTED] = {.front = 16, .back = 252, .back8 = CYAN},
		[ROLE_CHANGED] = {.front = 130, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_DIFFERENT] = {.front = 130, .front8 = RED, .attributes = LOOK_UNDERLINE},
		[ROLE_GUEST] = {.front = 22, .front8 = GREEN},
		[ROLE_VMM] = {.front = 25, .front8 = BLUE},
		[ROLE_HARDWARE] = {.front = 90, .front8 = MAGENTA},
		[ROLE_INNOCUOUS] = {.front = 243},
		[ROLE_PRIVILEGED] = {.front = 94, .front8 = BLUE},
		[ROLE_SENSITIVE] = {.front = 130, .front8 = RED},
		[ROLE_HOLE] = {.front = 124, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_BREAK] = {.front = 124, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_FOUND] = {.front = 16, .back = 221, .back8 = YELLOW},
		[ROLE_LINK_0] = {.front = 24, .front8 = BLUE},
		[ROLE_LINK_1] = {.front = 94, .front8 = RED},
		[ROLE_LINK_2] = {.front = 90, .front8 = MAGENTA},
		[ROLE_LINK_3] = {.front = 22, .front8 = GREEN},
	}},
	{"mono", "no colour: bold, underlined, reversed", {
		[ROLE_DIM] = {.attributes = LOOK_DIM},
		[ROLE_STRONG] = {.attributes = LOOK_BOLD},
		[ROLE_FRAME] = {.attributes = LOOK_DIM},
		[ROLE_FOCUS] = {.attributes = LOOK_BOLD | LOOK_REVERSE},
		[ROLE_STATUS] = {.attributes = LOOK_REVERSE},
		[ROLE_KEY] = {.attributes = LOOK_REVERSE | LOOK_BOLD},
		[ROLE_ERROR] = {.attributes = LOOK_BOLD},
		[ROLE_CURRENT] = {.attributes = LOOK_REVERSE},
		[ROLE_SELECTED] = {.attributes = LOOK_UNDERLINE},
		[ROLE_CHANGED] = {.attributes = LOOK_BOLD},
		[ROLE_DIFFERENT] = {.attributes = LOOK_UNDERLINE | LOOK_BOLD},
		[ROLE_HOLE] = {.attributes = LOOK_BOLD},
		[ROLE_BREAK] = {.attributes = LOOK_BOLD},
		[ROLE_FOUND] = {.attributes = LOOK_REVERSE | LOOK_UNDERLINE},
	}},
	{"high-contrast", "white and yellow on black, nothing faint", {
		[ROLE_TEXT] = {.front = 231, .back = 16, .front8 = WHITE},
		[ROLE_DIM] = {.front = 231, .back = 16, .front8 = WHITE},
		[ROLE_STRONG] = {.front = 231, .back = 16, .front8 = WHITE, .attributes = LOOK_BOLD},
		[ROLE_FRAME] = {.front = 231, .back = 16, .front8 = WHITE},
		[ROLE_TITLE] = {.front = 231, .back = 16, .front8 = WHITE, .attributes = LOOK_BOLD},
		[ROLE_FOCUS] = {.front = 16, .back = 226, .front8 = BLUE, .back8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_STATUS] = {.front = 16, .back = 231, .front8 = BLUE, .back8 = WHITE, .attributes = LOOK_BOLD},
		[ROLE_KEY] = {.front = 16, .back = 226, .front8 = BLUE, .back8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_ERROR] = {.front = 231, .back = 160, .front8 = WHITE, .back8 = RED, .attributes = LOOK_BOLD},
		[ROLE_CURRENT] = {.front = 16, .back = 226, .front8 = BLUE, .back8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_SELECTED] = {.front = 16, .back = 231, .front8 = BLUE, .back8 = WHITE},
		[ROLE_CHANGED] = {.front = 226, .back = 16, .front8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_DIFFERENT] = {.front = 226, .back = 16, .front8 = YELLOW, .attributes = LOOK_BOLD | LOOK_UNDERLINE},
		[ROLE_GUEST] = {.front = 120, .back = 16, .front8 = GREEN, .attributes = LOOK_BOLD},
		[ROLE_VMM] = {.front = 123, .back = 16, .front8 = CYAN, .attributes = LOOK_BOLD},
		[ROLE_HARDWARE] = {.front = 219, .back = 16, .front8 = MAGENTA, .attributes = LOOK_BOLD},
		[ROLE_INNOCUOUS] = {.front = 231, .back = 16, .front8 = WHITE},
		[ROLE_PRIVILEGED] = {.front = 226, .back = 16, .front8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_SENSITIVE] = {.front = 226, .back = 16, .front8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_HOLE] = {.front = 231, .back = 160, .front8 = WHITE, .back8 = RED, .attributes = LOOK_BOLD},
		[ROLE_BREAK] = {.front = 231, .back = 160, .front8 = WHITE, .back8 = RED, .attributes = LOOK_BOLD},
		[ROLE_FOUND] = {.front = 16, .back = 123, .front8 = BLUE, .back8 = CYAN, .attributes = LOOK_BOLD},
		[ROLE_LINK_0] = {.front = 123, .back = 16, .front8 = CYAN},
		[ROLE_LINK_1] = {.front = 226, .back = 16, .front8 = YELLOW},
		[ROLE_LINK_2] = {.front = 219, .back = 16, .front8 = MAGENTA},
		[ROLE_LINK_3] = {.front = 120, .back = 16, .front8 = GREEN},
	}},
	{"okabe-ito", "colours that everybody tells apart", {
		[ROLE_DIM] = {.front = 248},
		[ROLE_STRONG] = {.attributes = LOOK_BOLD},
		[ROLE_FRAME] = {.front = 244, .front8 = BLUE},
		[ROLE_TITLE] = {.front = 252, .front8 = WHITE},
		[ROLE_FOCUS] = {.front = 74, .front8 = CYAN, .attributes = LOOK_BOLD},
		[ROLE_STATUS] = {.front = 231, .back = 25, .front8 = WHITE, .back8 = BLUE},
		[ROLE_KEY] = {.front = 227, .back = 25, .front8 = YELLOW, .back8 = BLUE, .attributes = LOOK_BOLD},
		[ROLE_ERROR] = {.front = 166, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_CURRENT] = {.front = 16, .back = 74, .front8 = BLUE, .back8 = CYAN, .attributes = LOOK_BOLD},
		[ROLE_SELECTED] = {.front = 231, .back = 240, .back8 = CYAN},
		[ROLE_CHANGED] = {.front = 227, .front8 = YELLOW, .attributes = LOOK_BOLD},
		[ROLE_DIFFERENT] = {.front = 214, .front8 = YELLOW, .attributes = LOOK_UNDERLINE},
		[ROLE_GUEST] = {.front = 36, .front8 = GREEN},
		[ROLE_VMM] = {.front = 74, .front8 = CYAN},
		[ROLE_HARDWARE] = {.front = 175, .front8 = MAGENTA},
		[ROLE_INNOCUOUS] = {.front = 248},
		[ROLE_PRIVILEGED] = {.front = 227, .front8 = YELLOW},
		[ROLE_SENSITIVE] = {.front = 214, .front8 = YELLOW},
		[ROLE_HOLE] = {.front = 166, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_BREAK] = {.front = 166, .front8 = RED, .attributes = LOOK_BOLD},
		[ROLE_FOUND] = {.front = 16, .back = 214, .front8 = BLUE, .back8 = YELLOW},
		[ROLE_LINK_0] = {.front = 74, .front8 = CYAN},
		[ROLE_LINK_1] = {.front = 214, .front8 = YELLOW},
		[ROLE_LINK_2] = {.front = 175, .front8 = MAGENTA},
		[ROLE_LINK_3] = {.front = 36, .front8 = GREEN},
	}},
};
/* clang-format on */

enum { THEMES = sizeof(themes) / sizeof(themes[0]) };

const struct theme *theme_at(size_t index)
{
	return index < THEMES ? &themes[index] : NULL;
}

const struct theme *theme_find(const char *name)
{
	for (size_t i = 0; i < THEMES; i++)
		if (strcmp(themes[i].name, name) == 0)
			return &themes[i];
	return NULL;
}

const struct theme *theme_mono(void)
{
	return theme_find("mono");
}
