/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion_locate.c - motions backward to the one moment from which the motion forward would have come
 * here: instructions, blocks, functions. When it is found, what breakpoints hit between it and here comes first.
 */
#include "visualizer/debugger/motion_inside.h"

enum { BACK_AT_ONCE = 512, WINDOW_FIRST = 256, WINDOW_GROWS = 16, WINDOW_MOST = 1 << 27 };

static bool breaks_are_set(const struct debugger *debugger)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (debugger->breaks.point[i].number != 0 && debugger->breaks.point[i].enabled)
			return true;
	return false;
}

/* The goal's moment; the guest stands anywhere. */
static bool located(struct motion *motion, uint64_t clock, enum stop_kind kind)
{
	struct debugger *debugger = motion->debugger;

	if (breaks_are_set(debugger) && search_begin(motion, clock, kind))
		return true;
	history_go(debugger->history, clock);
	return motion_arrive(motion, kind, VM_RUNNING);
}

/* ---- instructions ---- */

static bool step_back_piece(struct motion *motion)
{
	struct debugger *debugger = motion->debugger;
	uint64_t part = motion->left < BACK_AT_ONCE ? motion->left : BACK_AT_ONCE;
	uint64_t done = history_back(debugger->history, part);

	motion->left -= done;
	if (motion->left > 0 && done == part)
		return true;
	return located(motion, debugger->vm->clock, motion->left > 0 ? STOP_BEGIN : STOP_GOAL);
}

/* ---- a window before the moment that is left ---- */

/* Goes back far enough to walk here again. False: it cannot be further back than the last time. */
static bool widen(struct motion *motion, uint64_t from)
{
	struct history *history = motion->debugger->history;
	struct way_back *way = &motion->way;
	uint64_t first = history_begin(history);

	if (way->window && (way->begin == first || way->window >= WINDOW_MOST))
		return false;
	way->window = way->window ? way->window * WINDOW_GROWS : WINDOW_FIRST;
	way->begin = from - first > way->window ? from - way->window : first;
	history_go(history, way->begin);
	way->begin = motion->debugger->vm->clock;
	way->returned = way->called = way->found = false;
	lookout_here(&motion->lookout);
	stride_begin(&motion->stride, &motion->lookout, false);
	way->walking = true;
	return true;
}

/* The moment is found: for a count, on from there. */
static bool found(struct motion *motion, uint64_t clock)
{
	if (--motion->left == 0)
		return located(motion, clock, STOP_GOAL);
	motion->search.origin = clock;
	motion->way = (struct way_back){ 0 };
	if (clock > history_begin(motion->debugger->history))
		return widen(motion, clock);
	return located(motion, clock, STOP_BEGIN);
}

static bool found_nothing(struct motion *motion)
{
	history_go(motion->debugger->history, motion->origin);
	return motion_arrive(motion, STOP_NOT_FOUND, VM_RUNNING);
}

/* ---- blocks ---- */

static bool block_back_piece(struct motion *motion)
{
	struct way_back *way = &motion->way;
	const struct vm *vm = motion->debugger->vm;
	uint64_t target = motion->search.origin;

	stride_begin(&motion->stride, &motion->lookout, false);
	lookout_step(&motion->lookout);
	if (vm->clock < target) {
		if (stride_left_block(&motion->stride)) {
			way->found = true;
			way->previous = vm->clock;
		}
		return true;
	}
	if (way->found)
		return found(motion, way->previous);
	return widen(motion, target) || located(motion, history_begin(motion->debugger->history), STOP_BEGIN);
}

/* ---- functions ---- */

/* The walk may have begun in the midst of an instruction, behind a hidden fault: its beginning is further back. */
static bool is_whole(const struct motion *motion, uint64_t clock)
{
	return clock > motion->way.begin || clock == history_begin(motion->debugger->history);
}

/* The walk has come here again. */
static bool walked(struct motion *motion)
{
	struct way_back *way = &motion->way;
	bool over = motion->goal.kind == GOAL_OVER;

	if (over && way->found && !way->returned && is_whole(motion, way->previous))
		return found(motion, way->previous);
	if (!over && way->called && is_whole(motion, way->call))
		return found(motion, way->call);
	if (widen(motion, motion->search.origin))
		return true;
	/* What called the function that was left lies too far back: at least where it was left. */
	return over && way->found ? found(motion, way->previous) : found_nothing(motion);
}

/* Here is inside of what the instruction called: its own instructions are walked from the first one. */
static void enter_call(struct motion *motion)
{
	enum { STEPS_MOST = 64 }; /* hidden faults may come first */
	struct way_back *way = &motion->way;
	struct stride *stride = &motion->stride;
	struct history *history = motion->debugger->history;

	way->called = way->found = true;
	way->call = way->previous = stride->entered;
	way->returned = false;
	history_go(history, stride->entered);
	for (unsigned i = 0; i < STEPS_MOST && debugger_linear_eip(motion->debugger) == stride->at; i++)
		history_step(history);
	stride_begin(stride, &motion->lookout, false);
	lookout_for(&motion->lookout, &stride->wanted);
}

static bool frame_back_piece(struct motion *motion)
{
	struct way_back *way = &motion->way;
	struct stride *stride = &motion->stride;
	const struct vm *vm = motion->debugger->vm;
	uint64_t target = motion->search.origin;
	enum stride_result result;

	if (vm->clock >= target)
		return walked(motion);
	result = stride_go_on(stride, target);
	if (result == STRIDE_MORE && vm->clock < target)
		return true;
	if (result == STRIDE_LIMIT && !stride->repeats) {
		enter_call(motion);
		return true;
	}
	if (stride->inside && !stride->repeats) { /* here is the first moment in what it called */
		way->called = true;
		way->call = stride->entered;
	}
	way->found = true;
	way->previous = stride->clock;
	way->returned = stride->returns && result == STRIDE_ARRIVED;
	if (result == STRIDE_ARRIVED)
		stride_begin(stride, &motion->lookout, false);
	return vm->clock < target || walked(motion);
}

/* ---- beginning ---- */

bool locate_begin(struct motion *motion)
{
	struct wanted nothing = { 0 };

	motion->way = (struct way_back){ 0 };
	motion->search.origin = motion->origin;
	if (motion->goal.kind == GOAL_STEP) {
		motion->piece = step_back_piece;
		return true;
	}
	motion->piece = motion->goal.kind == GOAL_BLOCK ? block_back_piece : frame_back_piece;
	return lookout_for(&motion->lookout, &nothing) && widen(motion, motion->origin);
}
