/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 01-classify/guest/main.c - makes a kernel's surroundings from a seed, then calls one function of detect.c and reports what it says.
 *
 *	method=flags, selector or store   which function
 *	seed=NUMBER                       where the tables lie, which selectors, flags and bits of CR0 there are (1)
 */
#include "guest.h"

#include "detect.h"
#include "shared/console.h"
#include "shared/numbers.h"
#include "shared/tables.h"
#include "shared/words.h"

enum { PAGE = 4096, ENTRIES = 64, DIRECTORY_ENTRIES = 1024 };

/* Where segments are: 0 where there is none. */
struct layout {
	uint32_t code, data, ldt, task;
};

extern uint8_t stack_top[], guest_code[], guest_code_end[];
void load_tables(const struct table *gdt, const struct table *idt, uint32_t code, uint32_t data, uint32_t ldt, uint32_t task);
void call_detector(int (*function)(void), uint32_t eflags, uint32_t code);

/* On pages of their own: a VMM may trace pages that hold descriptors. */
static struct descriptor gdt[ENTRIES] __attribute__((aligned(4096))), idt[ENTRIES] __attribute__((aligned(4096))),
	ldt[ENTRIES] __attribute__((aligned(4096)));
static uint32_t directory[DIRECTORY_ENTRIES] __attribute__((aligned(4096)));
static uint32_t page_tables[2][DIRECTORY_ENTRIES] __attribute__((aligned(4096))); /* of the first 8 MiB */
static uint32_t task[26];
static uint32_t state; /* of the random numbers */

static void report(uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "d"((uint16_t)REPORT_PORT));
}

static uint32_t below(uint32_t bound)
{
	return next_random(&state) % bound;
}

void __attribute__((noreturn)) faulted(uint32_t vector, uint32_t error, uint32_t eip)
{
	(void)error;
	report(REPORT_FAULT);
	report(vector);
	report(eip);
	end(1);
}

/* ---- tables ---- */

/* A place that nothing has. */
static uint32_t place(struct descriptor *table)
{
	uint32_t index;

	do
		index = 1 + below(ENTRIES - 1);
	while (table[index].high);
	return index;
}

static uint32_t put(struct descriptor *table, struct descriptor descriptor)
{
	uint32_t index = place(table);

	table[index] = descriptor;
	return index << 3 | (table == ldt ? 4 : 0);
}

static struct layout make_segments(void)
{
	struct layout layout = {.ldt = 0};
	struct descriptor *of_code = below(3) ? gdt : ldt, *of_data = below(3) ? gdt : ldt;

	layout.code = put(of_code, segment(0, 0xfffff, 0xc09b));
	layout.data = put(of_data, segment(0, 0xfffff, 0xc093));
	if (of_code == ldt || of_data == ldt || below(2))
		layout.ldt = put(gdt, segment((uint32_t)ldt, sizeof ldt - 1, 0x82));
	if (below(2))
		layout.task = put(gdt, segment((uint32_t)task, sizeof task - 1, 0x89));
	put(gdt, segment(0, 0xfffff, 0xc0fb));
	put(gdt, segment(0, 0xfffff, 0xc0f3));
	return layout;
}

/* ---- paging: the first 8 MiB where they are, and once more at `window` ---- */

static void make_paging(uint32_t window)
{
	static const uint32_t bits[] = {1u << 1, 1u << 3, 1u << 5, 1u << 16, 1u << 18}; /* MP, TS, NE, WP, AM */
	uint32_t cr0;

	for (uint32_t page = 0; page < 2 * DIRECTORY_ENTRIES; page++)
		page_tables[page / DIRECTORY_ENTRIES][page % DIRECTORY_ENTRIES] = page * PAGE | 3;
	for (uint32_t i = 0; i < 2; i++)
		directory[i] = directory[(window >> 22) + i] = (uint32_t)page_tables[i] | 3;
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	for (uint32_t i = 0; i < sizeof bits / sizeof *bits; i++)
		cr0 = below(2) ? cr0 | bits[i] : cr0 & ~bits[i];
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80000000) : "memory");
}

/* ---- the command line ---- */

static int (*chosen(const char *method))(void)
{
	if (method && *method == 'f')
		return by_flags;
	return method && method[0] == 's' && method[1] == 'e' ? by_selector : by_store;
}

void begin(const uint32_t *multiboot)
{
	static const uint32_t windows[] = {0, 0x40000000, 0xc0000000, 0xe0000000};
	const char *line = command_line(multiboot);
	int (*function)(void) = chosen(behind_word(line, "method="));
	uint32_t window, eflags;
	struct layout layout;
	struct table of_gdt, of_idt;

	state = state_of_seed(number_behind(line, "seed=", 1));
	below(2);
	window = windows[below(4)];
	make_paging(window);
	layout = make_segments();
	set_interrupt_gates(idt, 32, layout.code);
	of_gdt = (struct table){sizeof gdt - 1, window + (uint32_t)gdt};
	of_idt = (struct table){32 * 8 - 1, window + (uint32_t)idt};
	load_tables(&of_gdt, &of_idt, layout.code, layout.data, layout.ldt, layout.task);
	port_write(0x21, 0xff);
	port_write(0xa1, 0xff);
	eflags = 2 | below(2) << 9 | below(4) << 12;
	report((uint32_t)guest_code);
	report((uint32_t)guest_code_end);
	call_detector(function, eflags, layout.code);
	end(0);
}
