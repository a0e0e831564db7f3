/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/lent_check.c - what a pager from outside has made, looked at: each present entry beside a fresh walk of the guest's tables,
 * as check.c does for the VMM's own; and walks of the hardware's that must end in the guest's memory. Changes nothing.
 */
#include "core/refuse.h"
#include "shadowpt/lent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One entry of a table, at a place in an address space. */
struct place {
	const struct root *root;
	uint32_t linear, directory, table; /* the two shadow entries */
	struct walk walk;                  /* of the guest's tables */
};

static bool is_accessed(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->steps; i++)
		if (!(walk->step[i].entry & ENTRY_A))
			return false;
	return true;
}

static bool may_write(const struct shadow *shadow, const struct walk *walk, uint64_t gfn, uint64_t mfn)
{
	return walk->writable && walk->dirty && !shadow->traces[gfn] && !(memory_flags(shadow->vm->memory, mfn) & FRAME_ROM);
}

/* What is wrong with it, or NULL. */
static const char *fault_of(const struct shadow *shadow, const struct place *place)
{
	uint32_t rights = place->directory & place->table, mfn = place->table >> PAGE_SHIFT;
	const struct walk *walk = &place->walk;
	uint64_t gfn = 0;

	if (!walk->ok)
		return place->root->view == VIEW_USER ? "its ring 3 may not reach that page" : "it maps nothing there";
	if (!memory_mfn_to_gfn(shadow->vm->memory, mfn, &gfn) || gfn != walk->physical >> PAGE_SHIFT)
		return "it maps another frame";
	if ((rights & ENTRY_RW) && shadow->traces[gfn])
		return "that frame is traced, and a store to it would not be seen";
	if ((rights & ENTRY_RW) && !walk->writable)
		return "that page is read-only";
	if ((rights & ENTRY_RW) && !walk->dirty)
		return "it is not dirty, and the first store would not be seen";
	if ((rights & ENTRY_RW) && !may_write(shadow, walk, gfn, mfn))
		return "that is ROM";
	if (!shadow->options.separate_views && !(rights & ENTRY_US) != !walk->user)
		return walk->user ? "that page is its ring 3's too" : "that page is not its ring 3's";
	return is_accessed(walk) ? NULL : "it is not accessed, and the first access would not be seen";
}

static void guest_words(const struct walk *walk, char *text, size_t size)
{
	if (walk->steps == 0)
		snprintf(text, size, "paging is off");
	else if (walk->steps == 1)
		snprintf(text, size, "PDE %08" PRIx64, walk->step[0].entry);
	else
		snprintf(text, size, "PDE %08" PRIx64 ", PTE %08" PRIx64, walk->step[0].entry, walk->step[1].entry);
}

/* The entry that there could be; 0: none may. */
static uint32_t expected_entry(const struct shadow *shadow, const struct walk *walk)
{
	uint64_t gfn = walk->physical >> PAGE_SHIFT, mfn;

	if (!walk->ok || !is_accessed(walk) || gfn >= shadow->guest_frames || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn))
		return 0;
	return (uint32_t)mfn << PAGE_SHIFT | ENTRY_P | (may_write(shadow, walk, gfn, mfn) ? ENTRY_RW : 0) |
	       (walk->user || shadow->options.separate_views ? ENTRY_US : 0);
}

static void describe(const struct shadow *shadow, const struct place *place, const char *fault, struct lent_difference *difference)
{
	uint32_t expected = expected_entry(shadow, &place->walk);

	*difference = (struct lent_difference){.linear = place->linear, .cr3 = place->root->cr3, .why = fault};
	guest_words(&place->walk, difference->guest, sizeof difference->guest);
	snprintf(difference->expected, sizeof difference->expected, expected ? "frame %" PRIx32 ", P%s%s" : "nothing",
	         expected >> PAGE_SHIFT, expected & ENTRY_RW ? " RW" : "", expected & ENTRY_US ? " US" : "");
	snprintf(difference->got, sizeof difference->got, "PDE %08" PRIx32 ", PTE %08" PRIx32, place->directory, place->table);
}

static bool compare_table(const struct shadow *shadow, const struct root *root, uint32_t linear, uint32_t directory,
                          struct lent_difference *difference)
{
	const uint32_t *entry = lent_entries(shadow, directory >> PAGE_SHIFT);
	struct cpu_state state = root_state(shadow, root);

	for (uint32_t slot = 0; slot < LENT_ENTRIES; slot++) {
		struct place place = {.root = root, .linear = linear + (slot << PAGE_SHIFT), .directory = directory, .table = entry[slot]};
		const char *fault;

		if (!(entry[slot] & ENTRY_P))
			continue;
		cpu_walk(&state, &shadow->vm->guest_bus, place.linear, ACCESS_READ, root->view == VIEW_USER, &place.walk);
		fault = fault_of(shadow, &place);
		if (!fault)
			continue;
		describe(shadow, &place, fault, difference);
		return false;
	}
	return true;
}

bool lent_compare(const struct shadow *shadow, struct lent_difference *difference)
{
	const struct lent *lent = shadow->lent;

	for (uint32_t i = 0; i < lent->pages; i++) {
		const uint32_t *entry = lent_entries(shadow, lent->first + i);

		for (uint32_t slot = 0; lent->page[i].is_root && slot < LENT_ENTRIES - 1; slot++)
			if ((entry[slot] & ENTRY_P) && !compare_table(shadow, &lent->page[i].key, slot << 22, entry[slot], difference))
				return false;
	}
	return true;
}

bool lent_check(const struct shadow *shadow, char *message, size_t size)
{
	struct lent_difference difference;

	if (lent_compare(shadow, &difference))
		return true;
	return refuse(message, size, "gla %08" PRIx32 " (CR3 %08" PRIx32 "), the guest has %s: shadow %s; there may be %s: %s",
	              difference.linear, difference.cr3, difference.guest, difference.got, difference.expected, difference.why);
}

/* ---- the hardware's walks ---- */

void lent_walk(const struct shadow *shadow, uint32_t root, uint32_t linear, enum access access, bool user, struct walk *walk)
{
	struct cpu_state state = {.cr0 = CR0_PE | CR0_PG | CR0_WP, .cr3 = root << PAGE_SHIFT};

	cpu_walk(&state, &shadow->vm->machine_bus, linear, access, user, walk);
}

static uint32_t next_random(uint32_t *state) /* xorshift (Marsaglia 2003) */
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Most of an address space is empty: every other address is taken near one that a directory leads to. */
static uint32_t random_linear(const uint32_t *directory, uint32_t *state)
{
	uint32_t linear = next_random(state) % LENT_HOLE, slot = linear >> 22;

	if (linear & 1)
		return linear;
	while (slot < LENT_ENTRIES - 1 && !(directory[slot] & ENTRY_P))
		slot++;
	return slot < LENT_ENTRIES - 1 ? slot << 22 | (linear & 0x3fffff) : linear;
}

bool lent_random_walks(const struct shadow *shadow, unsigned count, uint32_t seed, char *message, size_t size)
{
	const struct lent *lent = shadow->lent;
	uint32_t state = seed * 2654435761u | 1;

	for (uint32_t i = 0; i < lent->pages; i++) {
		for (unsigned walks = 0; lent->page[i].is_root && walks < count; walks++) {
			uint32_t linear = random_linear(lent_entries(shadow, lent->first + i), &state);
			struct walk walk;
			uint64_t gfn;

			lent_walk(shadow, lent->first + i, linear, ACCESS_READ, false, &walk);
			if (walk.ok && !memory_mfn_to_gfn(shadow->vm->memory, walk.physical >> PAGE_SHIFT, &gfn))
				return refuse(message, size, "a random walk left the guest: gla %08" PRIx32 " leads to machine address %08" PRIx64,
				              linear, walk.physical);
		}
	}
	return true;
}
