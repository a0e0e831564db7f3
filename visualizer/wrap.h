/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/wrap.h - text broken into lines of 78 columns, which fit an 80-column terminal.
 */
#ifndef RINGSIDE_VISUALIZER_WRAP_H
#define RINGSIDE_VISUALIZER_WRAP_H

#include <stdio.h>

enum { WRAP_WIDTH = 78 };

/* Prints text that begins at `column`, later lines indented by `indent`; '\n' in it begins a new line.
 * Ends with a newline. */
void wrap(FILE *out, const char *text, unsigned column, unsigned indent);

#endif
