/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/snapshot.c - copies of an arena's pages, shared between snapshots as far as they are equal: each snapshot is a
 * table of leaves, each leaf a table of pages, and both are counted.
 *
 * `base` is the snapshot that was taken or put back last: what the arena says has changed has changed since then.
 */
#include "core/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { LEAF_PAGES = 512 };

struct page {
	uint32_t references;
	uint8_t bytes[PAGE_SIZE];
};

/* Pages that are NULL hold zeros. */
struct leaf {
	uint32_t references;
	struct page *page[LEAF_PAGES];
};

struct snapshot {
	uint64_t clock, generation;
	uint32_t references;
	size_t leaves;
	struct leaf *leaf[];
};

struct snapshots {
	struct vm *vm;
	struct snapshot *base; /* counted; NULL: none yet */
	size_t bytes;
};

struct snapshots *snapshots_new(struct vm *vm)
{
	struct snapshots *snapshots = calloc(1, sizeof *snapshots);

	if (snapshots)
		snapshots->vm = vm;
	return snapshots;
}

/* ---- counted things ---- */

static void *allocate(struct snapshots *snapshots, size_t size)
{
	void *memory = calloc(1, size);

	if (memory)
		snapshots->bytes += size;
	return memory;
}

static void drop_page(struct snapshots *snapshots, struct page *page)
{
	if (!page || --page->references)
		return;
	snapshots->bytes -= sizeof *page;
	free(page);
}

static void drop_leaf(struct snapshots *snapshots, struct leaf *leaf)
{
	if (!leaf || --leaf->references)
		return;
	for (unsigned i = 0; i < LEAF_PAGES; i++)
		drop_page(snapshots, leaf->page[i]);
	snapshots->bytes -= sizeof *leaf;
	free(leaf);
}

static size_t snapshot_size(size_t leaves)
{
	return sizeof(struct snapshot) + leaves * sizeof(struct leaf *);
}

void snapshot_drop(struct snapshots *snapshots, struct snapshot *snapshot)
{
	if (!snapshot || --snapshot->references)
		return;
	for (size_t i = 0; i < snapshot->leaves; i++)
		drop_leaf(snapshots, snapshot->leaf[i]);
	snapshots->bytes -= snapshot_size(snapshot->leaves);
	free(snapshot);
}

void snapshots_free(struct snapshots *snapshots)
{
	if (!snapshots)
		return;
	snapshot_drop(snapshots, snapshots->base);
	free(snapshots);
}

static const struct page *page_of(const struct snapshot *snapshot, size_t page)
{
	const struct leaf *leaf = page / LEAF_PAGES < snapshot->leaves ? snapshot->leaf[page / LEAF_PAGES] : NULL;

	return leaf ? leaf->page[page % LEAF_PAGES] : NULL;
}

/* ---- taking ---- */

/* A leaf of this snapshot alone, to be changed. NULL: no memory. */
static struct leaf *own_leaf(struct snapshots *snapshots, struct snapshot *snapshot, size_t at)
{
	struct leaf *shared = snapshot->leaf[at], *leaf;

	if (shared && shared->references == 1)
		return shared;
	leaf = allocate(snapshots, sizeof *leaf);
	if (!leaf)
		return NULL;
	leaf->references = 1;
	for (unsigned i = 0; shared && i < LEAF_PAGES; i++) {
		leaf->page[i] = shared->page[i];
		if (leaf->page[i])
			leaf->page[i]->references++;
	}
	drop_leaf(snapshots, shared);
	snapshot->leaf[at] = leaf;
	return leaf;
}

static bool equal(const struct page *page, const uint8_t *bytes)
{
	static const uint8_t zeros[PAGE_SIZE];

	return memcmp(page ? page->bytes : zeros, bytes, PAGE_SIZE) == 0;
}

static bool keep_page(struct snapshots *snapshots, struct snapshot *snapshot, size_t number, const uint8_t *bytes)
{
	struct leaf *leaf;
	struct page *page;

	if (equal(page_of(snapshot, number), bytes))
		return true;
	leaf = own_leaf(snapshots, snapshot, number / LEAF_PAGES);
	page = leaf ? allocate(snapshots, sizeof *page) : NULL;
	if (!page)
		return false;
	page->references = 1;
	memcpy(page->bytes, bytes, PAGE_SIZE);
	drop_page(snapshots, leaf->page[number % LEAF_PAGES]);
	leaf->page[number % LEAF_PAGES] = page;
	return true;
}

struct taking {
	struct snapshots *snapshots;
	struct snapshot *snapshot;
	bool failed;
};

static void take_run(void *owner, size_t first, size_t count)
{
	struct taking *taking = owner;
	const struct arena *arena = taking->snapshots->vm->arena;

	for (size_t i = first; i < first + count && !taking->failed; i++)
		taking->failed = !keep_page(taking->snapshots, taking->snapshot, i, arena_page(arena, i));
}

struct settling {
	struct arena *arena;
	bool failed;
};

static void settle_run(void *owner, size_t first, size_t count)
{
	struct settling *settling = owner;

	settling->failed |= !arena_settle(settling->arena, first, count);
}

/* The snapshot before, by reference: what changed since is put in its place. */
static struct snapshot *begin(struct snapshots *snapshots)
{
	const struct snapshot *base = snapshots->base;
	size_t leaves = arena_pages(snapshots->vm->arena) / LEAF_PAGES + 1;
	struct snapshot *snapshot;

	if (base && base->leaves > leaves)
		leaves = base->leaves;
	snapshot = allocate(snapshots, snapshot_size(leaves));
	if (!snapshot)
		return NULL;
	snapshot->references = 1;
	snapshot->leaves = leaves;
	snapshot->clock = snapshots->vm->clock;
	snapshot->generation = arena_generation(snapshots->vm->arena);
	for (size_t i = 0; base && i < base->leaves; i++) {
		snapshot->leaf[i] = base->leaf[i];
		if (snapshot->leaf[i])
			snapshot->leaf[i]->references++;
	}
	return snapshot;
}

static void set_base(struct snapshots *snapshots, struct snapshot *snapshot)
{
	snapshot->references++;
	snapshot_drop(snapshots, snapshots->base);
	snapshots->base = snapshot;
}

struct snapshot *snapshot_take(struct snapshots *snapshots)
{
	struct arena *arena = snapshots->vm->arena;
	struct taking taking = {.snapshots = snapshots, .snapshot = begin(snapshots)};
	struct settling settling = {.arena = arena};

	if (!taking.snapshot)
		return NULL;
	arena_changed(arena, take_run, &taking);
	if (taking.failed) {
		snapshot_drop(snapshots, taking.snapshot);
		return NULL;
	}
	/* From here on the copies of the host are the new snapshot's, even if one could not be settled. */
	set_base(snapshots, taking.snapshot);
	arena_changed(arena, settle_run, &settling);
	return taking.snapshot;
}

/* ---- putting back ---- */

struct restoring {
	struct arena *arena;
	const struct snapshot *target;
	bool failed;
};

static void put_back(struct arena *arena, const struct snapshot *target, size_t number)
{
	const struct page *page = page_of(target, number);

	if (page)
		memcpy(arena_page(arena, number), page->bytes, PAGE_SIZE);
	else
		memset(arena_page(arena, number), 0, PAGE_SIZE);
}

static void put_back_run(void *owner, size_t first, size_t count)
{
	const struct restoring *restoring = owner;

	for (size_t i = first; i < first + count; i++)
		put_back(restoring->arena, restoring->target, i);
}

/* Pages that differ between the base and the target. */
static void put_back_differences(struct arena *arena, const struct snapshot *base, const struct snapshot *target)
{
	size_t leaves = base->leaves > target->leaves ? base->leaves : target->leaves;

	for (size_t at = 0; at < leaves; at++) {
		const struct leaf *a = at < base->leaves ? base->leaf[at] : NULL;
		const struct leaf *b = at < target->leaves ? target->leaf[at] : NULL;

		for (size_t i = at * LEAF_PAGES; a != b && i < (at + 1) * LEAF_PAGES; i++)
			if (page_of(base, i) != page_of(target, i))
				put_back(arena, target, i);
	}
}

/* What belongs to those who look on, not to the machine. */
struct outside {
	struct event_stream events;
	struct board_output output;
};

bool snapshot_restore(struct snapshots *snapshots, const struct snapshot *snapshot)
{
	struct vm *vm = snapshots->vm;
	struct arena *arena = vm->arena;
	struct outside outside = {.events = vm->events, .output = vm->output};
	struct restoring restoring = {.arena = arena, .target = snapshot};
	struct settling settling = {.arena = arena};
	bool moved = arena_generation(arena) != snapshot->generation;

	if (moved && !arena_open_all(arena))
		return false;
	/* First what was written since the base, then what lies between base and target. */
	arena_changed(arena, put_back_run, &restoring);
	put_back_differences(arena, snapshots->base, snapshot);
	set_base(snapshots, (struct snapshot *)(uintptr_t)snapshot);
	arena_changed(arena, settle_run, &settling);
	if (moved && !arena_guard_again(arena))
		return false;
	outside.events.sequence = vm->events.sequence;
	vm->events = outside.events;
	vm->output = outside.output;
	vm->stop_requested = false;
	return true;
}

uint64_t snapshot_clock(const struct snapshot *snapshot)
{
	return snapshot->clock;
}

size_t snapshots_bytes(const struct snapshots *snapshots)
{
	return snapshots->bytes;
}
