/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/world.c - into the translation cache and back. The processor gets what direct execution gets (trap/world.c), but
 * for three registers: EIP is an address of the cache, CS covers it, and GS reaches the virtual page. What has changed
 * in the virtual page is the guest's on the way back, and EIP is found by the unit's records.
 *
 *   virtual CPU      processor, translated         processor, direct (user code)
 *   EIP              in the cache                  the same
 *   CS               VMM_GUEST_CODE, flat          the guest's, from the shadow GDT
 *   GS               VMM_GUEST_DATA, virtual page  the guest's, from the shadow GDT
 *   IF, IOPL         the virtual page              nowhere: users cannot change them
 *
 * The x87 keeps where its last instruction was (SDM vol. 1, 8.1.8): in the cache, to be told as a place of the guest's.
 */
#include "bt/runtime.h"

#include <assert.h>
#include <string.h>

/* ---- the window ---- */

enum { CODE_RIGHTS = 0x00cf9b00, DATA_RIGHTS = 0x00c09300 };

static unsigned cache_frames(const struct translator *translator)
{
	return (translator->cache_size + PAGE_MASK) >> PAGE_SHIFT;
}

/* Frames and positions in the window are the same: the pool's first frames are the window's. */
static void show_frames(struct translator *translator)
{
	struct deprivileged *state = &translator->base;
	bool user = state->ring == 3;

	for (unsigned i = 0; i < VIRTUAL_FRAMES; i++)
		window_map(state, VIRTUAL_POSITION + i, VIRTUAL_POSITION + i, true, user);
	window_map(state, DOORWAY_POSITION, DOORWAY_POSITION, false, user);
	for (unsigned i = 0; i < cache_frames(translator); i++)
		window_map(state, CACHE_POSITION + i, CACHE_POSITION + i, true, user);
	memory_set_flags(state->vm->memory, DOORWAY_POSITION, FRAME_MONITOR, 0);
}

/*
 * A data segment may be loaded when its DPL is not below RPL, nor below CPL (SDM vol. 3, 5.5). With DPLs 0 made 1 hardware
 * would let RPL 1 reach them; with all DPLs 3 it would let any RPL.
 */
static void close_rpls(struct translator *translator)
{
	for (unsigned low = 0; low < 256; low++)
		translator->virtual->closed_rpl[low] = translator->base.ring == 1 ? (low & 3) == 1 : (low & 3) != 0;
}

/*
 * GS reaches from the virtual page to the end of the cache, where the unit counters are. Both descriptors are
 * of the deprivileged ring, so that the guest's users cannot load them; in ring 3 users have another GDT.
 */
void window_begin(struct translator *translator)
{
	struct deprivileged *state = &translator->base;
	uint32_t dpl = state->ring << DESCRIPTOR_DPL_SHIFT, base = WINDOW_ADDRESS(VIRTUAL_POSITION);
	struct descriptor code = {0x0000ffff, CODE_RIGHTS | dpl};
	uint32_t pages = CACHE_POSITION - VIRTUAL_POSITION + cache_frames(translator);
	struct descriptor data = {base << 16 | (pages - 1),
	                          (base & 0xff000000) | (base >> 16 & 0xff) | DATA_RIGHTS | dpl};

	static_assert(sizeof(struct virtual_page) <= (size_t)VIRTUAL_FRAMES * PAGE_SIZE, "the virtual page has room");
	show_frames(translator);
	close_rpls(translator);
	descriptors_own(state, VMM_GUEST_CODE, VIEW_KERNEL, code);
	descriptors_own(state, VMM_GUEST_DATA, VIEW_KERNEL, data);
	translator->code = descriptor_segment((uint16_t)(VMM_GUEST_CODE | state->ring), code);
	translator->data = descriptor_segment((uint16_t)(VMM_GUEST_DATA | state->ring), data);
}

void window_end(struct translator *translator)
{
	struct vm *vm = translator->vm;

	memory_set_flags(vm->memory, DOORWAY_POSITION, 0, FRAME_MONITOR);
	cpu_code_written(vm->processor, (uint64_t)CACHE_POSITION << PAGE_SHIFT, cache_frames(translator) * PAGE_SIZE);
	cpu_tlb_flush(vm->processor);
}

/* ---- where in the guest's code ---- */

struct place place_at(struct translator *translator, uint32_t address, enum side side)
{
	struct place place = {.unit = unit_at(translator, address)};
	bool middle;

	assert(place.unit); /* the shared routine ends in a unit or at the doorway, and cannot fault */
	place.record = record_at(place.unit, address);
	if (!place.record) {
		place.eip = place.unit->key.eip; /* its beginning: nobody stops in stubs */
		return place;
	}
	middle = address != unit_address(place.unit) + place.record->code;
	place.eip = place.unit->key.eip + place.record->offset;
	if (middle && side == SIDE_BEHIND)
		place.eip += place.record->insn.length;
	else if (middle)
		place.spilled = place.record->spilled;
	return place;
}

bool is_boundary(struct translator *translator, uint32_t address)
{
	struct unit *unit = unit_at(translator, address);
	const struct record *record = unit ? record_at(unit, address) : NULL;

	if (!unit)
		return false;
	return address == unit_address(unit) || (record && address == unit_address(unit) + record->code);
}

/* ---- entering ---- */

static void fill_virtual_page(struct translator *translator, const struct cpu_state *guest)
{
	struct virtual_page *page = translator->virtual;

	page->interrupt_flag = guest->eflags & EFLAGS_IF;
	page->io_privilege = guest->eflags & EFLAGS_IOPL;
	page->pending = board_interrupt(translator->vm->board);
	page->cr0 = guest->cr0;
	page->cr2 = guest->cr2;
	page->cr3 = guest->cr3;
	page->cr4 = guest->cr4;
	page->clock_offset[0] = (uint32_t)guest->tsc_offset;
	page->clock_offset[1] = (uint32_t)(guest->tsc_offset >> 32);
	for (enum segment_register reg = ES; reg <= TR; reg++)
		page->selector[reg] = guest->segment[reg].selector;
	page->gdtr_limit = guest->gdtr.limit;
	page->gdtr_base = guest->gdtr.base;
	page->idtr_limit = guest->idtr.limit;
	page->idtr_base = guest->idtr.base;
}

/*
 * tour 4.4: Into the cache
 * The processor gets what it gets for direct execution, but its EIP leads to the unit, CS covers the cache and GS
 * the virtual page, where the guest's IF, IOPL and system registers stand for sequences to use.
 */
void cache_enter(struct translator *translator, uint32_t address)
{
	struct deprivileged *state = &translator->base;
	struct segment code = state->loaded[CS], data = state->loaded[GS];

	fill_virtual_page(translator, cpu_state_const(translator->vm->vcpu));
	state->loaded[CS] = translator->code;
	state->loaded[GS] = translator->data;
	world_enter(state);
	state->loaded[CS] = code;
	state->loaded[GS] = data;
	cpu_state(translator->vm->processor)->eip = address;
	if (translator->clock == CLOCK_CACHE)
		cpu_state(translator->vm->processor)->tsc_offset = 0; /* the code adds the guest's */
}

/* ---- leaving ---- */

static void count_lookups(struct translator *translator)
{
	struct virtual_page *page = translator->virtual;

	translator->counters.lookup_hits += page->hits;
	translator->counters.lookup_misses += page->misses;
	page->hits = page->misses = 0;
}

/*
 * No unit loads CS or SS: those of the virtual CPU are those of the instruction. What stores the pointers is a callout, so nobody
 * has seen them yet.
 */
static void guest_pointers(struct translator *translator)
{
	struct x87_state *x87 = &cpu_floats(translator->vm->processor)->x87;
	const struct cpu_state *guest = cpu_state_const(translator->vm->vcpu);
	const struct unit *unit;
	const struct record *record;

	if (x87->instruction_selector != translator->code.selector)
		return;
	unit = unit_at(translator, x87->instruction_offset);
	record = unit ? record_at(unit, x87->instruction_offset) : NULL;
	if (!record)
		return;
	x87->instruction_selector = guest->segment[CS].selector;
	x87->instruction_offset = unit->key.eip + record->offset;
	if (x87->data_selector == translator->base.loaded[SS].selector)
		x87->data_selector = guest->segment[SS].selector; /* its RPL is hardware's ring */
}

void cache_leave(struct translator *translator, uint32_t eip, uint8_t spilled)
{
	struct deprivileged *state = &translator->base;
	const struct virtual_page *page = translator->virtual;
	struct cpu_state *guest = cpu_state(state->vm->vcpu), *real = cpu_state(state->vm->processor);

	for (enum gpr reg = EAX; reg <= ECX; reg++)
		if (spilled >> reg & 1)
			real->gpr[reg] = page->saved[reg];
	real->eip = eip;
	real->segment[CS] = state->loaded[CS];
	real->segment[GS] = state->loaded[GS];
	guest->eflags = (guest->eflags & ~(uint32_t)(EFLAGS_IF | EFLAGS_IOPL)) | page->interrupt_flag | page->io_privilege;
	guest->cr2 = page->cr2;
	guest_pointers(translator);
	world_leave(state);
	count_lookups(translator);
}
