/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/write_chrome.h - the event stream as a Chrome trace (JSON array form), which ui.perfetto.dev and
 * chrome://tracing open. Time is model time. A process is a VM; its rows are the guest, the VMM (one
 * slice an exit, its phases within), and the parts of the VMM's work that are events of their own.
 */
#ifndef RINGSIDE_CORE_WRITE_CHROME_H
#define RINGSIDE_CORE_WRITE_CHROME_H

#include "core/event.h"
#include "core/json.h"

struct chrome_writer {
	struct event_reader reader; /* to be added to the stream */
	struct json json;
	uint64_t frequency;  /* model cycles in a second */
	uint64_t named;      /* VMs whose rows have names, a bit each */
	uint64_t guest_from; /* cycle since which the guest has run */
};

void chrome_begin(struct chrome_writer *writer, struct output *output, uint64_t frequency,
                  uint64_t kinds);
/* Closes the array; the output stays the caller's. */
void chrome_end(struct chrome_writer *writer);

#endif
