/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph.h - for the files of the command `graph`: a guest is run, something of it is drawn. A kind of graph is
 * three functions; the command does the rest.
 */
#ifndef RINGSIDE_VISUALIZER_GRAPH_H
#define RINGSIDE_VISUALIZER_GRAPH_H

#include "visualizer/session.h"

#include <stdio.h>

struct graph {
	struct options options; /* as given, settled by the kind before the session is opened */
	struct session session;
	uint32_t address; /* of --at-address */
	FILE *out;   /* the DOT text grows here */
	void *state; /* the kind's own, made by `begin` */
};

struct graph_kind {
	const char *name, *summary;
	/* Before the machine is made: looks at the options. False after a message. NULL: nothing to do. */
	bool (*settle)(struct graph *graph);
	/* Before the guest runs, and the end of that. `begin` gives false after a message. NULL: nothing to do. */
	bool (*begin)(struct graph *graph);
	void (*end)(struct graph *graph);
	/* Takes an event, for a guest that does not run: those that listen from `begin` on. NULL: it does not listen. */
	void (*hear)(struct graph *graph, const struct event *event);
	/* Draws, after the run. False after a message: there is no picture. */
	bool (*draw)(struct graph *graph);
	unsigned takes; /* GRAPH_...: options that mean something to it */
};

enum { GRAPH_TOP = 1, GRAPH_ADDRESS = 2, GRAPH_FILTER = 4, GRAPH_COUNT = 8, GRAPH_COUNTERS = 16 };

extern const struct graph_kind graph_tables, graph_units, graph_trap, graph_exits;

/* How many, when --top does not say. */
size_t graph_top(const struct graph *graph, size_t usual);
/* "trap/1, cycle 12000000". Gives `text`. */
const char *graph_moment(const struct graph *graph, char *text, size_t size);

#endif
