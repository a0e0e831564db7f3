/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion.c - moving the guest in slices of the host's time.
 */
#include "visualizer/debugger/motion.h"

#include "core/refuse.h"
#include "visualizer/event_text.h"
#include "visualizer/machine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PIECE = 1000000 };

struct motion {
	struct debugger *debugger;
	struct goal goal;
	uint64_t left;
};

struct motion *motion_new(struct debugger *debugger)
{
	struct motion *motion = calloc(1, sizeof(*motion));

	if (motion)
		motion->debugger = debugger;
	return motion;
}

void motion_free(struct motion *motion)
{
	free(motion);
}

void motion_stand_still(struct debugger *debugger)
{
	(void)debugger;
}

static double host_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool arrive(struct debugger *debugger, enum stop_kind kind, enum vm_end end, const char *text)
{
	char where[100];

	address_text(debugger->symbols, debugger_linear_eip(debugger), where, sizeof(where));
	debugger->stop = (struct stop){ .kind = kind, .end = end };
	if (kind == STOP_GUEST_END)
		machine_describe_end(debugger->vm, end, debugger->stop.text, sizeof(debugger->stop.text));
	else
		snprintf(debugger->stop.text, sizeof(debugger->stop.text), "%s at %s", text, where);
	debugger->running = false;
	debugger->changed = true;
	return false;
}

bool debugger_begin(struct debugger *debugger, const struct goal *goal)
{
	if (!debugger_may_change(debugger))
		return false;
	if (goal->direction == BACKWARD && goal->kind == GOAL_STEP) {
		debugger_note(debugger);
		arrive(debugger, history_back(debugger->history, goal->count ? goal->count : 1) ? STOP_GOAL : STOP_NOT_FOUND,
		       VM_RUNNING, "step back:");
		return true;
	}
	if (goal->kind == GOAL_CLOCK && goal->clock < debugger->vm->clock) {
		debugger_note(debugger);
		history_go(debugger->history, goal->clock);
		arrive(debugger, STOP_GOAL, VM_RUNNING, "");
		return true;
	}
	if (goal->direction == BACKWARD)
		return refuse(debugger->message, sizeof(debugger->message), "going back so: not yet");
	if (goal->kind != GOAL_STEP && goal->kind != GOAL_CLOCK && goal->kind != GOAL_CONTINUE)
		return refuse(debugger->message, sizeof(debugger->message), "this motion: not yet");
	debugger->motion->goal = *goal;
	debugger->motion->left = goal->count ? goal->count : 1;
	debugger->running = true;
	debugger_note(debugger);
	return true;
}

static bool move_on(struct debugger *debugger)
{
	struct motion *motion = debugger->motion;
	struct vm *vm = debugger->vm;
	uint64_t limit = (vm->clock / PIECE + 1) * PIECE;
	enum vm_end end;

	if (motion->goal.kind == GOAL_STEP) {
		end = history_step(debugger->history);
	} else {
		if (motion->goal.kind == GOAL_CLOCK && limit > motion->goal.clock)
			limit = motion->goal.clock;
		end = history_run(debugger->history, limit);
	}
	if (end != VM_RUNNING && end != VM_STOPPED)
		return arrive(debugger, STOP_GUEST_END, end, "");
	if (debugger->config.limit && vm->clock >= debugger->config.limit)
		return arrive(debugger, STOP_LIMIT, end, "the limit");
	if (motion->goal.kind == GOAL_STEP && --motion->left == 0)
		return arrive(debugger, STOP_GOAL, end, "step:");
	if (motion->goal.kind == GOAL_CLOCK && vm->clock >= motion->goal.clock)
		return arrive(debugger, STOP_GOAL, end, "the moment is reached");
	return true;
}

bool debugger_slice(struct debugger *debugger, unsigned milliseconds)
{
	double until = host_milliseconds() + milliseconds;

	while (debugger->running && move_on(debugger) && host_milliseconds() < until)
		;
	return debugger->running;
}

void debugger_interrupt(struct debugger *debugger)
{
	if (debugger->running)
		arrive(debugger, STOP_INTERRUPTED, VM_RUNNING, "interrupted");
}

bool debugger_move(struct debugger *debugger, const struct goal *goal, bool (*interrupted)(void *owner), void *owner)
{
	if (!debugger_begin(debugger, goal))
		return false;
	while (debugger_slice(debugger, 20))
		if (interrupted && interrupted(owner))
			debugger_interrupt(debugger);
	return true;
}

bool debugger_go_event(struct debugger *debugger, uint64_t sequence)
{
	debugger->story = sequence;
	debugger->story_step = 0;
	debugger->changed = true;
	return refuse(debugger->message, sizeof(debugger->message), "going to an event: not yet");
}
