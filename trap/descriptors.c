/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/descriptors.c - the descriptor tables that hardware sees while a deprivileged guest runs: copies
 * of the guest's, with DPLs compressed (rings 0 to N-1 become N) and limits cut so that no segment
 * reaches the VMM's window. Guest tables are traced; gates and other system descriptors are left out,
 * so that using one traps. (Robin and Irvine 2000; Bugnion et al. 2012, section 4.2.)
 *
 * A descriptor whose accessed bit is clear is shadowed as not present: loading it raises a hidden #NP, and
 * the VMM's emulation of the load sets the bit where the guest looks for it.
 *
 * Simplification: expand-down segments are never shadowed; code that has one loaded is interpreted.
 */
#include "cpu/paging.h"
#include "trap/deprivileged.h"

#include <string.h>

/* ---- one descriptor ---- */

static struct descriptor with_limit(struct descriptor descriptor, uint32_t field, bool pages)
{
	descriptor.low = (descriptor.low & 0xffff0000) | (field & 0xffff);
	descriptor.high = (descriptor.high & ~(uint32_t)(0x000f0000 | DESCRIPTOR_GRANULARITY)) |
	                  (field & 0x000f0000) | (pages ? DESCRIPTOR_GRANULARITY : 0);
	return descriptor;
}

/* Cuts a limit that reaches into the VMM's window. False: nothing would be left. */
static bool cut_limit(struct descriptor *descriptor)
{
	struct segment segment = descriptor_segment(0, *descriptor);
	uint32_t room;

	if ((uint64_t)segment.base + segment.limit < SHADOW_HOLE)
		return true;
	if (segment.base >= SHADOW_HOLE)
		return false;
	room = SHADOW_HOLE - segment.base; /* bytes */
	if (room > 0x100000)
		*descriptor = with_limit(*descriptor, (room >> 12) - 1, true);
	else
		*descriptor = with_limit(*descriptor, room - 1, false);
	return true;
}

/*
 * Rings that compression has made one: what would lead from one to the other in silence is kept out of
 * the view, so that it traps. Code of the guest's rings 1 and 2 is interpreted. Deprivileged to ring 3,
 * kernel and users share a ring; and a far RET of the kernel's could become a user's by conforming code.
 */
static bool hidden_from(const struct deprivileged *state, const struct segment *segment, enum shadow_view view)
{
	bool code = segment->access & ACCESS_CODE, conforming = code && (segment->access & ACCESS_CONFORMING);
	unsigned dpl = segment_dpl(segment);

	if (code && !conforming && (dpl == 1 || dpl == 2))
		return true;
	if (state->ring == 1)
		return false;
	if (view == VIEW_KERNEL)
		return code && (conforming || dpl == 3);
	return !conforming && dpl < 3;
}

static struct descriptor compress(const struct deprivileged *state, struct descriptor guest, enum shadow_view view)
{
	struct segment segment = descriptor_segment(0, guest);
	struct descriptor shadow = guest;

	if (!(guest.high & DESCRIPTOR_S))
		return (struct descriptor){0, 0};
	shadow.high &= ~(uint32_t)DESCRIPTOR_DPL;
	shadow.high |= real_cpl(state, segment_dpl(&segment)) << DESCRIPTOR_DPL_SHIFT;
	if (!(segment.access & ACCESS_ACCESSED) || hidden_from(state, &segment, view) ||
	    (!(segment.access & ACCESS_CODE) && (segment.access & ACCESS_EXPAND_DOWN)) || !cut_limit(&shadow))
		shadow.high &= ~(uint32_t)DESCRIPTOR_PRESENT;
	return shadow;
}

/* ---- a table ---- */

/* The frame in which page `index` of the guest's table lies now; NO_FRAME where nothing is mapped. */
#define NO_FRAME UINT64_MAX
static uint64_t table_frame(const struct deprivileged *state, const struct shadow_table *table, unsigned index)
{
	uint32_t first = table->base & ~(uint32_t)PAGE_MASK;
	struct walk walk;

	cpu_walk(cpu_state_const(state->vm->vcpu), &state->vm->guest_bus, first + index * PAGE_SIZE, ACCESS_READ,
	         false, &walk);
	return walk.ok ? walk.physical >> PAGE_SHIFT : NO_FRAME;
}

static void untrace(struct deprivileged *state, struct shadow_table *table)
{
	for (unsigned i = 0; i < table->frames; i++)
		shadow_untrace(state->shadow, table->gfn[i]);
	table->frames = 0;
}

/* Traces the frames in which the guest's table lies now: `entries` are 8192 at most. */
static void trace(struct deprivileged *state, struct shadow_table *table)
{
	uint32_t bytes = (table->base & PAGE_MASK) + table->entries * 8;

	table->frames = table->entries ? (bytes + PAGE_MASK) >> PAGE_SHIFT : 0;
	for (unsigned i = 0; i < table->frames; i++) {
		table->gfn[i] = table_frame(state, table, i);
		shadow_trace(state->shadow, table->gfn[i]);
	}
}

static bool same_frames(const struct deprivileged *state, const struct shadow_table *table)
{
	for (unsigned i = 0; i < table->frames; i++)
		if (table->gfn[i] != table_frame(state, table, i))
			return false;
	return true;
}

static void shadow_entry(struct deprivileged *state, struct shadow_table *table, uint32_t index)
{
	struct descriptor descriptor = table->guest[index];

	if (table == &state->gdt && index >= VMM_FIRST >> 3)
		return;
	table->shadow[VIEW_KERNEL][index] = compress(state, descriptor, VIEW_KERNEL);
	table->shadow[VIEW_USER][index] = compress(state, descriptor, VIEW_USER);
	if (descriptor.high & DESCRIPTOR_S)
		charge(state->vm, COST_descriptor_shadow);
}

/* Reads the guest's table again and shadows it; what was in a longer table before goes. */
static void copy(struct deprivileged *state, struct shadow_table *table)
{
	const struct cpu_state *guest = cpu_state_const(state->vm->vcpu);
	uint32_t end = table->entries > table->shadowed ? table->entries : table->shadowed;

	state->loaded_holds = false;
	memset(table->guest, 0, end * sizeof *table->guest);
	for (uint32_t done = 0, size = table->entries * 8; done < size;) {
		uint32_t part = PAGE_SIZE - ((table->base + done) & PAGE_MASK);

		part = part < size - done ? part : size - done;
		cpu_peek(guest, &state->vm->guest_bus, table->base + done, (uint8_t *)table->guest + done, part);
		done += part;
	}
	for (uint32_t i = 0; i < end; i++)
		shadow_entry(state, table, i);
	table->shadowed = table->entries;
}

static void tell(struct deprivileged *state, const struct shadow_table *table, uint64_t since)
{
	struct vm *vm = state->vm;
	struct event event;

	if (vm->clock == since || !event_wanted(&vm->events, EV_TABLES))
		return;
	vm_event_begin(vm, &event, EV_TABLES);
	event.cycle = since;
	event.address = table->base;
	event.reason = "descriptor tables";
	event.action = table == &state->gdt ? "shadowed the guest's GDT" : "shadowed the guest's LDT";
	event_add_phase(&event, "compress and copy descriptors", (uint32_t)(vm->clock - since));
	event_emit(&vm->events, &event);
}

static void sync(struct deprivileged *state, struct shadow_table *table, uint32_t base, uint32_t entries)
{
	uint64_t since = state->vm->clock;

	if (table->valid && table->base == base && table->entries == entries && !state->tables_stale &&
	    same_frames(state, table))
		return;
	untrace(state, table);
	table->base = base;
	table->entries = entries;
	table->valid = true;
	trace(state, table);
	copy(state, table);
	tell(state, table, since);
}

void descriptors_sync(struct deprivileged *state)
{
	const struct cpu_state *guest = cpu_state_const(state->vm->vcpu);
	const struct segment *ldtr = &guest->segment[LDTR];
	bool ldt = (ldtr->access & ACCESS_PRESENT) && (ldtr->selector & 0xfffc);
	uint64_t ldt_entries = ldt ? (ldtr->limit + UINT64_C(1)) / 8 : 0;

	sync(state, &state->gdt, guest->gdtr.base, (guest->gdtr.limit + 1u) / 8);
	sync(state, &state->ldt, ldt ? ldtr->base : 0, ldt_entries < TABLE_ENTRIES ? (uint32_t)ldt_entries : TABLE_ENTRIES);
	state->tables_stale = false;
}

void descriptors_end(struct deprivileged *state)
{
	untrace(state, &state->gdt);
	untrace(state, &state->ldt);
}

/* Other data may lie in the same pages: only stores to the entries themselves count. */
static bool stored_in(const struct shadow_table *table, uint64_t gpa, uint32_t size)
{
	for (unsigned i = 0; i < table->frames; i++) {
		uint64_t first = table->base & PAGE_MASK, end = first + table->entries * UINT64_C(8);
		uint64_t offset = (uint64_t)i * PAGE_SIZE + (gpa & PAGE_MASK);

		if (table->gfn[i] == gpa >> PAGE_SHIFT && offset < end && offset + size > first)
			return true;
	}
	return false;
}

bool descriptors_stored(struct deprivileged *state, uint64_t gpa, uint32_t size)
{
	bool hit = stored_in(&state->gdt, gpa, size) || stored_in(&state->ldt, gpa, size);

	state->tables_stale |= hit;
	return hit;
}

/* ---- looking descriptors up ---- */

enum shadow_view current_view(const struct deprivileged *state)
{
	return state->ring == 3 && cpu_state_const(state->vm->vcpu)->cpl == 3 ? VIEW_USER : VIEW_KERNEL;
}

static const struct shadow_table *table_of(const struct deprivileged *state, uint16_t selector)
{
	return selector & 4 ? &state->ldt : &state->gdt;
}

const struct descriptor *guest_descriptor(const struct deprivileged *state, uint16_t selector)
{
	const struct shadow_table *table = table_of(state, selector);

	if (!(selector & 0xfffc) || selector >> 3 >= table->entries)
		return NULL;
	return &table->guest[selector >> 3];
}

const struct descriptor *shadow_descriptor(const struct deprivileged *state, uint16_t selector, enum shadow_view view)
{
	if (!(selector & 0xfffc))
		return NULL;
	return &table_of(state, selector)->shadow[view][selector >> 3];
}

/* ---- the VMM's own ---- */

static uint8_t *window(const struct deprivileged *state, unsigned frame)
{
	return memory_machine_frame(state->vm->memory, frame);
}

static struct descriptor system_descriptor(uint32_t base, uint32_t limit, uint32_t type)
{
	return (struct descriptor){
		.low = base << 16 | (limit & 0xffff),
		.high = (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | type << 8 | DESCRIPTOR_PRESENT,
	};
}

/* Every gate leads to the VMM. INT3 and INTO may be executed by any ring; INT n may not, and raises #GP. */
static void make_idt(struct deprivileged *state)
{
	struct descriptor *gate = (struct descriptor *)(void *)window(state, WINDOW_IDT);

	for (unsigned vector = 0; vector < 256; vector++) {
		uint32_t dpl = vector == VECTOR_BP || vector == VECTOR_OF ? 3u << DESCRIPTOR_DPL_SHIFT : 0;

		gate[vector].low = (uint32_t)VMM_CODE << 16;
		gate[vector].high = DESCRIPTOR_PRESENT | dpl | 0xe00; /* 32-bit interrupt gate */
	}
}

/* The I/O map base points past the limit: no port is anybody's (SDM vol. 1, 19.5.2). */
static void make_tss(struct deprivileged *state)
{
	enum { MAP_BASE = 102, LIMIT = 103 };
	uint16_t past = LIMIT + 1;

	memcpy(window(state, WINDOW_IDT) + TSS_OFFSET + MAP_BASE, &past, sizeof past);
}

void window_map(struct deprivileged *state, unsigned position, uint64_t mfn, bool writable, bool user)
{
	uint64_t *entry = (uint64_t *)(void *)window(state, WINDOW_TABLE);

	entry[position] = mfn << PAGE_SHIFT | ENTRY_P | ENTRY_A | ENTRY_D | (writable ? ENTRY_RW : 0) |
	                  (user ? ENTRY_US : 0);
}

void descriptors_own(struct deprivileged *state, uint16_t selector, int view, struct descriptor descriptor)
{
	for (int each = 0; each < 2; each++)
		if (view < 0 || view == each)
			state->gdt.shadow[each][selector >> 3] = descriptor;
}

void descriptors_begin(struct deprivileged *state)
{
	enum { TYPE_LDT = 2, TYPE_BUSY_TSS = 11 };

	memset(window(state, WINDOW_TABLE), 0, PAGE_SIZE);
	for (unsigned frame = 0; frame <= WINDOW_IDT; frame++) {
		memset(window(state, frame), 0, PAGE_SIZE); /* another technique, or this one, had them before */
		window_map(state, frame, frame, true, false);
	}
	for (unsigned view = 0; view < 2; view++) {
		unsigned gdt = WINDOW_GDT + view * TABLE_FRAMES, ldt = WINDOW_LDT + view * TABLE_FRAMES;

		state->gdt.shadow[view] = (struct descriptor *)(void *)window(state, gdt);
		state->ldt.shadow[view] = (struct descriptor *)(void *)window(state, ldt);
		state->gdt.shadow[view][VMM_CODE >> 3] = (struct descriptor){0x0000ffff, 0x00cf9b00};
		state->gdt.shadow[view][VMM_TSS >> 3] =
			system_descriptor(SHADOW_HOLE + WINDOW_IDT * PAGE_SIZE + TSS_OFFSET, 103, TYPE_BUSY_TSS);
		state->gdt.shadow[view][VMM_LDT >> 3] =
			system_descriptor(SHADOW_HOLE + ldt * PAGE_SIZE, 0xffff, TYPE_LDT);
	}
	make_idt(state);
	make_tss(state);
	descriptors_sync(state);
}
