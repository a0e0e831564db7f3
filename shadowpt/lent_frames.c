/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/lent_frames.c - what a pager from outside may ask for: the gate between what it wants and what the machine holds. The rule is
 * that of all shadow paging: a table's entry leads to a frame of the guest's, a directory's to a table (Adams and Agesen 2006, 2.3).
 */
#include "core/refuse.h"
#include "shadowpt/lent.h"

#include <inttypes.h>
#include <string.h>

/* P, RW, US, PWT, PCD, A, D and the three bits that are nobody's: not PS, and not G, which would outlive a load of CR3. */
#define ENTRY_MAY_HAVE 0xe7fu

/* Are these the tables that the processor walks? Else nothing about them is counted and charged. */
static bool is_walked(const struct shadow *shadow)
{
	return !shadow->lent->beside;
}

/* ---- the guest's memory ---- */

bool lent_read(const struct shadow *shadow, uint32_t gpa, uint32_t *word)
{
	const struct bus *bus = &shadow->vm->guest_bus;
	struct bus_page page = bus->page(bus->owner, gpa >> PAGE_SHIFT);

	*word = UINT32_MAX;
	if (page.host)
		memcpy(word, page.host + (gpa & PAGE_MASK & ~3u), sizeof *word);
	return page.host != NULL;
}

bool lent_mark(struct shadow *shadow, uint32_t gpa, uint32_t bits, bool *stored, char *why)
{
	uint64_t mfn;
	uint32_t entry;

	*stored = false;
	if (bits & ~(uint32_t)(ENTRY_A | ENTRY_D))
		return refuse(why, LENT_WHY, "guest_mark: bits %08" PRIx32 "; it sets LAB_ENTRY_A and LAB_ENTRY_D alone", bits);
	if (!lent_read(shadow, gpa, &entry) || gpa >> PAGE_SHIFT >= shadow->guest_frames ||
	    !memory_gfn_to_mfn(shadow->vm->memory, gpa >> PAGE_SHIFT, &mfn) || memory_flags(shadow->vm->memory, mfn) & FRAME_ROM)
		return true;
	if (!(entry & ENTRY_P))
		return refuse(why, LENT_WHY, "guest_mark: the guest's entry at gpa %08" PRIx32 " is %08" PRIx32 ", which is not present: "
		              "a processor sets A and D only in entries that it uses", gpa, entry);
	*stored = true;
	host_store_entry(memory_guest_frame(shadow->vm->memory, gpa >> PAGE_SHIFT) + (gpa & PAGE_MASK & ~3u), entry | bits);
	shadow->own_store = true;
	memory_stored(shadow->vm->memory, gpa & ~3u, 4);
	shadow->own_store = false;
	return true;
}

bool lent_frame(const struct shadow *shadow, uint32_t gfn, uint32_t *mfn, bool *writable)
{
	uint64_t frame;

	if (gfn >= shadow->guest_frames || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &frame))
		return false;
	*mfn = (uint32_t)frame;
	*writable = shadow->traces[gfn] == shadow->lent->traced[gfn] && !(memory_flags(shadow->vm->memory, frame) & FRAME_ROM);
	return true;
}

/* ---- frames ---- */

uint32_t lent_take(struct shadow *shadow, unsigned level)
{
	struct lent *lent = shadow->lent;

	for (uint32_t i = 0; i < lent->pages; i++) {
		if (lent->page[i].level)
			continue;
		lent->page[i] = (struct lent_page){.level = (uint8_t)level};
		lent_clear(shadow, lent->first + i, level);
		shadow->counters.pages_used += is_walked(shadow);
		return lent->first + i;
	}
	return LENT_NO_PAGE;
}

static bool no_page(const char *who, uint32_t mfn, char *why)
{
	return refuse(why, LENT_WHY, "%s: machine frame %" PRIx32 " is none of your shadow pages", who, mfn);
}

static void clear_links(struct shadow *shadow, uint32_t mfn)
{
	struct lent *lent = shadow->lent;

	for (uint32_t i = 0; i < lent->pages; i++) {
		uint32_t *entry = lent_entries(shadow, lent->first + i);

		for (unsigned slot = 0; lent->page[i].level == 2 && slot < LENT_ENTRIES - 1; slot++)
			if ((entry[slot] & ENTRY_P) && entry[slot] >> PAGE_SHIFT == mfn)
				entry[slot] = 0;
	}
}

bool lent_give(struct shadow *shadow, uint32_t mfn, char *why)
{
	struct lent_page *page = lent_page(shadow, mfn);

	if (!page)
		return no_page("shadow_free", mfn, why);
	if (page->level == 1)
		clear_links(shadow, mfn);
	*page = (struct lent_page){0};
	if (shadow->lent->root == mfn)
		shadow->lent->root = LENT_NO_PAGE;
	shadow->counters.pages_used -= is_walked(shadow);
	shadow->flush_needed = true; /* the frame will be another's: no student's mistake may reach that */
	return true;
}

void lent_reset(struct shadow *shadow)
{
	struct lent *lent = shadow->lent;
	char why[LENT_WHY];

	memset(lent->page, 0, lent->pages * sizeof *lent->page);
	for (uint32_t gfn = 0; gfn < shadow->guest_frames; gfn++)
		lent_trace(shadow, gfn, false, why);
	lent->root = LENT_NO_PAGE;
	lent_flush(shadow);
	if (!is_walked(shadow))
		return;
	shadow->counters.pages_used = 0;
	shadow->counters.flushes++;
	vm_charge(shadow->vm, COST_shadow_flush, 1);
}

/* ---- entries ---- */

static bool may_stand(const struct shadow *shadow, const struct lent_page *page, uint32_t index, uint32_t entry, char *why)
{
	uint32_t mfn = entry >> PAGE_SHIFT;
	const struct lent_page *below = lent_page(shadow, mfn);
	uint64_t gfn;

	if (index >= LENT_ENTRIES - (page->level == 2))
		return refuse(why, LENT_WHY, "shadow_set: there is no entry %" PRIu32 " for you in this %s", index,
		              page->level == 2 ? "directory (the last one is the VMM's)" : "table");
	if (!(entry & ENTRY_P))
		return true;
	if (entry & PAGE_MASK & ~ENTRY_MAY_HAVE)
		return refuse(why, LENT_WHY, "shadow_set: entry %08" PRIx32 " has a bit that shadow entries do not have here (PS, G)", entry);
	if (page->level == 2 && (!below || below->level != 1))
		return refuse(why, LENT_WHY, "shadow_set: the directory's entry %08" PRIx32 " leads to machine frame %" PRIx32
		              ", which is none of your tables", entry, mfn);
	if (page->level == 1 && (!memory_mfn_to_gfn(shadow->vm->memory, mfn, &gfn) || gfn >= shadow->guest_frames))
		return refuse(why, LENT_WHY, "shadow_set: entry %08" PRIx32 " leads to machine frame %" PRIx32 ", which is not the guest's: "
		              "the guest would be out of its box", entry, mfn);
	return true;
}

/* What the processor's TLB may go on believing. Entries of the guest's that changed are the guest's to invalidate. */
static enum lent_debt debt_of(const struct lent *lent, const struct lent_page *page, uint32_t old, uint32_t entry)
{
	bool same = (entry & ENTRY_P) && entry >> PAGE_SHIFT == old >> PAGE_SHIFT;

	if (!(old & ENTRY_P))
		return LENT_CLEAN;
	if (page->level == 2)
		return same ? LENT_CLEAN : LENT_TABLE;
	if (lent->call != LENT_STORED && (old & ENTRY_RW) && !(same && (entry & ENTRY_RW)))
		return LENT_RIGHTS;
	return LENT_CLEAN;
}

bool lent_set(struct shadow *shadow, uint32_t mfn, uint32_t index, uint32_t entry, char *why)
{
	struct lent_page *page = lent_page(shadow, mfn);
	enum lent_debt debt;
	uint32_t *at;

	if (!page)
		return no_page("shadow_set", mfn, why);
	if (!may_stand(shadow, page, index, entry, why))
		return false;
	at = &lent_entries(shadow, mfn)[index];
	debt = debt_of(shadow->lent, page, *at, entry);
	if (debt > shadow->lent->debt)
		shadow->lent->debt = debt;
	shadow->counters.zapped += is_walked(shadow) && (*at & ENTRY_P) && !(entry & ENTRY_P);
	*at = entry;
	if (!(entry & ENTRY_P) || !is_walked(shadow))
		return true;
	vm_charge(shadow->vm, COST_shadow_fill, 1);
	shadow->counters.fills += page->level == 1;
	if (page->level == 1)
		tell_fill(shadow, (shadow->lent->linear & 0xffc00000u) | index << PAGE_SHIFT, entry);
	return true;
}

bool lent_get(const struct shadow *shadow, uint32_t mfn, uint32_t index, uint32_t *entry, char *why)
{
	if (!lent_page(shadow, mfn))
		return no_page("shadow_get", mfn, why);
	if (index >= LENT_ENTRIES)
		return refuse(why, LENT_WHY, "shadow_get: a page has 1024 entries, not %" PRIu32, index);
	*entry = lent_entries(shadow, mfn)[index];
	return true;
}

/* ---- tracing, and the TLB ---- */

/* What the processor's TLB holds of the frame is the pager's to flush, if it is the pager's entries that it holds. */
bool lent_trace(struct shadow *shadow, uint32_t gfn, bool on, char *why)
{
	bool flush = shadow->flush_needed;

	if (gfn >= shadow->guest_frames)
		return refuse(why, LENT_WHY, "trace: the guest has no frame %" PRIx32, gfn);
	if (shadow->lent->traced[gfn] == on)
		return true;
	shadow->lent->traced[gfn] = on;
	if (on)
		shadow_trace(shadow, gfn);
	else
		shadow_untrace(shadow, gfn);
	if (!shadow->lent->beside)
		shadow->flush_needed = flush;
	return true;
}

void lent_flush(struct shadow *shadow)
{
	shadow->flush_needed = true;
	shadow->lent->debt = LENT_CLEAN;
}

/* Only a page's rights are settled by that. */
void lent_flush_page(struct shadow *shadow, uint32_t linear)
{
	cpu_tlb_flush_page(shadow->vm->processor, linear);
	shadow->lent->page_flushes++;
}
