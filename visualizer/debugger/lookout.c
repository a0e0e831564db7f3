/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/lookout.c - who notices what: places are core/breakpoint.h's; events, and moves to another technique, are
 * heard by a reader that travels, which asks the machine to stand still; model time is a run's limit, and so are retired
 * instructions, each of which takes a cycle at least; the guest's mode is watched by its processors (cpu_watch_mode). What
 * of it stops a motion: lookout_hit.c.
 */
#include "visualizer/debugger/lookout.h"

#include "core/refuse.h"

#include <string.h>

/* ---- hearing events ---- */

static bool reason_fits(const char *wanted, const struct event *event)
{
	return !wanted[0] || (event->reason && counter_is(event->reason, wanted));
}

static bool is_exit(const struct event *event)
{
	return event->reason && !event_is_work((enum event_kind)event->kind, event->has_vector);
}

static bool is_wanted(const struct wanted *wanted, const struct event *event)
{
	if (wanted->exits)
		return is_exit(event);
	return wanted->kinds >> event->kind & 1 && reason_fits(wanted->reason, event);
}

bool lookout_takes(const struct break_point *point, const struct event *event)
{
	if (point->number == 0 || !point->enabled)
		return false;
	switch (point->kind) {
	case BREAK_EVENT:
		return point->kinds >> event->kind & 1;
	case BREAK_REASON:
		return reason_fits(point->reason, event);
	case BREAK_TECHNIQUE:
		return event->kind == EV_SWITCH;
	default:
		return false;
	}
}

static void hear(void *owner, const struct event *event)
{
	struct lookout *lookout = owner;
	const struct breaks *breaks = &lookout->debugger->breaks;
	bool stops = false;

	if (is_wanted(&lookout->wanted, event)) {
		if (!lookout->heard)
			lookout->sequence = event->sequence;
		lookout->heard = stops = true;
	}
	for (unsigned i = 0; lookout->wanted.breaks && i < BREAKS_MAX; i++) {
		if (!lookout_takes(&breaks->point[i], event))
			continue;
		if (!lookout->point_heard[i])
			lookout->point_sequence[i] = event->sequence;
		lookout->point_heard[i] = stops = true;
	}
	if (stops)
		vm_request_stop(lookout->debugger->vm);
}

/* Nobody listens while the guest only travels to a moment. */
static void listen(struct lookout *lookout, bool on)
{
	struct event_stream *stream = &lookout->debugger->vm->events;

	if (on == lookout->added || (on && !lookout->kinds))
		return;
	lookout->reader.kinds = lookout->kinds;
	if (on)
		event_add_reader(stream, &lookout->reader);
	else
		event_remove_reader(stream, &lookout->reader);
	lookout->added = on;
}

static uint64_t kinds_of(const struct break_point *point)
{
	switch (point->kind) {
	case BREAK_EVENT:
		return point->kinds;
	case BREAK_REASON:
		return EVENT_KINDS_ALL;
	case BREAK_TECHNIQUE:
		return UINT64_C(1) << EV_SWITCH;
	default:
		return 0;
	}
}

/* ---- beginning ---- */

void lookout_begin(struct lookout *lookout, struct debugger *debugger)
{
	*lookout = (struct lookout){ .debugger = debugger };
	lookout->reader = (struct event_reader){ .owner = lookout, .read = hear, .travels = true };
}

void lookout_end(struct lookout *lookout)
{
	listen(lookout, false);
}

static void add_place(struct lookout *lookout, const struct stop_place *place, int owner)
{
	lookout->place[lookout->places] = *place;
	lookout->owner[lookout->places++] = owner;
}

bool lookout_on(const struct lookout *lookout, unsigned index)
{
	const struct break_point *point = &lookout->debugger->breaks.point[index];

	return lookout->wanted.breaks && point->number != 0 && point->enabled;
}

static bool gather(struct lookout *lookout)
{
	const struct wanted *wanted = &lookout->wanted;

	lookout->places = 0;
	lookout->kinds = wanted->exits ? EVENT_KINDS_ALL : wanted->kinds;
	for (unsigned i = 0; i < wanted->places; i++)
		add_place(lookout, &(struct stop_place){
			.access = STOP_EXECUTE, .address = wanted->place[i], .size = 1 }, -1);
	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		const struct break_point *point = &lookout->debugger->breaks.point[i];

		if (!lookout_on(lookout, i))
			continue;
		lookout->kinds |= kinds_of(point);
		if (point->kind != BREAK_PLACE)
			continue;
		if (lookout->places == STOPS_MAX)
			return false;
		add_place(lookout, &point->place, (int)i);
	}
	return true;
}

static bool watches_mode(const struct lookout *lookout)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (lookout_on(lookout, i) && lookout->debugger->breaks.point[i].kind == BREAK_MODE)
			return true;
	return false;
}

bool lookout_for(struct lookout *lookout, const struct wanted *wanted)
{
	struct debugger *debugger = lookout->debugger;

	listen(lookout, false);
	lookout->wanted = *wanted;
	if (!gather(lookout))
		return refuse(debugger->message, sizeof(debugger->message),
		              "more than %d places to stop at; disable some breakpoints", STOPS_MAX);
	if (!history_set_stops(debugger->history, lookout->place, lookout->places))
		return refuse(debugger->message, sizeof(debugger->message), "%s", debugger->vm->message);
	lookout_here(lookout);
	return true;
}

struct guest_mode lookout_mode(const struct vm *vm)
{
	const struct cpu_state *state = vm_guest_state(vm);

	return (struct guest_mode){ state->cpl, state->cr0 & CR0_PE, state->cr0 & CR0_PG };
}

void lookout_look(struct lookout *lookout)
{
	const struct vm *vm = lookout->debugger->vm;

	lookout->mode = lookout_mode(vm);
	lookout->clock = vm->clock;
	lookout->ticks = vm_instructions(vm);
}

static void forget(struct lookout *lookout)
{
	lookout->heard = lookout->executes = false;
	lookout->data.place = -1;
	memset(lookout->point_heard, 0, sizeof(lookout->point_heard));
}

void lookout_here(struct lookout *lookout)
{
	forget(lookout);
	lookout_look(lookout);
}

/* ---- running ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The next moment that a breakpoint waits for, or one before it that is surely not behind it. */
static uint64_t moment_limit(const struct lookout *lookout)
{
	uint64_t limit = UINT64_MAX, clock = lookout->debugger->vm->clock;

	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		const struct break_point *point = &lookout->debugger->breaks.point[i];

		if (!lookout_on(lookout, i))
			continue;
		if (point->kind == BREAK_TIME && point->moment > clock)
			limit = earlier(limit, point->moment);
		if (point->kind == BREAK_TICK && point->moment > lookout->ticks)
			limit = earlier(limit, clock + (point->moment - lookout->ticks));
	}
	return limit;
}

static void note(struct lookout *lookout)
{
	struct stop_hit hit = vm_stop_hit(lookout->debugger->vm);

	if (hit.place >= 0)
		lookout->data = hit;
	lookout->running = false;
	listen(lookout, false);
}

/* The processors go back in time with what was set in them; `running` does not. */
static void hear_mode(void *owner)
{
	const struct lookout *lookout = owner;

	if (lookout->running)
		vm_request_stop(lookout->debugger->vm);
}

static void watch_mode(struct lookout *lookout)
{
	const struct vm *vm = lookout->debugger->vm;

	cpu_watch_mode(vm->processor, hear_mode, lookout);
	if (vm->vcpu)
		cpu_watch_mode(vm->vcpu, hear_mode, lookout);
}

static void watch(struct lookout *lookout)
{
	forget(lookout);
	listen(lookout, true);
	if (watches_mode(lookout))
		watch_mode(lookout);
	lookout->running = true;
}

/* Pieces end on a grid of model time, so that where an idle guest is found to be idle does not depend on the host. */
enum vm_end lookout_run(struct lookout *lookout, uint64_t limit)
{
	struct vm *vm = lookout->debugger->vm;
	uint64_t grid = (vm->clock / LOOKOUT_PIECE + 1) * LOOKOUT_PIECE;
	enum vm_end end;

	watch(lookout);
	end = history_run(lookout->debugger->history, earlier(earlier(limit, grid), moment_limit(lookout)));
	note(lookout);
	lookout->stopped = end == VM_STOPPED;
	return end;
}

enum vm_end lookout_step(struct lookout *lookout)
{
	uint32_t from = debugger_linear_eip(lookout->debugger);
	enum vm_end end;

	watch(lookout);
	end = history_step(lookout->debugger->history);
	note(lookout);
	lookout->stopped = false;
	lookout->executes = debugger_linear_eip(lookout->debugger) != from;
	return end;
}
