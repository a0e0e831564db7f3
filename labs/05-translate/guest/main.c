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

#include "shared/console.h"
#include "shared/numbers.h"
#include "shared/words.h"

/* What `common` has pushed, from the lowest address on. */
struct registers {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

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

static void port_tell(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

uint32_t random_number(void)
{
	return next_random(&state);
}

static void note(uint32_t value)
{
	checksum = checksum_with(checksum, value);
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

static void make_descriptors(void)
{
	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	gdt[3] = segment(0, 0xfffff, 0xc0fb);
	gdt[4] = segment(0, 0xfffff, 0xc0f3);
	gdt[5] = segment((uint32_t)tss, sizeof tss - 1, 0x89);
	gdt[6] = segment(16, 0xfffff, 0xc093);
	gdt[7] = segment(0, 0xfffff, 0xc013); /* not present */
	set_interrupt_gates(idt, 48, 8);
	idt[0x81] = idt[33];
	gdt_tables[0] = (struct table){8 * 8 - 1, (uint32_t)gdt};
	gdt_tables[1] = (struct table){0x82 * 8 - 1, (uint32_t)idt};
	load_tables(&gdt_tables[0], &gdt_tables[1]);
}

static void make_paging(void)
{
	for (uint32_t page = 0; page < 2048; page++)
		page_tables[page >> 10][page & 1023] = page << 12 | 3;
	page_tables[0][(uint32_t)absent_page >> 12 & 1023] &= ~1u;
	page_tables[0][(uint32_t)read_only_page >> 12 & 1023] &= ~2u;
	for (unsigned table = 0; table < 2; table++)
		directory[table] = (uint32_t)page_tables[table] | 3;
	start_paging(directory);
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

static void take_operations(const char *line)
{
	static const char *const names[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	operations = words_behind(line, "ops=", names, OPERATIONS);
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

	state = state_of_seed(program);
	for (unsigned i = 0; i < 8; i++)
		registers[i] = random_number();
	registers[2] = (uint32_t)data + DATA_SIZE / 2; /* EBP */
	registers[3] = 0;
	checksum = CHECKSUM_BEGIN;
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
	const char *line = command_line(multiboot);
	uint32_t seed = number_behind(line, "seed=", 1), count = number_behind(line, "n=", 6), programs = number_behind(line, "programs=", 100);

	take_operations(line);
	state = state_of_seed(seed);
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
