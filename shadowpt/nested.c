/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/nested.c - nested page tables, filled one frame at a time as violations ask for it. Compare fill.c: no
 * walk of the guest's tables, no traces, no roots to find; that is what the hardware's second walk buys.
 * Intel SDM volume 3, 28.2.2 (entries) and 28.2.3.3 (A and D, which the hardware sets and nobody here needs).
 *
 * Entries map 4 KiB each, so that each one can be watched, unless larger ones are asked for.
 */
#include "shadowpt/nested_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t nested_reach(unsigned levels)
{
	return UINT64_C(1) << (PAGE_SHIFT + LEVEL_BITS * levels);
}

/* Gives the ma of an empty table. 0: none is left. */
uint64_t nested_new_table(struct nested *nested)
{
	uint64_t ma = nested_root(nested) + ((uint64_t)nested->counters.tables_used << PAGE_SHIFT);

	if (nested->counters.tables_used == nested->counters.tables)
		return 0;
	nested->level[nested->counters.tables_used++] = 0;
	memset(nested_table_at(nested, ma), 0, PAGE_SIZE);
	return ma;
}

static void begin(struct nested *nested)
{
	nested->counters.tables_used = 0;
	nested_place(nested, nested_new_table(nested), nested->options.levels); /* the root */
	nested->flush_needed = true;
}

struct nested *nested_new(const struct nested_options *options)
{
	struct nested *nested;

	if (options->frames < NESTED_MINIMUM)
		return NULL;
	nested = arena_take(options->vm->arena, sizeof *nested + options->frames * sizeof *nested->level);
	if (!nested)
		return NULL;
	nested->options = *options;
	nested->counters.tables = options->frames;
	begin(nested);
	return nested;
}

void nested_free(struct nested *nested)
{
	if (nested)
		arena_give(nested->options.vm->arena, nested);
}

uint64_t nested_pointer(const struct nested *nested)
{
	return nested_root(nested) | EPT_POINTER_AD | (nested->options.levels - 1) << 3 | EPT_WRITE_BACK;
}

uint32_t nested_reserve(struct nested *nested, uint32_t frames)
{
	if (nested->counters.tables < nested->counters.tables_used + frames)
		return 0;
	nested->counters.tables -= frames;
	return nested->options.first_frame + nested->counters.tables;
}

bool nested_take_flush(struct nested *nested)
{
	bool needed = nested->flush_needed;

	nested->flush_needed = false;
	return needed;
}

const struct nested_counters *nested_counters(const struct nested *nested)
{
	return &nested->counters;
}

/* ---- filling ---- */

static void tell_flush(struct nested *nested, uint32_t tables)
{
	struct vm *vm = nested->options.vm;
	struct event event;

	if (!event_wanted(&vm->events, EV_SHADOW_FLUSH))
		return;
	vm_event_begin(vm, &event, EV_SHADOW_FLUSH);
	event.action = "threw all nested tables out";
	event_add_change(&event, "nested tables", tables, 1);
	event_add_phase(&event, "flush", vm->costs.cycles[COST_shadow_flush]);
	event_emit(&vm->events, &event);
}

static void flush_all(struct nested *nested)
{
	struct vm *vm = nested->options.vm;
	uint32_t tables = nested->counters.tables_used;

	begin(nested);
	nested->counters.flushes++;
	vm_charge(vm, COST_shadow_flush, 1);
	tell_flush(nested, tables);
}

/* The entry that maps gpa's frame; 0: there is no such frame. Code runs from anywhere; ROM is not written. */
uint64_t nested_leaf(const struct nested *nested, uint64_t gpa)
{
	const struct memory *memory = nested->options.vm->memory;
	uint64_t mfn;

	if (gpa >= nested_reach(nested->options.levels) || !memory_gfn_to_mfn(memory, gpa >> PAGE_SHIFT, &mfn))
		return 0;
	return mfn << PAGE_SHIFT | MEMORY_WRITE_BACK | EPT_READ | EPT_EXECUTE |
	       (memory_flags(memory, mfn) & FRAME_ROM ? 0 : EPT_WRITE);
}

/* The one that maps the 2 MiB around gpa: 512 frames in a row, from an aligned one on, all alike. 0: they are not. */
uint64_t nested_large_leaf(const struct nested *nested, uint64_t gpa)
{
	uint64_t first = gpa & ~(NESTED_LARGE - 1), leaf = nested_leaf(nested, first);

	if (!leaf || (leaf & EPT_ADDRESS & (NESTED_LARGE - 1)))
		return 0;
	for (uint64_t at = PAGE_SIZE; at < NESTED_LARGE; at += PAGE_SIZE)
		if (nested_leaf(nested, first + at) != leaf + at)
			return 0;
	return leaf | EPT_LARGE;
}

void nested_charge_fill(struct nested *nested)
{
	struct vm *vm = nested->options.vm;

	vm_charge(vm, COST_nested_fill, 1);
	nested->counters.fills++;
}

/* Makes the table behind an entry if there is none. False: none is left. */
static bool provide_table(struct nested *nested, uint64_t *entry, unsigned level)
{
	uint64_t table;

	if (*entry & EPT_READ)
		return true;
	table = nested_new_table(nested);
	if (!table)
		return false;
	*entry = table | EPT_RIGHTS;
	nested_place(nested, table, level - 1);
	nested_charge_fill(nested);
	return true;
}

/* The entry of this level for gpa; tables on the way are made. NULL: none is left. */
static uint64_t *descend(struct nested *nested, uint64_t gpa, unsigned last)
{
	uint64_t *table = nested_table_at(nested, nested_root(nested));

	for (unsigned level = nested->options.levels; level > last; level--) {
		uint64_t *entry = &table[nested_slot(gpa, level)];

		if (!provide_table(nested, entry, level))
			return NULL;
		table = nested_table_at(nested, *entry & EPT_ADDRESS);
	}
	return &table[nested_slot(gpa, last)];
}

void nested_tell_fill(struct nested *nested, uint64_t gpa, uint64_t leaf)
{
	struct vm *vm = nested->options.vm;
	struct event event;

	if (!event_wanted(&vm->events, EV_SHADOW_FILL))
		return;
	vm_event_begin(vm, &event, EV_SHADOW_FILL);
	event.address = (uint32_t)gpa;
	event.action = leaf & EPT_WRITE ? "mapped a guest-physical page writable" : "mapped a guest-physical page read-only";
	event_add_change(&event, "nested entry", 0, (uint32_t)leaf);
	event_add_phase(&event, "fill", vm->costs.cycles[COST_nested_fill]);
	event_emit(&vm->events, &event);
}

enum nested_verdict nested_violation(struct nested *nested, uint64_t gpa, bool write)
{
	uint64_t leaf = nested_leaf(nested, gpa), large = nested->options.large ? nested_large_leaf(nested, gpa) : 0, *entry;

	if (!leaf || (write && !(leaf & EPT_WRITE))) {
		nested->counters.emulated++;
		return NESTED_EMULATE;
	}
	while (!(entry = descend(nested, gpa, large ? 2 : 1)))
		flush_all(nested);
	leaf = large ? large : leaf;
	*entry = leaf;
	nested_charge_fill(nested);
	nested_tell_fill(nested, gpa, leaf);
	return NESTED_FILLED;
}

/* ---- the invariant ---- */

static bool check_leaf(const struct nested *nested, uint64_t entry, uint64_t gpa, char *message, size_t size)
{
	uint64_t leaf = entry & EPT_LARGE ? nested_large_leaf(nested, gpa) : nested_leaf(nested, gpa);
	uint64_t denied = nested->by_hand ? leaf & ~entry & EPT_RIGHTS : 0; /* which may be given later */

	if ((entry & ~(uint64_t)(EPT_A | EPT_D)) == (leaf & ~denied))
		return true;
	if (!leaf && (entry & EPT_LARGE))
		snprintf(message, size, "nested entry of gpa %09" PRIx64 " is %016" PRIx64 ", which maps 2 MiB: there are not 512 alike "
		         "frames in a row", gpa, entry);
	else
		snprintf(message, size, "nested entry of gpa %09" PRIx64 " is %016" PRIx64 ", the memory map says %016" PRIx64, gpa,
		         entry, leaf);
	return false;
}

static bool check_table(const struct nested *nested, uint64_t ma, unsigned level, uint64_t base, char *message,
                        size_t size)
{
	const uint64_t *table = nested_table_at(nested, ma);

	for (uint64_t slot = 0; slot < ENTRIES; slot++) {
		uint64_t gpa = base + (slot << (PAGE_SHIFT + LEVEL_BITS * (level - 1)));
		bool leaf = level == 1 || (table[slot] & EPT_LARGE);

		if (!(table[slot] & EPT_RIGHTS))
			continue;
		if (leaf ? !check_leaf(nested, table[slot], gpa, message, size)
		         : !check_table(nested, table[slot] & EPT_ADDRESS, level - 1, gpa, message, size))
			return false;
	}
	return true;
}

bool nested_check(const struct nested *nested, char *message, size_t size)
{
	return check_table(nested, nested_root(nested), nested->options.levels, 0, message, size);
}
