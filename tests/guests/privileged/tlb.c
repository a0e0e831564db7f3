/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * privileged/tlb.c - what stays in the TLB until it is told to go. SDM vol. 3,
     4.10.4. Where the manual
 * says that an entry may stay or go, the tests keep to what every TLB of more than a few entries does: an
 * entry that has just been used stays.
 */
#include "paging.h"

enum { OTHER = 0x600000 };

static void point_to(uint32_t frame, unsigned rights) { table[0] = frame | PG_P | rights; }

static void start(unsigned rights)
{
	map_window();
	point_to(FRAME, rights);
	*(volatile uint32_t *)FRAME = 0x11111111;
	*(volatile uint32_t *)OTHER = 0x22222222;
	flush();
}

/* Uses the entry, changes it by EBX, does what is asked, uses it again. */
#define STALE(name, rights, changed, what) do { \
	start(rights); \
	in.ebx = (changed); \
	in.edi = (uint32_t)table; \
	TEST(name, 0, "mov 0x800000, %eax; mov %ebx, (%edi); " what "; mov 0x800000, %ecx"); \
	write_cr4(CR4_PSE); \
	} while (0)

void tests_tlb(void)
{
	const uint32_t other = OTHER | PG_P | PG_RW | PG_US;

	map_window();
	paging_on();
	STALE("PTE changed, INVLPG", PG_RW, other, "invlpg 0x800000");
	STALE("PTE changed, INVLPG within the page", PG_RW, other, "invlpg 0x800fff");
	STALE("PTE changed, CR3 loaded", PG_RW, other, "mov %cr3, %edx; mov %edx, %cr3;"
	     "xor %edx, %edx");
	STALE("PTE changed, nothing", PG_RW, other, "nop");
	STALE("PTE changed, INVLPG of another page", PG_RW, other, "invlpg 0x801000");
	STALE("PTE cleared, nothing", PG_RW, 0, "nop");
	STALE("PTE cleared, INVLPG", PG_RW, 0, "invlpg 0x800000");
	STALE("PTE cleared, CR3 loaded", PG_RW, 0, "mov %cr3, %edx; mov %edx, %cr3;"
	     "xor %edx, %edx");
	STALE("PTE cleared, PG toggled", PG_RW, 0, "mov %cr0, %edx; and $0x7fffffff, %edx;"
	     "mov %edx, %cr0; or $0x80000000, %edx;"
	      "mov %edx, %cr0; xor %edx, %edx");
	STALE("PTE cleared, PSE toggled", PG_RW, 0, "mov %cr4, %edx; or $0x80, %edx;"
	     "mov %edx, %cr4; xor %edx, %edx");
	STALE("PTE cleared, TS changed", PG_RW, 0, "mov %cr0, %edx; or $8, %edx; mov %edx, %cr0;"
	     "clts; xor %edx, %edx");

	/* global pages live through a load of CR3 */
	for (unsigned global = 0; global < 2; global++) {
		const unsigned rights = PG_RW | PG_US | (global ? PG_G : 0);
#define GLOBAL(name, what) \
		write_cr4(CR4_PSE | CR4_PGE); \
		STALE(name, rights, other, what)
		if (global) {
			GLOBAL("global, CR3 loaded", "mov %cr3, %edx; mov %edx, %cr3;"
			     "xor %edx, %edx");
			GLOBAL("global, INVLPG", "invlpg 0x800000");
			GLOBAL("global, PGE cleared", "mov %cr4, %edx; and $0x7f, %edx;"
			     "mov %edx, %cr4; xor %edx, %edx");
			GLOBAL("global, PGE cleared and set", "mov %cr4, %edx; and $0x7f, %edx;"
			     "mov %edx, %cr4; or $0x80, %edx; mov %edx, %cr4;"
			       "xor %edx, %edx");
			GLOBAL("global, PG toggled", "mov %cr0, %edx; and $0x7fffffff, %edx;"
			     "mov %edx, %cr0; or $0x80000000, %edx;"
			       "mov %edx, %cr0; xor %edx, %edx");
		} else {
			GLOBAL("not global under PGE, CR3 loaded", "mov %cr3, %edx;"
			     "mov %edx, %cr3; xor %edx, %edx");
		}
	}
	STALE("G without PGE, CR3 loaded", PG_RW | PG_US | PG_G, other, "mov %cr3, %edx;"
	     "mov %edx, %cr3; xor %edx, %edx");

	/* rights: what becomes more is seen at once or after a fault,
	     what becomes less only when flushed */
	start(PG_US);
	write_cr0(read_cr0() | CR0_WP);
	in.edi = (uint32_t)table;
	TEST("a page fault drops the entry", 0, "mov 0x800000, %eax; orl $2, (%edi);"
	     "movl $5, 0x800000; mov 0x800000, %ecx");
	start(PG_RW | PG_US);
	in.edi = (uint32_t)table;
	TEST("write, write-protect, write", 0, "movl $5, 0x800000; andl $~2, (%edi);"
	     "movl $6, 0x800000; mov 0x800000, %ecx");
	start(PG_RW | PG_US);
	in.edi = (uint32_t)table;
	TEST("write, write-protect, INVLPG, write", 0,
	     "movl $5, 0x800000; andl $~2, (%edi); invlpg 0x800000; movl $6, 0x800000");
	start(PG_US);
	in.edi = (uint32_t)table;
	TEST("WP cleared and set again", 0, "mov 0x800000, %eax; mov %cr0, %edx;"
	     "and $~0x10000, %edx; mov %edx, %cr0; movl $7, 0x800000;"
	     "or $0x10000, %edx; mov %edx, %cr0; xor %edx, %edx; movl $8, 0x800000");
	write_cr0(read_cr0() & ~CR0_WP);

	/* the D bit is set once: by the first write that the TLB knows as clean */
	start(PG_RW | PG_US);
	in.edi = (uint32_t)table;
	TEST("D cleared, written again", 0, "movl $5, 0x800000; andl $~0x60, (%edi);"
	     "movl $6, 0x800000; mov (%edi), %ecx; and $0x60, %ecx");
	start(PG_RW | PG_US);
	in.edi = (uint32_t)table;
	TEST("D cleared, INVLPG, written again", 0,
	     "movl $5, 0x800000; andl $~0x60, (%edi); invlpg 0x800000; movl $6, 0x800000;"
	     "mov (%edi), %ecx; and $0x60, %ecx");
	start(PG_RW | PG_US);
	in.edi = (uint32_t)table;
	TEST("read, D clear, written", 0, "mov 0x800000, %eax; movl $6, 0x800000;"
	     "mov (%edi), %ecx; and $0x60, %ecx");

	/* code too */
	start(PG_RW | PG_US);
	*(volatile uint32_t *)FRAME = 0xc3c031; /* xor eax, eax; ret */
	*(volatile uint32_t *)OTHER = 0xc3c0ff; /* inc eax; ret */
	in.edi = (uint32_t)table, in.ebx = other, in.esi = WINDOW;
	TEST("code moved, INVLPG", 0, "mov $5, %eax; call *%esi; mov %eax, %ecx; mov %ebx, (%edi);"
	     "invlpg (%esi); mov $5, %eax; call *%esi");
	start(PG_RW | PG_US);
	*(volatile uint32_t *)FRAME = 0xc3c031;
	in.edi = FRAME, in.esi = WINDOW;
	TEST("code changed under another address", 0, "mov $5, %eax; call *%esi; mov %eax, %ecx;"
	     "movl $0xc3c0ff, (%edi); mov $5, %eax; call *%esi");
	paging_off();
}
