/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lab 7, part D, solved: a domain's hypercalls are looked through before anything is done. No page table or descriptor table is ever
 * mapped writable, none holds what it must not, and nothing is read or written for the guest in the VMM's own memory. (Barham et al.
 * 2003, 3.3.3; Intel SDM volume 3, 3.4.5, 4.3 and 5.8.)
 */
#include "ringside_lab.h"

enum {
	PAGE = 4096, ENTRIES = 1024,
	PRESENT = 1, WRITABLE = 2, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80, GLOBAL = 0x100,
	NORMAL = 0, MACHPHYS = 1, PRESERVE = 2, COMMAND = 3,
	TRAP_DPL = 3, TRAP_MASK = 4, CALL_VECTOR = 0x82, EXCEPTIONS = 32,
};

struct request {
	uint64_t ptr, val;
};

struct line {
	uint8_t vector, flags;
	uint16_t selector;
	uint32_t address;
};

static enum lab_result answer(struct lab_hypercall *call, int32_t result)
{
	call->result = result;
	return LAB_DONE;
}

/* ---- the guest's pointers ---- */

static bool is_guests(uint32_t linear, uint64_t size)
{
	return linear + size <= LAB_VMM_BEGIN;
}

static bool copy(struct lab_vm *vm, uint32_t linear, void *to, uint32_t size)
{
	return is_guests(linear, size) && vm->call->copy_from_guest(vm, linear, to, size);
}

/* Number `index` of an array. */
static bool copy_item(struct lab_vm *vm, uint32_t array, uint32_t index, void *to, uint32_t size)
{
	uint64_t at = array + (uint64_t)index * size;

	return at < LAB_VMM_BEGIN && copy(vm, (uint32_t)at, to, size);
}

/* ---- what may stand in page tables ---- */

static bool bits_allowed(uint64_t entry)
{
	return !(entry & (LARGE | GLOBAL));
}

/* In a page table, frame `table`, which may not be one yet. */
static bool page_allowed(struct lab_vm *vm, uint64_t table, uint64_t entry)
{
	uint32_t type;

	if (!(entry & PRESENT))
		return true;
	if (!bits_allowed(entry))
		return false;
	type = vm->call->frame_type(vm, entry / PAGE);
	if (type == LAB_FRAME_FOREIGN)
		return false;
	if (!(entry & WRITABLE))
		return true;
	return entry / PAGE != table && (type == LAB_FRAME_FREE || type == LAB_FRAME_WRITABLE);
}

static bool may_become_table(struct lab_vm *vm, uint64_t mfn)
{
	uint32_t entries[ENTRIES];

	if (!vm->call->read_frame(vm, mfn, 0, entries, sizeof entries))
		return false;
	for (unsigned i = 0; i < ENTRIES; i++)
		if (!page_allowed(vm, mfn, entries[i]))
			return false;
	return true;
}

/* In a directory. */
static bool table_allowed(struct lab_vm *vm, unsigned slot, uint64_t entry)
{
	uint32_t type;

	if (slot >= LAB_VMM_SLOT)
		return false;
	if (!(entry & PRESENT))
		return true;
	if (!bits_allowed(entry))
		return false;
	type = vm->call->frame_type(vm, entry / PAGE);
	return type == LAB_FRAME_L1 || (type == LAB_FRAME_FREE && may_become_table(vm, entry / PAGE));
}

/* A word in a frame of any type. */
static bool store_allowed(struct lab_vm *vm, uint64_t address, uint64_t value)
{
	uint64_t mfn = address / PAGE;

	if (value > UINT32_MAX)
		return false;
	switch (vm->call->frame_type(vm, mfn)) {
	case LAB_FRAME_FREE:
	case LAB_FRAME_WRITABLE: return true;
	case LAB_FRAME_L1: return page_allowed(vm, mfn, value);
	case LAB_FRAME_L2: return table_allowed(vm, (unsigned)(address % PAGE / 4), value);
	default: return false;
	}
}

static bool is_table(uint32_t type)
{
	return type == LAB_FRAME_L1 || type == LAB_FRAME_L2;
}

/* The guest may have read its entry before hardware set A and D in it. */
static uint64_t preserved(struct lab_vm *vm, uint64_t address, uint64_t value)
{
	uint32_t old = 0;

	if (!is_table(vm->call->frame_type(vm, address / PAGE)))
		return value;
	vm->call->read_frame(vm, address / PAGE, address % PAGE, &old, sizeof old);
	return (value & ~(uint64_t)(ACCESSED | DIRTY)) | (old & (ACCESSED | DIRTY));
}

/* ---- mmu_update(requests, count, done, domain) ---- */

static int32_t do_store(struct lab_vm *vm, uint64_t address, uint64_t value)
{
	const struct lab_update update = {.kind = LAB_UPDATE_ENTRY, .address = address, .value = value};

	if (!store_allowed(vm, address, value))
		return LAB_EINVAL;
	vm->call->carry_out(vm, &update);
	return 0;
}

static int32_t do_machphys(struct lab_vm *vm, uint64_t address, uint64_t number)
{
	const struct lab_update update = {.kind = LAB_UPDATE_MACHPHYS, .address = address, .value = number};

	if (vm->call->frame_type(vm, address / PAGE) == LAB_FRAME_FOREIGN || number > UINT32_MAX)
		return LAB_EINVAL;
	vm->call->carry_out(vm, &update);
	return 0;
}

static int32_t do_request(struct lab_vm *vm, const struct request *request)
{
	uint64_t address = request->ptr & ~(uint64_t)COMMAND;

	switch (request->ptr & COMMAND) {
	case NORMAL: return do_store(vm, address, request->val);
	case PRESERVE: return do_store(vm, address, preserved(vm, address, request->val));
	case MACHPHYS: return do_machphys(vm, address, request->val);
	default: return LAB_ENOSYS;
	}
}

static int32_t check_list(struct lab_vm *vm, const uint32_t *argument)
{
	if (argument[3] != LAB_SELF && argument[3] != 0)
		return LAB_ESRCH;
	if (argument[1] > LAB_LIST_MAX)
		return LAB_E2BIG;
	if (argument[2] && (!is_guests(argument[2], 4) || !vm->call->guest_writable(vm, argument[2], 4)))
		return LAB_EFAULT;
	return 0;
}

static enum lab_result mmu_update(struct lab_vm *vm, struct lab_hypercall *call)
{
	int32_t result = check_list(vm, call->argument);
	struct request request;

	for (uint32_t i = 0; !result && i < call->argument[1]; i++)
		result = copy_item(vm, call->argument[0], i, &request, sizeof request) ? do_request(vm, &request) : LAB_EFAULT;
	return answer(call, result);
}

/* ---- update_va_mapping(linear, low, high, flags) ---- */

static enum lab_result update_va_mapping(struct lab_vm *vm, struct lab_hypercall *call)
{
	enum { FLUSH_TYPES = 3 };
	uint32_t linear = call->argument[0], slot;
	uint64_t value = (uint64_t)call->argument[2] << 32 | call->argument[1];

	if (!is_guests(linear, 1) || (call->argument[3] & FLUSH_TYPES) == FLUSH_TYPES)
		return answer(call, LAB_EINVAL);
	if (!vm->call->read_frame(vm, vm->cpu.cr3 / PAGE, (linear >> 22) * 4, &slot, sizeof slot) || !(slot & PRESENT))
		return answer(call, LAB_EINVAL);
	return answer(call, do_store(vm, (slot & ~(uint32_t)(PAGE - 1)) + (linear >> 12 & (ENTRIES - 1)) * 4, value));
}

/* ---- descriptors ---- */

/* Base, limit in bytes, and whether a flat one of 4 GiB will be cut by the VMM (SDM volume 3, figure 3-8). */
static bool ends_early_enough(uint32_t low, uint32_t high)
{
	uint32_t base = (high & 0xff000000) | (high & 0xff) << 16 | low >> 16;
	uint64_t limit = (high & 0xf0000) | (low & 0xffff);
	bool pages = high >> 23 & 1;

	if (pages)
		limit = limit << 12 | 0xfff;
	return base + limit < LAB_SEGMENTS_END || (pages && base == 0);
}

static bool is_harmless(uint32_t low, uint32_t high)
{
	bool present = high >> 15 & 1, system = !(high >> 12 & 1), code = high >> 11 & 1, down = high >> 10 & 1;
	unsigned ring = high >> 13 & 3;

	if (!present)
		return true;
	return !system && ring > 0 && (code || !down) && ends_early_enough(low, high);
}

static bool may_hold_descriptors(struct lab_vm *vm, uint64_t mfn)
{
	uint32_t type = vm->call->frame_type(vm, mfn), words[ENTRIES];

	if (type == LAB_FRAME_SEGMENTS)
		return true;
	if (type != LAB_FRAME_FREE || !vm->call->read_frame(vm, mfn, 0, words, sizeof words))
		return false;
	for (unsigned i = 0; i < ENTRIES; i += 2)
		if (!is_harmless(words[i], words[i + 1]))
			return false;
	return true;
}

/* set_gdt(frames, entries) */
static enum lab_result set_gdt(struct lab_vm *vm, struct lab_hypercall *call)
{
	struct lab_update update = {.kind = LAB_UPDATE_GDT, .entries = call->argument[1]};
	uint32_t frames = (call->argument[1] + 511) / 512;

	if (call->argument[1] > LAB_GDT_ENTRIES)
		return answer(call, LAB_EINVAL);
	if (frames && !copy(vm, call->argument[0], update.frame, frames * 4))
		return answer(call, LAB_EFAULT);
	for (uint32_t i = 0; i < frames; i++)
		if (!may_hold_descriptors(vm, update.frame[i]))
			return answer(call, LAB_EINVAL);
	vm->call->carry_out(vm, &update);
	return answer(call, 0);
}

/* update_descriptor(address low, high, descriptor low, high) */
static enum lab_result update_descriptor(struct lab_vm *vm, struct lab_hypercall *call)
{
	uint64_t address = (uint64_t)call->argument[1] << 32 | call->argument[0];
	uint32_t low = call->argument[2], high = call->argument[3], type = vm->call->frame_type(vm, address / PAGE);
	struct lab_update update = {.kind = LAB_UPDATE_DESCRIPTOR, .address = address, .value = (uint64_t)high << 32 | low};

	if (type != LAB_FRAME_SEGMENTS && type != LAB_FRAME_FREE && type != LAB_FRAME_WRITABLE)
		return answer(call, LAB_EINVAL);
	if (address % 8 || !is_harmless(low, high))
		return answer(call, LAB_EINVAL);
	vm->call->carry_out(vm, &update);
	return answer(call, 0);
}

/* ---- stacks and traps ---- */

static uint16_t of_ring_1(uint32_t selector)
{
	return (uint16_t)((selector & ~3u) | 1);
}

/* stack_switch(selector, ESP) */
static enum lab_result stack_switch(struct lab_vm *vm, struct lab_hypercall *call)
{
	uint32_t selector = call->argument[0];
	struct lab_update update = {.kind = LAB_UPDATE_STACK, .selector = of_ring_1(selector), .address = call->argument[1]};

	if (!(selector & 0xfffc) || selector > 0xffff)
		return answer(call, LAB_EPERM);
	vm->call->carry_out(vm, &update);
	return answer(call, 0);
}

/* By a gate of the hardware's a handler is entered in ring 1 by whatever code segment it names: so it must be the guest's own. */
static bool may_go_straight(const struct line *line)
{
	uint32_t selector = line->selector & ~3u;

	if (line->vector < EXCEPTIONS || line->vector == CALL_VECTOR || (line->flags & (TRAP_DPL | TRAP_MASK)) != TRAP_DPL)
		return false;
	return selector && (selector & 4 || selector / 8 < LAB_GDT_ENTRIES || selector == (LAB_FLAT_CODE & ~3u));
}

static int32_t read_lines(struct lab_vm *vm, uint32_t table, struct line *lines, uint32_t *count)
{
	struct line line;

	for (*count = 0;; ++*count) {
		if (!copy_item(vm, table, *count, &line, sizeof line))
			return LAB_EFAULT;
		if (!line.address)
			return 0;
		if (*count == LAB_TRAPS_MAX)
			return LAB_E2BIG;
		lines[*count] = line;
	}
}

static void set_trap(struct lab_vm *vm, const struct line *line)
{
	const struct lab_update update = {
		.kind = LAB_UPDATE_TRAP, .selector = of_ring_1(line->selector), .vector = line->vector, .flags = line->flags,
		.straight = may_go_straight(line), .address = line->address,
	};

	vm->call->carry_out(vm, &update);
}

/* set_trap_table(lines, up to one without address) */
static enum lab_result set_trap_table(struct lab_vm *vm, struct lab_hypercall *call)
{
	const struct lab_update none = {.kind = LAB_UPDATE_NO_TRAPS};
	struct line lines[LAB_TRAPS_MAX];
	uint32_t count;
	int32_t result;

	if (!call->argument[0]) {
		vm->call->carry_out(vm, &none);
		return answer(call, 0);
	}
	result = read_lines(vm, call->argument[0], lines, &count);
	for (uint32_t i = 0; !result && i < count; i++)
		set_trap(vm, &lines[i]);
	return answer(call, result);
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "hypercall",
	.hypercall = {
		.mmu_update = mmu_update, .update_va_mapping = update_va_mapping, .set_gdt = set_gdt,
		.update_descriptor = update_descriptor, .stack_switch = stack_switch, .set_trap_table = set_trap_table,
	},
};
