/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/holes.h - where a guest fell into the holes of an architecture that is not virtualizable (Robin and Irvine
 * 2000): which sensitive instruction did not trap, at which address, how often. Counted from events, like exits.
 */
#ifndef RINGSIDE_CORE_HOLES_H
#define RINGSIDE_CORE_HOLES_H

#include "core/json.h"
#include "core/symbols.h"

enum { HOLES_MAX = 256, HOLE_TEXT = 24 };

struct hole {
	uint32_t eip;                              /* of the guest */
	char mnemonic[HOLE_TEXT], what[HOLE_TEXT]; /* "pushf"; what differed: "pushed eflags" */
	uint64_t count;
};

struct holes {
	struct hole place[HOLES_MAX]; /* a hash table: free where the count is 0 */
	uint64_t elsewhere;           /* counted when the table was full */
};

/* One more at this place. */
void holes_add(struct holes *holes, uint32_t eip, const char *mnemonic, const char *what);

/* The places by count, most first, then by address: fills `order` (HOLES_MAX) and gives how many. */
unsigned holes_order(const struct holes *holes, const struct hole **order);

/* The places with most, a line each, and what the others add up to; nothing when there are none. */
void holes_write_text(const struct holes *holes, const struct symbols *symbols, struct output *output);
/* All of them: an array under the key "holes". */
void holes_write_json(const struct holes *holes, struct json *json);

#endif
