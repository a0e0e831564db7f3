/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/trace.c - tracing: a guest frame that holds a page table (or a descriptor table) is
 * write-protected in every shadow, so that each store to it reaches the VMM, which carries it over.
 * Adams and Agesen 2006, 2.3 (tracing).
 */
#include "shadowpt/lent.h"

void shadow_trace(struct shadow *shadow, uint64_t gfn)
{
	uint64_t mfn;

	if (gfn >= shadow->guest_frames || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn))
		return;
	if (shadow->traces[gfn]++)
		return;
	memory_set_flags(shadow->vm->memory, mfn, FRAME_TRACED, 0);
	cpu_page_changed(shadow->vm->vcpu, gfn);
	write_protect(shadow, gfn);
	shadow->flush_needed = true;
}

/* Read-only shadow entries stay: the next store makes them writable by a hidden fault. */
void shadow_untrace(struct shadow *shadow, uint64_t gfn)
{
	uint64_t mfn;

	if (gfn >= shadow->guest_frames || !shadow->traces[gfn] || --shadow->traces[gfn])
		return;
	if (!memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn))
		return;
	memory_set_flags(shadow->vm->memory, mfn, 0, FRAME_TRACED);
	cpu_page_changed(shadow->vm->vcpu, gfn);
}

/*
 * tour 2.5: The guest changes its table
 * Its store faults, for the page is write-protected; the VMM emulates the store and comes here. What the
 * shadow had of that entry is cleared, and the next use will be a hidden fault again.
 */
/* Clears what one entry of the guest's table has in this shadow of it. */
static void clear_guest_entry(struct shadow *shadow, uint32_t page, unsigned guest_index)
{
	const struct page_key *key = &shadow->page[page].key;

	shadow->counters.zapped++;
	if (key->pae) {
		entry_clear(shadow, page, guest_index);
	} else if (key->level == 1) {
		if (guest_index >> 9 == key->quadrant)
			entry_clear(shadow, page, guest_index & 511);
	} else if (guest_index >> 8 == key->quadrant) {
		entry_clear(shadow, page, 2 * (guest_index & 255));
		entry_clear(shadow, page, 2 * (guest_index & 255) + 1);
	}
}

/* Many stores and no use between them: it is a page table no longer. */
static bool is_flooded(const struct shadow *shadow, uint32_t page)
{
#ifdef RINGSIDE_HOSTILE
	uint32_t limit = TRACE_LIMIT;
#else
	uint32_t limit = shadow->vm->config.trace_limit;
#endif

	return limit && shadow->page[page].stores > limit;
}

/* False: the page has been given up. The VMM's own window is put back where a clear took it. */
static bool carry_over(struct shadow *shadow, uint32_t page, uint64_t gpa, uint32_t size)
{
	const struct page_key *key = &shadow->page[page].key;
	unsigned entry_size = guest_entry_size(key);
	unsigned first = (unsigned)(gpa & PAGE_MASK) / entry_size;
	unsigned last = ((unsigned)(gpa & PAGE_MASK) + size - 1) / entry_size;

	for (unsigned i = first; i <= last; i++)
		clear_guest_entry(shadow, page, i);
	if (key->level == 2 && key->quadrant == 3)
		put_window(shadow, page);
	shadow->page[page].stores++;
	if (!is_flooded(shadow, page))
		return true;
	pages_remove(shadow, page);
	return false;
}

bool shadow_stored(struct shadow *shadow, uint64_t gpa, uint32_t size)
{
	uint64_t gfn = gpa >> PAGE_SHIFT;
	bool hit = false;
	uint32_t page;

	if (shadow->own_store)
		return false;
	shadow->counters.traces++;
	vm_charge(shadow->vm, COST_shadow_trace, 1);
	if (shadow->lent && lent_stored(shadow, gpa, size))
		hit = true;
	page = pages_first(shadow, gfn);
	while (page != NO_PAGE) {
		uint32_t next = pages_next(shadow, page, gfn);

		if (!shadow->page[page].key.direct) {
			hit = true;
			carry_over(shadow, page, gpa, size);
		}
		page = next;
	}
	return hit;
}
