/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/pages.c - guest code that changes. Frames with translated code are traced like page tables, so that every store
 * to them is seen, whoever makes it: units whose bytes it changes are dropped. Where code is mapped is remembered as a
 * TLB would: until the guest loads CR3, changes paging or executes INVLPG; then each linear page is walked again, and
 * what it leads to must still be the frame that its units were made from (SDM volume 3, 4.10.4 and 11.6).
 *
 * A page here is a frame at a linear address: a frame mapped twice has two sets of units.
 */
#include "bt/policy.h"
#include "bt/translator.h"
#include "cpu/paging.h"

#include <assert.h>
#include <stdlib.h>

enum { PAGE_BUCKETS = 1024 };

struct code_page {
	uint64_t gfn;
	uint32_t linear;         /* page */
	uint32_t size;           /* of the guest's page that maps it; 0: paging is off */
	struct unit *units;      /* by next_in_page[part_in()] */
	struct code_page *next;  /* in its bucket */
	struct code_page *before, *after; /* all that are in use, in the order in which they came */
};

struct pages {
	struct code_page *bucket[PAGE_BUCKETS]; /* by frame */
	struct code_page *free;
	struct code_page *first, *last;
	struct code_page page[];
};

/* Each unit is in two pages at most. */
bool watch_begin(struct translator *translator)
{
	size_t count = 2 * (size_t)translator->units_max;
	struct pages *pages = arena_take(translator->vm->arena, sizeof *pages + count * sizeof *pages->page);

	translator->pages = pages;
	if (!pages)
		return false;
	for (size_t i = 0; i < count; i++) {
		pages->page[i].next = pages->free;
		pages->free = &pages->page[i];
	}
	return true;
}

void watch_end(struct translator *translator)
{
	if (!translator->pages)
		return;
	for (const struct code_page *page = translator->pages->first; page; page = page->after)
		shadow_untrace(translator->base.shadow, page->gfn);
	arena_give(translator->vm->arena, translator->pages);
	translator->pages = NULL;
}

/* ---- finding pages ---- */

static uint32_t linear_page(const struct unit *unit, unsigned part)
{
	return ((unit->key.cs_base + unit->key.eip) & ~(uint32_t)PAGE_MASK) + part * PAGE_SIZE;
}

/* Whether the page holds the unit's first bytes or those behind a page boundary. */
static unsigned part_in(const struct unit *unit, const struct code_page *page)
{
	return linear_page(unit, 0) != page->linear;
}

static struct code_page **bucket_of(struct pages *pages, uint64_t gfn)
{
	return &pages->bucket[gfn % PAGE_BUCKETS];
}

static struct code_page *page_find(struct pages *pages, uint64_t gfn, uint32_t linear)
{
	struct code_page *page = *bucket_of(pages, gfn);

	while (page && (page->gfn != gfn || page->linear != linear))
		page = page->next;
	return page;
}

/* Would a fetch by the guest's kernel reach the frame, and find all A bits set as a fetch leaves them? */
static bool is_mapped(const struct vm *vm, struct code_page *page, unsigned *steps)
{
	struct walk walk;
	bool accessed = true;

	cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, page->linear, ACCESS_EXECUTE, false, &walk);
	*steps = walk.steps;
	page->size = walk.page_size;
	for (unsigned i = 0; i < walk.steps; i++)
		accessed &= walk.step[i].level == 3 || (walk.step[i].entry & ENTRY_A) != 0; /* PDPTEs have none */
	return walk.ok && accessed && walk.physical >> PAGE_SHIFT == page->gfn;
}

static struct code_page *page_make(struct translator *translator, uint64_t gfn, uint32_t linear)
{
	struct pages *pages = translator->pages;
	struct code_page *page = pages->free, **bucket = bucket_of(pages, gfn);

	unsigned steps;

	assert(page);
	pages->free = page->next;
	*page = (struct code_page){.gfn = gfn, .linear = linear, .next = *bucket, .before = pages->last};
	is_mapped(translator->vm, page, &steps); /* notes the size of its mapping */
	*bucket = page;
	*(pages->last ? &pages->last->after : &pages->first) = page;
	pages->last = page;
	shadow_trace(translator->base.shadow, gfn);
	return page;
}

static void page_drop(struct translator *translator, struct code_page *page)
{
	struct pages *pages = translator->pages;
	struct code_page **link = bucket_of(pages, page->gfn);

	while (*link != page)
		link = &(*link)->next;
	*link = page->next;
	*(page->before ? &page->before->after : &pages->first) = page->after;
	*(page->after ? &page->after->before : &pages->last) = page->before;
	page->next = pages->free;
	pages->free = page;
	shadow_untrace(translator->base.shadow, page->gfn);
}

/* ---- units in them ---- */

void watch_add(struct translator *translator, struct unit *unit)
{
	for (unsigned part = 0; part < 2 && unit->gfn[part] != NO_GFN; part++) {
		uint32_t linear = linear_page(unit, part);
		struct code_page *page = page_find(translator->pages, unit->gfn[part], linear);

		if (!page)
			page = page_make(translator, unit->gfn[part], linear);
		unit->next_in_page[part] = page->units;
		page->units = unit;
	}
}

void watch_remove(struct translator *translator, struct unit *unit)
{
	for (unsigned part = 0; part < 2 && unit->gfn[part] != NO_GFN; part++) {
		struct code_page *page = page_find(translator->pages, unit->gfn[part], linear_page(unit, part));
		struct unit **link = &page->units;

		while (*link != unit)
			link = &(*link)->next_in_page[part_in(*link, page)];
		*link = unit->next_in_page[part];
		if (!page->units)
			page_drop(translator, page);
	}
}

/* ---- dropping them ---- */

/* Units dropped, as one event: always part of what the VMM is doing, so it has no reason of its own. */
static void tell_dropped(struct vm *vm, const char *why, uint32_t linear, uint32_t units, uint64_t since)
{
	struct event event;

	if (!units || !event_wanted(&vm->events, EV_INVALIDATE))
		return;
	vm_event_begin(vm, &event, EV_INVALIDATE);
	event.cycle = since;
	event.address = linear;
	event.action = why;
	event_add_change(&event, "units dropped", 0, units);
	event_add_phase(&event, "drop and unchain", (uint32_t)(vm->clock - since));
	event_emit(&vm->events, &event);
}

/* Does the unit have bytes in [first, end) of the page? Offsets in it. */
static bool overlaps(const struct unit *unit, unsigned part, uint32_t first, uint32_t end)
{
	uint32_t start = (unit->key.cs_base + unit->key.eip) & PAGE_MASK;
	uint32_t low = part ? 0 : start, high = part ? start + unit->bytes - PAGE_SIZE : start + unit->bytes;

	return low < end && first < high;
}

/* The page itself goes with its last unit: the caller has read `next` before. */
static uint32_t drop_units(struct translator *translator, struct code_page *page, uint32_t first, uint32_t end)
{
	struct unit *unit = page->units;
	uint32_t dropped = 0;

	while (unit) {
		unsigned part = part_in(unit, page);
		struct unit *next = unit->next_in_page[part];

		if (overlaps(unit, part, first, end)) {
			unit_drop(translator, unit);
			charge(translator->vm, COST_unit_drop);
			dropped++;
		}
		unit = next;
	}
	return dropped;
}

static bool has_code(const struct code_page *page, uint64_t gfn)
{
	while (page && page->gfn != gfn)
		page = page->next;
	return page != NULL;
}

/* Dropping a page's units may drop another page with them, where a unit lies in both: begin again then. */
static uint32_t stored_in_page(struct translator *translator, uint64_t gpa, uint32_t size)
{
	struct code_page **bucket = bucket_of(translator->pages, gpa >> PAGE_SHIFT), *page = *bucket;
	uint32_t first = gpa & PAGE_MASK, dropped = 0;

	if (has_code(page, gpa >> PAGE_SHIFT))
		policy_stored(translator, gpa, size);
	while (page) {
		uint32_t now = 0;

		if (page->gfn == gpa >> PAGE_SHIFT)
			now = drop_units(translator, page, first, first + size);
		page = now ? *bucket : page->next;
		dropped += now;
	}
	return dropped;
}

/*
 * tour 4.8: The guest changes its code
 * Frames with translated code are write-protected like page tables. Whoever stores there, the store comes here, and
 * units that were made of the stored bytes are dropped: the next time the guest comes by it is translated anew.
 */
bool watch_stored(struct translator *translator, uint64_t gpa, uint32_t size)
{
	uint64_t since = translator->vm->clock;
	uint32_t dropped = 0;

	while (size) {
		uint32_t part = PAGE_SIZE - (gpa & PAGE_MASK);

		part = part < size ? part : size;
		dropped += stored_in_page(translator, gpa, part);
		gpa += part;
		size -= part;
	}
	translator->counters.invalidations += dropped != 0;
	tell_dropped(translator->vm, "guest code was stored into", 0, dropped, since);
	return dropped != 0;
}

/* ---- mappings ---- */

/* How many units are gone with it. */
static uint32_t check(struct translator *translator, struct code_page *page)
{
	struct vm *vm = translator->vm;
	uint32_t linear = page->linear, dropped;
	unsigned steps;
	uint64_t since;
	bool mapped = is_mapped(vm, page, &steps);

	vm_charge(vm, COST_shadow_walk_reference, steps);
	if (mapped)
		return 0;
	since = vm->clock;
	policy_remapped(translator, page->gfn << PAGE_SHIFT, linear);
	dropped = drop_units(translator, page, 0, PAGE_SIZE);
	translator->counters.remaps += dropped;
	tell_dropped(vm, "their page is mapped elsewhere now", linear, dropped, since);
	return dropped;
}

void watch_check(struct translator *translator)
{
	struct code_page *page = translator->pages->first;

	while (page)
		page = check(translator, page) ? translator->pages->first : page->after;
}

/* INVLPG takes a large page as a whole (SDM volume 3, 4.10.4.1). */
static bool is_invalidated(const struct code_page *page, uint32_t linear)
{
	uint32_t size = page->size ? page->size : PAGE_SIZE;

	return !((page->linear ^ linear) & ~(size - 1));
}

void watch_check_linear(struct translator *translator, uint32_t linear)
{
	struct code_page *page = translator->pages->first;

	while (page)
		page = is_invalidated(page, linear) && check(translator, page) ? translator->pages->first : page->after;
}
