/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/dot.h - DOT text as it is written: quoting, nodes, edges, clusters, and nodes that are tables with ports
 * (The DOT Language and Node Shapes, graphviz.org/doc/info). What is drawn is each graph's own matter; how its text
 * comes to be valid is this file's.
 *
 * Names of graphs, nodes and ports, and attributes, are written as they are: they are the program's, never the
 * guest's. Labels may hold anything.
 */
#ifndef RINGSIDE_VISUALIZER_DOT_H
#define RINGSIDE_VISUALIZER_DOT_H

#include <stdbool.h>
#include <stdio.h>

struct dot {
	FILE *out; /* the caller's */
	unsigned depth;
};

/* Okabe and Ito's colours, which people with any kind of colour vision can tell apart. */
enum dot_color {
	DOT_BLACK, DOT_ORANGE, DOT_SKY, DOT_GREEN, DOT_YELLOW, DOT_BLUE, DOT_VERMILLION, DOT_PURPLE, DOT_GREY, DOT_WHITE,
};

enum { DOT_COLOR_TEXT = 8 };
/* "#e69f00"; NUL-terminated, static. */
const char *dot_color(enum dot_color color);
/* The colour thinned with white: `share` of 100 parts. Dark text can be read on a third of any. Gives `text`. */
const char *dot_tint(enum dot_color color, unsigned share, char text[DOT_COLOR_TEXT]);

/* "digraph NAME {", with fonts and the picture's title, which is written above it. `attributes` of the graph, as
 * "rankdir=LR, nodesep=0.3"; may be empty. */
struct dot dot_begin(FILE *out, const char *name, const char *title, const char *attributes);
void dot_end(struct dot *dot);

/* What nodes or edges have unless they say otherwise: `what` is "node" or "edge". */
void dot_default(struct dot *dot, const char *what, const char *attributes);
/* A frame around the nodes that are written before dot_close. */
void dot_open_cluster(struct dot *dot, const char *name, const char *label, const char *attributes);
/* Nodes on one rank. */
void dot_open_rank(struct dot *dot, const char *rank);
void dot_close(struct dot *dot);

/* Lines of a label are separated by '\n'. The attributes are a format; NULL: none. */
void dot_node(struct dot *dot, const char *name, const char *label, const char *attributes, ...)
	__attribute__((format(printf, 4, 5)));
/* `label` NULL: none. Ends may have ports: "table:row3". */
void dot_edge(struct dot *dot, const char *from, const char *to, const char *label, const char *attributes, ...)
	__attribute__((format(printf, 5, 6)));

/* Breaks lines of a label that are longer, at their blanks; in place. */
void dot_wrap(char *text, unsigned columns);

/* ---- a node that is a table ---- */

struct dot_cell {
	const char *port; /* NULL: none */
	const char *fill; /* a colour; NULL: none */
	unsigned columns; /* that it spans; 0 is 1 */
	bool strong, centred;
};

void dot_open_table(struct dot *dot, const char *name);
void dot_open_row(struct dot *dot);
/* `text` NULL: an empty cell. */
void dot_cell(struct dot *dot, const struct dot_cell *cell, const char *text);
void dot_close_row(struct dot *dot);
void dot_close_table(struct dot *dot);

#endif
