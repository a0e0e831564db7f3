/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/record.h - the history of a guest that is looked at, into a file and out of one (core/recording.h).
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_RECORD_H
#define RINGSIDE_VISUALIZER_DEBUGGER_RECORD_H

#include "visualizer/debugger/debugger.h"

/* Writes the known history, from its first moment to its last, wherever the guest stands. False: debugger->message. */
bool debugger_record(struct debugger *debugger, const char *path);

/* What --record asks for: opened with the guest, so that what cannot be written is said at once, and written when the guest
 * is left. Both are fine without --record. False after a message. */
bool record_begin(struct debugger *debugger);
bool record_finish(struct debugger *debugger);

#endif
