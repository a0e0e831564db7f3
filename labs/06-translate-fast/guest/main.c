/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 06-translate-fast/guest/main.c - tables, paging and the handler; then rounds of made-up code. What the code computes and the handler
 * sees goes into a checksum, which is said at the end.
 *
 *	ops=NAME,...  what the code is made of (all)     n=COUNT  functions of each (2)
 *	seed=NUMBER   which code it is (1)               rounds=COUNT (3)
 */
#include "guest.h"

#include "shared/console.h"
#include "shared/numbers.h"
#include "shared/tables.h"
#include "shared/words.h"

/* What `common` has pushed, from the lowest address on. */
struct registers {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

enum { VECTORS = 15, VECTOR_DB = 1, VECTOR_PF = 14, EFLAGS_TF = 0x100 };

void load_tables(const struct table *gdt, const struct table *idt);
uint32_t run(uint32_t address);

uint32_t operations;
static uint32_t state, checksum = CHECKSUM_BEGIN;

/* On pages of their own: the VMM traces pages that hold descriptors. */
static struct descriptor gdt[512] __attribute__((aligned(4096))), idt[512] __attribute__((aligned(4096)));
static uint32_t directory[1024] __attribute__((aligned(4096)));
uint32_t page_table[1024] __attribute__((aligned(4096)));
uint8_t frames[FRAMES][PAGE] __attribute__((aligned(4096)));

uint32_t random_number(void)
{
	return next_random(&state);
}

static void note(uint32_t value)
{
	checksum = checksum_with(checksum, value);
}

/* Where the grader looks at exceptions: nothing is at this port. */
static void tell_grader(uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"((uint16_t)0xed));
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

static void make_tables(void)
{
	const struct table gdt_table = {4 * 8 - 1, (uint32_t)gdt}, idt_table = {VECTORS * 8 - 1, (uint32_t)idt};

	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	gdt[HIGH_CODE / 8] = segment(PAGE, 0xfffff, 0xc09b);
	set_interrupt_gates(idt, VECTORS, 8);
	load_tables(&gdt_table, &idt_table);
}

static void map(uint32_t page, uint32_t rights)
{
	page_table[page] = (uint32_t)frames[frame_of(page)] | rights;
}

static void make_paging(void)
{
	uint32_t cr4;

	for (uint32_t page = 0; page < CODE_PAGES; page++)
		map(page, 3);
	map(ALIAS, 3);
	map(SWAP, 3);
	map(READ_ONLY, 1);
	directory[0] = 0x83;
	directory[1] = (uint32_t)page_table | 3;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 0x10));
	start_paging(directory);
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

void begin(const uint32_t *multiboot)
{
	const char *line = command_line(multiboot);
	uint32_t rounds = number_behind(line, "rounds=", 3), code;

	take_operations(line);
	state = state_of_seed(number_behind(line, "seed=", 1));
	make_tables();
	make_paging();
	code = generate(number_behind(line, "n=", 2));
	for (unsigned round = 0; round < rounds; round++)
		note(run(code));
	text("lab guest: checksum ");
	number(checksum);
	text("\n");
	end(0);
}
