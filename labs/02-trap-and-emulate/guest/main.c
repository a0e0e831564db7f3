/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 02-trap-and-emulate/guest/main.c - tables, paging, handlers; then rounds of made-up code in ring 0 and ring 3. What the handlers see
 * goes into a checksum, which is said at the end.
 *
 *	ops=NAME,...  what the code is made of (all)     n=COUNT  operations in a round (40)
 *	seed=NUMBER   which code it is (1)               rounds=COUNT (6)
 */
#include "guest.h"

struct descriptor {
	uint32_t low, high;
};

/* What `common` has pushed, from the lowest address on. */
struct registers {
	uint32_t es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

struct tss {
	uint32_t link, esp0, ss0, unused[22];
	uint16_t trap, map;
	uint8_t bits[1024 / 8 + 1];
} __attribute__((packed));

extern uint8_t entries[], stack_top[];
void load_tables(const struct table *gdt, const struct table *idt);
void run_user(uint32_t eip, uint32_t eflags);
void leave_user(void) __attribute__((noreturn));
void run_kernel(uint32_t address);

uint32_t operations, state;
struct table gdt_tables[2], idt_tables[2];
/* On pages of their own: the VMM traces pages that hold descriptors. */
static struct descriptor gdt[2][512] __attribute__((aligned(4096))), idt[2][512] __attribute__((aligned(4096)));
static struct tss tss;
uint32_t directories[2][1024] __attribute__((aligned(4096)));
static uint32_t page_tables[2][1024] __attribute__((aligned(4096))); /* of the first 8 MiB */
uint8_t absent_page[PAGE] __attribute__((aligned(4096))), system_page[PAGE] __attribute__((aligned(4096))),
	read_only_page[PAGE] __attribute__((aligned(4096)));

static uint32_t checksum = 2166136261u, ticks;

static void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
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

/* ---- handlers ---- */

/* Exceptions of the made-up code go on behind the instruction; any other one is the guest's own mistake, or the VMM's. */
static bool go_on(struct registers *registers)
{
	uint32_t offset = registers->eip - (uint32_t)program.code;

	if (offset >= CODE_SIZE || !program.behind[offset])
		return false;
	registers->eip = (uint32_t)program.code + program.behind[offset];
	return true;
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

void handle(struct registers *registers)
{
	uint32_t cr2 = 0;

	if (registers->vector == 32) {
		ticks++;
		port_write(0x20, 0x20);
		return;
	}
	if (registers->vector == 14)
		__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	note(registers->vector);
	note(registers->error);
	note(registers->cs);
	note(registers->eip);
	note(cr2);
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

static struct descriptor gate(const void *handler, uint32_t access)
{
	return (struct descriptor){8 << 16 | ((uint32_t)handler & 0xffff), ((uint32_t)handler & 0xffff0000) | access << 8};
}

static void make_tables(void)
{
	for (unsigned copy = 0; copy < 2; copy++) {
		gdt[copy][1] = segment(0, 0xfffff, 0xc09b);
		gdt[copy][2] = segment(0, 0xfffff, 0xc093);
		gdt[copy][3] = segment(0, 0xfffff, 0xc0fb);
		gdt[copy][4] = segment(0, 0xfffff, 0xc0f3);
		gdt[copy][5] = segment((uint32_t)&tss, sizeof tss - 1, 0x89);
		for (unsigned vector = 0; vector < 48; vector++) /* traps leave IF as it is, interrupts clear it */
			idt[copy][vector] = gate(entries + 16 * vector, vector >= 32 || vector % 2 ? 0x8e : 0x8f);
		idt[copy][128] = gate((void *)leave_user, 0xee);
		gdt_tables[copy] = (struct table){8 * 8 - 1, (uint32_t)gdt[copy]};
		idt_tables[copy] = (struct table){129 * 8 - 1, (uint32_t)idt[copy]};
	}
	tss.ss0 = 0x10;
	tss.esp0 = (uint32_t)stack_top - 8192;
	tss.map = (uint16_t)(tss.bits - (uint8_t *)&tss);
	for (unsigned i = 0; i < sizeof tss.bits; i++)
		tss.bits[i] = 0xff;
	tss.bits[0x3ff / 8] = 0x7f; /* ring 3 may use the first UART's scratch register; of the second one's it has the half */
}

static void set_page(const void *page, uint32_t rights)
{
	uint32_t number = (uint32_t)page >> 12;

	page_tables[number >> 10][number & 1023] = number << 12 | rights;
}

static void make_paging(void)
{
	uint32_t cr0;

	for (uint32_t page = 0; page < 2048; page++)
		page_tables[page >> 10][page & 1023] = page << 12 | 7;
	set_page(absent_page, 6);
	set_page(system_page, 3);
	set_page(read_only_page, 5);
	for (unsigned copy = 0; copy < 2; copy++)
		for (unsigned table = 0; table < 2; table++)
			directories[copy][table] = (uint32_t)page_tables[table] | 7;
	__asm__ volatile("mov %0, %%cr3" : : "r"(directories[0]));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000));
}

/* The PICs at 32 and 40, the timer alone, ten thousand times a second. */
static void make_timer(void)
{
	static const uint8_t writes[][2] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, 32}, {0xa1, 40}, {0x21, 4}, {0xa1, 2}, {0x21, 1},
	                                    {0xa1, 1}, {0x21, 0xfe}, {0xa1, 0xff}, {0x43, 0x34}, {0x40, 119}, {0x40, 0}};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		port_write(writes[i][0], writes[i][1]);
	if (!has(OP_irq))
		port_write(0x21, 0xff);
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

/* ---- the rounds ---- */

static void run_round(unsigned count, unsigned round)
{
	bool user = round % 2;

	generate(count, user);
	if (user)
		run_user((uint32_t)program.code, 0x202 | (round % 4 == 3 ? 0x3000 : 0));
	else
		run_kernel((uint32_t)program.code);
	__asm__ volatile("cli");
}

void begin(const uint32_t *multiboot)
{
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";
	uint32_t seed = option(line, "seed=", 1), count = option(line, "n=", 40), rounds = option(line, "rounds=", 6);

	take_operations(line);
	state = seed * 2654435761u | 1;
	make_tables();
	load_tables(&gdt_tables[0], &idt_tables[0]);
	make_paging();
	make_timer();
	for (unsigned round = 0; round < rounds; round++)
		run_round(count, round);
	note(ticks);
	text("lab guest: checksum ");
	number(checksum);
	text("\n");
	end(0);
}
