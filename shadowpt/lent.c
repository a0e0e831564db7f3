/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/lent.c - the VMM's side of a pager from outside: when it is asked, and what becomes of its answer. What is charged is
 * what the VMM's own pager is charged for the same.
 */
#include "shadowpt/lent.h"

#include <string.h>

/* ---- beginning and end ---- */

/* The last 4 MiB of a directory: what the PAE table of the window shows, in entries of 32 bits. */
static void copy_window(struct shadow *shadow)
{
	const uint64_t *from = (const uint64_t *)(const void *)memory_machine_frame(shadow->vm->memory,
	                                                                            shadow->options.hole_table >> PAGE_SHIFT);
	uint32_t *to = lent_entries(shadow, shadow->lent->window);

	for (unsigned i = 0; i < SHADOW_ENTRIES; i++)
		to[LENT_ENTRIES - SHADOW_ENTRIES + i] = (uint32_t)from[i];
}

void lent_clear(const struct shadow *shadow, uint32_t mfn, unsigned level)
{
	memset(lent_entries(shadow, mfn), 0, PAGE_SIZE);
	if (level == 2)
		lent_entries(shadow, mfn)[LENT_ENTRIES - 1] = shadow->lent->window << PAGE_SHIFT | ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A;
}

/* False: `request` has failed, and with it the machine stands still. */
static bool ask(struct shadow *shadow, struct lent_request *request)
{
	const struct vmm_pieces *pieces = shadow->vm->pieces;

	request->shadow = shadow;
	request->done = false;
	shadow->lent->call = request->call;
	shadow->lent->linear = request->linear;
	if (!shadow->lent->failed)
		pieces->pager(pieces->owner, shadow->vm, request);
	shadow->lent->failed = !request->done;
	shadow->lent->calls++;
	return request->done;
}

static bool begin(struct shadow *shadow)
{
	struct arena *arena = shadow->vm->arena;
	struct lent *lent = arena_take(arena, sizeof *lent);
	struct lent_request request = {.call = LENT_FLUSH};
	uint32_t own;

	if (!lent)
		return false;
	shadow->lent = lent;
	lent->beside = shadow->vm->pieces->beside;
	own = lent->beside ? shadow->options.frames / 2 : 0;
	lent->window = shadow->options.first_frame + own;
	lent->empty = lent->window + 1;
	lent->first = lent->window + 2;
	lent->pages = shadow->options.frames - own - 2;
	lent->page = arena_take(arena, lent->pages * sizeof *lent->page);
	lent->traced = arena_take(arena, shadow->guest_frames);
	if (!lent->page || !lent->traced) {
		lent_end(shadow);
		return false;
	}
	memset(lent_entries(shadow, lent->window), 0, PAGE_SIZE);
	lent_clear(shadow, lent->empty, 2);
	pages_limit(shadow, lent->beside ? own - 1 : lent->pages);
	request.pages = lent->pages;
	ask(shadow, &request);
	return true;
}

bool lent_wanted(struct shadow *shadow)
{
	const struct vmm_pieces *pieces = shadow->vm->pieces;

	if (!pieces || !pieces->pager || !shadow->options.hole_table)
		return false;
	return shadow->lent || begin(shadow);
}

void lent_end(struct shadow *shadow)
{
	if (!shadow->lent)
		return;
	arena_give(shadow->vm->arena, shadow->lent->page);
	arena_give(shadow->vm->arena, shadow->lent->traced);
	arena_give(shadow->vm->arena, shadow->lent);
	shadow->lent = NULL;
}

/* ---- what the techniques ask for ---- */

static void use_root(struct shadow *shadow, const struct root *wanted)
{
	struct lent_request request = {.call = LENT_LOAD_CR3, .view = (enum shadow_view)wanted->view};
	struct lent *lent = shadow->lent;
	uint64_t since = shadow->vm->clock;
	struct lent_page *page;
	bool found;

	lent->root = LENT_NO_PAGE;
	if (!ask(shadow, &request))
		return;
	page = lent_page(shadow, request.root);
	if (!page || page->level != 2)
		return; /* its owner has been told */
	found = page->is_root && root_same(&page->key, wanted);
	*page = (struct lent_page){.level = 2, .is_root = true, .key = *wanted};
	lent->root = request.root;
	lent->key = *wanted;
	if (lent->beside)
		return;
	shadow->counters.roots_found += found;
	shadow->counters.roots_made += !found;
	shadow->flush_needed = true; /* loading CR3 flushes the TLB */
	vm_charge(shadow->vm, COST_shadow_root, 1);
	tell_root(shadow, !found, since, wanted->cr3, request.root << PAGE_SHIFT);
}

bool lent_root(struct shadow *shadow, enum shadow_view view, struct shadow_root *root)
{
	struct root wanted = root_wanted(shadow, view);
	struct lent *lent = shadow->lent;

	copy_window(shadow);
	if (!lent->failed && (lent->root == LENT_NO_PAGE || !root_same(&lent->key, &wanted)))
		use_root(shadow, &wanted);
	root->cr3 = (lent->root == LENT_NO_PAGE ? lent->empty : lent->root) << PAGE_SHIFT;
	root->two_levels = !lent->beside;
	return !lent->beside;
}

static void count(struct shadow_counters *counters, enum shadow_verdict verdict)
{
	counters->true_faults += verdict == SHADOW_TRUE;
	counters->hidden += verdict == SHADOW_HIDDEN;
	counters->emulated += verdict == SHADOW_EMULATE;
}

bool lent_fault(struct shadow *shadow, uint32_t linear, enum access access, bool user, enum shadow_view view, struct walk *walk,
                enum shadow_verdict *verdict)
{
	struct lent_request request = {.call = LENT_FILL, .linear = linear, .access = access, .user = user, .view = view, .walk = walk};
	struct lent *lent = shadow->lent;
	struct shadow_root root;

	lent_root(shadow, view, &root);
	if (linear >= LENT_HOLE)
		request.verdict = walk->ok ? SHADOW_EMULATE : SHADOW_TRUE;
	else if (!ask(shadow, &request))
		request.verdict = SHADOW_EMULATE;
	else if (request.verdict == SHADOW_TRUE)
		walk->error = request.error;
	if (lent->beside && (request.verdict != SHADOW_TRUE || linear >= LENT_HOLE))
		return false;
	count(&shadow->counters, request.verdict);
	lent_root(shadow, view, &root); /* a reset takes the root too */
	*verdict = request.verdict;
	return true;
}

bool lent_stored(struct shadow *shadow, uint64_t gpa, uint32_t size)
{
	struct lent_request request = {.call = LENT_STORED, .gpa = gpa, .size = size};

	if (!shadow->lent->traced[gpa >> PAGE_SHIFT])
		return false;
	ask(shadow, &request);
	return true;
}

bool lent_invalidate(struct shadow *shadow, uint32_t linear)
{
	struct lent_request request = {.call = LENT_INVLPG, .linear = linear};

	return linear < LENT_HOLE && ask(shadow, &request) && !shadow->lent->beside;
}

/* Tracing for somebody else (descriptor tables): RW goes from each entry that maps the frame. */
void lent_write_protect(struct shadow *shadow, uint64_t gfn)
{
	const struct lent *lent = shadow->lent;
	uint64_t mfn;

	if (lent->traced[gfn] || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn))
		return;
	for (uint32_t i = 0; i < lent->pages; i++) {
		uint32_t *entry = lent_entries(shadow, lent->first + i);

		for (unsigned slot = 0; lent->page[i].level == 1 && slot < LENT_ENTRIES; slot++)
			if ((entry[slot] & ENTRY_P) && entry[slot] >> PAGE_SHIFT == mfn)
				entry[slot] &= ~(uint32_t)ENTRY_RW;
	}
}
