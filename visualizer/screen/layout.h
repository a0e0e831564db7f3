/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/layout.h - which panels stand where on a screen of a size. From 120 columns each has its place; from
 * 80x24 two pairs share one; below that, and zoomed, one panel has it all.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_LAYOUT_H
#define RINGSIDE_VISUALIZER_SCREEN_LAYOUT_H

#include "visualizer/screen/grid.h"

enum { LAYOUT_FULL_WIDTH = 80, LAYOUT_FULL_HEIGHT = 24, LAYOUT_THREE_WIDTH = 120, LAYOUT_PLACES = 7 };

enum layout_form {
	LAYOUT_ONE,   /* too small for more, */
	LAYOUT_ZOOM,  /* or as the viewer wishes: one panel */
	LAYOUT_TWO,   /* two columns */
	LAYOUT_THREE, /* three */
};

struct layout_place {
	unsigned panel;          /* index in panel_list */
	unsigned behind;         /* the one that shares the place; `panel`: none */
	int x, y, width, height; /* what is the panel's own; its title is on the row above */
};

struct layout {
	enum layout_form form;
	int width, height;
	struct layout_place place[LAYOUT_PLACES];
	unsigned places;
	int status_row, message_row, key_row; /* -1: no room for it */
};

/* What the viewer has chosen. */
struct layout_choice {
	unsigned focus;
	unsigned tab;         /* the panel shown in the last place */
	unsigned top_right;   /* of PANEL_TRANSLATION and PANEL_CPU, in two columns */
	unsigned lower_right; /* of PANEL_EXITS and PANEL_WALK */
	bool zoom, story;
};

struct layout layout_make(int width, int height, const struct layout_choice *choice);
/* The place that holds this cell, its title included; -1: none. */
int layout_find(const struct layout *layout, int x, int y);
/* Lines between the places, without their titles. */
void layout_draw(const struct layout *layout, const struct area *screen);

#endif
