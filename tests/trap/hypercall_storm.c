/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/hypercall_storm.c - see hypercall_storm.h. Random arguments would all be refused at the first check; so most are
 * drawn from what could be right: frames that are tables or want to be, addresses that are mapped, entries with rights.
 */
#include "tests/trap/hypercall_storm.h"

#include <string.h>

struct storm {
	struct vm *vm;
	storm_source *next;
	void *owner;
};

static uint32_t draw(const struct storm *storm, uint32_t bound)
{
	return storm->next(storm->owner) % bound;
}

/* A few frames over and over, so that they meet in all their types. */
static uint32_t some_frame(const struct storm *storm)
{
	enum { FEW = 6 };
	uint32_t pages = DOMAIN_MEMORY / PAGE_SIZE;

	switch (draw(storm, 32)) {
	case 0: return storm->next(storm->owner);
	case 1: return draw(storm, memory_frames(storm->vm->memory) + 2);
	case 2: return draw(storm, memory_vmm_frames(storm->vm->memory));
	case 3: return cpu_state_const(storm->vm->vcpu)->cr3 >> PAGE_SHIFT;
	case 4: return mfn_of_pfn(storm->vm, draw(storm, pages));
	case 5: return domain_in(storm->vm)->shared_mfn;
	default: return mfn_of_pfn(storm->vm, PFN_FREE + draw(storm, FEW));
	}
}

static uint64_t some_entry(const struct storm *storm)
{
	static const uint32_t rights[] = {1, 3, 7, 0x63, 0x67, 0x61, 5, 1, 0x21, 0, 0, 2, 0x83, 0x103};
	uint64_t entry = (uint64_t)some_frame(storm) << PAGE_SHIFT | rights[draw(storm, sizeof rights / sizeof *rights)];

	switch (draw(storm, 32)) {
	case 0: return entry | (uint64_t)storm->next(storm->owner) << 32;
	case 1: return storm->next(storm->owner);
	case 2: return 0;
	default: return entry & UINT32_MAX;
	}
}

static uint32_t some_address(const struct storm *storm)
{
	static const uint32_t edges[] = {0, 0xfff, 0x1000, 0xfbfffffc, 0xfc000000, 0xf5800000, 0xffe00000, 0xffe40000, 0xfffffffc,
	                                 RIG_BASE - 4, RIG_BASE + DOMAIN_MEMORY - 4};

	switch (draw(storm, 8)) {
	case 0: return edges[draw(storm, sizeof edges / sizeof *edges)];
	case 1: return storm->next(storm->owner);
	case 2: return at_pfn(PFN_OUT) + PAGE_SIZE - 4;
	case 3: return at_pfn(draw(storm, DOMAIN_MEMORY / PAGE_SIZE)) + draw(storm, PAGE_SIZE);
	case 4: return at_pfn(PFN_FREE + draw(storm, 6));
	default: return at_pfn(PFN_LIST);
	}
}

static uint32_t some_number(const struct storm *storm)
{
	static const uint32_t edges[] = {0, 1, 2, 3, 4, 5, 8, 16, 64, 65, 1023, 1024, 7168, 8192, 0x7fffffff, 0x80000000, 0xffffffff};

	return draw(storm, 4) ? draw(storm, 6) : edges[draw(storm, sizeof edges / sizeof *edges)];
}

/* ---- what lies in its memory ---- */

static void write_updates(const struct storm *storm)
{
	struct mmu_update update[4];

	for (unsigned i = 0; i < 4; i++) {
		update[i].ptr = ((uint64_t)some_frame(storm) << PAGE_SHIFT) + draw(storm, 1024) * 4;
		if (draw(storm, 2))
			update[i].ptr &= ~UINT64_C(0xfc7); /* one of few entries */
		update[i].ptr |= draw(storm, 8) ? 0 : draw(storm, 4);
		update[i].val = some_entry(storm);
	}
	domain_put(storm->vm, at_pfn(PFN_LIST), update, sizeof update);
}

static void write_operations(const struct storm *storm)
{
	static const uint32_t likely[] = {MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE, MMUEXT_UNPIN_TABLE};
	struct mmuext_op op[4];

	for (unsigned i = 0; i < 4; i++) {
		op[i].cmd = draw(storm, 4) ? likely[draw(storm, 4)] : draw(storm, 16);
		op[i].arg1.mfn = op[i].cmd == MMUEXT_SET_LDT ? some_address(storm) & ~(uint32_t)PAGE_MASK : some_frame(storm);
		op[i].arg2.nr_ents = some_number(storm);
	}
	domain_put(storm->vm, at_pfn(PFN_LIST), op, sizeof op);
}

static void write_words(const struct storm *storm)
{
	uint32_t word[16];

	for (unsigned i = 0; i < 16; i++)
		word[i] = draw(storm, 2) ? some_number(storm) : draw(storm, 2) ? some_frame(storm) : some_address(storm);
	domain_put(storm->vm, at_pfn(PFN_LIST), word, sizeof word);
}

/* Frames that the guest can write, as it could by a mapping: tables to be, descriptors to be. */
static void write_frame(const struct storm *storm)
{
	uint32_t pfn = PFN_FREE + draw(storm, 6);
	const struct frame_info *info = &domain_in(storm->vm)->frame[pfn];
	uint64_t entry = some_entry(storm);

	if (!info->uses || info->type == TYPE_WRITABLE)
		domain_put(storm->vm, at_pfn(pfn) + draw(storm, 512) * 8, &entry, sizeof entry);
}

static void write_calls(const struct storm *storm)
{
	struct multicall_entry entry[3];

	for (unsigned i = 0; i < 3; i++) {
		entry[i].op = draw(storm, 40);
		for (unsigned n = 0; n < 6; n++)
			entry[i].args[n] = draw(storm, 2) ? some_address(storm) : some_number(storm);
	}
	domain_put(storm->vm, at_pfn(PFN_LIST), entry, sizeof entry);
}

/* ---- the calls ---- */

static void call_anything(const struct storm *storm)
{
	uint32_t argument[4], number;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t kind = draw(storm, 4);

		argument[i] = kind == 0 ? some_number(storm) : kind == 1 ? some_frame(storm) : kind == 2 ? some_address(storm)
		                                                                                     : at_pfn(PFN_LIST);
	}
	number = draw(storm, 42);
	if (number == __HYPERVISOR_iret && draw(storm, 32))
		return; /* a domain ends by it */
	domain_call(storm->vm, number, argument[0], argument[1], argument[2], argument[3]);
}

static void call_list(const struct storm *storm, uint32_t number)
{
	uint32_t domid = draw(storm, 16) ? DOMID_SELF : some_number(storm);

	domain_call(storm->vm, number, draw(storm, 16) ? at_pfn(PFN_LIST) : some_address(storm), some_number(storm),
	            draw(storm, 2) ? 0 : some_address(storm), domid);
}

/* The descriptors of a flat guest, sometimes with something else among them. */
static void call_descriptors(const struct storm *storm)
{
	uint32_t high = 0x00cf9300 | draw(storm, 4) << 13 | (draw(storm, 4) ? 0 : draw(storm, 0x10000));

	domain_put_word(storm->vm, at_pfn(PFN_LIST), some_frame(storm));
	if (draw(storm, 2))
		domain_call(storm->vm, __HYPERVISOR_set_gdt, at_pfn(PFN_LIST), some_number(storm), 0, 0);
	else
		domain_call(storm->vm, __HYPERVISOR_update_descriptor, (some_frame(storm) << PAGE_SHIFT) + 8 * draw(storm, 512), 0, 0xffff,
		            high);
}

static void call_map(const struct storm *storm)
{
	uint64_t entry = some_entry(storm);
	uint32_t pfn = PFN_FREE + draw(storm, 6), address;

	if (draw(storm, 4)) { /* its own place, mostly read-only: so it may become a table */
		entry = (uint64_t)mfn_of_pfn(storm->vm, pfn) << PAGE_SHIFT | (draw(storm, 4) ? 1 : 3);
		domain_call(storm->vm, __HYPERVISOR_update_va_mapping, at_pfn(pfn), (uint32_t)entry, 0, 0);
		return;
	}
	address = draw(storm, 4) ? at_pfn(pfn) : some_address(storm);
	if (address >> PAGE_SHIFT != at_pfn(PFN_LIST) >> PAGE_SHIFT) /* without it no list is read any more */
		domain_call(storm->vm, __HYPERVISOR_update_va_mapping, address, (uint32_t)entry, (uint32_t)(entry >> 32), draw(storm, 8));
}

bool storm_act(struct vm *vm, storm_source *next, void *owner)
{
	const struct storm storm = {vm, next, owner};

	switch (draw(&storm, 12)) {
	case 0:
	case 1: write_updates(&storm); call_list(&storm, __HYPERVISOR_mmu_update); break;
	case 2:
	case 3: write_operations(&storm); call_list(&storm, __HYPERVISOR_mmuext_op); break;
	case 4:
	case 5: call_map(&storm); break;
	case 6: write_frame(&storm); break;
	case 7: write_calls(&storm); call_list(&storm, __HYPERVISOR_multicall); break;
	case 8: call_descriptors(&storm); break;
	case 9: write_words(&storm); call_anything(&storm); break;
	case 10: return vm_step(vm) == VM_RUNNING || !domain_in(vm)->crash;
	default: call_anything(&storm); break;
	}
	return !domain_in(vm)->crash && !vm->exited && !vm->reset_requested &&
	       cpu_state_const(vm->vcpu)->activity != ACTIVITY_SHUTDOWN;
}

bool storm_vmm_untouched(const struct vm *vm)
{
	uint32_t used = WINDOW_FRAMES + 2 + (memory_frames(vm->memory) + 1023) / 1024;

	for (uint32_t mfn = used; mfn < memory_vmm_frames(vm->memory); mfn++) {
		const uint8_t *frame = memory_machine_frame(vm->memory, mfn);

		if (frame[0] || memcmp(frame, frame + 1, PAGE_SIZE - 1) != 0)
			return false;
	}
	return true;
}
