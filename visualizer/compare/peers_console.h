/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_console.h - the lines of a guest's console as they come: those that must be the same are gathered
 * or compared, and those that start and stop the clock are noticed.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_CONSOLE_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_CONSOLE_H

#include "visualizer/compare/peers.h"

#include <regex.h>

enum { CONSOLE_LINE = 4096, CONSOLE_LINES = 100000 };

/* What to look for. */
struct patterns {
	regex_t since, until, lines;
	bool has_since, has_until, has_lines;
};

/* False: `error` names the pattern. The caller ends it with patterns_free when it was made. */
bool patterns_make(struct patterns *patterns, const struct peers_options *options, char *error, size_t error_size);
void patterns_free(struct patterns *patterns);

struct console {
	const struct patterns *patterns;
	struct peers_reference *gathers;        /* NULL: what comes is compared, */
	const struct peers_reference *expected; /* with this */
	unsigned same;                          /* lines that were as expected */
	double begin, end; /* when the clock started and stopped; 0: not yet */
	bool wrong;        /* `message` says what was expected, and what came */
	bool failed;       /* memory was short */
	char message[256];
	char line[CONSOLE_LINE];
	size_t length;
};

/* What came at this moment. */
void console_take(struct console *console, const char *bytes, size_t count, double now);
/* Nothing comes any more: a last line without an end is one, too. */
void console_close(struct console *console, double now);
/* All that was expected has been said. */
bool console_complete(const struct console *console);

void reference_free(struct peers_reference *reference);

#endif
