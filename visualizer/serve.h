/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/serve.h - `run --gdb` and `run --socket`: a guest that others look at and move, from outside of this process.
 */
#ifndef RINGSIDE_VISUALIZER_SERVE_H
#define RINGSIDE_VISUALIZER_SERVE_H

#include "visualizer/options.h"

/* Was this asked for? */
bool serve_wanted(const struct options *options);
/* Runs the guest until it has ended and nobody looks on any more. Gives the exit status. */
int serve_run(const struct options *options);

#endif
