/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/lookout_hit.c - which breakpoints hold where the guest stands, whether their conditions do, and what a motion
 * looks for.
 */
#include "visualizer/debugger/lookout.h"

#include <string.h>

/* A run stops where an instruction begins by itself; a step is asked afterwards. */
static bool begins_at(const struct lookout *lookout, size_t place)
{
	const struct debugger *debugger = lookout->debugger;
	const struct stop_place *wanted = &lookout->place[place];
	uint32_t linear = debugger_linear_eip(debugger);
	uint64_t frame;
	struct walk walk;

	if (!lookout->executes || !(wanted->access & STOP_EXECUTE))
		return false;
	if (wanted->space == SPACE_LINEAR)
		return wanted->address == linear;
	cpu_walk(vm_guest_state(debugger->vm), &debugger->vm->guest_bus, linear, ACCESS_EXECUTE, false, &walk);
	if (!walk.ok)
		return false;
	if (wanted->space == SPACE_PHYSICAL)
		return wanted->address == walk.physical;
	return memory_gfn_to_mfn(debugger->vm->memory, walk.physical >> PAGE_SHIFT, &frame) &&
	       wanted->address == (frame << PAGE_SHIFT | (walk.physical & PAGE_MASK));
}

/* What was met first is told; another place that the same access or instruction meets is known by it. */
static bool same_hit(const struct lookout *lookout, size_t place)
{
	const struct stop_place *met = &lookout->place[lookout->data.place], *other = &lookout->place[place];

	if ((int)place == lookout->data.place)
		return true;
	if (!(other->access & lookout->data.access) || other->space != met->space)
		return false;
	if (lookout->data.access == STOP_EXECUTE)
		return other->address == met->address;
	return other->space == SPACE_LINEAR && (lookout->data.linear - (uint32_t)other->address < other->size ||
	                                        (uint32_t)other->address - lookout->data.linear < lookout->data.size);
}

static bool place_hit(const struct lookout *lookout, int owner)
{
	for (size_t i = 0; i < lookout->places; i++)
		if (lookout->owner[i] == owner &&
		    ((lookout->data.place >= 0 && same_hit(lookout, i)) || begins_at(lookout, i)))
			return true;
	return false;
}

static bool mode_changed(const struct lookout *lookout)
{
	struct guest_mode now = lookout_mode(lookout->debugger->vm);

	return now.cpl != lookout->mode.cpl || now.protection != lookout->mode.protection ||
	       now.paging != lookout->mode.paging;
}

static bool crossed(uint64_t before, uint64_t now, uint64_t moment)
{
	return before < moment && now >= moment;
}

static bool point_holds(const struct lookout *lookout, unsigned index)
{
	const struct break_point *point = &lookout->debugger->breaks.point[index];
	const struct vm *vm = lookout->debugger->vm;

	if (!lookout_on(lookout, index))
		return false;
	switch (point->kind) {
	case BREAK_PLACE:
		return place_hit(lookout, (int)index);
	case BREAK_MODE:
		return mode_changed(lookout);
	case BREAK_TIME:
		return crossed(lookout->clock, vm->clock, point->moment);
	case BREAK_TICK:
		return crossed(lookout->ticks, vm_instructions(vm), point->moment);
	default:
		return lookout->point_heard[index];
	}
}

/* What cannot be worked out here is a reason to stop, so that one sees why. */
static bool is_met(const struct debugger *debugger, const struct break_point *point, const struct event *event, char *error)
{
	uint64_t value;

	return !expression_value_at(point->condition, debugger, event, &value, error, EXPRESSION_ERROR) || value != 0;
}

/* A point that takes events judges each one that came since the last look; `cause` becomes the one that meets it. */
static bool condition_holds(const struct lookout *lookout, unsigned index, uint64_t *cause, char *error)
{
	const struct debugger *debugger = lookout->debugger;
	const struct break_point *point = &debugger->breaks.point[index];
	bool judged = false;

	*cause = lookout->point_sequence[index];
	if (!point->condition)
		return true;
	for (uint64_t i = lookout->point_sequence[index]; lookout->point_heard[index] && i < debugger->vm->events.sequence; i++) {
		const struct event *event = event_log_at(debugger->log, i);

		if (!event || !lookout_takes(point, event))
			continue;
		*cause = i;
		if (is_met(debugger, point, event, error))
			return true;
		judged = true;
	}
	return !judged && is_met(debugger, point, NULL, error);
}

static bool passes(struct break_point *point, bool forward)
{
	if (!forward)
		return false;
	point->hits++;
	if (!point->ignore)
		return false;
	point->ignore--;
	return true;
}

/* All breakpoints that hold here are counted; the first one is told. */
static void find_point(struct lookout *lookout, bool forward, struct hit *hit)
{
	struct debugger *debugger = lookout->debugger;
	char error[EXPRESSION_ERROR];
	uint64_t cause;

	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		struct break_point *point = &debugger->breaks.point[i];

		if (!point_holds(lookout, i))
			continue;
		error[0] = '\0';
		if (!condition_holds(lookout, i, &cause, error) || passes(point, forward) || hit->breakpoint)
			continue;
		hit->breakpoint = point->number;
		hit->caused = lookout->point_heard[i];
		hit->cause = cause;
		memcpy(lookout->error, error, sizeof(error));
	}
}

bool lookout_hit(struct lookout *lookout, bool forward, struct hit *hit)
{
	struct vm *vm = lookout->debugger->vm;

	*hit = (struct hit){ .clock = vm->clock, .data = lookout->data };
	find_point(lookout, forward, hit);
	hit->place = place_hit(lookout, -1);
	hit->event = lookout->heard;
	hit->sequence = lookout->sequence;
	/* Whoever goes on from here has not met the instruction here yet, unless that is what stopped him. */
	if (lookout->stopped && (lookout->data.place < 0 || lookout->data.access != STOP_EXECUTE))
		vm_stops_go_on(vm);
	lookout_look(lookout);
	return hit->breakpoint || hit->place || hit->event;
}
