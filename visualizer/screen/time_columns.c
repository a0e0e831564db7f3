/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/time_columns.c - see time_columns.h. Events are numbered as they end, so their ends rise with their
 * numbers and a moment is found by halving; going through them backward, a whole comes before its parts and covers them.
 */
#include "visualizer/screen/time_columns.h"

#include <string.h>

uint64_t event_ending_after(const struct event_log *log, uint64_t cycle)
{
	uint64_t low = event_log_first(log), high = event_log_end(log);

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct event *event = event_log_at(log, middle);

		if (event && event_end_cycle(event) <= cycle)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- kinds ---- */

static const struct {
	char letter;
	bool device;
} kinds[EV_KIND_COUNT] = {
	[EV_BEGIN] = {'b', false},      [EV_TRAP] = {'T', false},       [EV_SENSITIVE] = {'!', false},
	[EV_REFLECT] = {'R', false},    [EV_HIDDEN_FAULT] = {'h', false}, [EV_TRUE_FAULT] = {'F', false},
	[EV_TRACE] = {'t', false},      [EV_SHADOW_FILL] = {'s', false}, [EV_SHADOW_FLUSH] = {'s', false},
	[EV_SHADOW_ROOT] = {'r', false}, [EV_DESCRIPTOR] = {'d', false}, [EV_TABLES] = {'d', false},
	[EV_EMULATE] = {'e', false},    [EV_INTERRUPT] = {'I', true},   [EV_INJECT] = {'J', true},
	[EV_PORT] = {'P', true},        [EV_DELIVERED] = {'D', true},   [EV_WORLD_SWITCH] = {'w', false},
	[EV_TRANSLATE] = {'n', false},  [EV_CHAIN] = {'c', false},      [EV_INVALIDATE] = {'i', false},
	[EV_CALLOUT] = {'C', false},    [EV_VM_EXIT] = {'X', false},    [EV_HYPERCALL] = {'H', false},
	[EV_CLOCK] = {'k', false},      [EV_SWITCH] = {'S', false},     [EV_END] = {'E', false},
	[EV_DEVICE] = {'M', true},
};

char event_letter(enum event_kind kind)
{
	return kinds[kind].letter;
}

bool event_is_device(enum event_kind kind)
{
	return kinds[kind].device;
}

/* Is the time of such an event the VMM's? Otherwise hardware or the guest has spent it. */
static bool is_vmms(const struct event *event)
{
	switch ((enum event_kind)event->kind) {
	case EV_DELIVERED:
	case EV_SENSITIVE:
	case EV_BEGIN:
	case EV_END: return false;
	default: return true;
	}
}

/* ---- filling ---- */

static void add_time(struct time_columns *columns, unsigned row, uint64_t from, uint64_t to)
{
	uint64_t end = columns->begin + columns->per * (uint64_t)columns->count;

	from = from < columns->begin ? columns->begin : from;
	to = to > end ? end : to;
	while (from < to) {
		uint64_t index = (from - columns->begin) / columns->per;
		uint64_t until = columns->begin + (index + 1) * columns->per;

		until = until < to ? until : to;
		columns->column[index].cycles[row] += until - from;
		from = until;
	}
}

static void add_mark(struct time_columns *columns, const struct event *event)
{
	struct time_column *column;
	bool device = event_is_device((enum event_kind)event->kind);

	if (event->cycle < columns->begin || event->cycle - columns->begin >= columns->per * (uint64_t)columns->count ||
	    !event_filter_takes(&columns->marked, event))
		return;
	column = &columns->column[(event->cycle - columns->begin) / columns->per];
	if (device) {
		if (!column->devices++)
			column->device_kind = event->kind;
	} else if (!column->exits++) {
		column->exit_kind = event->kind;
	}
}

/* `low`: from there on the time is told already, and that is where a guest of this CPL was left. */
static void add_event(struct time_columns *columns, const struct event *event, bool vmm, uint64_t *low, unsigned *cpl)
{
	uint64_t end = event_end_cycle(event);

	add_mark(columns, event);
	if (event->cycle >= *low)
		return;
	if (end < *low)
		add_time(columns, *cpl, end, *low);
	if (vmm && is_vmms(event))
		add_time(columns, TIME_VMM, event->cycle, end < *low ? end : *low);
	else
		add_time(columns, event->guest_cpl & 3, event->cycle, end < *low ? end : *low);
	*low = event->cycle;
	*cpl = event->guest_cpl & 3;
}

/* Wholes that end after a part of theirs: so many events behind the right side may reach into what is to be seen. */
enum { NESTING = 8 };

void time_columns_fill(struct time_columns *columns, const struct debugger *debugger)
{
	const struct event_log *log = debugger->log;
	uint64_t end = columns->begin + columns->per * (uint64_t)columns->count, clock = debugger->vm->clock, low = clock;
	uint64_t first = event_log_first(log), last = event_log_end(log), at = event_ending_after(log, end);
	unsigned cpl = vm_guest_state(debugger->vm)->cpl;

	memset(columns->column, 0, (size_t)columns->count * sizeof(columns->column[0]));
	at = last - at > NESTING ? at + NESTING : last;
	if (at > first && (at < last || event_end_cycle(event_log_at(log, at - 1)) > clock)) {
		/* What comes behind is not looked at, or is not known. */
		low = event_end_cycle(event_log_at(log, at - 1));
		cpl = event_log_at(log, at - 1)->guest_cpl & 3;
	}
	while (at > first && low > columns->begin)
		add_event(columns, event_log_at(log, --at), debugger->vm->technique->vmm, &low, &cpl);
	/* Before the very first event somebody of that CPL ran. */
	if (at == 0 && low > columns->begin)
		add_time(columns, cpl, columns->begin, low);
}
