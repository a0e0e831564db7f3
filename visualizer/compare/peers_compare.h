/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_compare.h - `compare --wall` as the command sees it; all else is behind peers.h.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_COMPARE_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_COMPARE_H

#include "visualizer/compare/forms.h"

/* Is it the name of a peer? One may be a baseline. */
bool peers_is_engine(const char *name);
/* Options that only model cycles have, or only wall times. False after a message. */
bool peers_check(const struct options *options);
/* Measures and reports. Gives the exit status; when a signal ended it, it is raised. */
int peers_compare(const struct plan *plan, const struct options *options, enum form form);

#endif
