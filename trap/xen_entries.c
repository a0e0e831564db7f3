/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_entries.c - what may stand in an entry of a domain's page tables, and the hypervisor's own entries in the
 * top-level table:
 *
 *   2 levels   L2 slot 1008   machine-to-physical table, read-only     1023   window (trap/deprivileged.h)
 *   PAE        L2 of the last GiB, slots 428, 429: the same             511   the same
 *
 * Simplification: large and global pages are not offered, nor page tables that map themselves ("linear page tables").
 */
#include "core/refuse.h"
#include "cpu/paging.h"
#include "trap/domain.h"

#include <assert.h>
#include <string.h>

/* VMM frames, behind the window's. */
enum { MACHPHYS_TABLES = WINDOW_FRAMES, MACHPHYS_FIRST = MACHPHYS_TABLES + 2, FRAMES_A_PAGE = PAGE_SIZE / 4 };

/* Bits that must be clear: PS (PAT in the last level) and G; those above the address. */
enum { FORBIDDEN = ENTRY_PS | ENTRY_G };
#define ABOVE_ADDRESS UINT64_C(0xfffffff000000000)

enum frame_type base_type(const struct domain *domain)
{
	return domain->pae ? TYPE_L3 : TYPE_L2;
}

unsigned entry_bytes(const struct domain *domain)
{
	return domain->pae ? 8 : 4;
}

unsigned table_entries(const struct domain *domain, enum frame_type type)
{
	return type == TYPE_L3 ? 4 : PAGE_SIZE / entry_bytes(domain);
}

uint64_t table_entry(const struct domain *domain, uint64_t mfn, unsigned index)
{
	unsigned size = entry_bytes(domain);
	uint64_t entry = 0;

	memcpy(&entry, frame_bytes(domain, mfn) + (size_t)index * size, size);
	return entry;
}

static void store(const struct domain *domain, uint64_t mfn, unsigned index, uint64_t entry)
{
	unsigned size = entry_bytes(domain);
	uint64_t gfn;

	if (memory_mfn_to_gfn(domain->vm->memory, mfn, &gfn))
		memory_write(domain->vm->memory, (gfn << PAGE_SHIFT) + (uint64_t)index * size, &entry, size);
}

/* ---- references ---- */

static enum frame_type type_below(enum frame_type type, unsigned index)
{
	if (type == TYPE_L3)
		return index == 3 ? TYPE_L2_TOP : TYPE_L2;
	return TYPE_L1;
}

static bool bits_allowed(const struct domain *domain, uint64_t entry)
{
	return !(entry & ABOVE_ADDRESS) && !(entry & FORBIDDEN) && (domain->pae || entry <= UINT32_MAX);
}

bool entry_get(struct domain *domain, enum frame_type type, unsigned index, uint64_t entry)
{
	if (!(entry & ENTRY_P))
		return !(type == TYPE_L3 && index == 3); /* the hypervisor's addresses must be mapped */
	if (!bits_allowed(domain, entry) || !frame_of(domain, entry_mfn(entry)))
		return false;
	if (type != TYPE_L1)
		return frame_get(domain, entry_mfn(entry), type_below(type, index));
	return !(entry & ENTRY_RW) || frame_get(domain, entry_mfn(entry), TYPE_WRITABLE);
}

void entry_put(struct domain *domain, enum frame_type type, unsigned index, uint64_t entry)
{
	(void)index;
	if (entry & ENTRY_P && (type != TYPE_L1 || entry & ENTRY_RW))
		frame_put(domain, entry_mfn(entry));
}

/* PDPTEs are registers (SDM vol. 3, 4.4.1), and the VMM loads them: bits that are reserved in them do no harm in the guest's
 * table. Guests of a 64-bit Xen set some. */
void pointers_load(struct domain *domain)
{
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);

	for (unsigned i = 0; domain->pae && i < 4; i++)
		guest->pae_pointer[i] = table_entry(domain, domain->base, i) & ~PDPTE_RESERVED;
	domain_flush(domain);
}

int32_t entry_replace(struct domain *domain, uint64_t mfn, unsigned index, uint64_t entry, bool preserve)
{
	struct frame_info *info = frame_of(domain, mfn);
	enum frame_type type;
	uint64_t old;

	assert(info && info->uses && is_table((enum frame_type)info->type));
	type = (enum frame_type)info->type;
	if (index >= table_entries(domain, type) || slot_reserved(domain, type, index) ||
	    (!domain->pae && entry > UINT32_MAX))
		return -XEN_EINVAL;
	old = table_entry(domain, mfn, index);
	if (preserve)
		entry = (entry & ~(uint64_t)(ENTRY_A | ENTRY_D)) | (old & (ENTRY_A | ENTRY_D));
	if (!entry_get(domain, type, index, entry))
		return -XEN_EINVAL;
	store(domain, mfn, index, entry);
	entry_put(domain, type, index, old);
	if (type == TYPE_L3 && mfn == domain->base)
		pointers_load(domain);
	return 0;
}

/* ---- the hypervisor's slots ---- */

static unsigned slot_of(const struct domain *domain, uint32_t linear)
{
	return domain->pae ? (linear & 0x3fffffff) >> 21 : linear >> 22;
}

static bool has_slots(const struct domain *domain, enum frame_type type)
{
	return type == (domain->pae ? TYPE_L2_TOP : TYPE_L2);
}

bool slot_reserved(const struct domain *domain, enum frame_type type, unsigned index)
{
	return has_slots(domain, type) && index >= slot_of(domain, domain->hole);
}

static uint64_t slot_entry(const struct domain *domain, unsigned index)
{
	const uint64_t rights = ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D;
	unsigned first = slot_of(domain, domain->hole), tables = domain->pae ? 2 : 1;

	if (index - first < tables)
		return (uint64_t)(MACHPHYS_TABLES + index - first) << PAGE_SHIFT | rights;
	if (index == slot_of(domain, SHADOW_HOLE))
		return (uint64_t)WINDOW_TABLE << PAGE_SHIFT | rights;
	return 0;
}

bool slots_right(const struct domain *domain, uint64_t mfn, enum frame_type type)
{
	for (unsigned i = 0; i < table_entries(domain, type); i++)
		if (slot_reserved(domain, type, i) && table_entry(domain, mfn, i) != slot_entry(domain, i))
			return false;
	return true;
}

void slots_fill(struct domain *domain, uint64_t mfn, enum frame_type type)
{
	for (unsigned i = 0; i < table_entries(domain, type); i++)
		if (slot_reserved(domain, type, i))
			store(domain, mfn, i, slot_entry(domain, i));
}

void slots_clear(struct domain *domain, uint64_t mfn, enum frame_type type)
{
	for (unsigned i = 0; i < table_entries(domain, type); i++)
		if (slot_reserved(domain, type, i))
			store(domain, mfn, i, 0);
}

void machphys_set(struct domain *domain, uint64_t mfn, uint32_t pfn)
{
	uint8_t *page = frame_bytes(domain, MACHPHYS_FIRST + mfn / FRAMES_A_PAGE);

	memcpy(page + mfn % FRAMES_A_PAGE * 4, &pfn, sizeof pfn);
}

static void machphys_map(struct domain *domain, uint32_t page)
{
	unsigned size = entry_bytes(domain), in_table = PAGE_SIZE / size;
	uint64_t entry = (uint64_t)(MACHPHYS_FIRST + page) << PAGE_SHIFT | ENTRY_P | ENTRY_A;

	memcpy(frame_bytes(domain, MACHPHYS_TABLES + page / in_table) + page % in_table * size, &entry, size);
}

bool slots_begin(struct domain *domain)
{
	struct vm *vm = domain->vm;
	uint32_t frames = memory_frames(vm->memory), pages = (frames + FRAMES_A_PAGE - 1) / FRAMES_A_PAGE;
	uint32_t least = MACHPHYS_FIRST + pages;

	if (memory_vmm_frames(vm->memory) < least)
		return refuse(vm->message, sizeof vm->message, "pv/direct needs %u frames of the VMM's own; raise vmm-frames",
		              least);
	for (uint32_t i = MACHPHYS_TABLES; i < least; i++)
		memset(frame_bytes(domain, i), 0, PAGE_SIZE);
	for (uint32_t page = 0; page < pages; page++)
		machphys_map(domain, page);
	for (uint32_t mfn = 0; mfn < frames; mfn++) {
		uint64_t gfn;

		machphys_set(domain, mfn, memory_mfn_to_gfn(vm->memory, mfn, &gfn) ? (uint32_t)gfn : UINT32_MAX);
	}
	return true;
}
