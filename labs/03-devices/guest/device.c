/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 03-devices/guest/device.c - made-up things done to the serial port, of the kinds that the command line names. What is read decides
 * hardly anything: the grader looks at each access.
 */
#include "guest.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH, FCR = IIR };
enum { CHARACTER = 104 }; /* ticks of the timer that 10 bits take at divisor 1 */

static uint32_t divisor, left; /* characters that the handler may still write */

static uint8_t in(unsigned offset)
{
	return port_read((uint16_t)(UART + offset));
}

static void out(unsigned offset, uint32_t value)
{
	port_write((uint16_t)(UART + offset), (uint8_t)value);
}

static void read_some(uint32_t count)
{
	static const uint8_t offsets[] = {LSR, LSR, IIR, IER, MSR, LCR};

	while (count--)
		in(offsets[below(sizeof offsets)]);
}

/* Up to so many characters' time. */
static void rest(uint32_t characters)
{
	sleep(2 + below(characters * CHARACTER * divisor));
}

static void set_line(bool any_form)
{
	uint32_t form = any_form ? below(16) : 3;

	divisor = 1 + below(3);
	out(LCR, 0x80 | form);
	out(0, divisor);
	out(1, 0);
	out(LCR, form);
}

static void send(uint32_t count)
{
	while (count--)
		out(DATA, random_number());
}

/* ---- the things ---- */

static void do_registers(void)
{
	for (unsigned i = 0; i < 12; i++) {
		bool latch = below(2);

		out(LCR, (latch ? 0x80 : 0) | below(64));
		if (latch)
			out(below(2), random_number());
		else
			out(IER, random_number() & ~2u);
		out(below(2) ? SCRATCH : MSR, random_number());
		if (latch || below(2))
			in(latch ? below(2) : IER);
		in(below(2) ? SCRATCH : LCR);
		if (below(3) == 0)
			out(FCR, random_number());
		in(IIR);
		in(LSR);
	}
	out(LCR, 3);
	out(IER, 0);
}

static void do_modem(void)
{
	out(IER, 8);
	for (unsigned i = 0; i < 10; i++) {
		out(MCR, random_number());
		if (below(2))
			in(IIR);
		if (below(2))
			in(MSR);
		in(below(2) ? MSR : MCR);
	}
	out(MCR, 3);
	in(MSR);
	out(IER, 0);
}

/* Without FIFOs, and now and then without waiting. */
static void do_transmit(void)
{
	out(FCR, 0);
	set_line(true);
	for (unsigned i = 0; i < 6; i++) {
		send(1 + (below(3) == 0));
		in(LSR);
		rest(2);
		in(LSR);
	}
	rest(3);
	in(LSR);
}

static void do_fifo(void)
{
	out(FCR, 1);
	set_line(true);
	for (unsigned i = 0; i < 4; i++) {
		send(1 + below(20));
		in(LSR);
		rest(below(4) ? 8 : 20);
		in(LSR);
		if (below(3) == 0)
			out(FCR, below(2) ? 5 : below(2));
		in(LSR);
	}
}

/* Interrupts of the transmitter; the handler writes more. */
static void do_empty(void)
{
	out(FCR, below(2));
	set_line(false);
	out(MCR, 0x0b);
	let_uart_interrupt(true);
	for (unsigned i = 0; i < 5; i++) {
		left = below(24);
		out(IER, 2);
		send(below(4));
		rest(6);
		if (below(3) == 0)
			out(MCR, below(2) ? 0x0b : 0x03);
		if (below(3) == 0)
			out(IER, 0);
		read_some(2);
		rest(4);
		out(MCR, 0x0b);
	}
	let_uart_interrupt(false);
	out(IER, 0);
	out(MCR, 3);
}

/* To itself, character by character. */
static void do_loop(void)
{
	out(FCR, 0);
	set_line(true);
	out(MCR, 0x13);
	out(IER, below(16));
	for (unsigned i = 0; i < 6; i++) {
		send(1);
		rest(3);
		in(LSR);
		in(IIR);
		if (below(4))
			in(DATA);
		in(IIR);
	}
	in(LSR);
	in(DATA);
	out(IER, 0);
	out(MCR, 3);
}

static void do_overrun(void)
{
	out(FCR, below(4) << 6 | 1);
	set_line(false);
	out(MCR, 0x13);
	out(IER, 5);
	for (unsigned i = 0; i < 3; i++) {
		send(4 + below(14));
		sleep(CHARACTER * divisor * (2 + below(20)));
		in(IIR);
		in(LSR);
		in(IIR);
		for (uint32_t count = below(18); count; count--)
			in(DATA);
		in(LSR);
		if (below(4) == 0)
			out(FCR, below(2) ? below(4) << 6 | 3 : below(2));
	}
	out(IER, 0);
	out(MCR, 3);
}

static void do_timeout(void)
{
	out(FCR, 0xc3);
	set_line(true);
	out(MCR, 0x13);
	out(IER, 1);
	for (unsigned i = 0; i < 4; i++) {
		send(1 + below(4));
		for (uint32_t count = 3 + below(4); count; count--) {
			rest(4);
			in(IIR);
			if (below(3) == 0)
				in(DATA);
		}
	}
	out(IER, 0);
	out(MCR, 3);
}

/* From the terminal, with interrupts. */
static void do_input(void)
{
	out(FCR, below(4) ? below(4) << 6 | 1 : 0);
	set_line(false);
	out(MCR, 0x0b);
	out(IER, 5 | below(2) << 3);
	let_uart_interrupt(true);
	for (unsigned i = 0; i < 8; i++) {
		sleep(CHARACTER * 4 + below(CHARACTER * 12));
		if (below(3) == 0)
			read_some(1);
		if (below(8) == 0)
			out(MCR, below(2) ? 0x0b : 0x13);
	}
	for (unsigned i = 0; i < 16 && in(LSR) & 1; i++)
		in(DATA);
	let_uart_interrupt(false);
	out(IER, 0);
	out(MCR, 3);
}

/* All at once. */
static void do_both(void)
{
	out(FCR, below(4) << 6 | 1);
	set_line(false);
	out(MCR, 0x0b);
	let_uart_interrupt(true);
	for (unsigned i = 0; i < 6; i++) {
		left = below(20);
		out(IER, 1 + below(15));
		send(below(3));
		rest(6);
		read_some(1);
	}
	let_uart_interrupt(false);
	out(IER, 0);
	out(MCR, 3);
}

/* ---- the handler ---- */

static void take_characters(void)
{
	for (uint32_t count = 1 + below(16); count && in(LSR) & 1; count--)
		in(DATA);
}

static void write_characters(void)
{
	uint32_t count = below(6);

	count = count < left ? count : left;
	left -= count;
	send(count);
}

/* What it finds, up to four of them; now and then it leaves one unread. */
void exercise_interrupt(void)
{
	for (unsigned i = 0; i < 4; i++) {
		uint8_t iir = in(IIR);

		if (iir & 1 || below(16) == 0)
			return;
		switch (iir >> 1 & 7) {
		case 0: in(MSR); break;
		case 1: write_characters(); break;
		case 3: in(LSR); break;
		default: take_characters(); break;
		}
	}
}

static const struct {
	const char *name;
	void (*act)(void);
} things[] = {
	{"registers", do_registers}, {"modem", do_modem}, {"transmit", do_transmit}, {"fifo", do_fifo}, {"empty", do_empty},
	{"loop", do_loop}, {"overrun", do_overrun}, {"timeout", do_timeout}, {"input", do_input}, {"both", do_both},
};
enum { THINGS = sizeof things / sizeof *things };

void exercise_device(void)
{
	unsigned chosen[THINGS], count = 0;

	divisor = 1;
	for (unsigned i = 0; i < THINGS; i++)
		if (listed("ops=", things[i].name))
			chosen[count++] = i;
	for (uint32_t round = option("rounds=", 8); round && count; round--)
		things[chosen[below(count)]].act();
}
