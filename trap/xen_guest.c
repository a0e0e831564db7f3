/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_guest.c - the guest's pointers: linear addresses of its kernel, walked through its own tables with its
 * own rights, so that a hypercall reaches nothing that a load or store of the caller could not. A copy is checked whole
 * before its first byte. Accessed and dirty bits as the manual has them (SDM vol. 3, 4.8).
 */
#include "cpu/paging.h"
#include "trap/domain.h"
#include "trap/pv.h"

#include <assert.h>

bool guest_gpa(const struct vm *vm, uint64_t physical, uint64_t *gpa)
{
	uint64_t gfn;

	*gpa = physical;
	if (!xen_of(vm)->domain)
		return physical < memory_guest_size(vm->memory);
	if (!memory_mfn_to_gfn(vm->memory, physical >> PAGE_SHIFT, &gfn))
		return false;
	*gpa = gfn << PAGE_SHIFT | (physical & PAGE_MASK);
	return true;
}

bool guest_storable(const struct vm *vm, uint64_t gpa)
{
	uint64_t mfn;

	return memory_gfn_to_mfn(vm->memory, gpa >> PAGE_SHIFT, &mfn) && !(memory_flags(vm->memory, mfn) & FRAME_ROM);
}

/* As after a load or store of hardware's: A in each entry of the walk, D in the last. PDPTEs have neither. */
static void mark_used(struct vm *vm, const struct walk *walk, enum access access)
{
	for (unsigned i = 0; i < walk->steps; i++) {
		const struct walk_step *step = &walk->step[i];
		bool dirty = i + 1 == walk->steps && access == ACCESS_WRITE;
		uint32_t entry = (uint32_t)step->entry, marked = entry | ENTRY_A | (dirty ? ENTRY_D : 0);
		uint64_t gpa;

		if (step->level < 3 && marked != entry && guest_gpa(vm, step->entry_address, &gpa) && guest_storable(vm, gpa))
			memory_write(vm->memory, gpa, &marked, sizeof marked);
	}
}

/* Where one byte is. False: the kernel cannot reach it so. */
static bool reach(struct vm *vm, uint32_t gla, enum access access, uint64_t *gpa, struct walk *walk)
{
	const struct domain *domain = xen_of(vm)->domain;

	if (domain && gla >= domain->hole)
		return false;
	cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, gla, access, false, walk);
	if (!walk->ok || !guest_gpa(vm, walk->physical, gpa))
		return false;
	return access != ACCESS_WRITE || guest_storable(vm, *gpa);
}

static size_t piece(uint32_t gla, size_t size)
{
	size_t rest = PAGE_SIZE - (gla & PAGE_MASK);

	return size < rest ? size : rest;
}

static bool reach_all(struct vm *vm, uint32_t gla, size_t size, enum access access)
{
	struct walk walk;
	uint64_t gpa;

	if (size && gla + (uint32_t)(size - 1) < gla)
		return false;
	for (size_t done = 0; done < size; done += piece(gla + (uint32_t)done, size - done))
		if (!reach(vm, gla + (uint32_t)done, access, &gpa, &walk))
			return false;
	return true;
}

bool guest_readable(struct vm *vm, uint32_t gla, size_t size)
{
	return reach_all(vm, gla, size, ACCESS_READ);
}

bool guest_writable(struct vm *vm, uint32_t gla, size_t size)
{
	return reach_all(vm, gla, size, ACCESS_WRITE);
}

bool guest_read(struct vm *vm, uint32_t gla, void *buffer, size_t size)
{
	uint8_t *to = buffer;
	struct walk walk;
	uint64_t gpa;

	if (!reach_all(vm, gla, size, ACCESS_READ))
		return false;
	while (size) {
		size_t count = piece(gla, size);

		if (!reach(vm, gla, ACCESS_READ, &gpa, &walk))
			return false;
		mark_used(vm, &walk, ACCESS_READ);
		memory_read(vm->memory, gpa, to, count);
		to += count;
		gla += (uint32_t)count;
		size -= count;
	}
	return true;
}

bool guest_write(struct vm *vm, uint32_t gla, const void *buffer, size_t size)
{
	const uint8_t *from = buffer;
	struct walk walk;
	uint64_t gpa;

	if (!reach_all(vm, gla, size, ACCESS_WRITE))
		return false;
	while (size) {
		size_t count = piece(gla, size);

		/* What was stored may have been the guest's own tables: each page is looked up when its turn comes. */
		if (!reach(vm, gla, ACCESS_WRITE, &gpa, &walk))
			return false;
		mark_used(vm, &walk, ACCESS_WRITE);
		memory_write(vm->memory, gpa, from, count);
		from += count;
		gla += (uint32_t)count;
		size -= count;
	}
	return true;
}

bool guest_read_item(struct vm *vm, uint32_t array, uint32_t index, void *buffer, size_t size)
{
	uint64_t offset = (uint64_t)index * size;

	return array + offset + size - 1 <= UINT32_MAX && guest_read(vm, array + (uint32_t)offset, buffer, size);
}

/* ---- TLBs ---- */

void guest_flush(struct vm *vm)
{
	cpu_tlb_flush(vm->vcpu);
	cpu_tlb_flush(vm->processor);
}

void guest_flush_page(struct vm *vm, uint32_t gla)
{
	cpu_tlb_flush_page(vm->vcpu, gla);
	cpu_tlb_flush_page(vm->processor, gla);
}

/* ---- batches ---- */

static bool is_self(uint32_t domid)
{
	return domid == DOMID_SELF || domid == 0;
}

int32_t batch_check(struct call *call, uint32_t *count)
{
	*count = call->argument[1];
	if (!is_self(call->argument[3]))
		return -XEN_ESRCH;
	if (*count > BATCH_MAX)
		return -XEN_E2BIG;
	if (call->argument[2] && !guest_writable(call->vm, call->argument[2], 4))
		return -XEN_EFAULT;
	return 0;
}

int32_t batch_take(struct call *call, size_t size, uint32_t index, void *item)
{
	call_charge(call, COST_hypercall_item);
	return guest_read_item(call->vm, call->argument[0], index, item, size) ? 0 : -XEN_EFAULT;
}

int32_t batch_done(struct call *call, uint32_t done, int32_t result)
{
	if (call->argument[2] && !guest_write(call->vm, call->argument[2], &done, sizeof done))
		return result ? result : -XEN_EFAULT;
	return result;
}

int32_t batch_run(struct call *call, size_t size, batch_item *one)
{
	uint64_t item[BATCH_ITEM / sizeof(uint64_t)];
	uint32_t count, done = 0;
	int32_t result = batch_check(call, &count);

	assert(size <= sizeof item);
	if (result)
		return result;
	for (; done < count && !result; done += !result) {
		result = batch_take(call, size, done, item);
		if (!result)
			result = one(call, item);
	}
	return batch_done(call, done, result);
}
