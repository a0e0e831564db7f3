/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/demo.h - scenes of the demo that have a file of their own.
 */
#ifndef RINGSIDE_VISUALIZER_DEMO_H
#define RINGSIDE_VISUALIZER_DEMO_H

#include "visualizer/narrate.h"

/* The same guest by every technique there is, in one table. Gives a status. */
int techniques_scene(struct narrator *narrator, const char *kernel);
/* One guest that is moved from technique to technique while it runs. Gives a status. */
int moves_scene(struct narrator *narrator, const char *kernel);

#endif
