/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_graph.h - translation units and the chains between them as a Graphviz graph, with heat.
 */
#ifndef RINGSIDE_VISUALIZER_UNIT_GRAPH_H
#define RINGSIDE_VISUALIZER_UNIT_GRAPH_H

#include "core/symbols.h"
#include "visualizer/unit_list.h"

#include <stdio.h>

enum { UNIT_GRAPH_USUAL = 60 }; /* more units than these are hard to see */

/* Writes DOT text. `symbols` may be NULL. */
void unit_graph_write(const struct unit_list *list, const struct symbols *symbols, FILE *out);

#endif
