/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/screens.h - what viewers look at: each has a screen of its own on the same debugger.
 */
#ifndef RINGSIDE_VISUALIZER_REMOTE_SCREENS_H
#define RINGSIDE_VISUALIZER_REMOTE_SCREENS_H

#include "visualizer/remote/viewers.h"

struct debugger;

/* The debugger must live as long as the viewers. */
struct view_source screens_of(struct debugger *debugger);

#endif
