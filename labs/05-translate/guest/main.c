/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/main.c - tables, paging, handlers; then the programs, made first and run one after another. What each leaves behind
 * in registers, flags and data, and what its handlers have seen, is told by two ports at which nothing is:
 *
 *	0xed  the number of the program that begins    0xee  the checksum of what it did
 *
 *	ops=NAME,...    what programs are made of (all)    n=COUNT      operations in a program (6)
 *	seed=NUMBER     which programs they are (1)        programs=COUNT (100)
 */
#include "guest.h"

struct descriptor {
	uint32_t low, high;
};

/* What `common` has pushed, from the lowest address on. */
struct registers {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

extern uint8_t entries[];
void load_tables(const struct table *gdt, const struct table *idt);
void run_program(uint32_t address, uint32_t *registers);

uint32_t operations;
struct table gdt_tables[2];
uint8_t data[DATA_SIZE] __attribute__((aligned(4096)));
uint8_t edge[2 * PAGE] __attribute__((aligned(4096))), read_only_page[PAGE] __attribute__((aligned(4096)));
/* On pages of their own: the VMM traces pages that hold descriptors. */
static struct descriptor gdt[512] __attribute__((aligned(4096))), idt[512] __attribute__((aligned(4096)));
static uint32_t tss[26] __attribute__((aligned(4096)));
static uint32_t directory[1024] __attribute__((aligned(4096))), page_tables[2][1024] __attribute__((aligned(4096)));
static uint32_t state, checksum;

static void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void port_tell(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

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

static void __attribute__((noreturn)) end(uint8_t status)
{
	port_write(0xf4, status);
	for (;;)
		;
}

/* ---- handlers ---- */

/* Faults of programs go on behind the instruction; any other one is the guest's own mistake, or the VMM's. */
static bool go_on(struct registers *registers)
{
	uint32_t offset = registers->eip - (uint32_t)code;

	if (registers->vector == 3 || registers->vector == 4 || registers->vector == 33)
		return true;
	if (offset >= sizeof code || !behind[offset])
		return false;
	registers->eip += behind[offset];
	return true;
}

static void note_registers(const struct registers *registers)
{
	const uint32_t *word = &registers->edi;

	for (unsigned i = 0; i < sizeof *registers / sizeof *word; i++)
		note(word[i]);
}

void handle(struct registers *registers)
{
	uint32_t cr2 = 0;

	if (registers->vector == 14)
		__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	note_registers(registers);
	note(cr2);
	if (registers->vector == 36) { /* the UART: its line falls */
		port_write(0x3f9, 0);
		port_write(0x20, 0x20);
		return;
	}
	if (go_on(registers))
		return;
	text("lab guest: vector ");
	number(registers->vector);
	text(" at ");
	number(registers->eip);
	text("\n");
	end(1);
}

/* ---- tables ---- */

static struct descriptor segment(uint32_t base, uint32_t limit, uint32_t access)
{
	return (struct descriptor){base << 16 | (limit & 0xffff),
	                           (base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000)};
}

static struct descriptor gate(const void *handler)
{
	return (struct descriptor){8 << 16 | ((uint32_t)handler & 0xffff), ((uint32_t)handler & 0xffff0000) | 0x8e00};
}

static void make_descriptors(void)
{
	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	gdt[3] = segment(0, 0xfffff, 0xc0fb);
	gdt[4] = segment(0, 0xfffff, 0xc0f3);
	gdt[5] = segment((uint32_t)tss, sizeof tss - 1, 0x89);
	gdt[6] = segment(16, 0xfffff, 0xc093);
	gdt[7] = segment(0, 0xfffff, 0xc013); /* not present */
	for (unsigned vector = 0; vector < 48; vector++)
		idt[vector] = gate(entries + 16 * vector);
	idt[0x81] = gate(entries + 16 * 33);
	gdt_tables[0] = (struct table){8 * 8 - 1, (uint32_t)gdt};
	gdt_tables[1] = (struct table){0x82 * 8 - 1, (uint32_t)idt};
	load_tables(&gdt_tables[0], &gdt_tables[1]);
}

static void make_paging(void)
{
	uint32_t cr0;

	for (uint32_t page = 0; page < 2048; page++)
		page_tables[page >> 10][page & 1023] = page << 12 | 3;
	page_tables[0][(uint32_t)absent_page >> 12 & 1023] &= ~1u;
	page_tables[0][(uint32_t)read_only_page >> 12 & 1023] &= ~2u;
	for (unsigned table = 0; table < 2; table++)
		directory[table] = (uint32_t)page_tables[table] | 3;
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000));
}

/* The PICs at 32 and 40, the first UART's line alone. */
static void make_line(void)
{
	static const uint16_t writes[][2] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, 32}, {0xa1, 40}, {0x21, 4}, {0xa1, 2}, {0x21, 1},
	                                     {0xa1, 1}, {0x21, 0xef}, {0xa1, 0xff}, {0x3f9, 0}, {0x3fc, 0x0b}};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		port_write(writes[i][0], (uint8_t)writes[i][1]);
}

/* ---- the command line ---- */

static bool begins(const char *words, const char *with)
{
	while (*with)
		if (*words++ != *with++)
			return false;
	return true;
}

/* The number behind `name=`, or `usual`. */
static uint32_t option(const char *line, const char *name, uint32_t usual)
{
	for (; *line; line++) {
		const char *at = line;
		uint32_t value = 0;

		if (!begins(line, name))
			continue;
		while (*at++ != '=')
			;
		while (*at >= '0' && *at <= '9')
			value = value * 10 + (uint32_t)(*at++ - '0');
		return value;
	}
	return usual;
}

static void take_operations(const char *line)
{
	static const char *const names[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	while (*line && !begins(line, "ops="))
		line++;
	line += *line ? 4 : 0;
	while (*line && *line != ' ') {
		for (unsigned i = 0; i < OPERATIONS; i++) {
			unsigned length = 0;

			while (names[i][length])
				length++;
			if (begins(line, names[i]) && (line[length] == ',' || line[length] == ' ' || !line[length]))
				operations |= 1u << i;
		}
		while (*line && *line != ' ' && *line++ != ',')
			;
	}
	if (!operations)
		operations = (1u << OPERATIONS) - 1;
}

/* ---- the programs ---- */

static void note_data(void)
{
	const uint32_t *word = (const uint32_t *)(const void *)data;

	for (unsigned i = 0; i < DATA_SIZE / 4; i++)
		note(word[i]);
}

static void run(unsigned program, uint32_t address)
{
	uint32_t registers[9];

	state = program * 2654435761u | 1;
	for (unsigned i = 0; i < 8; i++)
		registers[i] = random_number();
	registers[2] = (uint32_t)data + DATA_SIZE / 2; /* EBP */
	registers[3] = 0;
	checksum = 2166136261u;
	port_tell(0xed, program);
	run_program(address, registers);
	for (unsigned i = 0; i < 9; i++)
		note(registers[i]);
	note_data();
	port_tell(0xee, checksum);
}

void begin(const uint32_t *multiboot)
{
	static uint32_t address[PROGRAMS];
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";
	uint32_t seed = option(line, "seed=", 1), count = option(line, "n=", 6), programs = option(line, "programs=", 100);

	take_operations(line);
	state = seed * 2654435761u | 1;
	make_descriptors();
	make_paging();
	make_line();
	for (unsigned program = 0; program < programs && program < PROGRAMS; program++)
		address[program] = generate(program, count);
	for (unsigned program = 0; program < programs && program < PROGRAMS; program++)
		run(program, address[program]);
	text("lab guest: done\n");
	end(0);
}
