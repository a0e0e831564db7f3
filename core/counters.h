/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/counters.h - statistics of exits: for each reason how often, and what it cost. One engine for a
 * running guest (a reader of the stream) and for a recording (JSON Lines).
 */
#ifndef RINGSIDE_CORE_COUNTERS_H
#define RINGSIDE_CORE_COUNTERS_H

#include "core/event.h"
#include "core/holes.h"
#include "core/output.h"

enum { COUNTERS_MAX = 128, COUNTER_NAME = 40 };

struct counter {
	char reason[COUNTER_NAME];
	uint64_t count, cycles;
	uint32_t least, most;
	bool work; /* no exit: see event_is_work */
};

struct counters {
	struct event_reader reader; /* to be added to the stream, after counters_begin */
	struct counter row[COUNTERS_MAX]; /* in the order of first appearance */
	const char *source[COUNTERS_MAX]; /* the event's static string a row was made from: found without comparing */
	unsigned rows;
	uint64_t count, cycles; /* of all rows, */
	uint64_t exits, exit_cycles; /* and of those that are exits */
	uint64_t kind[EV_KIND_COUNT]; /* events by kind, exits or not */
	struct holes holes; /* places of EV_SENSITIVE */
	uint64_t last_cycle;    /* end of the last event seen */
	uint64_t last_instruction;
};

/* Empties the counters and makes their reader want `kinds`. */
void counters_begin(struct counters *counters, uint64_t kinds);

/* Adds one exit, or other work that has a price. Reasons past COUNTERS_MAX count as "other". */
void counters_add(struct counters *counters, const char *reason, bool work, uint32_t cycles);
void counters_add_event(struct counters *counters, const struct event *event);

/* Reads a recording made by write_jsonl. False: `error` names the file, line, cause and remedy. */
bool counters_read(struct counters *counters, const char *path, char *error, size_t error_size);
/* One line of it; the schema line too. */
bool counters_read_line(struct counters *counters, const char *line, bool first, char *error,
                        size_t error_size);

/* Does `word` name this reason? What is no letter or digit may be written as hyphens: "trace-other-data" is
 * "trace, other data". */
bool counter_is(const char *reason, const char *word);

/* Row numbers by cycles, most first, then by name: fills `order` (COUNTERS_MAX), gives how many. */
unsigned counters_order(const struct counters *counters, unsigned *order);
/* Rounded to the nearest. */
uint64_t counter_average(const struct counter *counter);
/* Of the cycles of all exits, in tenths of a percent. */
unsigned counter_share(const struct counters *counters, const struct counter *counter);

/* The exit table for people, and as one JSON object on one line. */
void counters_write_text(const struct counters *counters, struct output *output);
void counters_write_json(const struct counters *counters, struct output *output);

#endif
