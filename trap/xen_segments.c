/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_segments.c - a domain's descriptor tables. The processor uses the guest's own frames, shown in the VMM's window, so
 * each descriptor is validated: code and data of rings 1 to 3 alone, ending before the hypervisor's addresses, for in ring 1
 * the page tables no longer keep the guest out of them. (Barham et al. 2003, 3.2; Intel SDM vol. 3, 3.4.5.)
 *
 * Simplification: an LDT's pages are taken when it is set, not one by one as they are used.
 */
#include "cpu/paging.h"
#include "trap/domain.h"

#include <string.h>

enum { IN_PAGE = PAGE_SIZE / 8, GUEST_RING = 1 };

/* The first address that no segment of a guest reaches: behind the machine-to-physical table. */
static uint32_t reach(const struct domain *domain)
{
	return domain->pae ? MACH2PHYS_VIRT_END_PAE : MACH2PHYS_VIRT_END_NONPAE;
}

/* ---- the window ---- */

static void window_show(const struct domain *domain, unsigned position, uint64_t mfn)
{
	unsigned size = entry_bytes(domain);
	uint64_t entry = mfn << PAGE_SHIFT | ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D;
	unsigned slot = SHADOW_HOLE >> PAGE_SHIFT & (PAGE_SIZE / size - 1);

	memcpy(frame_bytes(domain, WINDOW_TABLE) + (slot + position) * size, &entry, size);
}

static struct descriptor flat(const struct domain *domain, uint32_t access)
{
	uint32_t last = (reach(domain) >> PAGE_SHIFT) - 1;

	return (struct descriptor){
		.low = last & 0xffff,
		.high = DESCRIPTOR_GRANULARITY | DESCRIPTOR_BIG | (last & 0xf0000) | access << 8,
	};
}

static struct descriptor system_descriptor(uint32_t base, uint32_t limit, uint32_t type)
{
	return (struct descriptor){
		.low = base << 16 | limit,
		.high = (base & 0xff000000) | (base >> 16 & 0xff) | type << 8 | DESCRIPTOR_PRESENT,
	};
}

static void own(struct domain *domain, uint16_t selector, struct descriptor descriptor)
{
	uint8_t *page = frame_bytes(domain, WINDOW_GDT + (selector >> PAGE_SHIFT));

	memcpy(page + (selector & PAGE_MASK & ~7u), &descriptor, sizeof descriptor);
}

void segments_begin(struct domain *domain)
{
	enum { CODE = 0x9b, DATA = 0x93, DPL1 = 0x20, DPL3 = 0x60, MAP_BASE = 102, LIMIT = 103, BUSY_TSS = 11 };
	uint16_t past = LIMIT + 1; /* no port is anybody's */

	for (unsigned frame = 0; frame < WINDOW_FRAMES; frame++)
		memset(frame_bytes(domain, frame), 0, PAGE_SIZE);
	for (unsigned position = 0; position <= WINDOW_IDT; position++)
		window_show(domain, position, position);
	own(domain, FLAT_RING1_CS, flat(domain, CODE | DPL1));
	own(domain, FLAT_RING1_DS, flat(domain, DATA | DPL1));
	own(domain, FLAT_RING3_CS, flat(domain, CODE | DPL3));
	own(domain, FLAT_RING3_DS, flat(domain, DATA | DPL3));
	own(domain, VMM_CODE, (struct descriptor){0x0000ffff, 0x00cf9b00});
	own(domain, VMM_TSS, system_descriptor(SHADOW_HOLE + WINDOW_IDT * PAGE_SIZE + TSS_OFFSET, LIMIT, BUSY_TSS));
	memcpy(frame_bytes(domain, WINDOW_IDT) + TSS_OFFSET + MAP_BASE, &past, sizeof past);
	domain->traps_seen = domain->xen->changes - 1;
}

/* ---- validation ---- */

/* The segment of a descriptor that the guest may have. */
static bool harmless(const struct domain *domain, struct descriptor descriptor)
{
	struct segment segment = descriptor_segment(0, descriptor);

	if (!(descriptor.high & DESCRIPTOR_PRESENT))
		return true; /* using it is a fault, whatever it says */
	if (!(descriptor.high & DESCRIPTOR_S) || segment_dpl(&segment) < GUEST_RING)
		return false;
	if (!(segment.access & ACCESS_CODE) && segment.access & ACCESS_EXPAND_DOWN)
		return false;
	return (uint64_t)segment.base + segment.limit < reach(domain);
}

/* A flat segment of 4 GiB becomes one that ends where the guest's do, as Xen has it. */
static struct descriptor cut(const struct domain *domain, struct descriptor descriptor)
{
	struct segment segment = descriptor_segment(0, descriptor);

	if (segment.base || segment.limit < reach(domain) || !(descriptor.high & DESCRIPTOR_GRANULARITY))
		return descriptor;
	descriptor.high = (descriptor.high & ~0xf0000u) | (((reach(domain) >> PAGE_SHIFT) - 1) & 0xf0000);
	descriptor.low = (descriptor.low & 0xffff0000) | (((reach(domain) >> PAGE_SHIFT) - 1) & 0xffff);
	return descriptor;
}

const char *descriptor_harm(const struct domain *domain, uint32_t low, uint32_t high)
{
	struct descriptor descriptor = cut(domain, (struct descriptor){low, high});
	struct segment segment = descriptor_segment(0, descriptor);

	if (harmless(domain, descriptor))
		return NULL;
	if (!(high & DESCRIPTOR_S))
		return "have a gate or a system segment of its own: a call gate leads to any code, in ring 0";
	if (segment_dpl(&segment) < GUEST_RING)
		return "run its own code in ring 0: the segment's DPL is 0";
	return "reach the VMM's memory: the segment does not end before its addresses";
}

static struct descriptor descriptor_at(const struct domain *domain, uint64_t mfn, unsigned index)
{
	struct descriptor descriptor;

	memcpy(&descriptor, frame_bytes(domain, mfn) + (size_t)index * sizeof descriptor, sizeof descriptor);
	return descriptor;
}

bool descriptors_valid(const struct domain *domain, uint64_t mfn)
{
	for (unsigned i = 0; i < IN_PAGE; i++)
		if (!harmless(domain, descriptor_at(domain, mfn, i)))
			return false;
	return true;
}

static void put_descriptor(struct domain *domain, uint64_t mfn, unsigned index, struct descriptor descriptor)
{
	uint64_t gfn;

	if (memory_mfn_to_gfn(domain->vm->memory, mfn, &gfn))
		memory_write(domain->vm->memory, (gfn << PAGE_SHIFT) + index * sizeof descriptor, &descriptor, sizeof descriptor);
}

bool descriptors_validate(struct domain *domain, uint64_t mfn)
{
	vm_charge(domain->vm, COST_hypercall_pin, IN_PAGE);
	for (unsigned i = 0; i < IN_PAGE; i++)
		if (!harmless(domain, cut(domain, descriptor_at(domain, mfn, i))))
			return false;
	for (unsigned i = 0; i < IN_PAGE; i++)
		put_descriptor(domain, mfn, i, cut(domain, descriptor_at(domain, mfn, i)));
	return true;
}

/* ---- set_gdt(frames, entries) ---- */

static void drop_frames(struct domain *domain, const uint32_t *mfn, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		frame_put(domain, mfn[i]);
}

static bool take_frames(struct domain *domain, const uint32_t *mfn, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!frame_get(domain, mfn[i], TYPE_SEGMENTS)) {
			drop_frames(domain, mfn, i);
			return false;
		}
	return true;
}

/* The window's pages changed under the processor. */
static void show_tables(struct domain *domain)
{
	for (unsigned i = 0; i < GDT_GUEST_PAGES; i++)
		window_show(domain, WINDOW_GDT + i, i < domain->gdt_pages ? domain->gdt_mfn[i] : (uint64_t)(WINDOW_GDT + i));
	for (unsigned i = 0; i < TABLE_FRAMES; i++)
		window_show(domain, WINDOW_LDT + i, i < domain->ldt_pages ? domain->ldt_mfn[i] : (uint64_t)(WINDOW_LDT + i));
	domain->descriptors_changed = true;
	domain_flush(domain);
}

int32_t domain_set_gdt(struct call *call)
{
	struct domain *domain = call->xen->domain;
	uint32_t entries = call->argument[1], mfn[GDT_GUEST_PAGES];
	unsigned pages = (unsigned)((entries + (uint64_t)IN_PAGE - 1) / IN_PAGE);

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -XEN_EINVAL;
	if (!guest_read(call->vm, call->argument[0], mfn, pages * sizeof *mfn))
		return -XEN_EFAULT;
	if (!take_frames(domain, mfn, pages))
		return -XEN_EINVAL;
	drop_frames(domain, domain->gdt_mfn, domain->gdt_pages);
	memcpy(domain->gdt_mfn, mfn, pages * sizeof *mfn);
	domain->gdt_pages = pages;
	show_tables(domain);
	return 0;
}

/* ---- mmuext_op's set_ldt ---- */

static bool ldt_frames(struct domain *domain, uint32_t gla, uint32_t *mfn, unsigned pages)
{
	const struct vm *vm = domain->vm;
	struct walk walk;

	for (unsigned i = 0; i < pages; i++) {
		if (gla + i * PAGE_SIZE >= domain->hole || gla + i * PAGE_SIZE < gla)
			return false;
		cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, gla + i * PAGE_SIZE, ACCESS_READ, false, &walk);
		if (!walk.ok)
			return false;
		mfn[i] = (uint32_t)(walk.physical >> PAGE_SHIFT);
	}
	return true;
}

int32_t domain_set_ldt(struct domain *domain, uint32_t gla, uint32_t entries)
{
	uint32_t mfn[TABLE_FRAMES];
	unsigned pages = (unsigned)((entries + (uint64_t)IN_PAGE - 1) / IN_PAGE);

	if (entries > TABLE_ENTRIES || (entries && gla & PAGE_MASK) || !ldt_frames(domain, gla, mfn, pages) ||
	    !take_frames(domain, mfn, pages))
		return -XEN_EINVAL;
	drop_frames(domain, domain->ldt_mfn, domain->ldt_pages);
	memcpy(domain->ldt_mfn, mfn, pages * sizeof *mfn);
	domain->ldt_pages = pages;
	domain->ldt_entries = entries;
	show_tables(domain);
	return 0;
}

void domain_drop_tables(struct domain *domain)
{
	drop_frames(domain, domain->gdt_mfn, domain->gdt_pages);
	drop_frames(domain, domain->ldt_mfn, domain->ldt_pages);
	domain->gdt_pages = domain->ldt_pages = 0;
}

/* ---- update_descriptor(address low, high, descriptor low, high) ---- */

/* A frame in use for descriptors gets valid ones only; any other that the guest may write gets what it wants. */
int32_t domain_update_descriptor(struct call *call)
{
	struct domain *domain = call->xen->domain;
	uint64_t ma = (uint64_t)call->argument[1] << 32 | call->argument[0], mfn = ma >> PAGE_SHIFT;
	struct descriptor descriptor = cut(domain, (struct descriptor){call->argument[2], call->argument[3]});
	struct frame_info *info = frame_of(domain, mfn);
	bool in_use = info && info->uses && info->type == TYPE_SEGMENTS;

	if (!info || ma & 7 || !harmless(domain, descriptor))
		return -XEN_EINVAL;
	if (!in_use && !frame_get(domain, mfn, TYPE_WRITABLE))
		return -XEN_EINVAL;
	put_descriptor(domain, mfn, (unsigned)(ma & PAGE_MASK) / 8, descriptor);
	if (!in_use)
		frame_put(domain, mfn);
	else
		domain->descriptors_changed = true;
	return 0;
}

/* ---- reading descriptors as the processor does ---- */

bool domain_segment(const struct domain *domain, uint16_t selector, struct segment *segment)
{
	unsigned index = selector >> 3, page = index / IN_PAGE;
	uint64_t mfn;

	if (!(selector & 0xfffc))
		return false;
	if (selector & 4) {
		if (index >= domain->ldt_entries)
			return false;
		mfn = domain->ldt_mfn[page];
	} else {
		mfn = page < domain->gdt_pages ? domain->gdt_mfn[page] : WINDOW_GDT + page;
	}
	*segment = descriptor_segment(selector, descriptor_at(domain, mfn, index % IN_PAGE));
	return (segment->access & ACCESS_PRESENT) && (segment->access & ACCESS_S) && segment_dpl(segment) >= GUEST_RING;
}

static bool is_code(const struct segment *segment)
{
	return segment->access & ACCESS_CODE;
}

bool code_fits(const struct segment *segment, unsigned cpl)
{
	if (!is_code(segment))
		return false;
	return segment->access & ACCESS_CONFORMING ? segment_dpl(segment) <= cpl : segment_dpl(segment) == cpl;
}

bool stack_fits(const struct segment *segment, unsigned cpl)
{
	return !is_code(segment) && segment->access & ACCESS_WRITABLE && segment_dpl(segment) == cpl &&
	       (segment->selector & 3u) == cpl;
}

static bool data_fits(const struct segment *segment, unsigned cpl)
{
	unsigned rpl = segment->selector & 3, dpl = segment_dpl(segment);

	if (is_code(segment) && !(segment->access & ACCESS_READABLE))
		return false;
	return (is_code(segment) && segment->access & ACCESS_CONFORMING) || (dpl >= cpl && dpl >= rpl);
}

void domain_drop_privileged(struct domain *domain)
{
	static const enum segment_register data[] = {ES, DS, FS, GS};
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);

	for (unsigned i = 0; i < 4; i++) {
		struct segment *segment = &guest->segment[data[i]];

		if (segment->access & ACCESS_PRESENT && !data_fits(segment, guest->cpl))
			*segment = (struct segment){0};
	}
}

bool domain_reload(struct domain *domain, bool *failed)
{
	static const enum segment_register data[] = {ES, DS, FS, GS};
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);
	struct segment code, stack;

	*failed = false;
	domain->descriptors_changed = false;
	if (!domain_segment(domain, guest->segment[CS].selector, &code) || !code_fits(&code, guest->cpl) ||
	    !domain_segment(domain, guest->segment[SS].selector, &stack) || !stack_fits(&stack, guest->cpl))
		return false;
	guest->segment[CS] = code;
	guest->segment[SS] = stack;
	for (unsigned i = 0; i < 4; i++) {
		struct segment *segment = &guest->segment[data[i]], loaded;
		bool null = !(segment->selector & 0xfffc);

		if (!null && domain_segment(domain, segment->selector, &loaded) && data_fits(&loaded, guest->cpl)) {
			*segment = loaded;
			continue;
		}
		*failed |= !null;
		*segment = (struct segment){.selector = null ? segment->selector : 0};
	}
	return true;
}
