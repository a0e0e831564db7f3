/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 08-hardware-assist/guest/main.c - descriptor tables, paging, a timer, handlers; then operations by lot. What they see goes into a
 * checksum, which is said at the end.
 *
 *	ops=NAME,...  what is done (all)      n=COUNT  how many operations (100)
 *	seed=NUMBER   in which order (1)
 */
#include "guest.h"

#include "shared/console.h"
#include "shared/tables.h"
#include "shared/words.h"

/* What start.S has pushed, and hardware before it. */
struct frame {
	uint32_t general[8], vector, error, eip, cs, eflags;
};

void load_segments(void);

volatile uint32_t ticks, go_on;
uint32_t directories[2][1024] __attribute__((aligned(4096)));
uint8_t absent_page[PAGE] __attribute__((aligned(4096))), read_only_page[PAGE] __attribute__((aligned(4096)));
static uint32_t memory_tables[4][1024] __attribute__((aligned(4096))), far_table[1024] __attribute__((aligned(4096)));
static struct descriptor gdt[3], idt[VECTOR_CALL + 1] __attribute__((aligned(4096)));
static uint32_t random_state, checksum, operations;

uint32_t random_number(void)
{
	random_state = random_state * 1664525u + 1013904223u; /* Knuth's linear congruence */
	return random_state >> 16 | random_state << 16;
}

void note(uint32_t value)
{
	checksum = (checksum << 5 | checksum >> 27) ^ value;
}

bool has(enum operation operation)
{
	return operations >> operation & 1;
}

/* ---- what is said ---- */

void die(const char *why)
{
	text("lab 8: ");
	text(why);
	text("\n");
	end(1);
}

/* ---- handlers ---- */

static void fault(struct frame *frame)
{
	uint32_t address = 0;

	if (frame->vector == VECTOR_PAGE_FAULT)
		__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	note(frame->vector);
	note(frame->error);
	note(frame->eip);
	note(frame->eflags);
	note(address);
	if (!go_on) {
		text("vector ");
		number(frame->vector);
		text(", error code ");
		number(frame->error);
		text(", EIP ");
		number(frame->eip);
		die(": an exception that nothing here has asked for");
	}
	frame->eip = go_on;
	frame->eflags &= ~(1u << 16); /* RF was for the instruction that is not run again */
}

void handle(struct frame *frame)
{
	if (frame->vector == VECTOR_TIMER) {
		ticks++;
		port_write(0x20, 0x20);
	} else if (frame->vector == 3 || frame->vector == 4 || frame->vector == VECTOR_CALL) {
		note(frame->vector);
		note(frame->eip);
	} else {
		fault(frame);
	}
}

/* ---- tables ---- */

static void make_descriptors(void)
{
	const struct table gdtr = {sizeof gdt - 1, (uint32_t)gdt}, idtr = {sizeof idt - 1, (uint32_t)idt};

	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	set_interrupt_gates(idt, VECTOR_CALL + 1, 8);
	__asm__ volatile("lgdt %0\n\tlidt %1" : : "m"(gdtr), "m"(idtr));
	load_segments();
}

/* Memory is where it is; one page lies elsewhere, behind the end of memory. Two directories say the same. */
static void make_paging(void)
{
	for (uint32_t page = 0; page < 4096; page++)
		memory_tables[page >> 10][page & 1023] = page << 12 | 3;
	memory_tables[(uint32_t)absent_page >> 22][(uint32_t)absent_page >> 12 & 1023] = 0;
	memory_tables[(uint32_t)read_only_page >> 22][(uint32_t)read_only_page >> 12 & 1023] &= ~2u;
	for (uint32_t page = 0; page < 4; page++)
		far_table[page] = (NO_MEMORY + page * PAGE) | 3;
	for (unsigned copy = 0; copy < 2; copy++) {
		for (unsigned i = 0; i < 4; i++)
			directories[copy][i] = (uint32_t)memory_tables[i] | 3;
		directories[copy][(uint32_t)NO_MEMORY >> 22] = (uint32_t)far_table | 3;
	}
	start_paging(directories[0]);
}

/* Both PICs masked, but for the timer if it is wanted: 5000 interrupts a second. */
static void make_timer(void)
{
	static const struct { uint8_t port, value; } writes[] = {
		{0x20, 0x11}, {0x21, VECTOR_TIMER}, {0x21, 4}, {0x21, 1}, {0xa0, 0x11}, {0xa1, VECTOR_TIMER + 8}, {0xa1, 2}, {0xa1, 1},
		{0xa1, 0xff}, {0x43, 0x34}, {0x40, 0xef}, {0x40, 0},
	};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		port_write(writes[i].port, writes[i].value);
	port_write(0x21, has(OP_irq) ? 0xfe : 0xff);
}

/* ---- the command line ---- */

static void choose_operations(const char *line)
{
	static const char *const all[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	operations = behind_word(line, "ops=") ? words_behind(line, "ops=", all, OPERATIONS) : (1u << OPERATIONS) - 1;
	if (!operations)
		die("ops= names no operation");
}

void begin(const uint32_t *multiboot)
{
	const char *line = command_line(multiboot);
	uint32_t count = number_behind(line, "n=", 100);

	random_state = number_behind(line, "seed=", 1) * 2654435761u;
	choose_operations(line);
	make_descriptors();
	make_paging();
	make_timer();
	for (uint32_t i = 0; i < count; i++) {
		enum operation operation;

		do
			operation = (enum operation)below(OPERATIONS);
		while (!has(operation));
		operate(operation);
	}
	text("lab 8: checksum ");
	number(checksum);
	text("\n");
	end(0);
}
