/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/keep.h - what outlives a session: its breakpoints, in a file for each guest, and the lines that were
 * typed. Both lie in the state folder of the XDG Base Directory Specification: $XDG_STATE_HOME/ringside, or
 * ~/.local/state/ringside.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_KEEP_H
#define RINGSIDE_VISUALIZER_DEBUGGER_KEEP_H

#include "visualizer/debugger/shell.h"

enum { KEEP_PATH = 4096 };

/* Where `name` lies in the state folder, which is made if need be. False: there is no such folder (no HOME, no permission). */
bool keep_path(const char *name, char path[KEEP_PATH]);
/* The file of this guest's breakpoints: by its path, so that it stays the same when the guest is built anew. */
bool keep_session_path(const struct debugger *debugger, char path[KEEP_PATH]);

/* Sets the breakpoints that a file of them has. What can no longer be set (a symbol is gone) is left out. Gives how many were
 * set; `left_out`: how many were not. No such file: none. */
unsigned keep_load(struct shell *shell, const char *path, unsigned *left_out);
/* Writes them; without any, an old file of them is emptied, and no new one is made. False: shell->message. */
bool keep_save(struct shell *shell, const char *path);

#endif
