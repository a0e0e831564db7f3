/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/00-tour/guest/main.c - tables, paging, and two programs made from `seed=NUMBER` (1): one for ring 0, one for ring 3.
 */
#include "guest.h"

#include "shared/console.h"
#include "shared/tables.h"
#include "shared/words.h"

extern uint8_t exceptions[], come_and_go[], leave_user[], exception_stack[];
void load_tables(const struct table *gdt, const struct table *idt);
void run_kernel(const uint8_t *code);
void run_user(const uint8_t *code);

enum { GDT_ENTRIES = 6, IDT_ENTRIES = 50, TSS_WORDS = 26, PAGES = 512 };

/* Each on a page of its own, as kernels have them. */
static struct descriptor gdt[PAGE / 8] __attribute__((aligned(4096))), idt[PAGE / 8] __attribute__((aligned(4096)));
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

/* ---- tables (SDM vol. 3, figures 3-8 and 6-2) ---- */

static void make_tables(void)
{
	const struct table gdt_register = {8 * GDT_ENTRIES - 1, (uint32_t)gdt};
	const struct table idt_register = {8 * IDT_ENTRIES - 1, (uint32_t)idt};

	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	gdt[3] = segment(0, 0xfffff, 0xc0fb);
	gdt[4] = segment(0, 0xfffff, 0xc0f3);
	gdt[5] = segment((uint32_t)tss, sizeof tss - 1, 0x89);
	tss[1] = (uint32_t)exception_stack;
	tss[2] = 0x10;
	tss[25] = sizeof tss << 16; /* no I/O permission bitmap: ring 3 has no ports */
	/* Interrupt gates, for even vectors, clear IF. */
	for (unsigned vector = 0; vector < 32; vector++)
		idt[vector] = gate(8, exceptions + 16 * vector, vector % 2 ? 0x8f : 0x8e);
	idt[48] = gate(8, come_and_go, below(2) ? 0xee : 0xef);
	idt[49] = gate(8, leave_user, 0xee);
	load_tables(&gdt_register, &idt_register);
}

static void set_page(const void *page, uint32_t rights)
{
	page_table[(uint32_t)page >> 12] = (uint32_t)page | rights;
}

static void make_paging(void)
{
	for (uint32_t page = 0; page < PAGES; page++)
		page_table[page] = page << 12 | 7;
	set_page(absent_page, 6);
	set_page(system_page, 3);
	set_page(read_only_page, 5);
	for (unsigned i = 0; i < 2; i++)
		directories[i][0] = (uint32_t)page_table | 7;
	start_paging(directories[0]);
}

void begin(const uint32_t *multiboot)
{
	state = number_behind(command_line(multiboot), "seed=", 1) * 2654435761u;
	port_write(0x21, 0xff); /* no interrupts of devices: nothing shall happen that the code does not say */
	port_write(0xa1, 0xff);
	make_tables();
	make_paging();
	generate(false);
	run_kernel(program);
	generate(true);
	run_user(program);
	end(0);
}
