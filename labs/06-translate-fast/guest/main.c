/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 06-translate-fast/guest/main.c - tables, paging and the handler; then rounds of made-up code. What the code computes and the handler
 * sees goes into a checksum, which is said at the end.
 *
 *	ops=NAME,...  what the code is made of (all)     n=COUNT  functions of each (2)
 *	seed=NUMBER   which code it is (1)               rounds=COUNT (3)
 */
#include "guest.h"

struct descriptor {
	uint32_t low, high;
};

struct table {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* What `common` has pushed, from the lowest address on. */
struct registers {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

enum { VECTORS = 15, VECTOR_DB = 1, VECTOR_PF = 14, EFLAGS_TF = 0x100 };

extern uint8_t entries[];
void load_tables(const struct table *gdt, const struct table *idt);
uint32_t run(uint32_t address);

uint32_t operations;
static uint32_t state, checksum = 2166136261u;

/* On pages of their own: the VMM traces pages that hold descriptors. */
static struct descriptor gdt[512] __attribute__((aligned(4096))), idt[512] __attribute__((aligned(4096)));
static uint32_t directory[1024] __attribute__((aligned(4096)));
uint32_t page_table[1024] __attribute__((aligned(4096)));
uint8_t frames[FRAMES][PAGE] __attribute__((aligned(4096)));

/* xorshift (Marsaglia 2003) */
uint32_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void note(uint32_t value)
{
	checksum = (checksum ^ value) * 16777619u;
}

static void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* Where the grader looks at exceptions: nothing is at this port. */
static void tell_grader(uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"((uint16_t)0xed));
}

static void text(const char *words)
{
	while (*words)
		port_write(0xe9, (uint8_t)*words++);
}

static void number(uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		port_write(0xe9, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

static void __attribute__((noreturn)) end(uint8_t code)
{
	port_write(0xf4, code);
	for (;;)
		;
}

/* ---- the handler ---- */

static bool is_made_up(uint32_t eip)
{
	return eip - WINDOW < SWAP * PAGE + PAGE;
}

/* Made-up code that may fault has in ESI where it goes on. A single step goes on by itself. */
void handle(struct registers *registers)
{
	uint32_t cr2 = 0;

	if (registers->vector == VECTOR_PF)
		__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	tell_grader(registers->vector);
	tell_grader(registers->eip);
	note(registers->vector);
	note(registers->error);
	note(registers->eip);
	note(registers->eax);
	note(registers->ecx);
	note(cr2);
	if (!is_made_up(registers->eip)) {
		text("lab guest: vector ");
		number(registers->vector);
		text(" at ");
		number(registers->eip);
		text("\n");
		end(1);
	}
	if (registers->vector == VECTOR_DB)
		registers->eflags &= ~(uint32_t)EFLAGS_TF;
	else
		registers->eip = registers->esi;
}

/* ---- tables ---- */

static struct descriptor flat_segment(uint32_t base, uint32_t access)
{
	return (struct descriptor){base << 16 | 0xffff, (base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | 0xcf0000};
}

static void make_tables(void)
{
	const struct table gdt_table = {4 * 8 - 1, (uint32_t)gdt}, idt_table = {VECTORS * 8 - 1, (uint32_t)idt};

	gdt[1] = flat_segment(0, 0x9b);
	gdt[2] = flat_segment(0, 0x93);
	gdt[HIGH_CODE / 8] = flat_segment(PAGE, 0x9b);
	for (unsigned vector = 0; vector < VECTORS; vector++) {
		uint32_t entry = (uint32_t)(entries + 16 * vector);

		idt[vector] = (struct descriptor){8 << 16 | (entry & 0xffff), (entry & 0xffff0000) | 0x8e00};
	}
	load_tables(&gdt_table, &idt_table);
}

static void map(uint32_t page, uint32_t rights)
{
	page_table[page] = (uint32_t)frames[frame_of(page)] | rights;
}

static void make_paging(void)
{
	uint32_t cr0, cr4;

	for (uint32_t page = 0; page < CODE_PAGES; page++)
		map(page, 3);
	map(ALIAS, 3);
	map(SWAP, 3);
	map(READ_ONLY, 1);
	directory[0] = 0x83;
	directory[1] = (uint32_t)page_table | 3;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 0x10));
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000));
}

/* ---- the command line ---- */

static bool begins(const char *words, const char *with)
{
	while (*with)
		if (*words++ != *with++)
			return false;
	return true;
}

/* What stands behind `name`, which ends with '='; NULL: nothing does. */
static const char *option(const char *line, const char *name)
{
	for (bool word = true; *line; word = *line++ == ' ')
		if (word && begins(line, name)) {
			while (*line++ != '=')
				;
			return line;
		}
	return 0;
}

static uint32_t number_option(const char *line, const char *name, uint32_t usual)
{
	const char *at = option(line, name);
	uint32_t value = 0;

	if (!at)
		return usual;
	while (*at >= '0' && *at <= '9')
		value = value * 10 + (uint32_t)(*at++ - '0');
	return value;
}

static bool is_word(const char *at, const char *word)
{
	while (*word)
		if (*at++ != *word++)
			return false;
	return *at == ',' || *at == ' ' || !*at;
}

static void take_operations(const char *at)
{
	static const char *const names[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	while (at && *at && *at != ' ') {
		for (unsigned i = 0; i < OPERATIONS; i++)
			operations |= is_word(at, names[i]) ? 1u << i : 0;
		while (*at && *at != ' ' && *at++ != ',')
			;
	}
	if (!operations)
		operations = (1u << OPERATIONS) - 1;
}

void begin(const uint32_t *multiboot)
{
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";
	uint32_t rounds = number_option(line, "rounds=", 3), code;

	take_operations(option(line, "ops="));
	state = number_option(line, "seed=", 1) * 2654435761u | 1;
	make_tables();
	make_paging();
	code = generate(number_option(line, "n=", 2));
	for (unsigned round = 0; round < rounds; round++)
		note(run(code));
	text("lab guest: checksum ");
	number(checksum);
	text("\n");
	end(0);
}
