/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache.c - lab 6: the policy of a translation cache. Your name:
 *
 * The VMM translates, patches and runs; you keep the books: which units there are, which exits are chained, what goes when guest code
 * changes, and where in the guest's code an address of the cache is. A handler reads the first part of `cache` and fills the last
 * members of it, which are 0 before. See handout.md, and the section "Lab 6" of ringside_lab.h.
 *
 * Variables of yours stay from call to call, and so does what vm->call->allocate gives. What is not written yet says so with
 * `ringside grade -v`.
 */
#include "ringside_lab.h"

static enum lab_result to_do(struct lab_vm *vm, const char *what)
{
	vm->call->log(vm, "%s: to do", what);
	return LAB_DONE;
}

/* ---- part A: an index, and chains ---- */

/* The cache is empty. cache->shift: how the lookup routine makes slots of EIPs (part B). */
static enum lab_result do_begin(struct lab_vm *vm, struct lab_cache *cache)
{
	cache->shift = 31;
	return to_do(vm, "begin");
}

/* cache->unit has been made. */
static enum lab_result do_made(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)cache;
	return to_do(vm, "made");
}

/* cache->found: the unit made for cache->key; 0: there is none, so the VMM makes it. */
static enum lab_result do_find(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)cache;
	return to_do(vm, "find");
}

/* cache->chain: shall cache->exit of unit cache->from lead straight to cache->unit from now on? */
static enum lab_result do_chain(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)cache;
	return to_do(vm, "chain");
}

/* ---- part B: indirect branches ---- */

/* cache->slot: where cache->unit goes in the lookup cache. */
static enum lab_result do_lookup(struct lab_vm *vm, struct lab_cache *cache)
{
	cache->slot = LAB_NO_SLOT;
	return to_do(vm, "lookup");
}

/* ---- part C: code that changes ---- */

/* cache->named_unit[0 .. units - 1], cache->named_exit[0 .. exits - 1]: all units that go and all exits chained to them. */
static enum lab_result do_invalidate(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)cache;
	return to_do(vm, "invalidate");
}

/* ---- part D: precise faults ---- */

/* cache->found, cache->eip: the unit whose code cache->address is in, and the guest's EIP. */
static enum lab_result do_fault(struct lab_vm *vm, struct lab_cache *cache)
{
	(void)cache;
	return to_do(vm, "fault");
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 6",
	.cache = {
		.begin = do_begin, .made = do_made, .find = do_find, .chain = do_chain, .lookup = do_lookup,
		.invalidate = do_invalidate, .fault = do_fault,
	},
};
