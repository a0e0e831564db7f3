/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/cache.c - translation units, and the memory that they are placed in: a bounded piece of the VMM's frames, filled
 * from its beginning and emptied at once when it is full (the simplest policy that there is, and not a bad
 * one: Hazelwood and Smith 2004). A unit that is dropped for itself keeps its place, and what it is known by,
 * until then: the processor may be inside it.
 */
#include "bt/operation.h"
#include "core/refuse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	SMALLEST_UNIT = 64, /* bytes: fewer on average, and the pool is full before the cache is */
	SMALLEST_EXIT = 16,
	FEWEST_BITS = 6,
};

/* ---- the whole ---- */

void cache_written(struct translator *translator, uint32_t offset, uint32_t size)
{
	cpu_code_written(translator->vm->processor, (uint64_t)CACHE_POSITION * PAGE_SIZE + offset, size);
}

/* What is shared by all units stands at the cache's beginning. */
static bool start(struct translator *translator)
{
	translator->routine_size = translator->back->begin(translator, translator->cache, translator->cache_size);
	if (!translator->routine_size)
		return refuse(translator->vm->message, sizeof translator->vm->message,
		              "the translation cache is too small; give translation-cache 512 bytes at least");
	cache_written(translator, 0, translator->routine_size);
	translator->cache_used = translator->routine_size;
	return true;
}

/* A bucket a unit, or a little more: a power of two. */
static unsigned bits_for(unsigned units)
{
	unsigned bits = FEWEST_BITS;

	while (1u << bits < units)
		bits++;
	return bits;
}

static size_t bucket_bytes(const struct translator *translator)
{
	return sizeof(struct unit *) << translator->bucket_bits;
}

bool cache_begin(struct translator *translator)
{
	struct arena *arena = translator->vm->arena;

	translator->lookup_shift = LOOKUP_SHIFT;
	translator->units_max = translator->cache_size / SMALLEST_UNIT + 1;
	translator->exits_max = translator->cache_size / SMALLEST_EXIT + UNIT_EXITS;
	translator->unit = arena_take(arena, translator->units_max * sizeof *translator->unit);
	translator->exit = arena_take(arena, translator->exits_max * sizeof *translator->exit);
	translator->bucket_bits = bits_for(translator->units_max);
	translator->bucket = arena_take(arena, bucket_bytes(translator));
	if (!translator->unit || !translator->exit || !translator->bucket)
		return refuse(translator->vm->message, sizeof translator->vm->message,
		              "not enough memory for translation units; close other programs");
	return start(translator);
}

void cache_end(struct translator *translator)
{
	struct arena *arena = translator->vm->arena;

	arena_give(arena, translator->unit);
	arena_give(arena, translator->exit);
	arena_give(arena, translator->bucket);
	translator->unit = NULL;
	translator->exit = NULL;
	translator->bucket = NULL;
	translator->units_used = translator->exits_used = 0;
}

void cache_flush(struct translator *translator)
{
	for (unsigned i = 0; i < translator->units_used; i++)
		if (!translator->unit[i].dropped)
			watch_remove(translator, &translator->unit[i]);
	lookup_clear(translator);
	memset(translator->bucket, 0, bucket_bytes(translator));
	translator->units_used = translator->exits_used = 0;
	translator->cache_used = translator->routine_size;
	translator->generation++;
	translator->begun = false;
	translator->counters.flushes++;
}

/* ---- by key ---- */

static unsigned bucket_of(const struct translator *translator, const struct unit_key *key)
{
	uint32_t mix = (key->eip ^ key->cs_base * 31u) * 0x9e3779b1u;

	return mix >> (32 - translator->bucket_bits);
}

static bool same_key(const struct unit_key *a, const struct unit_key *b)
{
	return a->eip == b->eip && a->cs_base == b->cs_base && a->cs_limit == b->cs_limit &&
	       a->stack_big == b->stack_big;
}

struct unit *unit_find(const struct translator *translator, const struct unit_key *key)
{
	struct unit *unit = translator->bucket[bucket_of(translator, key)];

	while (unit && !same_key(&unit->key, key))
		unit = unit->next_in_bucket;
	return unit;
}

void unit_insert(struct translator *translator, struct unit *unit)
{
	struct unit **bucket = &translator->bucket[bucket_of(translator, &unit->key)];

	unit->next_in_bucket = *bucket;
	*bucket = unit;
}

static void unit_remove(struct translator *translator, const struct unit *unit)
{
	struct unit **link = &translator->bucket[bucket_of(translator, &unit->key)];

	while (*link != unit)
		link = &(*link)->next_in_bucket;
	*link = unit->next_in_bucket;
}

/* ---- chaining ---- */

static void lead(struct translator *translator, struct unit_exit *exit, uint32_t address)
{
	translator->back->patch(translator, exit, address);
	cache_written(translator, exit->unit->code + exit->patch, 4);
}

void unit_chain(struct translator *translator, struct unit_exit *exit, struct unit *to)
{
	assert(exit->kind == EXIT_TRANSFER && !exit->chained && !to->dropped);
	if (exit->unit->dropped) /* its code has met a store while it ran for the last time */
		return;
	lead(translator, exit, unit_address(to));
	exit->chained = to;
	exit->next_incoming = to->incoming;
	to->incoming = exit;
	translator->counters.chains++;
}

static void unchain(struct translator *translator, struct unit_exit *exit)
{
	struct unit_exit **link = &exit->chained->incoming;

	while (*link != exit)
		link = &(*link)->next_incoming;
	*link = exit->next_incoming;
	exit->chained = NULL;
	lead(translator, exit, 0);
	translator->counters.unchained++;
}

void unit_drop(struct translator *translator, struct unit *unit)
{
	assert(!unit->dropped);
	while (unit->incoming)
		unchain(translator, unit->incoming);
	for (unsigned i = 0; i < unit->exits; i++)
		if (unit->exit[i].chained)
			unchain(translator, &unit->exit[i]);
	lookup_remove(translator, unit);
	watch_remove(translator, unit);
	unit_remove(translator, unit);
	unit->dropped = true;
	translator->generation++;
	translator->counters.units_dropped++;
}

/* ---- by address ---- */

struct unit *unit_at(const struct translator *translator, uint32_t address)
{
	uint32_t offset = address - WINDOW_ADDRESS(CACHE_POSITION);
	unsigned low = 0, high = translator->units_used;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		struct unit *unit = &translator->unit[middle];

		if (offset >= unit->code && offset - unit->code < unit->code_size)
			return unit;
		if (offset < unit->code)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct record *record_at(const struct unit *unit, uint32_t address)
{
	uint32_t offset = address - unit_address(unit);

	for (unsigned i = 0; i < unit->count; i++)
		if (offset - unit->record[i].code < unit->record[i].code_size)
			return (struct record *)&unit->record[i];
	return NULL;
}
