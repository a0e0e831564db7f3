/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/cast.h - a session on the screen as a recording that others can play: asciinema's format, version 2
 * (a line of JSON for the terminal, then [seconds, "o", text] for what it was sent).
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_CAST_H
#define RINGSIDE_VISUALIZER_SCREEN_CAST_H

#include "visualizer/screen/theme.h"

struct cast;

/* NULL: `error` says why. A file that is there is emptied. */
struct cast *cast_open(const char *path, int width, int height, char *error, size_t error_size);
/* The screen as it is `seconds` after the beginning; nothing is written when it has not changed. */
void cast_frame(struct cast *cast, double seconds, const struct grid *grid, const struct theme *theme);
const char *cast_path(const struct cast *cast);
/* Writes the rest and frees. False: `error`. */
bool cast_close(struct cast *cast, char *error, size_t error_size);

#endif
