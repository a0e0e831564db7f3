/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/platform.c - what the kernel's files that are shared here ask of the machine (kernel/platform.h): a PC, of
 * which the serial port is all that is used. No interrupt of a device is ever let in.
 */
#include "nano/nano.h"
#include "kernel/plain_tables.h"

static void begin(void)
{
	gdt_init();
	gates_begin();
}

static void mask_interrupts(void)
{
	enum { PIC_MASK = 0x21, SECOND_PIC_MASK = 0xA1 };

	port_write8(SECOND_PIC_MASK, 0xFF);
	port_write8(PIC_MASK, 0xFF);
}

static __attribute__((noreturn)) void off(uint32_t value)
{
	enum { DEBUG_EXIT = 0xF4 };

	port_write32(DEBUG_EXIT, value);
	for (;;)
		__asm__ volatile("cli; hlt");
}

const struct platform platform_nano = {
	.begin = begin,
	.read_options = multiboot_read,
	PLAIN_TABLES,
	.large_pages = false,
	.console_begin = serial_begin,
	.console_write = serial_write,
	.console_drain = serial_drain,
	.interrupts_begin = mask_interrupts,
	.off = off,
};

const struct platform *platform = &platform_nano;
