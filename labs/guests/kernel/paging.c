/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/paging.c - page directories and tables (SDM vol. 3, 4.3). The upper quarter is the same in
 * all of them: physical memory, mapped straight. With `pse` on the command line that is done in
 * pages of 4 MiB, where the processor has them.
 *
 *   31....................12 11..9 8 7 6 5 4   3   2   1   0
 *   frame                    ours  G S D A PCD PWT U/S R/W P
 */
#include "kernel/kernel.h"

enum {
	ENTRIES = 1024,
	LARGE_SIZE = 4 << 20,
	KERNEL_FIRST = KERNEL_BASE >> 22,
	CPUID_PSE = 1 << 3,
};

static uint32_t kernel_directory;

static uint32_t *table_at(uint32_t entry)
{
	return physical_to_virtual(round_down(entry));
}

uint32_t page_frame(const uint32_t *entry)
{
	return round_down(platform->read_entry(entry));
}

/* Adds what a table does not map yet of the 4 MiB from `physical` on. */
static void map_straight(uint32_t table, uint32_t physical)
{
	for (uint32_t i = 0; i < ENTRIES; i++, physical += FRAME_SIZE) {
		uint32_t *entry = &table_at(table)[i];
		if (physical < frames_top() && !(*entry & PAGE_PRESENT))
			platform->write_entry(entry, physical | PAGE_WRITABLE | PAGE_PRESENT);
	}
}

static void map_straight_by_table(uint32_t *entry, uint32_t physical)
{
	uint32_t table;

	if (*entry & PAGE_PRESENT) {
		map_straight(page_frame(entry), physical);
		return;
	}
	table = frame_allocate();
	if (!table)
		panic("no memory for the kernel's page tables");
	map_straight(table, physical);
	platform->table_made(kernel_directory, table);
	platform->write_entry(entry, table | PAGE_WRITABLE | PAGE_PRESENT);
}

void paging_init(void)
{
	bool large = options_flag("pse") && platform->large_pages && (cpuid(1).edx & CPUID_PSE);

	if (large)
		set_cr4_bits(CR4_PSE);
	kernel_directory = platform->first_directory();
	for (uint32_t physical = 0; physical < frames_top(); physical += LARGE_SIZE) {
		uint32_t *entry = &table_at(kernel_directory)[(physical + KERNEL_BASE) >> 22];
		if (large)
			*entry = physical | PAGE_LARGE | PAGE_WRITABLE | PAGE_PRESENT;
		else
			map_straight_by_table(entry, physical);
	}
	platform->load_directory(kernel_directory);
	platform->flush();
	print("paging: on, kernel mapped by pages of %s\n", large ? "4 MiB" : "4 KiB");
}

uint32_t paging_kernel_directory(void)
{
	return kernel_directory;
}

uint32_t directory_new(void)
{
	uint32_t directory = frame_allocate();

	if (!directory)
		return 0;
	memcpy(table_at(directory) + KERNEL_FIRST, table_at(kernel_directory) + KERNEL_FIRST,
	       (frames_top() + LARGE_SIZE - 1) / LARGE_SIZE * sizeof(uint32_t));
	return directory;
}

static void table_free(uint32_t table)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		const uint32_t *entry = &table_at(table)[i];
		if (*entry & PAGE_PRESENT)
			frame_release(page_frame(entry));
	}
	frame_release(table);
}

void directory_free(uint32_t directory)
{
	uint32_t *entries = table_at(directory);

	platform->directory_ends(directory);
	for (uint32_t i = 0; i < KERNEL_FIRST; i++) {
		if (entries[i] & PAGE_PRESENT)
			table_free(page_frame(&entries[i]));
	}
	frame_release(directory);
	platform->flush();
}

uint32_t *page_entry(uint32_t directory, uint32_t linear, bool make)
{
	uint32_t *entry = &table_at(directory)[linear >> 22];
	uint32_t table;

	if (*entry & PAGE_PRESENT) {
		table = page_frame(entry);
	} else {
		table = make ? frame_allocate() : 0;
		if (!table)
			return NULL;
		platform->table_made(directory, table);
		platform->write_entry(entry, table | PAGE_USER | PAGE_WRITABLE | PAGE_PRESENT);
	}
	return &table_at(table)[linear >> 12 & (ENTRIES - 1)];
}
