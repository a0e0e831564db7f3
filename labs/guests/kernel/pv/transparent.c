/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/transparent.c - booted like on a bare machine, with a hypervisor below. Devices, interrupts
 * and segments are the machine's. Hypercalls replace what would trap often: page tables, TLB, CR3, the
 * kernel stack in the TSS, waiting. Addresses in page tables stay the kernel's own physical ones.
 */
#include "kernel/pv/pv.h"

/* Xen itself says the same by CPUID to guests of hardware assist, and does not offer them these calls. */
static void begin(void)
{
	platform_bare.begin();
	if (pv_set_trap_table(KERNEL_CODE, true) < 0) {
		platform = &platform_bare;
		return;
	}
	MUST(stack_switch, KERNEL_DATA, address_of(boot_stack_top), 0, 0);
}

static void enter(uint32_t directory, uint32_t top)
{
	tables_load(directory);
	pv_flush_and_switch_stack(KERNEL_DATA, top);
}

/* With console=hv the hypervisor's console takes the serial port's place. */
static void write_console(const char *text, size_t size)
{
	if (options_flag("console=hv"))
		pv_console_write(text, size);
	else
		serial_write(text, size);
}

const struct platform platform_transparent = {
	.begin = begin,
	.read_options = multiboot_read,
	.enter = enter,
	.fault_address = read_cr2,
	.first_directory = frame_allocate,
	.large_pages = true,
	.read_entry = tables_read_entry,
	.write_entry = tables_write_entry,
	.table_made = tables_made,
	.forget_page = pv_forget_page,
	.forget_all = tables_forget_all,
	.flush = pv_flush,
	.load_directory = tables_load,
	.directory_ends = tables_end,
	.interrupt = pic_interrupt,
	.console_begin = serial_begin,
	.console_write = write_console,
	.console_drain = serial_drain,
	.input_begin = keyboard_begin,
	.interrupts_begin = pic_init,
	.timer_begin = pit_begin,
	.timer_count = pit_count,
	.off = machine_exit,
};
