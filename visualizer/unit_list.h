/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_list.h - translation units chosen to be shown: those of an address, those entered most often, or all.
 */
#ifndef RINGSIDE_VISUALIZER_UNIT_LIST_H
#define RINGSIDE_VISUALIZER_UNIT_LIST_H

#include "bt/bt.h"

#include <stddef.h>

struct unit_entry {
	const struct unit *unit;
	uint32_t hits;
};

struct unit_list {
	struct unit_entry *entry; /* those chosen, first */
	size_t count, all;        /* chosen; in the cache */
	uint64_t hits, all_hits;
	bool counted;             /* with unit counters */
};

struct unit_choice {
	bool by_address;
	uint32_t address; /* linear: units that have an instruction there */
	bool top;         /* the `most` units that were entered most often, in this order */
	uint64_t most;
};

/* False after a message: not enough memory. */
bool unit_list_make(struct unit_list *list, const struct vm *vm, const struct unit_choice *choice);
void unit_list_free(struct unit_list *list);
/* Is it among those chosen? */
bool unit_list_has(const struct unit_list *list, const struct unit *unit);

#endif
