/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/style.h - colour and characters, only where they are welcome: a terminal, no NO_COLOR
 * (https://no-color.org), a locale with UTF-8. Nothing is ever said by colour alone.
 */
#ifndef RINGSIDE_VISUALIZER_STYLE_H
#define RINGSIDE_VISUALIZER_STYLE_H

#include <stdbool.h>

/* Texts that switch a style on; all empty without colour. */
struct style {
	const char *off, *strong, *faint, *title, *good, *warn, *bad, *link;
	const char *arrow, *dash, *bullet; /* "→" or "->" */
};

/* `when`: auto, always or never; NULL is auto. */
bool style_color(const char *when);
bool style_utf8(void);
struct style style_make(const char *when);
/* Columns of the terminal; without one, room for long lines. */
unsigned style_columns(void);
/* False for a word that style_color does not know. */
bool style_known(const char *when);

#endif
