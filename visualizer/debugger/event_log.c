/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/event_log.c - events in a ring, each at the place of its sequence number. A replay tells the same
 * events by the same numbers: those are kept already. One that is not what was kept under its number tells of another
 * history, and the log goes on from it.
 */
#include "visualizer/debugger/event_log.h"

#include <stdlib.h>
#include <string.h>

enum { USUAL_ROOM = 65536 };

/* Sequence numbers first <= n < end; n is at n % room. */
struct window {
	struct event *event; /* NULL: none needed yet */
	uint64_t first, end;
};

/*
 * The latest events of the known history, and those around a moment so far back that they were dropped there. Replays that
 * come up to the latest ones join both.
 */
struct event_log {
	struct event_stream *stream;
	struct event_reader reader;
	struct window latest, past;
	size_t room; /* of a window */
};

static bool holds(const struct window *window, uint64_t sequence)
{
	return sequence >= window->first && sequence < window->end;
}

static bool joined(const struct event_log *log)
{
	return log->past.end > log->past.first && log->past.end == log->latest.first;
}

/* The window that the machine's present lies in. */
static const struct window *present(const struct event_log *log)
{
	uint64_t now = log->stream->sequence;
	const struct window *past = &log->past;

	return now < log->latest.first && now >= past->first && now <= past->end && past->end > past->first ? past
	                                                                                                   : &log->latest;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_event(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && a->cycle == b->cycle && a->instruction == b->instruction && a->eip == b->eip &&
	       a->guest_cpl == b->guest_cpl && a->cycles == b->cycles && a->technique == b->technique &&
	       same_text(a->reason, b->reason) && same_text(a->action, b->action);
}

static void append(struct event_log *log, struct window *window, const struct event *event)
{
	event_copy(&window->event[event->sequence % log->room], event);
	window->end = event->sequence + 1;
	if (window->end - window->first > log->room)
		window->first = window->end - log->room;
}

static void begin_at(struct window *window, uint64_t sequence)
{
	window->first = window->end = sequence;
}

/* History goes on from a moment that only `past` has: what were the latest events are of another branch. */
static void past_becomes_latest(struct event_log *log)
{
	struct window latest = log->latest;

	log->latest = log->past;
	log->past = latest;
	begin_at(&log->past, 0);
}

static bool have_past(struct event_log *log)
{
	if (!log->past.event)
		log->past.event = calloc(log->room, sizeof(*log->past.event));
	return log->past.event != NULL;
}

/* Cuts the log where `sequence` was told otherwise, or not yet; the window that takes it then. */
static void cut(struct event_log *log, uint64_t sequence)
{
	if (sequence >= log->latest.first) {
		if (sequence < log->latest.end)
			log->latest.end = sequence;
		return;
	}
	if (log->past.event)
		past_becomes_latest(log);
	if (sequence < log->latest.first || sequence > log->latest.end)
		begin_at(&log->latest, sequence);
	log->latest.end = sequence;
}

static void hear_again(struct event_log *log, const struct event *event)
{
	uint64_t sequence = event->sequence;

	if (!have_past(log))
		return;
	if (sequence < log->past.first || sequence > log->past.end)
		begin_at(&log->past, sequence);
	if (sequence == log->past.end)
		append(log, &log->past, event);
}

static void hear(void *owner, const struct event *event)
{
	struct event_log *log = owner;
	const struct event *known;

	if (event->sequence == log->latest.end) { /* the usual case, made short: the guest runs on */
		append(log, &log->latest, event);
		return;
	}
	known = event_log_at(log, event->sequence);
	if (known && same_event(known, event))
		return;
	if (known)
		cut(log, event->sequence);
	if (event->sequence < log->latest.first) {
		hear_again(log, event);
		return;
	}
	if (event->sequence > log->latest.end)
		begin_at(&log->latest, event->sequence);
	append(log, &log->latest, event);
}

struct event_log *event_log_new(struct event_stream *stream, size_t room)
{
	struct event_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->room = room ? room : USUAL_ROOM;
	log->latest.event = calloc(log->room, sizeof(*log->latest.event));
	if (!log->latest.event) {
		free(log);
		return NULL;
	}
	log->stream = stream;
	begin_at(&log->latest, stream->sequence);
	log->reader = (struct event_reader){
		.owner = log,
		.kinds = EVENT_KINDS_ALL,
		.read = hear,
		.travels = true,
	};
	event_add_reader(stream, &log->reader);
	return log;
}

void event_log_free(struct event_log *log)
{
	if (!log)
		return;
	event_remove_reader(log->stream, &log->reader);
	free(log->latest.event);
	free(log->past.event);
	free(log);
}

uint64_t event_log_first(const struct event_log *log)
{
	return joined(log) ? log->past.first : present(log)->first;
}

uint64_t event_log_end(const struct event_log *log)
{
	return joined(log) ? log->latest.end : present(log)->end;
}

const struct event *event_log_at(const struct event_log *log, uint64_t sequence)
{
	if (holds(&log->latest, sequence))
		return &log->latest.event[sequence % log->room];
	return holds(&log->past, sequence) ? &log->past.event[sequence % log->room] : NULL;
}

void event_log_cut(struct event_log *log, uint64_t sequence)
{
	if (sequence < event_log_end(log) || sequence < log->latest.end)
		cut(log, sequence);
}
