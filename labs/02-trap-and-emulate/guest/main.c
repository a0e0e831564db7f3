/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 02-trap-and-emulate/guest/main.c - tables, paging, handlers; then rounds of made-up code in ring 0 and ring 3. What the handlers see
 * goes into a checksum, which is said at the end.
 *
 *	ops=NAME,...  what the code is made of (all)     n=COUNT  operations in a round (40)
 *	seed=NUMBER   which code it is (1)               rounds=COUNT (6)
 */
#include "guest.h"

#include "shared/console.h"
#include "shared/numbers.h"
#include "shared/words.h"

/* What `common` has pushed, from the lowest address on. */
struct registers {
	uint32_t es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

struct tss {
	uint32_t link, esp0, ss0, unused[22];
	uint16_t trap, map;
	uint8_t bits[1024 / 8 + 1];
} __attribute__((packed));

extern const uint8_t entries[], stack_top[];
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

static uint32_t checksum = CHECKSUM_BEGIN, ticks;

uint32_t random_number(void)
{
	return next_random(&state);
}

static void note(uint32_t value)
{
	checksum = checksum_with(checksum, value);
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

static void make_tables(void)
{
	for (unsigned copy = 0; copy < 2; copy++) {
		gdt[copy][1] = segment(0, 0xfffff, 0xc09b);
		gdt[copy][2] = segment(0, 0xfffff, 0xc093);
		gdt[copy][3] = segment(0, 0xfffff, 0xc0fb);
		gdt[copy][4] = segment(0, 0xfffff, 0xc0f3);
		gdt[copy][5] = segment((uint32_t)&tss, sizeof tss - 1, 0x89);
		for (unsigned vector = 0; vector < 48; vector++) /* traps leave IF as it is, interrupts clear it */
			idt[copy][vector] = gate(8, entries + 16 * vector, vector >= 32 || vector % 2 ? 0x8e : 0x8f);
		idt[copy][128] = gate(8, (void *)leave_user, 0xee);
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
	for (uint32_t page = 0; page < 2048; page++)
		page_tables[page >> 10][page & 1023] = page << 12 | 7;
	set_page(absent_page, 6);
	set_page(system_page, 3);
	set_page(read_only_page, 5);
	for (unsigned copy = 0; copy < 2; copy++)
		for (unsigned table = 0; table < 2; table++)
			directories[copy][table] = (uint32_t)page_tables[table] | 7;
	start_paging(directories[0]);
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
	const char *line = command_line(multiboot);
	uint32_t seed = number_behind(line, "seed=", 1), count = number_behind(line, "n=", 40), rounds = number_behind(line, "rounds=", 6);

	take_operations(line);
	state = state_of_seed(seed);
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
