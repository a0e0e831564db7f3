/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_check.c - the invariant on which a domain's isolation stands, walked whole: for --check-shadow, the hostile
 * build and the tests. Every use of every frame is counted anew from the tables themselves and compared with what is
 * written down; the processor's TLB is looked at too.
 */
#include "core/refuse.h"
#include "cpu/paging.h"
#include "trap/domain.h"

#include <inttypes.h>
#include <stdlib.h>

struct audit {
	const struct domain *domain;
	uint64_t frames; /* of the guest */
	uint32_t *uses;  /* by gfn: counted anew */
	char *message;
	size_t size;
};

static const struct frame_info *info_of(const struct audit *audit, uint64_t mfn, uint64_t *gfn)
{
	return memory_mfn_to_gfn(audit->domain->vm->memory, mfn, gfn) ? &audit->domain->frame[*gfn] : NULL;
}

/* A use of a frame as `type`. */
static bool use(struct audit *audit, uint64_t mfn, enum frame_type type, const char *by)
{
	const struct frame_info *info;
	uint64_t gfn;

	info = info_of(audit, mfn, &gfn);
	if (!info)
		return refuse(audit->message, audit->size, "%s names frame %" PRIx64 ", which is not the guest's", by, mfn);
	if (info->type != type || !info->uses)
		return refuse(audit->message, audit->size, "%s uses frame %" PRIx64 " as type %d, which is of type %u", by, mfn,
		              type, info->type);
	audit->uses[gfn]++;
	return true;
}

static bool check_entry(struct audit *audit, enum frame_type type, unsigned index, uint64_t entry)
{
	uint64_t gfn;

	if (!(entry & ENTRY_P))
		return true;
	if (type == TYPE_L1 && !(entry & ENTRY_RW))
		return info_of(audit, entry_mfn(entry), &gfn) ||
		       refuse(audit->message, audit->size, "an L1 entry maps frame %" PRIx64 ", which is not the guest's",
		              entry_mfn(entry));
	if (type == TYPE_L1)
		return use(audit, entry_mfn(entry), TYPE_WRITABLE, "an L1 entry");
	if (entry & ENTRY_PS)
		return refuse(audit->message, audit->size, "entry %u of a table of type %d maps a large page", index, type);
	if (type == TYPE_L3)
		return use(audit, entry_mfn(entry), index == 3 ? TYPE_L2_TOP : TYPE_L2, "an L3 entry");
	return use(audit, entry_mfn(entry), TYPE_L1, "an L2 entry");
}

static bool check_table(struct audit *audit, uint64_t mfn, enum frame_type type)
{
	const struct domain *domain = audit->domain;

	for (unsigned i = 0; i < table_entries(domain, type); i++)
		if (!slot_reserved(domain, type, i) && !check_entry(audit, type, i, table_entry(domain, mfn, i)))
			return false;
	return slots_right(domain, mfn, type) ||
	       refuse(audit->message, audit->size, "the hypervisor's slots in frame %" PRIx64 " are not its own", mfn);
}

static bool check_frame(struct audit *audit, uint64_t gfn)
{
	const struct frame_info *info = &audit->domain->frame[gfn];
	uint64_t mfn;

	if (!info->uses)
		return !info->pinned || refuse(audit->message, audit->size, "frame of gfn %" PRIx64 " is pinned and unused", gfn);
	memory_gfn_to_mfn(audit->domain->vm->memory, gfn, &mfn);
	audit->uses[gfn] += info->pinned;
	if (is_table((enum frame_type)info->type))
		return check_table(audit, mfn, (enum frame_type)info->type);
	if (info->type == TYPE_SEGMENTS)
		return descriptors_valid(audit->domain, mfn) ||
		       refuse(audit->message, audit->size, "frame %" PRIx64 " holds a descriptor that must not be", mfn);
	return true;
}

static bool check_registers(struct audit *audit)
{
	const struct domain *domain = audit->domain;

	if (!use(audit, domain->base, base_type(domain), "CR3") ||
	    !use(audit, domain->shared_mfn, TYPE_WRITABLE, "shared_info"))
		return false;
	for (unsigned i = 0; i < domain->gdt_pages; i++)
		if (!use(audit, domain->gdt_mfn[i], TYPE_SEGMENTS, "the GDT"))
			return false;
	for (unsigned i = 0; i < domain->ldt_pages; i++)
		if (!use(audit, domain->ldt_mfn[i], TYPE_SEGMENTS, "the LDT"))
			return false;
	return true;
}

static bool check_counts(const struct audit *audit)
{
	for (uint64_t gfn = 0; gfn < audit->frames; gfn++)
		if (audit->uses[gfn] != audit->domain->frame[gfn].uses)
			return refuse(audit->message, audit->size, "frame of gfn %" PRIx64 " has %u uses, and %u are written down", gfn,
			              audit->uses[gfn], audit->domain->frame[gfn].uses);
	return true;
}

/* What has been taken away in the tables may live on in the TLB, but not on a frame that has become a table. */
static bool check_translations(const struct audit *audit)
{
	const struct cpu *processor = audit->domain->vm->processor;

	for (size_t i = 0; i < cpu_tlb_size(processor); i++) {
		struct tlb_view view = cpu_tlb_entry(processor, i);
		const struct frame_info *info;
		uint64_t gfn;

		if (!view.valid || view.linear >= audit->domain->hole)
			continue;
		info = info_of(audit, view.physical >> PAGE_SHIFT, &gfn);
		if (!info)
			return refuse(audit->message, audit->size, "the TLB leads from %08x to a frame that is not the guest's",
			              view.linear);
		if (view.writable && info->uses && info->type != TYPE_WRITABLE)
			return refuse(audit->message, audit->size, "the TLB has %08x writable, a table of type %u", view.linear,
			              info->type);
	}
	return true;
}

bool domain_check(const struct domain *domain, char *message, size_t size)
{
	struct audit audit = {.domain = domain, .message = message, .size = size};
	bool right;

	audit.frames = memory_guest_size(domain->vm->memory) >> PAGE_SHIFT;
	audit.uses = calloc(audit.frames, sizeof *audit.uses);
	if (!audit.uses)
		return refuse(message, size, "not enough memory to check the domain; close other programs");
	right = check_registers(&audit);
	for (uint64_t gfn = 0; right && gfn < audit.frames; gfn++)
		right = check_frame(&audit, gfn);
	right = right && check_counts(&audit) && check_translations(&audit);
	free(audit.uses);
	return right;
}
