/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/theme.h - what roles look like on a terminal: colours of the 256-colour palette with a fallback of the
 * eight, and attributes. A theme without colour is one that uses attributes only.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_THEME_H
#define RINGSIDE_VISUALIZER_SCREEN_THEME_H

#include "visualizer/screen/grid.h"

#include <stddef.h>

enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };

struct look {
	uint8_t front, back;   /* of 256; 0: the terminal's own */
	uint8_t front8, back8; /* of 8, where there are no more; 0: the terminal's own (no theme paints in black) */
	uint8_t attributes;    /* LOOK_... */
};

struct theme {
	const char *name, *summary;
	struct look look[ROLE_COUNT];
};

/* The first is the usual one; NULL past the end. */
const struct theme *theme_at(size_t index);
const struct theme *theme_find(const char *name);
/* The theme that says nothing by colour: for NO_COLOR and terminals that have none. */
const struct theme *theme_mono(void);

#endif
