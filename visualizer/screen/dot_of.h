/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/dot_of.h - a graph (visualizer/graph.h) of the guest that is being looked at, as it stands.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_DOT_OF_H
#define RINGSIDE_VISUALIZER_SCREEN_DOT_OF_H

#include "visualizer/debugger/debugger.h"

/* `kind`: tables, units, trap (the event that is told), exits (those up to now that are kept). Writes DOT text. False:
 * `error`. */
bool dot_of(struct debugger *debugger, const char *kind, const char *path, char *error, size_t error_size);

#endif
