/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/pages.c - the cache of shadow pages: frames of the VMM's pool, found by what they shadow,
 * with a way back from each page to the entries that point to it. When it is full all is thrown out:
 * everything in it can be made again by hidden faults.
 */
#include "shadowpt/lent.h"

#include <stdlib.h>
#include <string.h>

/* ---- making and freeing ---- */

static bool allocate(struct shadow *shadow)
{
	struct arena *arena = shadow->vm->arena;
	uint32_t pages = shadow->options.frames - 1, buckets = 16;

	while (buckets < pages)
		buckets *= 2;
	shadow->bucket_mask = buckets - 1;
	shadow->guest_frames = memory_guest_size(shadow->vm->memory) >> PAGE_SHIFT;
	shadow->page = arena_take(arena, pages * sizeof *shadow->page);
	shadow->bucket = arena_take(arena, buckets * sizeof *shadow->bucket);
	shadow->link = arena_take(arena, SHADOW_LINKS * sizeof *shadow->link);
	shadow->traces = arena_take(arena, shadow->guest_frames * sizeof *shadow->traces);
	shadow->writable_hint = arena_take(arena, shadow->guest_frames * sizeof *shadow->writable_hint);
	shadow->writable_count = arena_take(arena, shadow->guest_frames * sizeof *shadow->writable_count);
	shadow->counters.pages = pages;
	return shadow->page && shadow->bucket && shadow->link && shadow->traces && shadow->writable_hint &&
	       shadow->writable_count;
}

static void place_frames(struct shadow *shadow)
{
	const struct memory *memory = shadow->vm->memory;
	uint64_t first = shadow->options.first_frame;

	for (uint32_t i = 0; i < shadow->counters.pages; i++) {
		shadow->page[i].mfn = first + 1 + i;
		shadow->page[i].entry = (uint64_t *)(void *)memory_machine_frame(memory, first + 1 + i);
	}
	for (unsigned i = 0; i < SHADOW_ROOTS; i++) {
		shadow->root[i].ma = (first << PAGE_SHIFT) + i * UINT64_C(32);
		shadow->root[i].pointer = (uint64_t *)(void *)(memory_machine_frame(memory, first) + i * UINT64_C(32));
	}
}

static void empty(struct shadow *shadow)
{
	memset(shadow->bucket, 0xff, (shadow->bucket_mask + 1) * sizeof *shadow->bucket);
	shadow->free_page = NO_PAGE;
	for (uint32_t i = shadow->counters.pages; i-- > 0;) {
		shadow->page[i].used = false;
		shadow->page[i].next_in_bucket = shadow->free_page;
		shadow->free_page = i;
	}
	for (uint32_t i = 0; i < SHADOW_LINKS; i++)
		shadow->link[i].next = i + 1 < SHADOW_LINKS ? i + 1 : NO_LINK;
	shadow->free_link = 0;
	for (unsigned i = 0; i < SHADOW_ROOTS; i++) {
		shadow->root[i].used = false;
		memset(shadow->root[i].pointer, 0, 32);
	}
	shadow->current = NULL;
	memset(shadow->writable_count, 0, shadow->guest_frames * sizeof *shadow->writable_count);
	shadow->counters.pages_used = 0;
}

struct shadow *shadow_new(const struct shadow_options *options)
{
	struct shadow *shadow;

	if (options->frames < SHADOW_MINIMUM)
		return NULL;
	shadow = arena_take(options->vm->arena, sizeof *shadow);
	if (!shadow)
		return NULL;
	shadow->options = *options;
	shadow->vm = options->vm;
	if (!allocate(shadow)) {
		shadow_free(shadow);
		return NULL;
	}
	place_frames(shadow);
	empty(shadow);
	return shadow;
}

void shadow_free(struct shadow *shadow)
{
	struct arena *arena;

	if (!shadow)
		return;
	arena = shadow->vm->arena;
	for (uint64_t gfn = 0; shadow->traces && gfn < shadow->guest_frames; gfn++) {
		if (shadow->traces[gfn])
			shadow->traces[gfn] = 1;
		shadow_untrace(shadow, gfn);
	}
	arena_give(arena, shadow->page);
	arena_give(arena, shadow->bucket);
	arena_give(arena, shadow->link);
	arena_give(arena, shadow->traces);
	arena_give(arena, shadow->writable_hint);
	arena_give(arena, shadow->writable_count);
	lent_end(shadow);
	arena_give(arena, shadow);
}

/* ---- entries ---- */

uint32_t page_of_ma(const struct shadow *shadow, uint64_t ma)
{
	return (uint32_t)((ma >> PAGE_SHIFT) - shadow->options.first_frame - 1);
}

static uint64_t *parent_entry(struct shadow *shadow, uint32_t parent, unsigned slot)
{
	if (parent & ROOT_PARENT)
		return &shadow->root[parent & ~ROOT_PARENT].pointer[slot];
	return &shadow->page[parent].entry[slot];
}

bool entry_link(struct shadow *shadow, uint32_t parent, unsigned slot, uint32_t child)
{
	uint32_t index = shadow->free_link;
	struct page_link *link;

	if (index == NO_LINK)
		return false;
	link = &shadow->link[index];
	shadow->free_link = link->next;
	*link = (struct page_link){parent, (uint16_t)slot, shadow->page[child].links};
	shadow->page[child].links = index;
	/* A PDPTE has no RW and US bits (SDM vol. 3, 4.4.1); a PDE grants all: the last level decides. */
	*parent_entry(shadow, parent, slot) = shadow->page[child].mfn << PAGE_SHIFT | ENTRY_P |
	                                      (parent & ROOT_PARENT ? 0 : ENTRY_RW | ENTRY_US | ENTRY_A);
	return true;
}

static void unlink_child(struct shadow *shadow, uint32_t child, uint32_t parent, unsigned slot)
{
	uint32_t *from = &shadow->page[child].links;

	while (*from != NO_LINK) {
		struct page_link *link = &shadow->link[*from];
		uint32_t index = *from;

		if (link->parent == parent && link->slot == slot) {
			*from = link->next;
			link->next = shadow->free_link;
			shadow->free_link = index;
			return;
		}
		from = &link->next;
	}
}

uint64_t entry_at(struct shadow *shadow, uint32_t parent, unsigned slot)
{
	return *parent_entry(shadow, parent, slot);
}

void root_clear(struct shadow *shadow, uint32_t parent, unsigned slot)
{
	uint64_t *pointer = parent_entry(shadow, parent, slot);

	if (*pointer & ENTRY_P)
		unlink_child(shadow, page_of_ma(shadow, *pointer & PAE_ADDRESS), parent, slot);
	*pointer = 0;
}

static bool leaf_gfn(const struct shadow *shadow, uint64_t entry, uint64_t *gfn)
{
	return memory_mfn_to_gfn(shadow->vm->memory, (entry & PAE_ADDRESS) >> PAGE_SHIFT, gfn) &&
	       *gfn < shadow->guest_frames;
}

void entry_set_leaf(struct shadow *shadow, uint32_t index, unsigned slot, uint64_t entry)
{
	uint64_t gfn;

	entry_clear(shadow, index, slot);
	shadow->page[index].entry[slot] = entry;
	if ((entry & ENTRY_RW) && leaf_gfn(shadow, entry, &gfn)) {
		shadow->writable_count[gfn]++;
		shadow->writable_hint[gfn] = index * SHADOW_ENTRIES + slot;
	}
}

/* The guest invalidates a large page by any address in it, of which the processor's TLB knows no more than that it is
 * a page of 4 KiB: so the others go when the mapping goes (SDM vol. 3, 4.10.4.1). */
static void unlink_table(struct shadow *shadow, uint32_t child, uint32_t parent, unsigned slot)
{
	if (shadow->page[child].key.direct)
		shadow->flush_needed = true;
	unlink_child(shadow, child, parent, slot);
}

void entry_clear(struct shadow *shadow, uint32_t index, unsigned slot)
{
	struct shadow_page *page = &shadow->page[index];
	uint64_t entry = page->entry[slot], gfn;

	page->entry[slot] = 0;
	if (!(entry & ENTRY_P))
		return;
	if (page->key.level == 2) {
		if ((entry & PAE_ADDRESS) != shadow->options.hole_table)
			unlink_table(shadow, page_of_ma(shadow, entry & PAE_ADDRESS), index, slot);
	} else if ((entry & ENTRY_RW) && leaf_gfn(shadow, entry, &gfn)) {
		shadow->writable_count[gfn]--;
	}
}

/* ---- write protection ---- */

/* Takes RW from one entry if it maps the frame writable. */
static void protect_entry(struct shadow *shadow, uint32_t index, unsigned slot, uint64_t gfn)
{
	struct shadow_page *page = &shadow->page[index];
	uint64_t entry = page->entry[slot], mapped;

	if (!page->used || page->key.level != 1 || !(entry & ENTRY_P) || !(entry & ENTRY_RW))
		return;
	if (!leaf_gfn(shadow, entry, &mapped) || mapped != gfn)
		return;
	page->entry[slot] &= ~(uint64_t)ENTRY_RW;
	shadow->writable_count[gfn]--;
}

void write_protect(struct shadow *shadow, uint64_t gfn)
{
	uint32_t hint = shadow->writable_hint[gfn];

	if (shadow->lent)
		lent_write_protect(shadow, gfn);
	if (!shadow->writable_count[gfn])
		return;
	shadow->flush_needed = true; /* the processor's TLB may still hold a writable mapping */
	protect_entry(shadow, hint / SHADOW_ENTRIES, hint % SHADOW_ENTRIES, gfn);
	for (uint32_t i = 0; i < shadow->counters.pages && shadow->writable_count[gfn]; i++)
		for (unsigned slot = 0; slot < SHADOW_ENTRIES && shadow->writable_count[gfn]; slot++)
			protect_entry(shadow, i, slot, gfn);
}

/* ---- finding, making and removing pages ---- */

static uint32_t hash(const struct shadow *shadow, uint64_t gfn)
{
	return (uint32_t)(gfn * UINT64_C(0x9e3779b97f4a7c15) >> 40) & shadow->bucket_mask;
}

static uint32_t skip_others(const struct shadow *shadow, uint32_t index, uint64_t gfn)
{
	while (index != NO_PAGE && shadow->page[index].key.gfn != gfn)
		index = shadow->page[index].next_in_bucket;
	return index;
}

uint32_t pages_first(const struct shadow *shadow, uint64_t gfn)
{
	return skip_others(shadow, shadow->bucket[hash(shadow, gfn)], gfn);
}

uint32_t pages_next(const struct shadow *shadow, uint32_t index, uint64_t gfn)
{
	return skip_others(shadow, shadow->page[index].next_in_bucket, gfn);
}

static bool same_key(const struct page_key *a, const struct page_key *b)
{
	return a->gfn == b->gfn && a->level == b->level && a->quadrant == b->quadrant && a->direct == b->direct &&
	       a->pae == b->pae && a->mode == b->mode && a->view == b->view && a->rights == b->rights;
}

static void tell_flush(struct shadow *shadow, uint32_t pages)
{
	struct vm *vm = shadow->vm;
	struct event event;

	if (!event_wanted(&vm->events, EV_SHADOW_FLUSH))
		return;
	vm_event_begin(vm, &event, EV_SHADOW_FLUSH);
	event.action = "threw all shadow pages out";
	event_add_change(&event, "shadow pages", pages, 0);
	event_add_phase(&event, "flush", vm->costs.cycles[COST_shadow_flush]);
	event_emit(&vm->events, &event);
}

void pages_flush_all(struct shadow *shadow)
{
	uint32_t pages = shadow->counters.pages_used;

	for (uint32_t i = 0; i < shadow->counters.pages; i++)
		if (shadow->page[i].used && !shadow->page[i].key.direct)
			shadow_untrace(shadow, shadow->page[i].key.gfn);
	empty(shadow);
	shadow->flush_needed = true;
	shadow->counters.flushes++;
	vm_charge(shadow->vm, COST_shadow_flush, 1);
	tell_flush(shadow, pages);
}

void pages_limit(struct shadow *shadow, uint32_t pages)
{
	shadow->counters.pages = pages;
	empty(shadow);
}

uint32_t pages_get(struct shadow *shadow, const struct page_key *key, bool *flushed)
{
	uint32_t index = pages_first(shadow, key->gfn), bucket = hash(shadow, key->gfn);
	struct shadow_page *page;

	while (index != NO_PAGE && !same_key(&shadow->page[index].key, key))
		index = pages_next(shadow, index, key->gfn);
	if (index != NO_PAGE)
		return index;
	if (shadow->free_page == NO_PAGE) {
		pages_flush_all(shadow);
		*flushed = true;
	}
	index = shadow->free_page;
	page = &shadow->page[index];
	shadow->free_page = page->next_in_bucket;
	page->key = *key;
	page->used = true;
	page->links = NO_LINK;
	page->stores = 0;
	page->next_in_bucket = shadow->bucket[bucket];
	shadow->bucket[bucket] = index;
	memset(page->entry, 0, PAGE_SIZE);
	shadow->counters.pages_used++;
	if (!key->direct)
		shadow_trace(shadow, key->gfn);
	return index;
}

void pages_remove(struct shadow *shadow, uint32_t index)
{
	struct shadow_page *page = &shadow->page[index];
	uint32_t *from = &shadow->bucket[hash(shadow, page->key.gfn)];

	for (unsigned slot = 0; slot < SHADOW_ENTRIES; slot++)
		entry_clear(shadow, index, slot);
	while (page->links != NO_LINK) {
		struct page_link *link = &shadow->link[page->links];
		uint32_t next = link->next;

		*parent_entry(shadow, link->parent, link->slot) = 0;
		link->next = shadow->free_link;
		shadow->free_link = page->links;
		page->links = next;
	}
	while (*from != index)
		from = &shadow->page[*from].next_in_bucket;
	*from = page->next_in_bucket;
	page->used = false;
	page->next_in_bucket = shadow->free_page;
	shadow->free_page = index;
	shadow->counters.pages_used--;
	shadow->flush_needed = true;
	if (!page->key.direct)
		shadow_untrace(shadow, page->key.gfn);
}
