/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion_search.c - motions backward that look for the latest of many moments (struct search). A run
 * does not stop at the moment where it begins, so a piece is run through up to the first boundary behind its end: what is
 * hit at that end belongs to it.
 */
#include "visualizer/debugger/motion_inside.h"

#include "core/refuse.h"

/* The piece between the latest snapshot before `end` (or the floor) and `end`. */
static bool open_piece(struct motion *motion, uint64_t end)
{
	struct search *search = &motion->search;
	uint64_t before = history_before(motion->debugger->history, end);

	search->end = end;
	search->begin = before > search->floor ? before : search->floor;
	if (history_go(motion->debugger->history, search->begin) == VM_UNSUPPORTED)
		return false;
	lookout_here(&motion->lookout);
	return true;
}

static bool is_between(const struct search *search, uint64_t clock)
{
	return clock > search->floor && clock < search->origin && clock <= search->end;
}

/* Nothing was hit all the way back. */
static bool found_none(struct motion *motion)
{
	const struct search *search = &motion->search;

	history_go(motion->debugger->history,
	           search->otherwise == STOP_NOT_FOUND ? motion->origin : search->floor);
	return motion_arrive(motion, search->otherwise, VM_RUNNING);
}

static bool close_piece(struct motion *motion)
{
	struct search *search = &motion->search;

	if (search->found && !search->hit.breakpoint && --motion->left > 0) {
		search->origin = search->hit.clock;
		search->found = false;
		return open_piece(motion, search->origin) || found_none(motion);
	}
	if (search->found) {
		history_go(motion->debugger->history, search->hit.clock);
		return motion_arrive_hit(motion, &search->hit);
	}
	if (search->begin <= search->floor || !open_piece(motion, search->begin))
		return found_none(motion);
	return true;
}

static bool search_piece(struct motion *motion)
{
	struct search *search = &motion->search;
	const struct vm *vm = motion->debugger->vm;
	uint64_t limit = search->end < search->origin ? search->end + 1 : search->end;
	enum vm_end end = lookout_run(&motion->lookout, limit);
	struct hit hit;

	if (lookout_hit(&motion->lookout, false, &hit) && is_between(search, hit.clock)) {
		search->found = true;
		search->hit = hit;
	}
	if (vm->clock < limit && (end == VM_RUNNING || end == VM_STOPPED))
		return true;
	return close_piece(motion);
}

bool search_begin(struct motion *motion, uint64_t floor, enum stop_kind otherwise)
{
	struct debugger *debugger = motion->debugger;
	struct wanted wanted = motion_wanted(motion);

	wanted.breaks = true;
	motion->search = (struct search){ .origin = motion->origin, .floor = floor, .otherwise = otherwise };
	motion->piece = search_piece;
	return lookout_for(&motion->lookout, &wanted) &&
	       (open_piece(motion, motion->origin) ||
	        refuse(debugger->message, sizeof(debugger->message), "the past cannot be put back: not enough memory"));
}
