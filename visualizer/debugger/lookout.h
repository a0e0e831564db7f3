/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/lookout.h - for this room: runs the guest while looking out for breakpoints, and for what a motion looks
 * for. A hit belongs to a moment: the boundary at which the guest stands when it is noticed, which is the same one however the
 * guest came there.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_LOOKOUT_H
#define RINGSIDE_VISUALIZER_DEBUGGER_LOOKOUT_H

#include "visualizer/debugger/debugger.h"

enum { LOOKOUT_PLACES = 2, LOOKOUT_PIECE = 1000000 /* cycles */ };

/* What a motion looks for, beside breakpoints. */
struct wanted {
	bool breaks;                      /* these too */
	uint32_t place[LOOKOUT_PLACES];   /* gla at which an instruction begins */
	unsigned places;
	bool exits;                       /* events that are exits, */
	uint64_t kinds;                   /* or of these kinds, */
	char reason[COUNTER_NAME];        /* and with this reason ("": any) */
};

struct hit {
	uint64_t clock;
	unsigned breakpoint; /* its number; 0: none, it is what the motion looks for */
	bool place, event;   /* of the motion's own: */
	uint64_t sequence;   /* the event */
	struct stop_hit data; /* the access or execution that was met; place -1: none */
	bool caused;          /* the breakpoint was hit by an event: */
	uint64_t cause;
};

/* The guest's mode, as BREAK_MODE means it. */
struct guest_mode {
	uint8_t cpl;
	bool protection, paging;
};

struct lookout {
	struct debugger *debugger;
	struct wanted wanted;
	struct event_reader reader;
	bool added;
	uint64_t kinds; /* that breakpoints and motion want to hear of */

	struct stop_place place[STOPS_MAX];
	int owner[STOPS_MAX]; /* index of a breakpoint; -1: the motion */
	size_t places;

	/* Since the last look: */
	bool heard;
	uint64_t sequence;
	bool point_heard[BREAKS_MAX];
	uint64_t point_sequence[BREAKS_MAX]; /* the first event that it takes */
	struct stop_hit data; /* place -1: none */
	bool running, stopped;
	bool executes;        /* an instruction begins here (not the middle of a repeated one) */
	struct guest_mode mode;
	uint64_t clock, ticks;
	char error[EXPRESSION_ERROR]; /* why the condition of the breakpoint that was hit last could not be worked out; "": it could */
};

void lookout_begin(struct lookout *lookout, struct debugger *debugger);
void lookout_end(struct lookout *lookout);

/* From now on, from where the guest stands. False: debugger->message. */
bool lookout_for(struct lookout *lookout, const struct wanted *wanted);
/* The guest was put elsewhere: what is noticed counts from here. */
void lookout_here(struct lookout *lookout);

/* Runs to `limit` at most; a piece of model time at once, so that a caller can look at the host's clock. */
enum vm_end lookout_run(struct lookout *lookout, uint64_t limit);
enum vm_end lookout_step(struct lookout *lookout);
/* What holds where the guest stands now, noticed by the last of these two. `forward`: hits are counted, and ignored as
 * often as was asked for. False: nothing that stops. A condition that cannot be worked out stops. */
bool lookout_hit(struct lookout *lookout, bool forward, struct hit *hit);

/* ---- between lookout.c and lookout_hit.c ---- */

/* Is the breakpoint with this index one that stops the motion? */
bool lookout_on(const struct lookout *lookout, unsigned index);
/* Does it take this event? */
bool lookout_takes(const struct break_point *point, const struct event *event);
struct guest_mode lookout_mode(const struct vm *vm);
/* What is compared with later: mode, clock, retired instructions. */
void lookout_look(struct lookout *lookout);

#endif
