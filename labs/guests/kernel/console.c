/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/console.c - what the kernel and its programs say, on a 16550 UART (polled) and in VGA text
 * memory at once. The CRTC's cursor moves once a write, not once a character.
 */
#include "kernel/kernel.h"

enum {
	UART = 0x3F8,
	UART_LINE_CONTROL = UART + 3,
	UART_MODEM_CONTROL = UART + 4,
	UART_LINE_STATUS = UART + 5,
	CAN_TAKE_A_BYTE = 0x20,
	ALL_SENT = 0x40,
	CRTC_INDEX = 0x3D4,
	CRTC_CURSOR_HIGH = 14,
	CRTC_CURSOR_LOW = 15,
	COLUMNS = 80,
	ROWS = 25,
	LIGHT_GREY = 0x0700,
	VGA_TEXT = 0xB8000,
};

static unsigned cursor;

static volatile uint16_t *screen(void)
{
	return physical_to_virtual(VGA_TEXT);
}

void serial_begin(void)
{
	port_write8(UART + 1, 0);
	port_write8(UART_LINE_CONTROL, 0x80); /* divisor latch */
	port_write8(UART, 1);                 /* 115200 baud */
	port_write8(UART + 1, 0);
	port_write8(UART_LINE_CONTROL, 0x03); /* 8 bits, no parity, one stop bit */
	port_write8(UART + 2, 0x07);          /* FIFOs on and empty */
	port_write8(UART_MODEM_CONTROL, 0x0B);
}

static void uart_put(char c)
{
	while (!(port_read8(UART_LINE_STATUS) & CAN_TAKE_A_BYTE))
		;
	port_write8(UART, (uint8_t)c);
}

static void scroll(void)
{
	for (unsigned i = 0; i < COLUMNS * (ROWS - 1); i++)
		screen()[i] = screen()[i + COLUMNS];
	for (unsigned i = COLUMNS * (ROWS - 1); i < COLUMNS * ROWS; i++)
		screen()[i] = LIGHT_GREY | ' ';
	cursor -= COLUMNS;
}

static void screen_put(char c)
{
	if (c == '\n')
		cursor += COLUMNS - cursor % COLUMNS;
	else if (c == '\r')
		cursor -= cursor % COLUMNS;
	else if (c == '\b')
		cursor -= cursor % COLUMNS ? 1 : 0;
	else
		screen()[cursor++] = (uint16_t)(LIGHT_GREY | (uint8_t)c);
	if (cursor >= COLUMNS * ROWS)
		scroll();
}

static void move_cursor(void)
{
	port_write8(CRTC_INDEX, CRTC_CURSOR_HIGH);
	port_write8(CRTC_INDEX + 1, (uint8_t)(cursor >> 8));
	port_write8(CRTC_INDEX, CRTC_CURSOR_LOW);
	port_write8(CRTC_INDEX + 1, (uint8_t)cursor);
}

void screen_begin(void)
{
	for (unsigned i = 0; i < COLUMNS * ROWS; i++)
		screen()[i] = LIGHT_GREY | ' ';
	move_cursor();
}

void screen_write(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		screen_put(text[i]);
	move_cursor();
}

void serial_write(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			uart_put('\r');
		uart_put(text[i]);
	}
}

void serial_drain(void)
{
	while (!(port_read8(UART_LINE_STATUS) & ALL_SENT))
		;
}

void console_write(const char *text, size_t size)
{
	uint32_t irq = irq_save();

	platform->console_write(text, size);
	screen_write(text, size);
	irq_restore(irq);
}

void print(const char *text, ...)
{
	char line[200];
	va_list arguments;
	size_t length;

	va_start(arguments, text);
	length = format(line, sizeof(line), text, arguments);
	va_end(arguments);
	console_write(line, length);
}

void panic(const char *text, ...)
{
	char line[200];
	va_list arguments;

	interrupts_off();
	va_start(arguments, text);
	format(line, sizeof(line), text, arguments);
	va_end(arguments);
	print("\nkernel panic: %s\n", line);
	machine_off(127);
}
