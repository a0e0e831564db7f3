/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/tables.c - page tables under a hypervisor. Tables of a directory that has never been loaded
 * are plain memory and filled by plain stores; from the first load on (they are *live*) each change is a
 * request. So a fork fills its child's tables for nothing and asks only for what changes in its own.
 *
 * In direct mode the entries hold machine addresses, and live tables are mapped read-only everywhere, or
 * the hypervisor would not take them (Barham et al. 2003, 3.3.3; Linux's late pinning of page tables does
 * the same). Otherwise a machine address is a physical one and all mappings stay as they are.
 */
#include "kernel/pv/pv.h"

enum { ENTRIES = 1024, KERNEL_FIRST = KERNEL_BASE >> 22, FRAMES_MAX = MEMORY_MAX / FRAME_SIZE };

static const uint32_t *machine_frames; /* by physical frame; NULL: the same number */
static uint32_t frame_count;
static uint32_t first_directory; /* the hypervisor's, 0: none */
static bool live[FRAMES_MAX];    /* holds a page table in use */

/* ---- addresses ---- */

static uint32_t machine_address(uint32_t physical)
{
	uint32_t frame = physical / FRAME_SIZE;

	if (!machine_frames)
		return physical;
	if (frame >= frame_count)
		panic("no machine frame for physical address %08x", physical);
	return machine_frames[frame] * FRAME_SIZE + physical % FRAME_SIZE;
}

static uint32_t physical_address(uint32_t machine)
{
	const uint32_t *physical_frames = (const uint32_t *)MACH2PHYS_VIRT_START_NONPAE;

	if (!machine_frames)
		return machine;
	return physical_frames[machine / FRAME_SIZE] * FRAME_SIZE + machine % FRAME_SIZE;
}

uint32_t tables_machine_frame(uint32_t physical)
{
	return machine_address(physical) / FRAME_SIZE;
}

uint32_t tables_read_entry(const uint32_t *entry)
{
	return *entry & PAGE_PRESENT ? physical_address(*entry) : *entry;
}

void tables_write_entry(uint32_t *entry, uint32_t value)
{
	uint32_t physical = virtual_to_physical(entry);

	if (value & PAGE_PRESENT)
		value = machine_address(value);
	if (live[physical / FRAME_SIZE])
		pv_update(machine_address(physical), value);
	else
		*entry = value;
}

/* ---- live tables ---- */

static uint32_t *table_at(uint32_t table)
{
	return physical_to_virtual(table);
}

/* The straight map's entry for a frame: in tables that all directories share. */
static uint32_t *straight_entry(uint32_t physical)
{
	uint32_t linear = physical + KERNEL_BASE;
	uint32_t table = page_frame(&table_at(first_directory)[linear >> 22]);

	return &table_at(table)[linear / FRAME_SIZE % ENTRIES];
}

static void set_straight(uint32_t physical, uint32_t bits)
{
	if (machine_frames)
		tables_write_entry(straight_entry(physical), physical | bits);
}

void tables_read_only(uint32_t physical)
{
	set_straight(physical, PAGE_PRESENT);
}

static void begin_live(uint32_t table)
{
	tables_read_only(table);
	live[table / FRAME_SIZE] = true;
}

/* A TLB that still says read-only would fault. */
static void end_live(uint32_t table)
{
	live[table / FRAME_SIZE] = false;
	set_straight(table, PAGE_WRITABLE | PAGE_PRESENT);
	if (machine_frames)
		pv_forget_page(table + KERNEL_BASE);
}

static void for_each_table(uint32_t directory, void (*act)(uint32_t table))
{
	const uint32_t *entries = table_at(directory);

	for (uint32_t i = 0; i < KERNEL_FIRST; i++) {
		if (entries[i] & PAGE_PRESENT)
			act(page_frame(&entries[i]));
	}
	act(directory);
}

void tables_made(uint32_t directory, uint32_t table)
{
	if (live[directory / FRAME_SIZE])
		begin_live(table);
}

void tables_load(uint32_t directory)
{
	uint32_t frame = tables_machine_frame(directory);

	if (!live[directory / FRAME_SIZE]) {
		for_each_table(directory, begin_live);
		pv_operate(MMUEXT_PIN_L2_TABLE, frame);
	}
	pv_operate(MMUEXT_NEW_BASEPTR, frame);
}

void tables_end(uint32_t directory)
{
	if (!live[directory / FRAME_SIZE])
		return;
	pv_operate(MMUEXT_UNPIN_TABLE, tables_machine_frame(directory));
	for_each_table(directory, end_live);
	pv_flush();
}

void tables_forget_all(uint32_t directory)
{
	(void)directory;
	pv_forget_all();
}

/* ---- the beginning in direct mode ---- */

void tables_begin(const struct start_info *start)
{
	uint32_t end;

	machine_frames = (const uint32_t *)start->mfn_list;
	frame_count = start->nr_pages;
	first_directory = start->pt_base - KERNEL_BASE;
	end = first_directory + start->nr_pt_frames * FRAME_SIZE;
	for (uint32_t table = first_directory; table < end; table += FRAME_SIZE)
		live[table / FRAME_SIZE] = true;
}

uint32_t tables_first_directory(void)
{
	return first_directory;
}
