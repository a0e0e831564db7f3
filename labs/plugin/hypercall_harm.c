/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/hypercall_harm.c - what a guest could do with an update that a VMM must refuse: so that a wrong piece of lab 7 says not
 * only that it is wrong. (Barham et al. 2003, 3.3.3; Intel SDM vol. 3, 5.5 and 5.8.)
 */
#include "cpu/paging.h"
#include "labs/plugin/hypercall_part.h"

#include <inttypes.h>
#include <stdio.h>

static const char *type_name(const struct frame_info *info)
{
	static const char *const names[TYPE_COUNT] = {
		[TYPE_NONE] = "free", [TYPE_WRITABLE] = "a page that is mapped writable", [TYPE_L1] = "a page table",
		[TYPE_L2] = "a page directory", [TYPE_L2_TOP] = "a page directory", [TYPE_L3] = "a table of directories",
		[TYPE_SEGMENTS] = "a descriptor table in use",
	};

	return info->uses ? names[info->type] : "free";
}

/* An entry of the directory: of what it makes a page table. */
static void harm_of_table(struct domain *domain, uint64_t entry, char *text, size_t size)
{
	const struct frame_info *info = frame_of(domain, entry_mfn(entry));

	if (info->uses && info->type != TYPE_L1)
		snprintf(text, size, "make page tables by plain stores: frame %" PRIx64 " is %s, and hardware would walk it",
		         entry_mfn(entry), type_name(info));
	else
		snprintf(text, size, "map what it likes: frame %" PRIx64 " would become a page table, and holds an entry that must not be in one",
		         entry_mfn(entry));
}

static void harm_of_page(struct domain *domain, uint64_t entry, char *text, size_t size)
{
	const struct frame_info *info = frame_of(domain, entry_mfn(entry));

	snprintf(text, size, "write %s (frame %" PRIx64 ") by plain stores, which nobody validates", type_name(info), entry_mfn(entry));
}

static void harm_of_entry(struct domain *domain, enum frame_type type, uint64_t entry, char *text, size_t size)
{
	if (entry > UINT32_MAX)
		snprintf(text, size, "get something else than it asked for: an entry has 32 bits");
	else if (entry & ENTRY_PS)
		snprintf(text, size, "map 4 MiB of machine memory at once, whoever's they are (bit 7; in a page table it is PAT)");
	else if (entry & ENTRY_G)
		snprintf(text, size, "keep a translation through every flush (bit 8, G), when its frame has long become something else");
	else if (!frame_of(domain, entry_mfn(entry)))
		snprintf(text, size, "map the VMM's memory, or what is none: frame %" PRIx64 " is not the guest's", entry_mfn(entry));
	else if (type == TYPE_L1)
		harm_of_page(domain, entry, text, size);
	else
		harm_of_table(domain, entry, text, size);
}

static void harm_of_store(struct domain *domain, uint64_t at, uint64_t value, char *text, size_t size)
{
	const struct frame_info *info = frame_of(domain, at >> PAGE_SHIFT);
	enum frame_type type = info && info->uses ? (enum frame_type)info->type : TYPE_NONE;

	if (!info)
		snprintf(text, size, "write into the VMM's memory: frame %" PRIx64 " is not the guest's", at >> PAGE_SHIFT);
	else if (is_table(type) && slot_reserved(domain, type, (unsigned)(at & PAGE_MASK) / entry_bytes(domain)))
		snprintf(text, size, "replace the VMM's part of its address space (entry %u of the directory)",
		         (unsigned)(at & PAGE_MASK) / entry_bytes(domain));
	else if (is_table(type))
		harm_of_entry(domain, type, value, text, size);
	else if (type == TYPE_SEGMENTS)
		snprintf(text, size, "write descriptors that nobody has validated: frame %" PRIx64 " is %s", at >> PAGE_SHIFT, type_name(info));
	else
		snprintf(text, size, "get something else than it asked for: an entry has 32 bits");
}

void harm_of_request(struct domain *domain, const struct mmu_update *update, char *text, size_t size)
{
	switch (update->ptr & 3) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_PRESERVE_AD: harm_of_store(domain, update->ptr & ~UINT64_C(3), update->val, text, size); break;
	case MMU_MACHPHYS_UPDATE: snprintf(text, size, "write into the VMM's table of frames for a frame that is not its own"); break;
	default: snprintf(text, size, "rely on a command that there is not"); break;
	}
}

/* ---- other calls ---- */

static void harm_of_gdt(struct domain *domain, const struct lab_update *update, char *text, size_t size)
{
	for (unsigned i = 0; i < 14 && i * 512 < update->entries; i++) {
		const struct frame_info *info = frame_of(domain, update->frame[i]);

		if (!info)
			snprintf(text, size, "have the VMM's memory taken for descriptors (frame %" PRIx32 ")", update->frame[i]);
		else if (info->uses && info->type != TYPE_SEGMENTS)
			snprintf(text, size, "change descriptors in use by plain stores or page-table updates: frame %" PRIx32 " is %s",
			         update->frame[i], type_name(info));
		else
			continue;
		return;
	}
	snprintf(text, size, "use a descriptor that must not be, from a table that was not looked through");
}

static void harm_of_descriptor(struct domain *domain, const struct lab_update *update, char *text, size_t size)
{
	const char *harm = descriptor_harm(domain, (uint32_t)update->value, (uint32_t)(update->value >> 32));
	const struct frame_info *info = frame_of(domain, update->address >> PAGE_SHIFT);

	if (!info)
		snprintf(text, size, "write into the VMM's memory: frame %" PRIx64 " is not the guest's", update->address >> PAGE_SHIFT);
	else if (update->address & 7)
		snprintf(text, size, "change two descriptors at once, neither of which was looked at");
	else if (harm)
		snprintf(text, size, "%s", harm);
	else
		snprintf(text, size, "write %s, eight bytes at a time", type_name(info));
}

static void harm_of_trap(const struct lab_update *update, char *text, size_t size)
{
	if (update->straight)
		snprintf(text, size, "enter %s by INT %02X, with an EIP of its choice and without the VMM",
		         update->selector >= FIRST_RESERVED_GDT_BYTE ? "the VMM's code segment" : "what is no handler of its own",
		         update->vector);
	else
		snprintf(text, size, "have a trap table that is not the one it gave");
}

void harm_of_call(const struct hypercall_work *work, const struct lab_update *update, char *text, size_t size)
{
	struct domain *domain = work->call->xen->domain;

	switch (update->kind) {
	case LAB_UPDATE_ENTRY: harm_of_store(domain, update->address, update->value, text, size); break;
	case LAB_UPDATE_DESCRIPTOR: harm_of_descriptor(domain, update, text, size); break;
	case LAB_UPDATE_GDT: harm_of_gdt(domain, update, text, size); break;
	case LAB_UPDATE_STACK: snprintf(text, size, "have its traps delivered through a stack segment that is none of its own"); break;
	case LAB_UPDATE_TRAP: harm_of_trap(update, text, size); break;
	default: snprintf(text, size, "have done what it did not ask for"); break;
	}
}
