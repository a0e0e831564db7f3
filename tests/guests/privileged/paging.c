/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/paging.c - rights, error codes, accessed and dirty bits, in both formats. SDM vol. 3,
     chapter 4. */
#include "paging.h"

uint32_t directory[1024] __attribute__((aligned(4096))), table[1024] __attribute__((aligned(4096)));
static uint64_t pointers[4] __attribute__((aligned(32))),
     directory_pae[512] __attribute__((aligned(4096))),
	table_pae[512] __attribute__((aligned(4096)));

/* The first 8 MiB as they are, by large pages; WINDOW by `table`,
     all of it to one page of RAM at first. */
void map_window(void)
{
	for (unsigned i = 0; i < 1024; i++)
		table[i] = 0;
	for (unsigned i = 2; i < 1024; i++)
		directory[i] = 0;
	directory[0] = PG_P | PG_RW | PG_US | PG_PS;
	directory[1] = FRAME | PG_P | PG_RW | PG_US | PG_PS;
	directory[WINDOW >> 22] = (uint32_t)table | PG_P | PG_RW | PG_US;
	table[0] = FRAME | PG_P | PG_RW | PG_US;
	table[1] = (FRAME + 0x1000) | PG_P | PG_RW | PG_US;
	*(volatile uint32_t *)FRAME = 0x12345678;
	*(volatile uint32_t *)(FRAME + 0x1000) = 0x9abcdef0;
}

void paging_on(void)
{
	write_cr4(read_cr4() | CR4_PSE);
	write_cr3((uint32_t)directory);
	write_cr0(read_cr0() | CR0_PG);
}

void paging_off(void)
{
	write_cr0(read_cr0() & ~(CR0_PG | CR0_WP));
	write_cr4(0);
	write_cr3(0);
}

void flush(void) { write_cr3(read_cr3()); }

/* Rights of both levels against each kind of access. */
static void rights(void)
{
	static const char *const names[] = {"", "RW ", "US ", "US RW "};
	static char name[64];

	for (unsigned wp = 0; wp < 2; wp++) {
		write_cr0((read_cr0() & ~CR0_WP) | (wp ? CR0_WP : 0));
		for (unsigned both = 0; both < 16; both++) {
			unsigned upper = both >> 2, lower = both & 3;
			directory[WINDOW >> 22] = (uint32_t)table | PG_P | upper << 1;
			table[0] = FRAME | PG_P | lower << 1;
			flush();
			char *to = name;
			const char *parts[] = {"PDE ", names[upper], "PTE ", names[lower],
			     wp ? "WP, ring " : ", ring ", "?"};
			for (unsigned i = 0; i < 6; i++)
				for (const char *from = parts[i]; *from;)
					*to++ = *from++;
			*to = 0;
			to[-1] = '0';
			TEST(name, 0, "mov 0x800000, %eax; sub %eax, %eax; mov %eax, 0x800000");
			to[-1] = '3';
			TEST(name, 3, "mov 0x800000, %eax; sub %eax, %eax; mov %eax, 0x800000");
		}
	}
	map_window();
	write_cr0(read_cr0() & ~CR0_WP);
}

static void not_present(void)
{
	table[1] = 0;
	directory[(WINDOW >> 22) + 1] = 0;
	flush();
	TEST("read, no PTE", 0, "mov 0x801234, %eax");
	TEST("write, no PTE", 0, "mov %eax, 0x801234");
	TEST("read in ring 3, no PTE", 3, "mov 0x801234, %eax");
	TEST("write in ring 3, no PTE", 3, "movb $1, 0x801fff");
	TEST("read-modify-write in ring 3, no PTE", 3, "incl 0x801234");
	TEST("compare in ring 3, no PTE", 3, "cmpl $1, 0x801234");
	TEST("read, no PDE", 1, "mov 0xc01234, %eax");
	TEST("fetch, no PTE", 3, "mov $0x801234, %eax; jmp *%eax");
	TEST("fetch in ring 0, no PDE", 0, "mov $0xc00000, %eax; call *%eax");
	TEST("across two pages, the second missing", 3, "mov 0x800ffe, %eax");
	TEST("a write across, the second missing", 3, "movl $-1, 0x800ffe");
	say("nothing was written", "end of the page", *(volatile uint32_t *)(WINDOW + 0xffc));
	table[0] = 0;
	table[1] = (FRAME + 0x1000) | PG_P | PG_RW | PG_US;
	flush();
	TEST("across two pages, the first missing", 3, "mov 0x800ffe, %eax");
	in.esp = WINDOW + 0x1000;
	TEST("push, no PTE", 3, "push $5");
	in.esp = WINDOW + 0x1004;
	TEST("pusha, partly no PTE", 3, "pusha");
	in.esp = WINDOW + 0x1004;
	TEST("enter, no PTE", 3, "enter $16, $0");
	in.esi = WINDOW + 0xffe, in.edi = 0x300000, in.ecx = 4;
	TEST("rep movsb from a missing page", 3, "rep movsb");
	table[0] = FRAME | PG_P | PG_RW | PG_US;
	table[1] = 0;
	flush();
	in.esi = 0x300000, in.edi = WINDOW + 0xffe, in.ecx = 4;
	TEST("rep movsb into a missing page", 3, "rep movsb");
	in.edi = WINDOW + 0x1002, in.ecx = 4, in.eflags = 2 | F_DF;
	TEST("rep stosb down, missing at once", 3, "rep stosb");
	in.edi = WINDOW + 0xff8, in.ecx = 4;
	TEST("rep stosl into a missing page", 3, "rep stosl");
	TEST("xchg, no PTE", 3, "mov $1, %eax; xchg %eax, 0x801000");
	TEST("cmpxchg that fails, no PTE", 3, "cmpxchg %eax, 0x801000");
	TEST("bts far away, no PTE", 3, "mov $0x8000, %ecx; bts %ecx, 0x800000");
	TEST("bt far away, no PTE", 3, "mov $0x8000, %ecx; bt %ecx, 0x800000");
	TEST("pop to a missing page", 3, "push $5; popl 0x801000");
	TEST("call by memory, no PTE", 3, "call *0x801000");
	TEST("verr of a missing operand", 3, "verr 0x801000");
	table[0] = FRAME | PG_P | PG_US;
	write_cr0(read_cr0() | CR0_WP);
	flush();
	TEST("cmpxchg that fails writes all the same", 3, "cmpxchg %ecx, 0x800000");
	TEST("shift by 0 writes all the same", 3, "xor %ecx, %ecx; shll %cl, 0x800000");
	TEST("lock or of nothing", 0, "lock; orl $0, 0x800000");
	map_window();
	write_cr0(read_cr0() & ~CR0_WP);
	flush();
}

/* A and D of PDE and PTE after each kind of access. */
static void bits(const char *name)
{
	put("paging/");
	put(name);
	put(": PDE");
	put(directory[WINDOW >> 22] & PG_A ? " A" : "");
	put(directory[WINDOW >> 22] & PG_D ? " D" : "");
	put(" PTE");
	put(table[0] & PG_A ? " A" : "");
	put(table[0] & PG_D ? " D" : "");
	put(" next");
	put(table[1] & PG_A ? " A" : "");
	put(table[1] & PG_D ? " D" : "");
	put("\n");
	map_window();
	flush();
}
#define BITS(name, ring, text) do { FRAGMENT(text); run(ring); bits(name); reset(); } while (0)

static void accessed_dirty(void)
{
	map_window();
	flush();
	BITS("nothing", 0, "nop");
	BITS("read", 3, "mov 0x800000, %eax");
	BITS("write", 3, "mov %eax, 0x800000");
	BITS("read, then write", 0, "mov 0x800000, %eax; mov %eax, 0x800000");
	BITS("read-modify-write", 3, "addl $0, 0x800000");
	BITS("compare", 3, "cmpl $0, 0x800000");
	*(volatile uint8_t *)FRAME = 0xc3;
	BITS("fetch and return", 3, "mov $0x800000, %eax; call *%eax");
	BITS("read across", 3, "mov 0x800ffe, %eax");
	BITS("write across", 3, "mov %eax, 0x800ffe");
	BITS("invlpg", 0, "invlpg 0x800000");
	BITS("lea", 3, "lea 0x800000, %eax");
	BITS("cmpxchg that fails", 3, "mov $1, %eax; cmpxchg %ecx, 0x800000");
	table[0] &= ~PG_RW;
	BITS("write that faults", 3, "mov %eax, 0x800000");
	table[0] &= ~PG_US;
	flush();
	BITS("read that faults", 3, "mov 0x800000, %eax");
	table[0] &= ~PG_P;
	flush();
	BITS("read of what is missing", 3, "mov 0x800000, %eax");
	directory[WINDOW >> 22] &= ~PG_P;
	flush();
	BITS("read without a table", 3, "mov 0x800000, %eax");
	table[1] &= ~PG_P;
	flush();
	BITS("write across, the second missing", 3, "mov %eax, 0x800ffe");
	in.ecx = 0, in.edi = WINDOW;
	BITS("rep stosb of nothing", 3, "rep stosb");
	in.ecx = 0x1001, in.edi = WINDOW;
	BITS("rep stosb of more than a page", 3, "rep stosb");
	directory[WINDOW >> 22] = FRAME | PG_P | PG_RW | PG_US | PG_PS;
	flush();
	BITS("large page, read", 3, "mov 0x800000, %eax");
	directory[WINDOW >> 22] = FRAME | PG_P | PG_RW | PG_US | PG_PS;
	flush();
	BITS("large page, write", 3, "mov %eax, 0x800000");
}

static void large(void)
{
	*(volatile uint32_t *)(FRAME + 0x345678) = 0x55aa55aa;
	directory[WINDOW >> 22] = FRAME | PG_P | PG_RW | PG_US | PG_PS;
	flush();
	TEST("large page", 3, "mov 0xb45678, %eax");
	directory[WINDOW >> 22] = FRAME | PG_P | PG_US | PG_PS;
	flush();
	TEST("large page, read-only", 3, "mov 0xb45678, %eax; mov %eax, 0xb45678");
	directory[WINDOW >> 22] = FRAME | PG_P | PG_RW | PG_PS;
	flush();
	TEST("large page, supervisor", 3, "mov 0xb45678, %eax");
	directory[WINDOW >> 22] = FRAME | PG_P | PG_RW | PG_US | PG_PS | 0x200000;
	flush();
	TEST("large page, reserved bit 21", 3, "mov 0xb45678, %eax");
	TEST("large page, reserved bit 21, write in ring 0", 0, "mov %eax, 0xb45678");
	map_window();
	directory[WINDOW >> 22] |= PG_PS;
	for (unsigned i = 0; i < 1024; i++)
		table[i] = i << 12 | PG_P | PG_RW | PG_US;
	directory[0] = (uint32_t)table | PG_P | PG_RW | PG_US; /* the kit by small pages: PSE is to go */
	directory[WINDOW >> 22] = directory[0] | PG_PS;
	flush();
	write_cr4(read_cr4() & ~CR4_PSE);
	TEST("PS without PSE", 3, "mov 0x800000, %eax; mov $0, %eax");
	write_cr4(read_cr4() | CR4_PSE);
	directory[0] = PG_P | PG_RW | PG_US | PG_PS;
	flush();
	map_window();
	flush();
}

/* What the processor itself reads and writes counts as ring 0's. */
static void implicit(void)
{
	map_window();
	table[0] = FRAME | PG_P | PG_RW;
	*(volatile uint64_t *)FRAME = *GDT(DATA3);
	flush();
	for (unsigned i = 0; i < 32; i++)
		((volatile uint64_t *)FRAME)[i] = gdt[i];
	const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) there = {0xff,
	     WINDOW};
	asm volatile("lgdt %0" :: "m"(there));
	TEST("descriptors in a supervisor page, from ring 3", 3, "mov $0x43, %eax; mov %eax, %es;"
	     "mov %es, %eax");
	say("accessed bit", "there", ((volatile uint8_t *)FRAME)[0x40 + 5]);
	asm volatile("lgdt gdtr"); /* no SGDT: a hole */

	/* code, IDT and TSS stay where they are; the stack of ring 0 is missing */
	table[1] = 0;
	flush();
	tss_main.esp1 = WINDOW + 0x1800;
	set_idt(0x50, CODE1, fragment, A_INT | A_DPL(3));
	TEST("int whose inner stack is missing", 3, "int $0x50");
	set_idt(6, CODE1, fragment, A_INT);
	tss_main.esp1 = WINDOW + 0x1800;
	TEST("fault whose inner stack is missing", 3, "ud2");
	table[1] = (FRAME + 0x1000) | PG_P;
	flush();
	tss_main.esp1 = WINDOW + 0x1800;
	set_idt(0x50, CODE1, fragment, A_INT | A_DPL(3));
	write_cr0(read_cr0() | CR0_WP);
	TEST("int whose inner stack is read-only", 3, "int $0x50");
	write_cr0(read_cr0() & ~CR0_WP);

	/* a page fault while another is delivered */
	table[1] = 0;
	flush();
	set_idt(14, CODE1, fragment, A_INT);
	tss_main.esp1 = WINDOW + 0x1800;
	TEST("#PF in the delivery of #PF", 3, "mov 0x801100, %eax");
	set_idt(13, CODE1, fragment, A_INT);
	tss_main.esp1 = WINDOW + 0x1800;
	TEST("#PF in the delivery of #GP", 3, "hlt");
	set_idt(14, CODE0, 0, A_INT & ~0x80);
	TEST("#NP in the delivery of #PF", 3, "mov 0x801100, %eax");
	map_window();
	flush();
}

static void order(void)
{
	map_window();
	table[1] = 0;
	flush();
	*(volatile uint8_t *)(WINDOW + 0xfff) = 0x0f; /* the first byte of two */
	TEST("an instruction that goes on in a missing page", 3, "mov $0x800fff, %eax; jmp *%eax");
	*(volatile uint8_t *)(WINDOW + 0xfff) = 0xf4;
	TEST("a privileged one at a page's end", 3, "mov $0x800fff, %eax; jmp *%eax");
	*(volatile uint8_t *)(WINDOW + 0xffe) = 0x0f;
	*(volatile uint8_t *)(WINDOW + 0xfff) = 0x0b;
	TEST("ud2 at a page's end", 3, "mov $0x800ffe, %eax; jmp *%eax");
	TEST("privilege before the operand's page", 3, "lgdt 0x801000");
	TEST("the operand's page before the division", 3, "xor %edx, %edx; divl 0x801000");
	TEST("the type of a selector before a page", 3, "movl $0x10, 0x800000; mov 0x800000, %ds");
	TEST("ports before the page", 3, "mov $0x801000, %edi; insb");
	TEST("source before destination", 3, "mov $0x801000, %esi; mov $0xc00000, %edi; movsl");
	TEST("destination missing", 3, "mov $0x800000, %esi; mov $0xc00000, %edi; movsl");
	in.esp = WINDOW + 0x1800;
	TEST("push from a missing page to one", 3, "pushl 0xc00000");
	TEST("cr2 keeps the lowest byte of a crossing access", 3, "mov 0x800ffd, %eax");
	TEST("cr2 of a later part", 3, "mov 0x801000, %al");
}

static void pae(void)
{
	for (unsigned i = 0; i < 512; i++)
		directory_pae[i] = table_pae[i] = 0;
	directory_pae[0] = PG_P | PG_RW | PG_US | PG_PS;
	directory_pae[1] = 0x200000 | PG_P | PG_RW | PG_US | PG_PS;
	directory_pae[2] = 0x400000 | PG_P | PG_RW | PG_US | PG_PS;
	directory_pae[WINDOW >> 21] = (uint32_t)table_pae | PG_P | PG_RW | PG_US;
	table_pae[0] = FRAME | PG_P | PG_RW | PG_US;
	pointers[0] = (uint32_t)directory_pae | PG_P;
	pointers[1] = pointers[2] = pointers[3] = 0;
	write_cr4(CR4_PAE);
	write_cr3((uint32_t)pointers);
	write_cr0(read_cr0() | CR0_PG);
	*(volatile uint32_t *)WINDOW = 0x600df00d;
	TEST("PAE, read", 3, "mov 0x800000, %eax");
	TEST("PAE, no PTE", 3, "mov 0x801000, %eax");
	TEST("PAE, no PDPTE", 3, "mov %eax, 0x40000000");
	say("PAE, A and D", "PDE", directory_pae[WINDOW >> 21] & 0xfff);
	say("PAE, A and D", "PTE", table_pae[0] & 0xfff);
	table_pae[0] = FRAME | PG_P | PG_US;
	flush();
	TEST("PAE, read-only", 3, "mov %eax, 0x800000");
	table_pae[0] = (FRAME | PG_P | PG_US) | 1ull << 63;
	flush();
	TEST("PAE, reserved bit 63", 3, "mov 0x800000, %eax");
	table_pae[0] = (FRAME | PG_P | PG_US) | 1ull << 50;
	flush();
	TEST("PAE, reserved bit 50", 0, "mov %eax, 0x800000");
	table_pae[0] = FRAME | PG_P | PG_RW | PG_US;
	directory_pae[WINDOW >> 21] |= 1ull << 62;
	flush();
	TEST("PAE, reserved bit 62 of a PDE", 3, "mov 0x800000, %eax");
	directory_pae[WINDOW >> 21] = FRAME | PG_P | PG_RW | PG_US | PG_PS;
	*(volatile uint32_t *)(FRAME + 0x12340) = 0x2a2a2a2a;
	flush();
	TEST("PAE, large page", 3, "mov 0x812340, %eax");
	directory_pae[WINDOW >> 21] |= 1 << 13;
	flush();
	TEST("PAE, large page, reserved bit 13", 3, "mov 0x812340, %eax");
	directory_pae[WINDOW >> 21] = (uint32_t)table_pae | PG_P | PG_RW | PG_US;
	/* the four PDPTEs are read when CR3 is loaded, and not again */
	pointers[1] = (uint32_t)directory_pae | PG_P;
	TEST("PAE, PDPTE changed, CR3 not loaded", 3, "mov 0x40800000, %eax");
	flush();
	TEST("PAE, PDPTE changed, CR3 loaded", 3, "mov 0x40800000, %eax");
	pointers[2] = (uint32_t)directory_pae | PG_P | PG_RW;
	in.eax = read_cr3();
	TEST("PAE, reserved bit of a PDPTE", 0, "mov %eax, %cr3; xor %eax, %eax");
	pointers[2] = 0;
	paging_off();
}

void tests_paging(void)
{
	map_window();
	paging_on();
	rights();
	not_present();
	accessed_dirty();
	large();
	implicit();
	order();
	paging_off();
	pae();
}
