/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/exits.h - the exits of a run, counted by reason and by the guest's function that they came from.
 */
#ifndef RINGSIDE_LABS_GRADE_EXITS_H
#define RINGSIDE_LABS_GRADE_EXITS_H

#include "core/symbols.h"
#include "core/vm.h"

enum { EXIT_ROWS = 256, EXIT_TEXT = 40 };

struct exit_row {
	char reason[EXIT_TEXT], function[EXIT_TEXT];
	uint64_t count;
};

struct exits {
	struct event_reader reader;    /* to be added to the machine's events */
	const struct vm *vm;
	const struct symbols *symbols; /* of the guest; NULL: functions are addresses */
	struct exit_row row[EXIT_ROWS];
	unsigned rows;
	uint64_t count;
};

/* Counts those of the machine from now on. */
void exits_begin(struct exits *exits, struct vm *vm, const struct symbols *symbols);
/* The machine and the symbols are going; the counts stay. */
void exits_end(struct exits *exits);
/* Of one reason; `reason` as in a configuration ("mov-cr" is "mov cr"). */
uint64_t exits_of(const struct exits *exits, const char *reason);
/* A table of up to `most` reasons, the most frequent first: count here, count of `other`, and where most come from. `other`: who has
 * fewer of them; reasons of which it has as many are left out. NULL: there is nobody to compare with. */
void exits_table(const struct exits *exits, const struct exits *other, unsigned most, char *text, size_t size);

#endif
