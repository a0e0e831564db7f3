/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/paging.c - identity mappings in two forms: 32-bit entries with 4 MiB pages and PAE with 2 MiB
 * pages. The APICs' pages stand in tables of 4 KiB pages in the first, in a large page in the second. Uncached.
 */
#include "kernel.h"

enum { PRESENT = 1, WRITABLE = 2, UNCACHED = 0x18, LARGE = 0x80 };
enum { CR4_PSE = 0x10, CR4_PAE = 0x20 };
#define CR0_PG 0x80000000u

static uint32_t directory[1024], table[1024] __attribute__((aligned(4096)));
static uint64_t pointers[4] __attribute__((aligned(32)));
static uint64_t directories[4][512] __attribute__((aligned(4096)));

static void use(void *root, uint32_t cr4)
{
	uint32_t cr0;

	__asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("movl %0, %%cr0" : : "r"(cr0 & ~CR0_PG));
	__asm__ volatile("movl %0, %%cr4" : : "r"(cr4));
	__asm__ volatile("movl %0, %%cr3" : : "r"(root) : "memory");
	__asm__ volatile("movl %0, %%cr0; jmp 1f; 1:" : : "r"(cr0 | CR0_PG) : "memory");
}

static void map_device(uint32_t address)
{
	directory[address >> 22] = (uint32_t)table | PRESENT | WRITABLE;
	table[address >> 12 & 1023] = (address & ~0xfffu) | PRESENT | WRITABLE | UNCACHED;
}

void paging_large(void)
{
	for (uint32_t i = 0; i < 4; i++)
		directory[i] = i << 22 | PRESENT | WRITABLE | LARGE;
	map_device(machine.lapic); /* both lie in the same 4 MiB */
	map_device(machine.ioapic);
	use(directory, CR4_PSE);
}

static void map_large(uint32_t address, uint32_t flags)
{
	directories[address >> 30][address >> 21 & 511] = (address & ~0x1fffffu) | PRESENT | WRITABLE | LARGE | flags;
}

void paging_pae(void)
{
	for (unsigned i = 0; i < 4; i++)
		pointers[i] = (uint32_t)directories[i] | PRESENT;
	for (uint32_t address = 0; address < 0x1000000; address += 0x200000)
		map_large(address, 0);
	map_large(machine.lapic, UNCACHED);
	map_large(machine.ioapic, UNCACHED);
	use(pointers, CR4_PAE);
}
