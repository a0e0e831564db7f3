/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/breaks.h - break- and watchpoints as people set them: what stops the guest, under which condition,
 * how many times to let it pass, by what name. They are kept with a session.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_BREAKS_H
#define RINGSIDE_VISUALIZER_DEBUGGER_BREAKS_H

#include "core/breakpoint.h"
#include "core/counters.h"
#include "visualizer/debugger/expression.h"

enum { BREAKS_MAX = 64, BREAK_NAME = 32, BREAK_CONDITION = 160 };

enum break_kind {
	BREAK_PLACE,     /* execution of, or access to, an address (core/breakpoint.h) */
	BREAK_EVENT,     /* an event of these kinds */
	BREAK_REASON,    /* an exit for this reason */
	/*
	 * The guest's CPL, PE or PG changed: its own, as it believes them, from one boundary at which it could be seen to the next.
	 * Processor and virtual CPU are asked to tell of each change (cpu_watch_mode); those of the hardware alone, as on the way
	 * into the VMM, are no hits.
	 */
	BREAK_MODE,
	BREAK_TECHNIQUE, /* the guest was moved to another technique, ring or paging */
	BREAK_TIME,      /* the clock reaches this */
	BREAK_TICK,      /* so many instructions were retired */
};

struct break_point {
	unsigned number; /* from 1, never given again; 0: free */
	enum break_kind kind;
	bool enabled, temporary; /* temporary: goes when it is hit */
	char name[BREAK_NAME];
	struct stop_place place;
	uint64_t kinds;            /* BREAK_EVENT */
	char reason[COUNTER_NAME]; /* BREAK_REASON */
	uint64_t moment;           /* BREAK_TIME, BREAK_TICK */
	char condition_text[BREAK_CONDITION];
	struct expression *condition; /* NULL: always */
	uint64_t hits, ignore;        /* forward hits so far; how many more pass */
};

struct breaks {
	struct break_point point[BREAKS_MAX];
	unsigned next_number;
};

struct debugger;

/* "break" and "watch" in the words of the shell: places by number, symbol or `*space:address`, and `if EXPRESSION`
 * (docs/shell.md). NULL: debugger->message. */
struct break_point *breaks_add(struct debugger *debugger, const struct break_point *like);
bool breaks_delete(struct debugger *debugger, unsigned number); /* 0: all */
struct break_point *breaks_find(struct debugger *debugger, unsigned number);
/* Is there an enabled execution breakpoint at this linear address? For the mark beside the code. */
const struct break_point *breaks_at(const struct debugger *debugger, uint32_t gla);
/* "2  break  trap_entry (0010012e)  if eax == 3  hit 4 times" */
void break_describe(const struct debugger *debugger, const struct break_point *point, char *text,
		    size_t size);

/* Reads and writes them as the shell's own commands, so that a file of them is a script. */
bool breaks_save(const struct debugger *debugger, const char *path, char *error, size_t error_size);

#endif
