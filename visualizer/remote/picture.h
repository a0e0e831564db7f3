/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/picture.h - a grid of cells on its way to a viewer: only the cells that changed, as runs.
 *
 *     run              y 16, x 16, count 16, and count cells; with bit 15 of the count one cell, count times
 *     cell             role 8, glyph 24
 */
#ifndef RINGSIDE_VISUALIZER_REMOTE_PICTURE_H
#define RINGSIDE_VISUALIZER_REMOTE_PICTURE_H

#include "visualizer/remote/frame.h"
#include "visualizer/screen/grid.h"

/* Larger terminals than this are drawn in their corner. */
enum { PICTURE_WIDTH_MOST = 500, PICTURE_HEIGHT_MOST = 300 };

/* Puts the picture `now` as frames, for a viewer who sees `shown`, and makes `shown` like it. Nothing is put when
 * nothing changed. Gives whether something was put; bytes->failed: no memory, and what was put is cut. */
bool picture_put(struct bytes *bytes, uint32_t number, const struct grid *now, struct grid *shown);

/* Takes a PICTURE frame's body into `grid`. False: it is none. `last`: the picture is whole now. */
bool picture_take(struct frame *frame, struct grid *grid, uint32_t *number, bool *last);

#endif
