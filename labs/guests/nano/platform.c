/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/platform.c - what the kernel's files that are shared here ask of the machine (kernel/platform.h): a PC, of
 * which the serial port is all that is used. No interrupt of a device is ever let in.
 */
#include "nano/nano.h"

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

static uint32_t read_entry(const uint32_t *entry)
{
	return *entry;
}

static void write_entry(uint32_t *entry, uint32_t value)
{
	*entry = value;
}

static void table_made(uint32_t directory, uint32_t table)
{
	(void)directory;
	(void)table;
}

static void flush(void)
{
}

static void directory_ends(uint32_t directory)
{
	(void)directory;
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
	.fault_address = read_cr2,
	.first_directory = frame_allocate,
	.large_pages = false,
	.read_entry = read_entry,
	.write_entry = write_entry,
	.table_made = table_made,
	.forget_page = invalidate_page,
	.forget_all = write_cr3,
	.flush = flush,
	.load_directory = write_cr3,
	.directory_ends = directory_ends,
	.console_begin = serial_begin,
	.console_write = serial_write,
	.console_drain = serial_drain,
	.interrupts_begin = mask_interrupts,
	.off = off,
};

const struct platform *platform = &platform_nano;
