/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache.c - lab 6, solved: the policy of a translation cache. Units are kept in the order in which they are made, which is that of their
 * code's addresses too; live ones are found by a hash table, dead ones stay where they are until the cache is flushed.
 */
#include "ringside_lab.h"

enum { UNITS = 16384, CHAINS = 32768, BUCKETS = 4096, SHIFT = 10, NONE = 0 };

struct unit {
	struct lab_unit told;
	bool dead;
	uint32_t next; /* in its bucket: index + 1 */
};

struct chain {
	uint32_t exit, from, to; /* the latter two are ids */
};

struct state {
	struct unit unit[UNITS];
	struct chain chain[CHAINS];
	uint32_t bucket[BUCKETS]; /* index + 1 of its first unit; NONE: it is empty */
	uint32_t units, chains;
};

static struct state all;

/* ---- A: an index, and chains ---- */

static bool same_key(const struct lab_unit_key *a, const struct lab_unit_key *b)
{
	return a->eip == b->eip && a->cs_base == b->cs_base && a->cs_limit == b->cs_limit && a->stack_big == b->stack_big;
}

static uint32_t *bucket_of(const struct lab_unit_key *key)
{
	return &all.bucket[((key->eip ^ key->cs_base) * 0x9e3779b1u) >> 20];
}

static enum lab_result do_begin(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
	memset(all.bucket, 0, sizeof all.bucket);
	all.units = all.chains = 0;
	cache->shift = SHIFT;
	return LAB_DONE;
}

static enum lab_result do_made(struct lab_vm *vm, struct lab_cache *cache)
{
	uint32_t *bucket = bucket_of(&cache->unit.key);

	if (all.units == UNITS) {
		vm->call->log(vm, "no room for unit %u", cache->unit.id);
		return LAB_DECLINE;
	}
	all.unit[all.units++] = (struct unit){.told = cache->unit, .next = *bucket};
	*bucket = all.units;
	return LAB_DONE;
}

static struct unit *find(const struct lab_unit_key *key)
{
	for (uint32_t i = *bucket_of(key); i != NONE; i = all.unit[i - 1].next)
		if (same_key(&all.unit[i - 1].told.key, key))
			return &all.unit[i - 1];
	return NULL;
}

static enum lab_result do_find(struct lab_vm *vm, struct lab_cache *cache)
{
	const struct unit *unit = find(&cache->key);

	(void)vm;
	cache->found = unit ? unit->told.id : 0;
	return LAB_DONE;
}

static enum lab_result do_chain(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
	if (all.chains == CHAINS)
		return LAB_DONE;
	all.chain[all.chains++] = (struct chain){cache->exit, cache->from, cache->unit.id};
	cache->chain = 1;
	return LAB_DONE;
}

/* ---- B: indirect branches ---- */

static enum lab_result do_lookup(struct lab_vm *vm, struct lab_cache *cache)
{
	uint32_t eip = cache->unit.key.eip;

	(void)vm;
	cache->slot = (eip ^ eip >> SHIFT) % LAB_SLOTS;
	return LAB_DONE;
}

/* ---- C: code that changes ---- */

/* The linear page of a unit's first byte, or of its last. */
static uint32_t linear_page(const struct lab_unit *unit, unsigned part)
{
	return (unit->linear & ~4095u) + part * 4096;
}

/* Has it bytes among `size` from offset `from` of this page of its two? */
static bool overlaps(const struct lab_unit *unit, unsigned part, uint32_t from, uint32_t size)
{
	uint32_t first = unit->linear & 4095, end = first + unit->bytes;

	from += part * 4096;
	return first < from + size && from < end;
}

static bool goes(const struct lab_unit *unit, const struct lab_cache *cache)
{
	if (cache->reason == LAB_GIVEN_UP)
		return unit->id == cache->unit.id;
	for (unsigned part = 0; part < 2; part++) {
		if (unit->page[part] != (cache->gpa & ~UINT64_C(4095)))
			continue;
		if (cache->reason == LAB_STORED && overlaps(unit, part, cache->gpa & 4095, cache->size))
			return true;
		if (cache->reason == LAB_REMAPPED && linear_page(unit, part) == cache->linear)
			return true;
	}
	return false;
}

static void forget(struct unit *unit)
{
	uint32_t *link = bucket_of(&unit->told.key);

	while (&all.unit[*link - 1] != unit)
		link = &all.unit[*link - 1].next;
	*link = unit->next;
	unit->dead = true;
}

/* Names the chains that lead to a unit, and drops them and those that leave it. False: there is no room for another name. */
static bool unchain(struct lab_cache *cache, uint32_t id)
{
	for (uint32_t i = 0; i < all.chains;) {
		const struct chain *chain = &all.chain[i];

		if (chain->to != id) {
			i++;
			continue;
		}
		if (cache->exits == LAB_NAMED)
			return false;
		cache->named_exit[cache->exits++] = chain->exit;
		all.chain[i] = all.chain[--all.chains];
	}
	return true;
}

static void forget_chains_from(uint32_t id)
{
	for (uint32_t i = 0; i < all.chains;)
		if (all.chain[i].from == id)
			all.chain[i] = all.chain[--all.chains];
		else
			i++;
}

/* First all that lead to units that go, for they may be each other's. */
static enum lab_result do_invalidate(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
	for (uint32_t i = 0; i < all.units; i++)
		if (!all.unit[i].dead && goes(&all.unit[i].told, cache) && !unchain(cache, all.unit[i].told.id))
			return LAB_DONE;
	for (uint32_t i = 0; i < all.units && cache->units < LAB_NAMED; i++) {
		struct unit *unit = &all.unit[i];

		if (unit->dead || !goes(&unit->told, cache))
			continue;
		cache->named_unit[cache->units++] = unit->told.id;
		forget_chains_from(unit->told.id);
		forget(unit);
	}
	return LAB_DONE;
}

/* ---- D: faults ---- */

static const struct lab_unit *unit_at(uint32_t address)
{
	uint32_t low = 0, high = all.units;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		const struct lab_unit *unit = &all.unit[middle].told;

		if (address - unit->code < unit->code_size)
			return unit;
		if (address < unit->code)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static enum lab_result do_fault(struct lab_vm *vm, struct lab_cache *cache)
{
	const struct lab_unit *unit = unit_at(cache->address);

	(void)vm;
	if (!unit)
		return LAB_DONE;
	cache->found = unit->id;
	for (uint32_t i = 0; i < unit->insns; i++) {
		uint32_t into = cache->address - unit->code - unit->insn[i].code;

		if (into >= unit->insn[i].code_size)
			continue;
		cache->eip = unit->key.eip + unit->insn[i].offset;
		if (cache->behind && into > 0)
			cache->eip += unit->insn[i].length;
	}
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 6",
	.cache = {
		.begin = do_begin, .made = do_made, .find = do_find, .chain = do_chain, .lookup = do_lookup,
		.invalidate = do_invalidate, .fault = do_fault,
	},
};
