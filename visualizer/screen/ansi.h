/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/ansi.h - a grid as control sequences (ECMA-48) for a terminal that is not here: recordings, and
 * viewers at the other end of a socket.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_ANSI_H
#define RINGSIDE_VISUALIZER_SCREEN_ANSI_H

#include "visualizer/screen/theme.h"

/* Writes what turns a terminal that shows `shown` into one that shows `now`, and makes `shown` equal to it. A `shown` of
 * another size (0x0 at first) draws all. False: no memory. */
bool ansi_draw(FILE *out, const struct grid *now, struct grid *shown, const struct theme *theme, bool ascii);
/* One character in UTF-8. */
void ansi_glyph(FILE *out, uint32_t glyph);

#endif
