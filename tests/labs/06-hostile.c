/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/06-hostile.c - policies that name what there is not, run away or cheat: one for each HOSTILE_NAME. tests/interface/lab_06.sh
 * makes each a file of its own and runs it; here stands which test, and what must be said of it:
 *
 * expected: NUMBERS find got unit 3735928559, which there is not
 * expected: NAMES stores 64 can be named in a call; got 4294967295 units
 * expected: EXITS stores exit 4294967295, which there is not
 * expected: TWICE stores is named twice|only units that this concerns
 * expected: SHIFT find the shift is 1 to 31; got 77
 * expected: CHAIN chain it is 0 or 1; got 9
 * expected: SHOWN find what `cache` only shows
 * expected: BESIDE find wild write
 * expected: FAULT find gave LAB_FAULT
 * expected: DECLINE find a question was left to the VMM
 * expected: LOOP find endless loop
 * expected: NULL find a write through a null pointer
 * expected: MISSING find has no handler 'cache-find'
 */
#include "ringside_lab.h"

static enum lab_result do_begin(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
	cache->shift = 10;
#if defined HOSTILE_SHIFT
	cache->shift = 77;
#elif defined HOSTILE_SHOWN
	cache->unit.id = 5;
#elif defined HOSTILE_BESIDE
	memset(cache, 0x77, sizeof *cache + 16);
#elif defined HOSTILE_FAULT
	return lab_fault(vm, LAB_GP, 0);
#elif defined HOSTILE_DECLINE
	return LAB_DECLINE;
#elif defined HOSTILE_LOOP
	for (;;)
		*(volatile uint32_t *)&cache->shift;
#elif defined HOSTILE_NULL
	*(volatile int *)(uintptr_t)(cache->shift == 77) = 1;
#endif
	return LAB_DONE;
}

/* As much of an index as it takes to come to the deed. */
static struct lab_unit made[1024];
static uint32_t count;

static enum lab_result do_made(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
	made[count++ % 1024] = cache->unit;
	return LAB_DONE;
}

static enum lab_result do_chain(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
	cache->chain = 9;
	return LAB_DONE;
}

static enum lab_result __attribute__((unused)) do_find(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
#if defined HOSTILE_NUMBERS
	cache->found = 0xdeadbeef;
#endif
	for (uint32_t i = 0; i < 1024 && !cache->found; i++)
		if (memcmp(&made[i].key, &cache->key, sizeof cache->key) == 0)
			cache->found = made[i].id;
	return LAB_DONE;
}

static enum lab_result do_invalidate(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)vm;
#if defined HOSTILE_NAMES
	cache->units = UINT32_MAX;
#elif defined HOSTILE_EXITS
	cache->exits = 1;
	cache->named_exit[0] = UINT32_MAX;
#else
	cache->units = LAB_NAMED;
	for (unsigned i = 0; i < LAB_NAMED; i++)
		cache->named_unit[i] = made[(count - 1) % 1024].id;
#endif
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.cache = {
		.begin = do_begin, .made = do_made, .chain = do_chain, .invalidate = do_invalidate,
#if !defined HOSTILE_MISSING
		.find = do_find,
#endif
	},
};
