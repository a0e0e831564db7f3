/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/place.c - the fourth pass: a unit gets its place in the translation cache and in the pool of units, and
 * the back end turns its operations into code there. Units stand one behind the other in the order in
 * which they are made, so that an address finds its unit by bisection.
 */
#include "bt/operation.h"

#include <string.h>

enum { COUNTER_SIZE = 4 };

static bool pool_has_room(const struct translator *translator, const struct unit *unit)
{
	return translator->units_used < translator->units_max &&
	       translator->exits_max - translator->exits_used >= unit->exits;
}

/* The unit as it will stand in the pool, with its exits in theirs. */
static struct unit *copy_to_pool(struct translator *translator, const struct unit *from)
{
	struct unit *unit = &translator->unit[translator->units_used];

	*unit = *from;
	unit->exit = translator->exit + translator->exits_used;
	memcpy(unit->exit, from->exit, from->exits * sizeof *from->exit);
	for (unsigned i = 0; i < unit->exits; i++)
		unit->exit[i].unit = unit;
	return unit;
}

struct unit *place_unit(struct translator *translator, const struct unit *from, const struct operation *operation,
                        unsigned operations)
{
	bool counted = translator->vm->config.unit_counters;
	uint32_t at = translator->cache_used + (counted ? COUNTER_SIZE : 0);
	struct unit *unit;

	if (at >= translator->cache_size || !pool_has_room(translator, from))
		return NULL;
	unit = copy_to_pool(translator, from);
	unit->code = at;
	unit->count_at = counted ? translator->cache_used : 0;
	unit->code_size = translator->back->place(translator, unit, operation, operations, translator->cache + at,
	                                          unit_address(unit), translator->cache_size - at);
	if (!unit->code_size)
		return NULL;
	if (counted)
		memset(translator->cache + unit->count_at, 0, COUNTER_SIZE);
	cache_written(translator, translator->cache_used, at + unit->code_size - translator->cache_used);
	translator->cache_used = at + unit->code_size;
	translator->units_used++;
	translator->exits_used += unit->exits;
	return unit;
}
