/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/check.c - the invariant: each shadow entry is what a fresh walk of the guest's tables would
 * give now. Run after every exit in tests and in the hostile build; it changes nothing.
 */
#include "shadowpt/lent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct cpu_state root_state(const struct shadow *shadow, const struct root *root)
{
	struct cpu_state state = *cpu_state_const(shadow->vm->vcpu);

	state.cr0 = root->mode & MODE_OFF ? CR0_PE : CR0_PE | CR0_PG;
	state.cr3 = root->cr3;
	state.cr4 = (root->pae ? CR4_PAE : 0) | (root->mode & MODE_PSE ? CR4_PSE : 0);
	state.efer = root->mode & MODE_NX ? EFER_NXE : 0;
	memcpy(state.pae_pointer, root->guest_pointer, sizeof state.pae_pointer);
	return state;
}

/* What is wrong with a leaf, or NULL. */
static const char *leaf_fault(const struct shadow *shadow, const struct walk *walk, uint64_t leaf)
{
	uint64_t gfn;

	if (!walk->ok)
		return "the guest maps nothing there";
	if (!memory_mfn_to_gfn(shadow->vm->memory, (leaf & PAE_ADDRESS) >> PAGE_SHIFT, &gfn) ||
	    gfn != walk->physical >> PAGE_SHIFT)
		return "another frame";
	if ((leaf & ENTRY_RW) && !(walk->writable && walk->dirty))
		return "writable, but the guest's entry is not, or is clean";
	if ((leaf & ENTRY_RW) && shadow->traces[gfn])
		return "a traced frame is writable";
	if (!shadow->options.separate_views && !(leaf & ENTRY_US) != !walk->user)
		return "user bit";
	if (!(leaf & ENTRY_NX) != walk->executable)
		return "execute-disable bit";
	for (unsigned i = 0; i < walk->steps; i++)
		if (!(walk->step[i].entry & ENTRY_A))
			return "present, but the guest's entry is not accessed";
	return NULL;
}

static bool check_table(const struct shadow *shadow, const struct root *root, const struct shadow_page *table,
                        uint32_t base, char *message, size_t size)
{
	struct cpu_state state = root_state(shadow, root);

	for (uint32_t slot = 0; slot < SHADOW_ENTRIES; slot++) {
		uint64_t leaf = table->entry[slot];
		uint32_t linear = base + (slot << PAGE_SHIFT);
		const char *fault;
		struct walk walk;

		if (!(leaf & ENTRY_P))
			continue;
		cpu_walk(&state, &shadow->vm->guest_bus, linear, ACCESS_READ, root->view == VIEW_USER, &walk);
		fault = leaf_fault(shadow, &walk, leaf);
		if (fault) {
			snprintf(message, size, "shadow entry of %08" PRIx32 " (guest CR3 %08" PRIx32 ") is %016" PRIx64 ": %s",
			         linear, root->cr3, leaf, fault);
			return false;
		}
	}
	return true;
}

static bool check_directory(const struct shadow *shadow, const struct root *root, uint64_t pointer, uint32_t base,
                            char *message, size_t size)
{
	const struct shadow_page *directory = &shadow->page[page_of_ma(shadow, pointer & PAE_ADDRESS)];

	for (uint32_t slot = 0; slot < SHADOW_ENTRIES; slot++) {
		uint64_t entry = directory->entry[slot];

		if (!(entry & ENTRY_P) || (entry & PAE_ADDRESS) == shadow->options.hole_table)
			continue;
		if (!check_table(shadow, root, &shadow->page[page_of_ma(shadow, entry & PAE_ADDRESS)],
		                 base + (slot << 21), message, size))
			return false;
	}
	return true;
}

bool shadow_check(const struct shadow *shadow, char *message, size_t size)
{
	if (shadow->lent && !shadow->lent->beside)
		return lent_check(shadow, message, size);
	for (unsigned i = 0; i < SHADOW_ROOTS; i++) {
		const struct root *root = &shadow->root[i];

		for (uint32_t slot = 0; root->used && slot < 4; slot++)
			if ((root->pointer[slot] & ENTRY_P) &&
			    !check_directory(shadow, root, root->pointer[slot], slot << 30, message, size))
				return false;
	}
	return true;
}
