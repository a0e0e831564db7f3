/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/exits.h - the exits of a run, counted by reason and by the guest's function that they came from.
 */
#ifndef RINGSIDE_LABS_GRADE_EXITS_H
#define RINGSIDE_LABS_GRADE_EXITS_H

#include "core/event.h"
#include "core/symbols.h"

enum { EXIT_ROWS = 256, EXIT_TEXT = 40 };

struct exit_row {
	char reason[EXIT_TEXT], function[EXIT_TEXT];
	uint64_t count;
};

struct exits {
	struct event_reader reader;    /* to be added to the machine's events */
	const struct symbols *symbols; /* of the guest; NULL: functions are addresses */
	struct exit_row row[EXIT_ROWS];
	unsigned rows;
	uint64_t count;
};

void exits_begin(struct exits *exits, const struct symbols *symbols);
/* Of one reason; `reason` as in a configuration ("mov-cr" is "mov cr"). */
uint64_t exits_of(const struct exits *exits, const char *reason);
/* A table of `most` reasons, the most frequent first: count here, count of `other` (NULL: nobody), and where most come from. */
void exits_table(const struct exits *exits, const struct exits *other, unsigned most, char *text, size_t size);

#endif
