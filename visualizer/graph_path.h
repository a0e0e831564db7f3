/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_path.h - one linear address: its way through the guest's tables and through those of the hardware.
 */
#ifndef RINGSIDE_VISUALIZER_GRAPH_PATH_H
#define RINGSIDE_VISUALIZER_GRAPH_PATH_H

#include "visualizer/graph.h"

/* Draws the address of --at-address. False after a message. */
bool graph_path_draw(struct graph *graph);

#endif
