/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/memory.c - frames and page tables. The first 16 MiB are mapped as they are, by tables that all directories
 * share; from USER_BASE on each process has one table of its own.
 */
#include "kernel.h"

enum { ENTRIES = 1024, KERNEL_TABLES = MEMORY / PAGE / ENTRIES };

extern uint8_t user_begin[], user_end[];

static uint32_t kernel_directory[ENTRIES] __attribute__((aligned(4096)));
static uint32_t kernel_tables[KERNEL_TABLES][ENTRIES] __attribute__((aligned(4096)));
static uint32_t free_frames[(MEMORY - FREE_FROM) / PAGE];
static uint32_t free_count;

/* Lent out in the order in which they came back. */
uint32_t frame_take(void)
{
	uint32_t frame, *words;

	interrupts_off();
	if (!free_count)
		panic("kernel: no memory (%u)", 0);
	frame = free_frames[--free_count];
	interrupts_on();
	words = (uint32_t *)frame;
	for (unsigned i = 0; i < PAGE / 4; i++)
		words[i] = 0;
	return frame;
}

static void frame_give(uint32_t frame)
{
	interrupts_off();
	free_frames[free_count++] = frame;
	interrupts_on();
}

void memory_begin(void)
{
	uint32_t cr0;

	for (uint32_t page = 0; page < MEMORY / PAGE; page++) {
		bool user = page * PAGE >= (uint32_t)user_begin && page * PAGE < (uint32_t)user_end;

		kernel_tables[page / ENTRIES][page % ENTRIES] = page * PAGE | PRESENT | (user ? USER : WRITABLE);
	}
	for (unsigned i = 0; i < KERNEL_TABLES; i++)
		kernel_directory[i] = (uint32_t)kernel_tables[i] | PRESENT | WRITABLE | USER;
	for (uint32_t frame = MEMORY - PAGE; frame >= FREE_FROM; frame -= PAGE)
		free_frames[free_count++] = frame;
	bare_load_cr3((uint32_t)kernel_directory);
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000));
}

/* Nobody walks it yet: plain stores. */
uint32_t directory_make(uint32_t *table)
{
	uint32_t *directory = (uint32_t *)frame_take();

	for (unsigned i = 0; i < KERNEL_TABLES; i++)
		directory[i] = kernel_directory[i];
	directory[USER_BASE >> 22] = (uint32_t)table | PRESENT | WRITABLE | USER;
	return (uint32_t)directory;
}

void pages_map(uint32_t *table, uint32_t page, uint32_t count)
{
	uint32_t frame[MAP_MOST];

	for (uint32_t i = 0; i < count; i++)
		frame[i] = frame_take();
	updates_begin();
	for (uint32_t i = 0; i < count; i++)
		store_entry(&table[page + i], frame[i] | PRESENT | WRITABLE | USER);
	updates_end();
}

void pages_unmap(uint32_t *table, uint32_t page, uint32_t count)
{
	uint32_t frame[MAP_MOST];

	updates_begin();
	for (uint32_t i = 0; i < count; i++) {
		frame[i] = table[page + i] & ~(uint32_t)(PAGE - 1);
		store_entry(&table[page + i], 0);
		forget_page(USER_BASE + (page + i) * PAGE);
	}
	updates_end();
	for (uint32_t i = count; i > 0; i--)
		frame_give(frame[i - 1]);
}
