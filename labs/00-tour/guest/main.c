/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/00-tour/guest/main.c - tables, paging, and two programs made from `seed=NUMBER` (1): one for ring 0, one for ring 3.
 */
#include "guest.h"

struct table {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

extern uint8_t exceptions[], come_and_go[], leave_user[], exception_stack[];
void load_tables(const struct table *gdt, const struct table *idt);
void run_kernel(const uint8_t *code);
void run_user(const uint8_t *code);

enum { GDT_ENTRIES = 6, IDT_ENTRIES = 50, TSS_WORDS = 26, PAGES = 512 };

/* Each on a page of its own, as kernels have them. */
static uint64_t gdt[PAGE / 8] __attribute__((aligned(4096))), idt[PAGE / 8] __attribute__((aligned(4096)));
static uint32_t tss[TSS_WORDS], state;
uint32_t directories[2][1024] __attribute__((aligned(4096)));
static uint32_t page_table[1024] __attribute__((aligned(4096))); /* of the first 2 MiB, where all of it lies */
uint8_t absent_page[PAGE] __attribute__((aligned(4096))), system_page[PAGE] __attribute__((aligned(4096))),
	read_only_page[PAGE] __attribute__((aligned(4096))), fresh_pages[FRESH_PAGES][PAGE] __attribute__((aligned(4096)));

/* A linear congruence (Knuth, volume 2, 3.3.4), of which the upper bits are used. */
uint32_t random_number(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

static void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* ---- tables (SDM vol. 3, figures 3-8 and 6-2) ---- */

static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access)
{
	uint64_t high = (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | access << 8;

	return high << 32 | base << 16 | (limit & 0xffff);
}

/* Gates of even vectors clear IF. */
static uint64_t gate(const void *handler, bool clears, bool for_users)
{
	uint32_t address = (uint32_t)handler, access = 0x8f00 - clears * 0x100 + for_users * 0x6000;

	return (uint64_t)((address & 0xffff0000) | access) << 32 | 8u << 16 | (address & 0xffff);
}

static void make_tables(void)
{
	const struct table gdt_register = {8 * GDT_ENTRIES - 1, (uint32_t)gdt};
	const struct table idt_register = {8 * IDT_ENTRIES - 1, (uint32_t)idt};

	gdt[1] = descriptor(0, 0xfffff, 0xc09b);
	gdt[2] = descriptor(0, 0xfffff, 0xc093);
	gdt[3] = descriptor(0, 0xfffff, 0xc0fb);
	gdt[4] = descriptor(0, 0xfffff, 0xc0f3);
	gdt[5] = descriptor((uint32_t)tss, sizeof tss - 1, 0x89);
	tss[1] = (uint32_t)exception_stack;
	tss[2] = 0x10;
	tss[25] = sizeof tss << 16; /* no I/O permission bitmap: ring 3 has no ports */
	for (unsigned vector = 0; vector < 32; vector++)
		idt[vector] = gate(exceptions + 16 * vector, vector % 2 == 0, false);
	idt[48] = gate(come_and_go, below(2), true);
	idt[49] = gate(leave_user, true, true);
	load_tables(&gdt_register, &idt_register);
}

static void set_page(const void *page, uint32_t rights)
{
	page_table[(uint32_t)page >> 12] = (uint32_t)page | rights;
}

static void make_paging(void)
{
	uint32_t cr0;

	for (uint32_t page = 0; page < PAGES; page++)
		page_table[page] = page << 12 | 7;
	set_page(absent_page, 6);
	set_page(system_page, 3);
	set_page(read_only_page, 5);
	for (unsigned i = 0; i < 2; i++)
		directories[i][0] = (uint32_t)page_table | 7;
	__asm__ volatile("mov %0, %%cr3" : : "r"(directories[0]));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000)); /* PG, WP */
}

/* The number behind "seed=" on the command line. */
static uint32_t seed_of(const uint32_t *multiboot)
{
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";
	uint32_t value = 0;

	while (*line && !(line[0] == 's' && line[1] == 'e' && line[2] == 'e' && line[3] == 'd' && line[4] == '='))
		line++;
	if (!*line)
		return 1;
	for (line += 5; *line >= '0' && *line <= '9'; line++)
		value = value * 10 + (uint32_t)(*line - '0');
	return value;
}

void begin(const uint32_t *multiboot)
{
	state = seed_of(multiboot) * 2654435761u;
	port_write(0x21, 0xff); /* no interrupts of devices: nothing shall happen that the code does not say */
	port_write(0xa1, 0xff);
	make_tables();
	make_paging();
	generate(false);
	run_kernel(program);
	generate(true);
	run_user(program);
	port_write(0xf4, 0);
	for (;;)
		;
}
