/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 08-hardware-assist/guest/main.c - descriptor tables, paging, a timer, handlers; then operations by lot. What they see goes into a
 * checksum, which is said at the end.
 *
 *	ops=NAME,...  what is done (all)      n=COUNT  how many operations (100)
 *	seed=NUMBER   in which order (1)
 */
#include "guest.h"

struct descriptor {
	uint32_t low, high;
};

struct table_register {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* What start.S has pushed, and hardware before it. */
struct frame {
	uint32_t general[8], vector, error, eip, cs, eflags;
};

extern const uint8_t entries[];
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

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void say(const char *text)
{
	for (; *text; text++)
		out(0xe9, (uint8_t)*text);
}

static void say_number(uint32_t value)
{
	char text[9];

	for (unsigned i = 0; i < 8; i++, value <<= 4)
		text[i] = "0123456789abcdef"[value >> 28];
	text[8] = 0;
	say(text);
}

static void __attribute__((noreturn)) end(uint8_t code)
{
	for (;;)
		out(0xf4, code);
}

void die(const char *why)
{
	say("lab 8: ");
	say(why);
	say("\n");
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
		say("vector ");
		say_number(frame->vector);
		say(", error code ");
		say_number(frame->error);
		say(", EIP ");
		say_number(frame->eip);
		die(": an exception that nothing here has asked for");
	}
	frame->eip = go_on;
	frame->eflags &= ~(1u << 16); /* RF was for the instruction that is not run again */
}

void handle(struct frame *frame)
{
	if (frame->vector == VECTOR_TIMER) {
		ticks++;
		out(0x20, 0x20);
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
	struct table_register gdtr = {sizeof gdt - 1, (uint32_t)gdt}, idtr = {sizeof idt - 1, (uint32_t)idt};

	gdt[1] = (struct descriptor){0x0000ffff, 0x00cf9b00};
	gdt[2] = (struct descriptor){0x0000ffff, 0x00cf9300};
	for (unsigned vector = 0; vector <= VECTOR_CALL; vector++) {
		uint32_t entry = (uint32_t)entries + 16 * vector;

		idt[vector] = (struct descriptor){8 << 16 | (entry & 0xffff), (entry & 0xffff0000) | 0x8e00};
	}
	__asm__ volatile("lgdt %0\n\tlidt %1" : : "m"(gdtr), "m"(idtr));
	load_segments();
}

/* Memory is where it is; one page lies elsewhere, behind the end of memory. Two directories say the same. */
static void make_paging(void)
{
	uint32_t cr0;

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
	__asm__ volatile("mov %0, %%cr3" : : "r"(directories[0]));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000));
}

/* Both PICs masked, but for the timer if it is wanted: 5000 interrupts a second. */
static void make_timer(void)
{
	static const struct { uint8_t port, value; } writes[] = {
		{0x20, 0x11}, {0x21, VECTOR_TIMER}, {0x21, 4}, {0x21, 1}, {0xa0, 0x11}, {0xa1, VECTOR_TIMER + 8}, {0xa1, 2}, {0xa1, 1},
		{0xa1, 0xff}, {0x43, 0x34}, {0x40, 0xef}, {0x40, 0},
	};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		out(writes[i].port, writes[i].value);
	out(0x21, has(OP_irq) ? 0xfe : 0xff);
}

/* ---- the command line ---- */

/* What stands behind `name` in the line; NULL: nothing does. */
static const char *behind(const char *line, const char *name)
{
	for (; *line; line++) {
		unsigned length = 0;

		while (name[length] && line[length] == name[length])
			length++;
		if (!name[length])
			return line + length;
	}
	return 0;
}

static uint32_t number_behind(const char *line, const char *name, uint32_t usual)
{
	const char *at = behind(line, name);
	uint32_t value = 0;

	for (; at && *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint32_t)(*at - '0');
	return at ? value : usual;
}

/* Names end with a comma, a blank, or the line. */
static bool names(const char *list, const char *name)
{
	while (*list && *list != ' ') {
		const char *at = name;

		while (*at && *list == *at)
			list++, at++;
		if (!*at && (*list == ',' || *list == ' ' || !*list))
			return true;
		while (*list && *list != ' ' && *list++ != ',')
			;
	}
	return false;
}

static void choose_operations(const char *list)
{
	static const char *const all[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	operations = list ? 0 : (1u << OPERATIONS) - 1;
	for (unsigned i = 0; list && i < OPERATIONS; i++)
		if (names(list, all[i]))
			operations |= 1u << i;
	if (!operations)
		die("ops= names no operation");
}

void begin(const uint32_t *multiboot)
{
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";
	uint32_t count = number_behind(line, "n=", 100);

	random_state = number_behind(line, "seed=", 1) * 2654435761u;
	choose_operations(behind(line, "ops="));
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
	say("lab 8: checksum ");
	say_number(checksum);
	say("\n");
	end(0);
}
