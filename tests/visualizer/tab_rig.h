/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/tab_rig.h - a guest that is looked at, and one panel of it drawn into a grid.
 */
#ifndef RINGSIDE_TESTS_VISUALIZER_TAB_RIG_H
#define RINGSIDE_TESTS_VISUALIZER_TAB_RIG_H

#include "visualizer/options.h"
#include "visualizer/screen/panel.h"

struct tab_rig {
	struct options options;
	char *words[2];
	struct debugger debugger;
	struct panel_state states[PANELS];
	bool open;
};

/* The lab kernel in a mode (core/mode.h), with these words of its command line. False, after saying why: there is none. */
bool tab_rig_open(struct tab_rig *rig, const char *mode, const char *cmdline);
void tab_rig_close(struct tab_rig *rig);
/* Runs up to this moment, in cycles. */
void tab_rig_run(struct tab_rig *rig, uint64_t clock);

struct panel_view tab_rig_view(struct tab_rig *rig, unsigned panel, int height);
/* Draws the panel in an area of this size with a border of '#' around it. The text is the caller's to free; *outside: a
 * cell of the border has been touched. */
char *tab_rig_draw(struct tab_rig *rig, unsigned panel, int width, int height, bool *outside);
bool tab_rig_key(struct tab_rig *rig, unsigned panel, int height, enum key key);

#endif
