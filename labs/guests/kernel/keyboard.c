/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/keyboard.c - what people type, from the UART (IRQ 4) and the PS/2 keyboard (IRQ 1, scan code
 * set 1), gathered into lines with echo and backspace.
 */
#include "kernel/kernel.h"

enum {
	UART = 0x3F8,
	UART_INTERRUPT_ENABLE = UART + 1,
	UART_LINE_STATUS = UART + 5,
	KEYBOARD_DATA = 0x60,
	KEYBOARD_STATUS = 0x64,
	HAS_A_BYTE = 0x01,
	RELEASED = 0x80,
	LEFT_SHIFT = 0x2A,
	RIGHT_SHIFT = 0x36,
	INPUT_SIZE = 256,
};

static const char plain[] = "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* A ring: bytes from `taken` to `complete` are whole lines, to `typed` the line being typed. */
static struct {
	char bytes[INPUT_SIZE];
	uint32_t taken, complete, typed;
	bool shift;
} input;

void keyboard_empty(void)
{
	while (port_read8(KEYBOARD_STATUS) & HAS_A_BYTE)
		port_read8(KEYBOARD_DATA);
}

void keyboard_begin(void)
{
	keyboard_empty();
	port_write8(UART_INTERRUPT_ENABLE, 0x01);
	pic_enable(IRQ_KEYBOARD);
	pic_enable(IRQ_UART);
}

static void take_back(void)
{
	if (input.typed == input.complete)
		return;
	input.typed--;
	console_write("\b \b", 3);
}

void input_typed(char c)
{
	if (c == '\r')
		c = '\n';
	if (c == '\b' || c == 0x7F) {
		take_back();
		return;
	}
	if (!c || input.typed - input.taken == INPUT_SIZE)
		return;
	input.bytes[input.typed++ % INPUT_SIZE] = c;
	console_write(&c, 1);
	if (c == '\n' || c == 4) {
		input.complete = input.typed;
		process_wake(&input);
	}
}

static void scan_code(uint8_t code)
{
	uint8_t key = code & ~RELEASED;

	if (key == LEFT_SHIFT || key == RIGHT_SHIFT)
		input.shift = !(code & RELEASED);
	else if (!(code & RELEASED) && key < sizeof(plain))
		input_typed(input.shift ? shifted[key] : plain[key]);
}

void keyboard_interrupt(unsigned irq)
{
	if (irq == IRQ_KEYBOARD) {
		scan_code(port_read8(KEYBOARD_DATA));
		return;
	}
	while (port_read8(UART_LINE_STATUS) & HAS_A_BYTE)
		input_typed((char)port_read8(UART));
}

int console_read(char *to, size_t size)
{
	uint32_t irq = irq_save();
	size_t count = 0;

	while (input.taken == input.complete) {
		if (!process_sleep(&input))
			break;
	}
	while (count < size && input.taken != input.complete) {
		char c = input.bytes[input.taken++ % INPUT_SIZE];
		if (c == 4)
			break; /* Control-D: the end */
		to[count++] = c;
		if (c == '\n')
			break;
	}
	irq_restore(irq);
	return (int)count;
}
