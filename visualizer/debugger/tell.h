/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/tell.h - a stop in words: for people at a prompt in two lines, and with --flat in sentences that a screen
 * reader can say and a log can keep, one event a line.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_TELL_H
#define RINGSIDE_VISUALIZER_DEBUGGER_TELL_H

#include "visualizer/debugger/shell.h"

/* Where the guest stands and why: "breakpoint 2: ..." and "0010012e <start+0x2e>  P  cli". */
void tell_plain(struct shell *shell);
/* Why it stopped, which events came since the last stop, what changed, where it stands. */
void tell_sentences(struct shell *shell);
/* The one or the other, as this shell tells stops. */
void tell_stop(struct shell *shell);
/* One event as a sentence, without its end: "event 12, trap, cycle 20011: at 0010012e <start+0x2e> cli; so ..." */
void tell_event(const struct shell *shell, const struct event *event);

#endif
