/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/event_filter.h - which events a list shows, as people type it: "trap cli" are traps for the reason
 * cli, "-port" is all but ports. Words are kinds of events or parts of a reason or of an instruction's name.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_EVENT_FILTER_H
#define RINGSIDE_VISUALIZER_SCREEN_EVENT_FILTER_H

#include "visualizer/debugger/debugger.h"

enum { FILTER_WORDS = 8, FILTER_WORD = 32 };

struct event_filter {
	uint64_t kinds;                 /* mask; of all when no kind is named */
	char word[FILTER_WORDS][FILTER_WORD]; /* one of them must be there, when there are any */
	unsigned words;
};

/* No words: what people usually want to see of a technique (visualizer/filter.h). The word "all" names all kinds. */
struct event_filter event_filter_parse(const char *text, const char *technique);
bool event_filter_takes(const struct event_filter *filter, const struct event *event);

/* The next event of the log that the filter takes, after `from` (or with `back` before it); EVENT_NONE_SELECTED: none.
 * *budget counts down the events that are looked at, and at 0 there is none either. From EVENT_NONE_SELECTED forward it is
 * the first one. */
uint64_t event_filter_next(const struct event_filter *filter, const struct event_log *log, uint64_t from, bool back,
			   uint64_t *budget);

/* The reason under which it counts, or else its kind. */
const char *event_reason(const struct event *event);

#endif
