/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/write_chrome.h - the event stream as a Chrome trace (Trace Event Format, JSON array form), which ui.perfetto.dev and
 * chrome://tracing open. Time is model time. A process is a VM; its tracks are the guest's kernel and user code, idle time, the
 * VMM of each technique (one slice an exit, its phases within), and what the VMM did that is an event of its own: memory
 * management, translation, interpretation, devices and interrupts. Slices of guest, idle time and VMM lie side by side and add up
 * to the clock. A trace of any length streams by.
 */
#ifndef RINGSIDE_CORE_WRITE_CHROME_H
#define RINGSIDE_CORE_WRITE_CHROME_H

#include "core/event.h"
#include "core/json.h"

struct vm;

enum { CHROME_TECHNIQUES = 8, CHROME_PENDING = 32 };

/* The VMM was busy with this up to `until`; what it is part of, if it is part of something, has not ended yet. */
struct chrome_pending {
	struct event event;
	uint64_t until;
};

struct chrome_writer {
	struct event_reader reader; /* to be added to the stream */
	struct json json;
	const struct vm *vm; /* whose clock says when an event ended; NULL: its cycles alone do */
	uint64_t frequency;  /* model cycles in a second */
	uint64_t kinds;      /* those that are written */
	uint64_t named;      /* VMs and tracks that have names, a bit each */
	uint64_t told;       /* cycle up to which all is told */
	uint64_t idle;       /* cycles of it that were idle */
	const char *technique[CHROME_TECHNIQUES]; /* that have tracks */
	bool inside;         /* the VMM runs, */
	uint64_t entered;    /* since about then */
	uint64_t flows;
	struct {
		uint64_t at, exits, misses; /* when counters were written last, and what has been counted since or before */
	} counted;
	struct chrome_pending *pending; /* CHROME_PENDING of them, one behind the other; NULL: no memory */
	unsigned waiting;
};

/* `vm` may be NULL. False: no memory. */
bool chrome_begin(struct chrome_writer *writer, struct output *output, const struct vm *vm, uint64_t frequency,
                  uint64_t kinds);
/* Tells the rest and closes the array; the output stays the caller's. */
void chrome_end(struct chrome_writer *writer);

#endif
