/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion.h - for this room: what moves the guest.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_MOTION_H
#define RINGSIDE_VISUALIZER_DEBUGGER_MOTION_H

#include "visualizer/debugger/debugger.h"

struct motion;

struct motion *motion_new(struct debugger *debugger); /* NULL: no memory */
void motion_free(struct motion *motion);              /* NULL is fine */

/* A search backward ends where it began: what comes now is about that moment. Forward ones go on. */
void motion_stand_still(struct debugger *debugger);

/* False: the guest is shown read-only, debugger->message. */
bool debugger_may_change(struct debugger *debugger);

#endif
