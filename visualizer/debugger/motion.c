/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/motion.c - moving the guest in slices of the host's time: a motion begins, goes on piece by piece, and
 * arrives, with a sentence that says why. Forward and backward visit the same moments.
 */
#include "visualizer/debugger/motion_inside.h"

#include "core/disassemble.h"
#include "core/refuse.h"
#include "cpu/insn.h"
#include "visualizer/event_text.h"
#include "visualizer/machine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct motion *motion_new(struct debugger *debugger)
{
	struct motion *motion = calloc(1, sizeof(*motion));

	if (!motion)
		return NULL;
	motion->debugger = debugger;
	lookout_begin(&motion->lookout, debugger);
	return motion;
}

void motion_free(struct motion *motion)
{
	if (!motion)
		return;
	lookout_end(&motion->lookout);
	free(motion);
}

/* ---- arriving ---- */

/* "cli at 0010012e <start+0x2e>" */
static void describe_place(const struct debugger *debugger, char *text, size_t size)
{
	const struct cpu_state *state = vm_guest_state(debugger->vm);
	uint32_t linear = debugger_linear_eip(debugger);
	uint8_t bytes[INSN_MAX_LENGTH];
	char instruction[64], where[80];
	size_t have = debugger_read(debugger, linear, bytes, sizeof(bytes));

	disassemble(bytes, have, linear, state->segment[CS].access & ACCESS_BIG, instruction, sizeof(instruction));
	address_text(debugger->symbols, linear, where, sizeof(where));
	snprintf(text, size, "%s at %s", instruction, where);
}

static bool is_exit(const struct event *event)
{
	return event->reason && !event_is_work((enum event_kind)event->kind, event->has_vector);
}

/* How far back an exit is looked for: a story of long ago tells nothing of now, and must not cost a long replay. */
enum { STORY_EVENTS = 4096, STORY_CYCLES = 8000000 };

/* The last exit before now. EVENT_NONE_SELECTED: there is none so near, or, if `unheard`, the log does not reach so far. */
static uint64_t look_back(const struct debugger *debugger, bool *unheard)
{
	const struct vm *vm = debugger->vm;

	*unheard = false;
	for (uint64_t back = 1; back <= vm->events.sequence && back <= STORY_EVENTS; back++) {
		const struct event *event = event_log_at(debugger->log, vm->events.sequence - back);

		*unheard = !event;
		if (!event || event->cycle + STORY_CYCLES < vm->clock)
			break;
		if (is_exit(event))
			return event->sequence;
	}
	return EVENT_NONE_SELECTED;
}

/* Who came here by a snapshot has heard nothing of what was before it: a replay tells. */
static void hear_before(struct debugger *debugger)
{
	struct vm *vm = debugger->vm;
	uint64_t now = vm->clock, begin = history_begin(debugger->history);

	history_go(debugger->history, now > begin + STORY_CYCLES ? now - STORY_CYCLES : begin);
	while (vm->clock < now && history_run(debugger->history, now) == VM_RUNNING)
		;
	history_go(debugger->history, now);
}

/* The same exit whichever way one came; EVENT_NONE_SELECTED where there is none near. */
static uint64_t last_exit(struct debugger *debugger, enum vm_end end)
{
	bool unheard;
	uint64_t exit = look_back(debugger, &unheard);

	if (!unheard || end != VM_RUNNING)
		return exit;
	hear_before(debugger);
	return look_back(debugger, &unheard);
}

static void tell_story(struct debugger *debugger, uint64_t sequence)
{
	if (sequence != debugger->story)
		debugger->story_step = 0;
	debugger->story = sequence;
}

__attribute__((format(printf, 4, 5))) static bool arrive(struct motion *motion, enum stop_kind kind, enum vm_end end,
                                                         const char *format, ...)
{
	struct debugger *debugger = motion->debugger;
	va_list arguments;

	debugger->stop = (struct stop){ .kind = kind, .end = end, .of_event = motion->event != EVENT_NONE_SELECTED };
	va_start(arguments, format);
	vsnprintf(debugger->stop.text, sizeof(debugger->stop.text), format, arguments);
	va_end(arguments);
	history_set_stops(debugger->history, NULL, 0);
	tell_story(debugger, motion->event == EVENT_NONE_SELECTED ? last_exit(debugger, end) : motion->event);
	debugger->running = motion->back = false;
	debugger->changed = true;
	return false;
}

bool motion_arrive(struct motion *motion, enum stop_kind kind, enum vm_end end)
{
	const struct debugger *debugger = motion->debugger;
	char text[160];

	if (kind == STOP_GUEST_END) {
		machine_describe_end(debugger->vm, end, text, sizeof(text));
		return arrive(motion, kind, end, "%s", text);
	}
	describe_place(debugger, text, sizeof(text));
	switch (kind) {
	case STOP_BEGIN:
		return arrive(motion, kind, end, "the first moment: %s", text);
	case STOP_LIMIT:
		return arrive(motion, kind, end, "the limit of %" PRIu64 " cycles was reached: %s",
		              debugger->config.limit, text);
	case STOP_RECORDED:
		return arrive(motion, kind, end, "the recording ends here, and the guest can go on: %s", text);
	case STOP_INTERRUPTED:
		return arrive(motion, kind, end, "interrupted: %s", text);
	case STOP_NOT_FOUND:
		return arrive(motion, kind, end, "nothing like it before: still %s", text);
	default:
		return arrive(motion, kind, end, "%s", text);
	}
}

/* "wrote 00000005 to c0102000; " */
static void describe_access(const struct break_point *point, const struct stop_hit *hit, char *text, size_t size)
{
	text[0] = '\0';
	if (point->kind == BREAK_PLACE && hit->place >= 0 && hit->access != STOP_EXECUTE)
		snprintf(text, size, "%s %0*" PRIx32 " %s %08" PRIx32 "; ", hit->access == STOP_WRITE ? "wrote" : "read",
		         2 * hit->size, hit->value, hit->access == STOP_WRITE ? "to" : "from", hit->linear);
}

static bool arrive_break(struct motion *motion, const struct hit *hit)
{
	struct debugger *debugger = motion->debugger;
	const struct break_point *point = breaks_find(debugger, hit->breakpoint);
	const char *error = motion->lookout.error;
	char place[160], access[64], name[BREAK_NAME + 4] = "";
	bool watches;

	describe_place(debugger, place, sizeof(place));
	if (!point)
		return arrive(motion, STOP_BREAKPOINT, VM_RUNNING, "%s", place);
	watches = point->kind == BREAK_PLACE && !(point->place.access & STOP_EXECUTE);
	describe_access(point, &hit->data, access, sizeof(access));
	if (point->name[0])
		snprintf(name, sizeof(name), " (%s)", point->name);
	arrive(motion, STOP_BREAKPOINT, VM_RUNNING, "%s %u%s: %s%s%s%.60s", watches ? "watchpoint" : "breakpoint",
	       point->number, name, access, place, error[0] ? "; its condition: " : "", error);
	debugger->stop.breakpoint = point->number;
	if (point->temporary)
		breaks_delete(debugger, point->number);
	return false;
}

bool motion_arrive_hit(struct motion *motion, const struct hit *hit)
{
	const struct event *event;
	char place[160];

	if (hit->event)
		motion->event = hit->sequence;
	else if (hit->caused)
		motion->event = hit->cause;
	if (hit->breakpoint)
		return arrive_break(motion, hit);
	event = hit->event ? event_log_at(motion->debugger->log, hit->sequence) : NULL;
	if (!event)
		return motion_arrive(motion, STOP_GOAL, VM_RUNNING);
	describe_place(motion->debugger, place, sizeof(place));
	return arrive(motion, STOP_GOAL, VM_RUNNING, "%s%s%s; then %s",
	              event_kind_name((enum event_kind)event->kind), event->reason ? ": " : "",
	              event->reason ? event->reason : "", place);
}

/* ---- beginning ---- */

struct wanted motion_wanted(const struct motion *motion)
{
	const struct goal *goal = &motion->goal;
	struct wanted wanted = { 0 };

	switch (goal->kind) {
	case GOAL_TRAP:
		wanted.exits = true;
		break;
	case GOAL_EVENT:
		wanted.kinds = goal->kinds;
		memcpy(wanted.reason, goal->reason, sizeof(wanted.reason));
		break;
	case GOAL_ADDRESS:
		wanted.place[wanted.places++] = goal->address;
		break;
	default:
		break;
	}
	return wanted;
}

bool debugger_may_change(struct debugger *debugger)
{
	return !debugger->readonly ||
	       refuse(debugger->message, sizeof(debugger->message),
	              "this guest is shown read-only: it is neither moved nor changed (start without --readonly)");
}

static bool has_ended(const struct vm *vm, enum vm_end *end)
{
	if (vm->stranded)
		*end = VM_UNSUPPORTED;
	else if (vm->exited)
		*end = VM_EXITED;
	else if (vm->reset_requested)
		*end = VM_RESET;
	else if (vm_guest_state(vm)->activity == ACTIVITY_SHUTDOWN)
		*end = VM_SHUTDOWN;
	else
		return false;
	return true;
}

/* Is there a way in this direction? */
static bool may_move(struct debugger *debugger, enum direction direction)
{
	uint64_t limit = debugger->config.limit, now = debugger->vm->clock;
	enum vm_end end;
	char text[160];

	if (direction == BACKWARD)
		return now > history_begin(debugger->history) ||
		       refuse(debugger->message, sizeof(debugger->message),
		              "this is the first moment: nothing came before it");
	if (has_ended(debugger->vm, &end)) {
		machine_describe_end(debugger->vm, end, text, sizeof(text));
		return refuse(debugger->message, sizeof(debugger->message), "%s: there is only a way back", text);
	}
	return !limit || now < limit ||
	       refuse(debugger->message, sizeof(debugger->message),
	              "the limit of %" PRIu64 " cycles is reached; start with a higher --limit", limit);
}

/* To a moment in the past there is no way to be gone: the guest is put there. */
static bool jump_piece(struct motion *motion)
{
	history_go(motion->debugger->history, motion->goal.clock);
	return motion_arrive(motion, STOP_GOAL, VM_RUNNING);
}

static bool begin_backward(struct motion *motion)
{
	motion->back = true;
	switch (motion->goal.kind) {
	case GOAL_STEP:
	case GOAL_OVER:
	case GOAL_FINISH:
	case GOAL_BLOCK:
		return locate_begin(motion);
	case GOAL_CLOCK:
		motion->piece = jump_piece;
		return true;
	default:
		return search_begin(motion, history_begin(motion->debugger->history), STOP_NOT_FOUND);
	}
}

bool debugger_begin(struct debugger *debugger, const struct goal *goal)
{
	struct motion *motion = debugger->motion;
	enum direction direction = goal->direction;

	debugger_interrupt(debugger);
	debugger->message[0] = '\0';
	if (goal->kind == GOAL_CLOCK)
		direction = goal->clock < debugger->vm->clock ? BACKWARD : FORWARD;
	if (!debugger_may_change(debugger) || !may_move(debugger, direction))
		return false;
	motion->goal = *goal;
	motion->left = goal->count ? goal->count : 1;
	motion->origin = debugger->vm->clock;
	motion->event = EVENT_NONE_SELECTED;
	motion->back = false;
	motion->lookout.error[0] = '\0';
	debugger_note(debugger);
	debugger->running = direction == FORWARD ? forward_begin(motion) : begin_backward(motion);
	if (!debugger->running && motion->back)
		history_go(debugger->history, motion->origin);
	motion->back &= debugger->running;
	return debugger->running;
}

/* ---- going on ---- */

static double host_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Steps are short, and so is asking the host's clock; but not in comparison. */
static bool pieces(struct motion *motion)
{
	enum { AT_ONCE = 16 };
	uint64_t from = motion->debugger->vm->clock;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		uint64_t now;

		if (!motion->piece(motion))
			return false;
		now = motion->debugger->vm->clock;
		if (now < from || now - from > 2000)
			break;
	}
	return true;
}

bool debugger_slice(struct debugger *debugger, unsigned milliseconds)
{
	double until = host_milliseconds() + milliseconds;

	while (debugger->running && pieces(debugger->motion) && host_milliseconds() < until)
		;
	if (debugger->running && !debugger->motion->back)
		debugger->changed = true;
	return debugger->running;
}

void debugger_interrupt(struct debugger *debugger)
{
	struct motion *motion = debugger->motion;

	if (!debugger->running)
		return;
	if (motion->back)
		history_go(debugger->history, motion->origin);
	motion_arrive(motion, STOP_INTERRUPTED, VM_RUNNING);
}

void motion_stand_still(struct debugger *debugger)
{
	if (debugger->running && debugger->motion->back)
		debugger_interrupt(debugger);
}

bool debugger_move(struct debugger *debugger, const struct goal *goal, bool (*interrupted)(void *owner), void *owner)
{
	enum { SLICE = 20 }; /* ms */

	if (!debugger_begin(debugger, goal))
		return false;
	while (debugger_slice(debugger, SLICE))
		if (interrupted && interrupted(owner))
			debugger_interrupt(debugger);
	return true;
}

/* ---- to an event ---- */

/* A recording's events are heard as it is gone through. True: this one has been. */
static bool hear_event(struct debugger *debugger, uint64_t sequence)
{
	enum { PIECE = 1000000 };
	struct vm *vm = debugger->vm;
	uint64_t origin = vm->clock;

	while (!event_log_at(debugger->log, sequence) && vm->events.sequence <= sequence && history_past(debugger->history))
		if (history_run(debugger->history, vm->clock + PIECE) != VM_RUNNING)
			break;
	if (event_log_at(debugger->log, sequence))
		return true;
	history_go(debugger->history, origin);
	return false;
}

/* The last boundary at which it had not been told: its clock is when it began, which may lie inside an instruction. */
bool debugger_go_event(struct debugger *debugger, uint64_t sequence)
{
	struct vm *vm = debugger->vm;

	debugger->message[0] = '\0';
	if (!debugger_may_change(debugger))
		return false;
	debugger_interrupt(debugger);
	if (!hear_event(debugger, sequence))
		return refuse(debugger->message, sizeof(debugger->message),
		              "event %" PRIu64 " is not kept; those from %" PRIu64 " to %" PRIu64 " are", sequence,
		              event_log_first(debugger->log), event_log_end(debugger->log));
	debugger_note(debugger);
	history_go(debugger->history, event_log_at(debugger->log, sequence)->cycle);
	while (vm->events.sequence > sequence && history_back(debugger->history, 1))
		;
	debugger->motion->event = sequence;
	motion_arrive(debugger->motion, STOP_GOAL, VM_RUNNING);
	debugger->story_step = 0;
	return true;
}
