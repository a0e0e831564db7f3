/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 03-devices/guest/main.c - tables, PICs, timer, command line; then the run.
 *
 *	run=device   things done to the serial port: ops=NAME,... (all), rounds=COUNT (8)
 *	run=console  a text through console.c: size=BYTES (1000), divisor=NUMBER of the line's speed (1)
 *	seed=NUMBER  which things, which text (1)
 */
#include "guest.h"

#include "shared/numbers.h"
#include "shared/tables.h"
#include "shared/words.h"

enum { IRQ_TIMER = 32, IRQ_UART = 36 };

void load_tables(const struct table *gdt, const struct table *idt);

static struct descriptor gdt[512] __attribute__((aligned(4096))), idt[512] __attribute__((aligned(4096)));
static const char *line;
static uint32_t state; /* of the random numbers */
static volatile bool slept;
static bool console;

uint32_t random_number(void)
{
	return next_random(&state);
}

static void __attribute__((noreturn)) end(uint8_t code)
{
	port_write(0xf4, code);
	for (;;)
		;
}

/* ---- interrupts ---- */

void handle(uint32_t vector, uint32_t eip)
{
	(void)eip; /* to be seen in a debugger */
	if (vector < IRQ_TIMER)
		end(1);
	if (vector == IRQ_TIMER)
		slept = true;
	if (vector == IRQ_UART && console)
		console_interrupt();
	else if (vector == IRQ_UART)
		exercise_interrupt();
	port_write(0x20, 0x20);
}

static void make_tables(void)
{
	struct table gdt_table = {3 * 8 - 1, (uint32_t)gdt}, idt_table = {48 * 8 - 1, (uint32_t)idt};

	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	set_interrupt_gates(idt, 48, 8);
	load_tables(&gdt_table, &idt_table);
}

/* The PICs at 32 and 40, the timer alone. */
static void make_pics(void)
{
	static const uint8_t writes[][2] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, 32}, {0xa1, 40}, {0x21, 4},
	                                    {0xa1, 2}, {0x21, 1}, {0xa1, 1}, {0x21, 0xfe}, {0xa1, 0xff}};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		port_write(writes[i][0], writes[i][1]);
}

void let_uart_interrupt(bool open)
{
	port_write(0x21, open ? 0xee : 0xfe);
}

void sleep(uint32_t ticks)
{
	ticks += ticks < 2;
	slept = false;
	port_write(0x43, 0x30); /* counter 0, mode 0: one interrupt at the end */
	port_write(0x40, (uint8_t)ticks);
	port_write(0x40, (uint8_t)(ticks >> 8));
	while (!slept)
		wait_for_interrupt();
}

/* ---- the command line ---- */

uint32_t option(const char *name, uint32_t usual)
{
	return number_behind(line, name, usual);
}

bool listed(const char *name, const char *word)
{
	return !behind_word(line, name) || listed_behind(line, name, word);
}

/* ---- the text ---- */

static void set_line(uint32_t divisor)
{
	port_write(UART_IER, 0);
	port_write(UART_LCR, 0x83);
	port_write(UART, (uint8_t)divisor);
	port_write(UART_IER, (uint8_t)(divisor >> 8));
	port_write(UART_LCR, 0x03);
	port_write(UART_FCR, 0);
	port_write(UART_MCR, 0x03);
}

/* Words of small letters, in lines; pieces of 1 to 100 characters, as a kernel's printk has them. */
static void write_text(uint32_t size)
{
	static char piece[100];
	uint32_t column = 0;

	while (size) {
		uint32_t count = 1 + below(sizeof piece);

		count = count < size ? count : size;
		size -= count;
		for (uint32_t i = 0; i < count; i++) {
			bool full = ++column > 60 && below(8) == 0;

			piece[i] = below(6) ? (char)('a' + below(26)) : ' ';
			piece[i] = full || (!size && i + 1 == count) ? '\n' : piece[i];
			column = full ? 0 : column;
		}
		console_write(piece, count);
		piece[0] = '#'; /* whoever has kept only the address will print it */
	}
}

static void run_console(void)
{
	console = true;
	set_line(option("divisor=", 1));
	let_uart_interrupt(true);
	console_begin();
	write_text(option("size=", 1000));
	console_flush();
}

void begin(const uint32_t *multiboot)
{
	line = command_line(multiboot);
	state = state_of_seed(option("seed=", 1));
	make_tables();
	make_pics();
	if (listed("run=", "console"))
		run_console();
	else
		exercise_device();
	end(0);
}
