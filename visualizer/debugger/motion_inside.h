/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion_inside.h - for the files motion*.c: a motion is a function that does a piece of it, in a few
 * milliseconds of the host's time, and says whether there is more. Read motion.c, then motion_forward.c,
 * motion_search.c (the latest of many moments), motion_locate.c (the one moment before this one).
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_MOTION_INSIDE_H
#define RINGSIDE_VISUALIZER_DEBUGGER_MOTION_INSIDE_H

#include "visualizer/debugger/stride.h"
#include "visualizer/debugger/lookout.h"
#include "visualizer/debugger/motion.h"

/*
 * For the latest hit between two moments: the history between two snapshots is run through forward, and the last hit is kept;
 * then the piece before it, until there was one.
 */
struct search {
	uint64_t origin, floor; /* hits lie between these moments, both excluded */
	uint64_t begin, end;    /* of the piece that is run through */
	bool found;
	struct hit hit;
	enum stop_kind otherwise; /* where none was found the guest stands at the floor, or with STOP_NOT_FOUND where it began */
};

/* For the moment before this one in the same function: the way here is gone again from further and further back, but not from
 * more than 2^27 cycles. */
struct way_back {
	uint64_t window;   /* cycles */
	uint64_t begin;    /* where it begins now */
	bool walking;
	uint64_t previous; /* the last instruction of this function's before here, so far, */
	bool returned;     /* which left a deeper one: what called that lies before `begin` */
	bool called;       /* the last call in which the guest still is here began at */
	uint64_t call;
	bool found;
};

struct motion {
	struct debugger *debugger;
	struct lookout lookout;
	struct goal goal;
	uint64_t left;   /* of goal.count */
	uint64_t origin; /* clock where it began */
	bool (*piece)(struct motion *motion); /* false: it has arrived */
	bool back;       /* the guest stands anywhere in its past while it is looked for */
	uint64_t event;  /* that the motion found: EVENT_NONE_SELECTED */
	struct stride stride;
	struct search search;
	struct way_back way;
};

/* ---- motion.c: the end of a motion; both give false ---- */

bool motion_arrive(struct motion *motion, enum stop_kind kind, enum vm_end end);
bool motion_arrive_hit(struct motion *motion, const struct hit *hit);
/* What the goal says beside breakpoints. */
struct wanted motion_wanted(const struct motion *motion);

/* ---- how motions begin: false after debugger->message ---- */

bool forward_begin(struct motion *motion);
bool search_begin(struct motion *motion, uint64_t floor, enum stop_kind otherwise);
bool locate_begin(struct motion *motion);

#endif
