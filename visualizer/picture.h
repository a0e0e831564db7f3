/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/picture.h - where a graph goes: as DOT text, or as the picture that Graphviz's program `dot` makes of it.
 * The program is called, its libraries are not linked (docs/architecture.md).
 */
#ifndef RINGSIDE_VISUALIZER_PICTURE_H
#define RINGSIDE_VISUALIZER_PICTURE_H

#include "core/output.h"

#include <signal.h>

enum picture_format { PICTURE_DOT, PICTURE_SVG, PICTURE_PNG };

struct picture {
	enum picture_format format;
	const char *path; /* "-": standard output */
};

/* The format from its name, else from the file name's ending, else DOT; `path` and `format` may be NULL. A format other
 * than DOT wants `dot` to be there. False after a message. */
bool picture_choose(struct picture *picture, const char *path, const char *format);

/* Writes the graph of `size` bytes of DOT text. `mask`: the signals that are held for the program `dot`. False after a
 * message. */
bool picture_write(const struct picture *picture, const char *text, size_t size, const sigset_t *mask);

#endif
