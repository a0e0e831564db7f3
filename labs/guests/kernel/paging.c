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

static uint32_t straight_entry(uint32_t physical, bool large)
{
	uint32_t table;

	if (large)
		return physical | PAGE_LARGE | PAGE_WRITABLE | PAGE_PRESENT;
	table = frame_allocate();
	if (!table)
		panic("no memory for the kernel's page tables");
	for (uint32_t i = 0; i < ENTRIES; i++)
		table_at(table)[i] = (physical + i * FRAME_SIZE) | PAGE_WRITABLE | PAGE_PRESENT;
	return table | PAGE_WRITABLE | PAGE_PRESENT;
}

void paging_init(void)
{
	bool large = options_flag("pse") && (cpuid_edx(1) & CPUID_PSE);

	if (large)
		set_cr4_bits(CR4_PSE);
	kernel_directory = frame_allocate();
	for (uint32_t physical = 0; physical < frames_top(); physical += LARGE_SIZE)
		table_at(kernel_directory)[(physical + KERNEL_BASE) >> 22] = straight_entry(physical, large);
	write_cr3(kernel_directory);
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
	       (ENTRIES - KERNEL_FIRST) * sizeof(uint32_t));
	return directory;
}

static void table_free(uint32_t entry)
{
	uint32_t *table = table_at(entry);

	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (table[i] & PAGE_PRESENT)
			frame_release(round_down(table[i]));
	}
	frame_release(round_down(entry));
}

void directory_free(uint32_t directory)
{
	uint32_t *entries = table_at(directory);

	for (uint32_t i = 0; i < KERNEL_FIRST; i++) {
		if (entries[i] & PAGE_PRESENT)
			table_free(entries[i]);
	}
	frame_release(directory);
}

uint32_t *page_entry(uint32_t directory, uint32_t linear, bool make)
{
	uint32_t *entry = &table_at(directory)[linear >> 22];

	if (!(*entry & PAGE_PRESENT)) {
		uint32_t table = make ? frame_allocate() : 0;
		if (!table)
			return NULL;
		*entry = table | PAGE_USER | PAGE_WRITABLE | PAGE_PRESENT;
	}
	return &table_at(*entry)[linear >> 12 & (ENTRIES - 1)];
}
