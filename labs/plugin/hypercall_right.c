/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/hypercall_right.c - which updates a rightful hypercall consists of, as lab 7's handlers are to have them carried out.
 */
#include "cpu/paging.h"
#include "labs/plugin/hypercall_part.h"

#include <string.h>

enum { COMMAND = 3 };

/* Without the A and D bits of the request, with those that are there (MMU_PT_UPDATE_PRESERVE_AD). */
static uint64_t with_old_bits(struct domain *domain, uint64_t at, uint64_t value)
{
	const uint64_t bits = ENTRY_A | ENTRY_D;
	uint32_t old;

	if (!frame_of(domain, at >> PAGE_SHIFT))
		return value;
	memcpy(&old, frame_bytes(domain, at >> PAGE_SHIFT) + (at & PAGE_MASK), sizeof old);
	return (value & ~bits) | (old & bits);
}

struct lab_update right_request(struct domain *domain, const struct mmu_update *update)
{
	struct frame_info *info = frame_of(domain, update->ptr >> PAGE_SHIFT);
	struct lab_update right = {.kind = LAB_UPDATE_ENTRY, .address = update->ptr & ~(uint64_t)COMMAND, .value = update->val};

	if ((update->ptr & COMMAND) == MMU_MACHPHYS_UPDATE)
		right.kind = LAB_UPDATE_MACHPHYS;
	/* What is no table has no such bits, and is stored to as it is. */
	if ((update->ptr & COMMAND) == MMU_PT_UPDATE_PRESERVE_AD && info && info->uses && is_table((enum frame_type)info->type))
		right.value = with_old_bits(domain, right.address, right.value);
	return right;
}

static void add(struct hypercall_work *work, const struct lab_update *update)
{
	if (work->rights < UPDATES_MAX)
		work->right[work->rights++] = *update;
}

static void right_mapping(struct hypercall_work *work)
{
	const uint32_t *argument = work->call->argument;
	struct lab_update update = {.kind = LAB_UPDATE_ENTRY, .value = (uint64_t)argument[2] << 32 | argument[1]};
	uint64_t table;

	if (argument[0] >= LAB_VMM_BEGIN || !domain_find_table(work->call->xen->domain, argument[0], &table))
		return;
	update.address = (table << PAGE_SHIFT) + (argument[0] >> PAGE_SHIFT & 1023) * 4;
	add(work, &update);
}

static void right_gdt(struct hypercall_work *work)
{
	const uint32_t *argument = work->call->argument;
	struct lab_update update = {.kind = LAB_UPDATE_GDT, .entries = argument[1]};
	uint32_t frames = argument[1] > LAB_GDT_ENTRIES ? 0 : (argument[1] + 511) / 512;

	if (guest_read(work->call->vm, argument[0], update.frame, frames * sizeof *update.frame))
		add(work, &update);
}

static void right_descriptor(struct hypercall_work *work)
{
	const uint32_t *argument = work->call->argument;
	struct lab_update update = {
		.kind = LAB_UPDATE_DESCRIPTOR,
		.address = (uint64_t)argument[1] << 32 | argument[0],
		.value = (uint64_t)argument[3] << 32 | argument[2],
	};

	add(work, &update);
}

static uint16_t of_ring_1(uint32_t selector)
{
	return (uint16_t)((selector & ~3u) | 1);
}

static void right_stack(struct hypercall_work *work)
{
	const uint32_t *argument = work->call->argument;
	struct lab_update update = {.kind = LAB_UPDATE_STACK, .selector = of_ring_1(argument[0]), .address = argument[1]};

	add(work, &update);
}

static void right_traps(struct hypercall_work *work)
{
	struct lab_update update = {.kind = LAB_UPDATE_NO_TRAPS};
	uint32_t list = work->call->argument[0];
	struct trap_info trap;

	if (!list) {
		add(work, &update);
		return;
	}
	for (uint32_t i = 0; i <= LAB_TRAPS_MAX && guest_read_item(work->call->vm, list, i, &trap, sizeof trap) && trap.address; i++) {
		update = (struct lab_update){
			.kind = LAB_UPDATE_TRAP,
			.vector = trap.vector,
			.flags = trap.flags,
			.selector = of_ring_1(trap.cs),
			.straight = domain_goes_straight(&trap),
			.address = trap.address,
		};
		add(work, &update);
	}
}

void right_updates(struct hypercall_work *work)
{
	switch (work->handler) {
	case HANDLER_hypercall_update_va_mapping: right_mapping(work); break;
	case HANDLER_hypercall_set_gdt: right_gdt(work); break;
	case HANDLER_hypercall_update_descriptor: right_descriptor(work); break;
	case HANDLER_hypercall_stack_switch: right_stack(work); break;
	case HANDLER_hypercall_set_trap_table: right_traps(work); break;
	default: break;
	}
}
