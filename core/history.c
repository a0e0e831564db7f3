/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/history.c - snapshots on the way (marks), the journal of input, and replays from one to the other. After King,
 * Dunlap and Chen, "Debugging operating systems with time-traveling virtual machines" (USENIX 2005).
 *
 * Where runs are cut into slices, and where marks are set, leaves no trace in the model, so both may follow the host's time.
 */
#include "core/history.h"

#include "core/poke.h"
#include "core/refuse.h"
#include "core/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MARKS = 1024, STILL_STEPS = 64 };
static const size_t usual_memory = (size_t)256 << 20;

#ifdef RINGSIDE_HOSTILE
static const double mark_seconds = 0.002; /* of the host, between two marks of a run that is free */
static const uint64_t first_slice = 1000;
#else
static const double mark_seconds = 0.03;
static const uint64_t first_slice = 1000000;
#endif
static const double slice_seconds = 0.004;

/* A snapshot, and how much of the journal it has seen. */
struct mark {
	uint64_t clock;
	struct snapshot *snapshot;
	size_t inputs;
};

struct history {
	struct vm *vm;
	struct history_options options;
	struct snapshots *snapshots;
	struct mark mark[MARKS]; /* in the order of time; the first one is the beginning */
	size_t marks;
	struct input *input;       /* the journal, in the order of time */
	size_t inputs, room, next; /* next: the first one that has not arrived */
	uint64_t begin, end;
	uint64_t heard; /* up to here readers have been told */
	unsigned branch;
	double marked_at;   /* the work that the run had taken when the last mark was set */
	double mark_cost;   /* the work that it took to set it */
	double run_seconds; /* of work, all in all */
	uint64_t slice;     /* cycles that take about slice_seconds */
	struct stop_place stop[STOPS_MAX];
	size_t stops;
	bool short_of_memory; /* no mark could be set: not tried again until one goes */
};

static double host_seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What running takes of the host's processor: a replay will take as much, whatever other programs do meanwhile. */
static double host_work(void)
{
	return host_seconds(CLOCK_THREAD_CPUTIME_ID);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- marks ---- */

/* The last mark that is no later than `clock`. */
static size_t mark_at(const struct history *history, uint64_t clock)
{
	size_t low = 0, high = history->marks;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (history->mark[middle].clock <= clock)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void drop_mark(struct history *history, size_t at)
{
	snapshot_drop(history->snapshots, history->mark[at].snapshot);
	history->marks--;
	memmove(&history->mark[at], &history->mark[at + 1], (history->marks - at) * sizeof history->mark[0]);
	history->short_of_memory = false;
}

/* The mark whose loss lengthens a replay least, seen from the present: far from it, marks may lie far apart. */
static size_t least_useful(const struct history *history)
{
	size_t best = 1;
	double least = 1e300;

	for (size_t i = 1; i + 1 < history->marks; i++) {
		double gap = (double)(history->mark[i + 1].clock - history->mark[i - 1].clock);
		double age = (double)(history->end - history->mark[i - 1].clock) + 1;

		if (gap / age < least) {
			least = gap / age;
			best = i;
		}
	}
	return best;
}

static void make_room(struct history *history)
{
	while (history->marks > 2 &&
	       (history->marks == MARKS || snapshots_bytes(history->snapshots) > history->options.memory))
		drop_mark(history, least_useful(history));
}

/* A lab's piece that remembers cannot be put back to the middle of a run: the beginning is the only mark. */
static bool only_the_first(const struct history *history)
{
	const struct vmm_pieces *pieces = history->vm->pieces;

	return history->marks > 0 && pieces && pieces->remembers;
}

/* Where the machine is now, unless there is one. */
static bool set_mark(struct history *history)
{
	struct mark mark = {.clock = history->vm->clock, .inputs = history->next};
	size_t at = history->marks ? mark_at(history, mark.clock) : 0;
	double begun;

	history->marked_at = history->run_seconds;
	if (history->marks && history->mark[at].clock == mark.clock)
		return true;
	if (only_the_first(history))
		return false;
	make_room(history);
	begun = host_work();
	mark.snapshot = history->short_of_memory ? NULL : snapshot_take(history->snapshots);
	history->mark_cost = host_work() - begun;
	if (!mark.snapshot) {
		history->short_of_memory = true;
		return false;
	}
	at = history->marks ? mark_at(history, mark.clock) + 1 : 0;
	memmove(&history->mark[at + 1], &history->mark[at], (history->marks - at) * sizeof mark);
	history->mark[at] = mark;
	history->marks++;
	return true;
}

/* A guest that changes much memory makes marks dear: they lie farther apart then, up to twice as far. */
static double mark_distance(const struct history *history)
{
	enum { SHARE = 30 }; /* of the work between two marks, one part goes into a mark */
	double distance = SHARE * history->mark_cost;

	if (distance < mark_seconds)
		return mark_seconds;
	return distance < 2 * mark_seconds ? distance : 2 * mark_seconds;
}

static bool mark_due(const struct history *history)
{
	const struct mark *last = &history->mark[mark_at(history, history->vm->clock)];

	if (history->options.interval)
		return history->vm->clock - last->clock >= history->options.interval;
	return history->run_seconds - history->marked_at >= mark_distance(history);
}

/* ---- the journal ---- */

static uint64_t next_input(const struct history *history)
{
	return history->next < history->inputs ? history->input[history->next].clock : UINT64_MAX;
}

static size_t switch_mode(const struct history *history, const char *text, size_t size)
{
	struct vm *vm = history->vm;
	struct vm_mode mode = vm_mode(vm);

	if (!mode_parse(history->options.techniques, text, &mode, vm->message, sizeof vm->message))
		return 0;
	return vm_switch(vm, &mode) ? size : 0;
}

/* Gives how much of it the machine took. */
static size_t arrive(const struct history *history, const struct input *input)
{
	struct vm *vm = history->vm;
	char text[INPUT_BYTES + 1] = "";

	memcpy(text, input->bytes, input->size);
	switch (input->kind) {
	case INPUT_KEYBOARD:
		return board_key_input(vm->board, input->bytes, input->size);
	case INPUT_SERIAL:
		return board_serial_input(vm->board, 0, input->bytes, input->size);
	case INPUT_SWITCH:
		return switch_mode(history, text, input->size);
	case INPUT_REGISTER:
		return poke_register(vm, text) ? input->size : 0;
	default:
		return poke_memory(vm, input->address, input->bytes, input->size) ? input->size : 0;
	}
}

/* What is due. What a full queue does not take waits for a later moment, the same one in each replay. */
static void take_input(struct history *history)
{
	while (next_input(history) <= history->vm->clock) {
		struct input rest = history->input[history->next];
		size_t taken = arrive(history, &rest);

		history->next++;
		if (taken == rest.size || !rest.planned || rest.kind > INPUT_SERIAL)
			continue;
		history->input[history->next - 1].size = (uint8_t)taken;
		rest.size -= (uint8_t)taken;
		memmove(rest.bytes, rest.bytes + taken, rest.size);
		rest.clock = history->vm->clock + history->vm->costs.frequency / 1000;
		history_plan(history, &rest);
	}
}

static bool make_place(struct history *history)
{
	size_t room = history->room ? history->room * 2 : 64;
	struct input *input;

	if (history->inputs < history->room)
		return true;
	input = realloc(history->input, room * sizeof *input);
	if (!input)
		return refuse(history->vm->message, sizeof history->vm->message,
			      "not enough memory for more input; close other programs");
	history->input = input;
	history->room = room;
	return true;
}

bool history_plan(struct history *history, const struct input *input)
{
	size_t at = history->inputs;

	if (!make_place(history))
		return false;
	while (at > history->next && history->input[at - 1].clock > input->clock)
		at--;
	memmove(&history->input[at + 1], &history->input[at], (history->inputs - at) * sizeof *input);
	history->input[at] = *input;
	history->input[at].planned = true;
	history->inputs++;
	return true;
}

/* ---- branches ---- */

/* Forgets all that came after now, except what was planned. */
static void cut(struct history *history)
{
	uint64_t now = history->vm->clock;
	size_t kept = history->next;

	if (now >= history->end)
		return;
	for (size_t i = history->next; i < history->inputs; i++)
		if (history->input[i].planned)
			history->input[kept++] = history->input[i];
	history->inputs = kept;
	while (history->marks > 1 && history->mark[history->marks - 1].clock > now)
		drop_mark(history, history->marks - 1);
	history->end = now;
	history->heard = earlier(history->heard, now);
	history->branch++;
	event_set_repeating(&history->vm->events, false);
}

static bool put_back(struct history *history, const struct mark *mark);

/* A move to another technique that was refused has cost time and caches all the same: it is taken back. */
static size_t try_input(struct history *history, const struct input *input)
{
	struct vm *vm = history->vm;
	bool marked = input->kind == INPUT_SWITCH && set_mark(history);
	uint64_t clock = vm->clock;
	size_t taken = arrive(history, input);
	char message[sizeof vm->message];

	if (taken || !marked)
		return taken;
	memcpy(message, vm->message, sizeof message);
	put_back(history, &history->mark[mark_at(history, clock)]);
	take_input(history);
	memcpy(vm->message, message, sizeof message);
	return 0;
}

bool history_input(struct history *history, struct input *input)
{
	size_t taken;

	if (!make_place(history))
		return false;
	take_input(history);
	input->clock = history->vm->clock;
	input->planned = false;
	taken = try_input(history, input);
	if (!taken)
		return false;
	input->size = (uint8_t)taken;
	cut(history);
	memmove(&history->input[history->next + 1], &history->input[history->next],
		(history->inputs - history->next) * sizeof *input);
	history->input[history->next++] = *input;
	history->inputs++;
	return true;
}

/* ---- forward ---- */

static bool in_past(const struct history *history)
{
	return history->vm->clock < history->end;
}

/* Keeps the slice near its time, for screens and signals, and marks where they are due. */
static enum vm_end run_slice(struct history *history, uint64_t limit)
{
	struct vm *vm = history->vm;
	uint64_t from = vm->clock;
	double begun = host_seconds(CLOCK_MONOTONIC), worked = host_work(), taken;
	enum vm_end end = vm_run(vm, earlier(limit, from + history->slice));

	taken = host_seconds(CLOCK_MONOTONIC) - begun;
	history->run_seconds += host_work() - worked;
	if (taken > 2 * slice_seconds && history->slice > 1000)
		history->slice /= 2;
	else if (taken < slice_seconds / 2 && vm->clock - from >= history->slice)
		history->slice *= 2;
	return end;
}

/* The machine has come to a moment. */
static void arrived(struct history *history)
{
	take_input(history);
	if (history->vm->clock >= history->heard && history->vm->events.repeating)
		event_set_repeating(&history->vm->events, false);
	if (history->vm->clock > history->heard)
		history->heard = history->vm->clock;
	if (history->vm->clock > history->end)
		history->end = history->vm->clock;
	if (mark_due(history))
		set_mark(history);
}

/* Where readers begin to be told again. */
static uint64_t end_of_repetition(const struct history *history)
{
	return history->vm->clock < history->heard ? history->heard : UINT64_MAX;
}

enum vm_end history_run(struct history *history, uint64_t limit)
{
	struct vm *vm = history->vm;
	enum vm_end end = VM_RUNNING;

	take_input(history);
	if (in_past(history))
		limit = earlier(limit, history->end);
	while (end == VM_RUNNING && vm->clock < limit) {
		end = run_slice(history,
				earlier(earlier(limit, next_input(history)), end_of_repetition(history)));
		arrived(history);
	}
	return end;
}

/* Of a halted guest: its idle time passes up to what comes first. */
static enum vm_end pass_idle_time(struct history *history)
{
	struct vm *vm = history->vm;
	uint64_t until = earlier(next_input(history), board_next(vm->board));

	if (until == BOARD_NEVER)
		return VM_HALTED;
	return vm_run(vm, until > vm->clock ? until : vm->clock + 1);
}

static bool idle(const struct history *history)
{
	return vm_guest_state(history->vm)->activity == ACTIVITY_HALTED &&
	       !board_interrupt(history->vm->board) && (vm_guest_state(history->vm)->eflags & EFLAGS_IF);
}

enum vm_end history_step(struct history *history)
{
	struct vm *vm = history->vm;
	uint64_t from = vm->clock;
	enum vm_end end = VM_RUNNING;

	take_input(history);
	for (unsigned i = 0; i < STILL_STEPS && end == VM_RUNNING && vm->clock == from; i++)
		end = idle(history) ? pass_idle_time(history) : vm_step(vm);
	arrived(history);
	return end;
}

/* ---- to any moment ---- */

static bool put_back(struct history *history, const struct mark *mark)
{
	struct vm *vm = history->vm;

	if (!snapshot_restore(history->snapshots, mark->snapshot))
		return false;
	history->next = mark->inputs;
	history->marked_at = history->run_seconds;
	event_set_repeating(&vm->events, vm->clock < history->heard);
	return vm_set_stops(vm, history->stop, history->stops);
}

/* The way to a moment is nobody's stop. */
static size_t hide_stops(struct history *history)
{
	size_t stops = history->stops;

	history->stops = 0;
	vm_set_stops(history->vm, NULL, 0);
	return stops;
}

static void show_stops(struct history *history, size_t stops)
{
	history->stops = stops;
	vm_set_stops(history->vm, history->stop, stops);
}

static enum vm_end go(struct history *history, uint64_t clock)
{
	const struct mark *mark = &history->mark[mark_at(history, clock)];
	struct vm *vm = history->vm;
	enum vm_end end = VM_RUNNING;

	if ((clock < vm->clock || mark->clock > vm->clock) && !put_back(history, mark))
		return VM_UNSUPPORTED;
	take_input(history);
	while ((end == VM_RUNNING || end == VM_STOPPED) && vm->clock < clock)
		end = history_run(history, clock);
	return end;
}

enum vm_end history_go(struct history *history, uint64_t clock)
{
	size_t stops = hide_stops(history);
	enum vm_end end = go(history, clock < history->begin ? history->begin : clock);

	show_stops(history, stops);
	return end;
}

enum { BACK_AT_ONCE = 1024, CYCLES_A_STEP = 64, NEAR = 1 << 17 };

/* To `clock`, with a mark so near before it that coming to moments around it takes no time worth speaking of: whoever goes
 * back once will do so again, and how long the steps before a moment are is found by trying. */
static void come_near(struct history *history, uint64_t clock)
{
	uint64_t near = clock - history->begin > NEAR ? clock - NEAR : history->begin;

	if (clock - history->mark[mark_at(history, clock)].clock > 2 * NEAR) {
		go(history, near);
		set_mark(history);
	}
	go(history, clock);
}

/* Steps from here to `now`, and notes the last `room` moments before it in a ring. Gives how many there were. */
static uint64_t list_moments(struct history *history, uint64_t now, uint64_t *ring, uint64_t room)
{
	uint64_t count = 0;

	while (history->vm->clock < now) {
		ring[count++ % room] = history->vm->clock;
		if (history_step(history) != VM_RUNNING)
			break;
	}
	return count;
}

/* Up to BACK_AT_ONCE boundaries. Gives how many there were. */
static uint64_t go_back(struct history *history, uint64_t count)
{
	uint64_t ring[BACK_AT_ONCE], now = history->vm->clock, window = (count + 16) * CYCLES_A_STEP, found,
				     start;

	do {
		start = now - history->begin > window ? now - window : history->begin;
		come_near(history, start);
		found = list_moments(history, now, ring, count);
		window *= 8;
	} while (found <= count && start != history->begin); /* the first one may be no boundary of steps */
	if (found >= count)
		go(history, ring[found % count]);
	else
		go(history, found ? ring[0] : now);
	return found < count ? found : count;
}

uint64_t history_back(struct history *history, uint64_t count)
{
	size_t stops = hide_stops(history);
	uint64_t done = 0, part = 1;

	while (done < count && part) {
		part = go_back(history, count - done < BACK_AT_ONCE ? count - done : BACK_AT_ONCE);
		done += part;
	}
	show_stops(history, stops);
	return done;
}

uint64_t history_before(const struct history *history, uint64_t clock)
{
	return clock <= history->begin ? history->begin : history->mark[mark_at(history, clock - 1)].clock;
}

bool history_set_stops(struct history *history, const struct stop_place *place, size_t count)
{
	if (!vm_set_stops(history->vm, place, count))
		return false;
	if (count)
		memcpy(history->stop, place, count * sizeof *place);
	history->stops = count;
	return true;
}

/* ---- making ---- */

struct history *history_new(struct vm *vm, const struct history_options *options, char *error,
			    size_t error_size)
{
	struct history *history;

	if (vm->config.disk_writable) {
		refuse(error, error_size,
		       "disk-writable: what is written to a disk's file cannot go back in time; leave it "
		       "out, and "
		       "the guest's writes stay in memory");
		return NULL;
	}
	history = calloc(1, sizeof *history);
	if (history) {
		history->vm = vm;
		history->options = *options;
		if (!history->options.memory)
			history->options.memory = usual_memory;
		history->begin = history->end = history->heard = vm->clock;
		history->branch = 1;
		history->slice = first_slice;
		history->snapshots = snapshots_new(vm);
	}
	if (history && history->snapshots && set_mark(history))
		return history;
	history_free(history);
	refuse(error, error_size, "not enough memory for a history; close other programs, or lower memory");
	return NULL;
}

struct history *history_open(struct vm *vm, const struct history_options *options, const struct input *input,
			     size_t inputs, uint64_t end, char *error, size_t error_size)
{
	struct history *history = history_new(vm, options, error, error_size);
	struct input *copy = history ? malloc((inputs + 1) * sizeof *copy) : NULL;

	if (!copy) {
		if (history)
			refuse(error, error_size, "not enough memory for a history; close other programs");
		history_free(history);
		return NULL;
	}
	if (inputs)
		memcpy(copy, input, inputs * sizeof *copy);
	history->input = copy;
	history->inputs = inputs;
	history->room = inputs + 1;
	if (end > history->end)
		history->end = end;
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	while (history->marks)
		drop_mark(history, history->marks - 1);
	snapshots_free(history->snapshots);
	free(history->input);
	free(history);
}

/* ---- what is known ---- */

uint64_t history_begin(const struct history *history)
{
	return history->begin;
}

uint64_t history_end(const struct history *history)
{
	return history->end;
}

bool history_past(const struct history *history)
{
	return in_past(history);
}

unsigned history_branch(const struct history *history)
{
	return history->branch;
}

const struct input *history_input_at(const struct history *history, size_t index)
{
	return index < history->inputs ? &history->input[index] : NULL;
}

struct history_use history_use(const struct history *history)
{
	return (struct history_use){.snapshots = history->marks,
				    .bytes = snapshots_bytes(history->snapshots)};
}
