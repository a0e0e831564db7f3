/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/bare.c - the platform without anything below: privileged instructions (machine.h) and the
 * devices of a PC. What a page table holds is what the kernel means, and takes effect when it is written.
 */
#include "kernel/plain_tables.h"

static void begin(void)
{
	gdt_init();
	trap_init();
}

static void enter(uint32_t directory, uint32_t top)
{
	gdt_set_kernel_stack(top);
	write_cr3(directory);
}

void machine_exit(uint32_t value)
{
	enum { DEBUG_EXIT = 0xF4 };

	port_write32(DEBUG_EXIT, value);
	for (;;)
		__asm__ volatile("cli; hlt");
}

const struct platform platform_bare = {
	.begin = begin,
	.read_options = multiboot_read,
	.enter = enter,
	PLAIN_TABLES,
	.large_pages = true,
	.interrupt = pic_interrupt,
	.console_begin = serial_begin,
	.console_write = serial_write,
	.console_drain = serial_drain,
	.input_begin = keyboard_begin,
	.interrupts_begin = pic_init,
	.timer_begin = pit_begin,
	.timer_count = pit_count,
	.off = machine_exit,
};

const struct platform *platform = &platform_bare;

/* The paravirtual build has another one (pv/choose.c). */
__attribute__((weak)) void platform_choose(uint32_t magic, uint32_t information)
{
	(void)magic;
	(void)information;
}
