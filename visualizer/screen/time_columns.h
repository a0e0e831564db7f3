/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/time_columns.h - model time cut into columns: in each, who ran how long, and what happened.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_TIME_COLUMNS_H
#define RINGSIDE_VISUALIZER_SCREEN_TIME_COLUMNS_H

#include "visualizer/debugger/debugger.h"
#include "visualizer/screen/event_filter.h"

enum { TIME_COLUMNS_MOST = 512, TIME_VMM = 4, TIME_ROWS };

struct time_column {
	uint64_t cycles[TIME_ROWS]; /* the guest by its own CPL, then the VMM */
	uint32_t exits, devices;    /* events; of devices and interrupts */
	uint8_t exit_kind, device_kind; /* of the last of them */
};

struct time_columns {
	uint64_t begin, per; /* cycles: of the first column's left side, in a column */
	int count;
	struct event_filter marked; /* which events have a mark */
	struct time_column column[TIME_COLUMNS_MOST];
};

/* Fills the columns from what the log knows; begin, per, count and marked are the caller's. */
void time_columns_fill(struct time_columns *columns, const struct debugger *debugger);

/* The first event of the log that ends after `cycle`; event_log_end, if there is none. */
uint64_t event_ending_after(const struct event_log *log, uint64_t cycle);
static inline uint64_t event_end_cycle(const struct event *event)
{
	return event->cycle + event->cycles;
}

/* One letter for the kind of an event. */
char event_letter(enum event_kind kind);
bool event_is_device(enum event_kind kind);

#endif
