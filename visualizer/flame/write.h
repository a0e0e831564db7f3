/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/write.h - a tree of frames as folded stacks, as a picture, and as a list for people.
 */
#ifndef RINGSIDE_VISUALIZER_FLAME_WRITE_H
#define RINGSIDE_VISUALIZER_FLAME_WRITE_H

#include "core/output.h"
#include "visualizer/flame/frames.h"

/* Frames must be in order (frames_sort). */

/* B. Gregg's folded form: frames from the outermost on, separated by semicolons, a space, the cycles. */
void flame_write_folded(const struct frames *frames, struct output *output);
/* A page of SVG that stands alone: no script, titles that show when the mouse rests on a frame, colours for light and dark.
 * Frames too narrow to be seen are left out; their callers keep their width. False: no memory. */
bool flame_write_svg(const struct frames *frames, const char *title, struct output *output);
/* The `top` functions (of the guest's), those with most cycles of their own first, with what their VMM and page walks cost.
 * False: no memory. */
bool flame_write_text(const struct frames *frames, size_t top, struct output *output);

#endif
