/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/filter.h - which kinds of events somebody wants: "trap,port", or "-world-switch" for all
 * but some.
 */
#ifndef RINGSIDE_VISUALIZER_FILTER_H
#define RINGSIDE_VISUALIZER_FILTER_H

#include "core/event.h"

/* What people want when they say nothing: all but what processors and devices do by themselves; of a
 * technique that has no exits, that is all there is. */
uint64_t filter_usual(const char *technique);
uint64_t filter_all(void);

/* Reads a filter; NULL gives `usual`. False after a message with a hint. */
bool filter_parse(const char *filter, uint64_t usual, uint64_t *kinds);

#endif
