/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/console.c - text to the first UART (polled, or by its interrupts) and to CGA memory with the
 * cursor behind it.
 */
#include "kernel.h"

#include <stdarg.h>

enum { UART = 0x3f8, CRTC = 0x3d4, COLUMNS = 80, ROWS = 25 };

static volatile uint16_t *const cga = (uint16_t *)0xb8000;
static const char *volatile sending;

unsigned cga_cursor(void)
{
	unsigned position;

	outb(CRTC, 14);
	position = (unsigned)inb(CRTC + 1) << 8;
	outb(CRTC, 15);
	return position | inb(CRTC + 1);
}

static void cga_put(char c)
{
	unsigned position = cga_cursor();

	if (position >= COLUMNS * ROWS)
		position = 0;
	if (c == '\n')
		position += COLUMNS - position % COLUMNS;
	else
		cga[position++] = (uint8_t)c | 0x0700;
	if (position >= COLUMNS * ROWS) {
		for (unsigned i = 0; i < COLUMNS * ROWS; i++)
			cga[i] = i < COLUMNS * (ROWS - 1) ? cga[i + COLUMNS] : 0x0720;
		position -= COLUMNS;
	}
	outb(CRTC, 14);
	outb(CRTC + 1, (uint8_t)(position >> 8));
	outb(CRTC, 15);
	outb(CRTC + 1, (uint8_t)position);
}

static void put(char c)
{
	while (!(inb(UART + 5) & 0x20))
		;
	outb(UART, (uint8_t)c);
	cga_put(c);
}

static void put_number(uint32_t value, unsigned base)
{
	char digits[12];
	unsigned count = 0;

	do
		digits[count++] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	while (count)
		put(digits[--count]);
}

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}
		format++;
		if (*format == 's')
			for (const char *text = va_arg(arguments, const char *); *text; text++)
				put(*text);
		else
			put_number(va_arg(arguments, uint32_t), *format == 'x' ? 16 : 10);
	}
	va_end(arguments);
}

void console_end(void)
{
	while (!(inb(UART + 5) & 0x40))
		;
}

void die(const char *why)
{
	cli();
	say("FAILED: %s\n", why);
	console_end();
	for (;;)
		outb(0xf4, 1);
}

/* One byte for each interrupt that says that there is room. */
void uart_interrupt(void)
{
	if ((inb(UART + 2) & 15) != 2)
		return;
	if (*sending)
		outb(UART, (uint8_t)*sending++);
	else
		outb(UART + 1, 0);
}

void uart_by_interrupt(const char *text)
{
	sending = text;
	outb(UART + 4, 0x0b); /* DTR, RTS, OUT2: the interrupt's gate */
	outb(UART + 1, 0x02);
	while (*sending)
		wait_for_interrupt();
	outb(UART + 1, 0);
	for (; *text; text++)
		cga_put(*text);
}
