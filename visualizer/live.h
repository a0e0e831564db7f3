/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/live.h - a session with a person at it: keys from the terminal, the screen on it, and
 * model time held to real time.
 */
#ifndef RINGSIDE_VISUALIZER_LIVE_H
#define RINGSIDE_VISUALIZER_LIVE_H

#include <stdbool.h>

struct session;

/* What --speed and --console mean here. False after a message. */
bool live_choose_speed(struct session *session);
/* Takes the terminal, if this session wants it; live_end gives it back (more than once is fine). */
void live_begin(struct session *session);
void live_end(struct session *session);
/* Between two slices, at `now` in host seconds: input, picture, pace. */
void live_look(struct session *session, double now);
/* Could somebody still type? */
bool live_input_possible(const struct session *session);

#endif
