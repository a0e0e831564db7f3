/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion_forward.c - motions forward: by instructions, by functions, or running until something is hit.
 */
#include "visualizer/debugger/motion_inside.h"

#include "core/recording.h"

static bool ended(enum vm_end end)
{
	return end != VM_RUNNING && end != VM_STOPPED;
}

static uint64_t limit_of(const struct motion *motion)
{
	const struct config *config = &motion->debugger->config;

	return config->limit ? config->limit : UINT64_MAX;
}

static bool input_to_come(const struct debugger *debugger)
{
	const struct input *input;
	uint64_t last = 0;

	for (size_t i = 0; (input = history_input_at(debugger->history, i)); i++)
		last = input->clock;
	return last > debugger->vm->clock;
}

/* HLT, and no device or input to come: model time would pass for ever. */
static bool forever_idle(const struct debugger *debugger)
{
	const struct vm *vm = debugger->vm;

	return vm_guest_state(vm)->activity == ACTIVITY_HALTED && board_next(vm->board) == BOARD_NEVER &&
	       !board_interrupt(vm->board) && !input_to_come(debugger);
}

/* Going on from there is a new run, which one should notice; in another branch the recording's end is nothing. */
static bool at_recorded_end(const struct motion *motion)
{
	const struct debugger *debugger = motion->debugger;
	uint64_t end = debugger->recording ? debugger->recording->run.end.clock : 0;

	return motion->origin < end && debugger->vm->clock >= end && history_branch(debugger->history) == 1;
}

/* After a piece: the ends that every motion has. True: it goes on. */
static bool goes_on(struct motion *motion, enum vm_end end)
{
	if (ended(end))
		return motion_arrive(motion, STOP_GUEST_END, end);
	if (motion->debugger->vm->clock >= limit_of(motion))
		return motion_arrive(motion, STOP_LIMIT, end);
	if (at_recorded_end(motion))
		return motion_arrive(motion, STOP_RECORDED, end);
	return true;
}

/* ---- running ---- */

static bool run_piece(struct motion *motion)
{
	const struct goal *goal = &motion->goal;
	struct debugger *debugger = motion->debugger;
	uint64_t limit = limit_of(motion);
	enum vm_end end;
	struct hit hit;

	if (goal->kind == GOAL_CLOCK && goal->clock < limit)
		limit = goal->clock;
	end = lookout_run(&motion->lookout, limit);
	if (lookout_hit(&motion->lookout, true, &hit) && (hit.breakpoint || --motion->left == 0))
		return motion_arrive_hit(motion, &hit);
	if (goal->kind == GOAL_CLOCK && debugger->vm->clock >= goal->clock && !ended(end))
		return motion_arrive(motion, STOP_GOAL, end);
	if (!goes_on(motion, end))
		return false;
	return !forever_idle(debugger) || motion_arrive(motion, STOP_GUEST_END, VM_HALTED);
}

/* ---- stepping ---- */

static bool step_piece(struct motion *motion)
{
	struct lookout *lookout = &motion->lookout;
	bool blocks = motion->goal.kind == GOAL_BLOCK;
	enum vm_end end;
	struct hit hit;

	if (blocks)
		stride_begin(&motion->stride, lookout, true);
	end = lookout_step(lookout);
	if (lookout_hit(lookout, true, &hit))
		return motion_arrive_hit(motion, &hit);
	if ((!blocks || stride_left_block(&motion->stride)) && --motion->left == 0 && !ended(end))
		return motion_arrive(motion, STOP_GOAL, end);
	return goes_on(motion, end);
}

/* ---- by functions ---- */

static bool frame_piece(struct motion *motion)
{
	struct stride *stride = &motion->stride;
	enum stride_result result = stride_go_on(stride, limit_of(motion));

	if (result == STRIDE_HIT)
		return motion_arrive_hit(motion, &stride->hit);
	if (result == STRIDE_END)
		return motion_arrive(motion, STOP_GUEST_END, stride->end);
	if (result == STRIDE_LIMIT)
		return motion_arrive(motion, STOP_LIMIT, VM_RUNNING);
	if (result == STRIDE_MORE)
		return goes_on(motion, VM_RUNNING) &&
		       (!forever_idle(motion->debugger) || motion_arrive(motion, STOP_GUEST_END, VM_HALTED));
	if ((motion->goal.kind == GOAL_OVER || stride->returns) && --motion->left == 0)
		return motion_arrive(motion, STOP_GOAL, VM_RUNNING);
	stride_begin(stride, &motion->lookout, true);
	return goes_on(motion, VM_RUNNING);
}

/* ---- beginning ---- */

bool forward_begin(struct motion *motion)
{
	struct wanted wanted = motion_wanted(motion);

	wanted.breaks = true;
	if (!lookout_for(&motion->lookout, &wanted))
		return false;
	switch (motion->goal.kind) {
	case GOAL_STEP:
	case GOAL_BLOCK:
		motion->piece = step_piece;
		return true;
	case GOAL_OVER:
	case GOAL_FINISH:
		stride_begin(&motion->stride, &motion->lookout, true);
		motion->piece = frame_piece;
		return true;
	default:
		motion->piece = run_piece;
		return true;
	}
}
