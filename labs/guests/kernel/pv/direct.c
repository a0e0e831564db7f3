/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/direct.c - built and started by the hypervisor as one of Xen's domains: ring 1 from the first
 * instruction, machine addresses in the page tables, event channels for interrupts, the hypervisor's
 * console.
 */
#include "kernel/pv/pv.h"

enum {
	RING = 1, /* of the kernel; its selectors say so */
	DESCRIPTORS = 8,
	/* Flat, up to the end of what the hypervisor lets its guests see; ring 1 or 3. */
	LIMIT_PAGES = (MACH2PHYS_VIRT_END_NONPAE >> 12) - 1,
	LOW_WORD = LIMIT_PAGES & 0xFFFF,
	LIMIT_HIGH = LIMIT_PAGES & 0xF0000,
	CODE = 0x00C09B00 | LIMIT_HIGH,
	DATA = 0x00C09300 | LIMIT_HIGH,
	RING_1 = 0x2000,
	RING_3 = 0x6000,
};

extern const char event_callback[], failsafe_callback[];

static const struct start_info *start;

/* A page of its own: nobody but the hypervisor may write what a descriptor table is made of. */
static struct {
	uint32_t low, high;
} gdt[FRAME_SIZE / 8] __attribute__((aligned(4096))) = {
	[KERNEL_CODE / 8] = {LOW_WORD, CODE | RING_1},
	[KERNEL_DATA / 8] = {LOW_WORD, DATA | RING_1},
	[USER_CODE / 8] = {LOW_WORD, CODE | RING_3},
	[USER_DATA / 8] = {LOW_WORD, DATA | RING_3},
};

void direct_started(uint32_t start_info)
{
	start = (const struct start_info *)start_info;
}

static void load_segments(void)
{
	uint32_t frame;

	tables_read_only(virtual_to_physical(gdt));
	pv_flush();
	frame = tables_machine_frame(virtual_to_physical(gdt));
	MUST(set_gdt, address_of(&frame), DESCRIPTORS, 0, 0);
	__asm__ volatile("ljmp %0, $1f\n"
	                 "1:\tmov %w1, %%ds\n\t"
	                 "mov %w1, %%es\n\t"
	                 "mov %w1, %%ss\n\t"
	                 "mov %w2, %%fs\n\t"
	                 "mov %w2, %%gs"
	                 :
	                 : "i"(KERNEL_CODE | RING), "r"(KERNEL_DATA | RING), "r"(0)
	                 : "memory");
}

static void begin(void)
{
	tables_begin(start);
	load_segments();
	events_begin(start->shared_info);
	must("set_trap_table", pv_set_trap_table(KERNEL_CODE | RING, false));
	MUST(set_callbacks, KERNEL_CODE | RING, address_of(event_callback), KERNEL_CODE | RING,
	     address_of(failsafe_callback));
	MUST(stack_switch, KERNEL_DATA | RING, address_of(boot_stack_top), 0, 0);
}

static void read_memory_map(void)
{
	struct e820entry entries[RANGES_MAX];
	struct xen_memory_map map = {RANGES_MAX, address_of(entries)};
	uint64_t end = (uint64_t)start->nr_pages * FRAME_SIZE;

	MUST(memory_op, XENMEM_memory_map, address_of(&map), 0, 0);
	for (uint32_t i = 0; i < map.nr_entries; i++) {
		uint64_t last = entries[i].addr + entries[i].size;
		if (entries[i].type == 1)
			options_add_range(entries[i].addr, last < end ? last : end);
	}
}

/* What the domain builder has laid behind the kernel, up to the end of its page tables. */
static void read_options(uint32_t magic, uint32_t information)
{
	(void)magic;
	(void)information;
	copy_text(options.command_line, start->cmd_line, COMMAND_LINE_MAX);
	read_memory_map();
	options_reserve(0, FRAME_SIZE);
	options_reserve(start->mfn_list - KERNEL_BASE,
			start->pt_base - KERNEL_BASE + start->nr_pt_frames * FRAME_SIZE);
	if (start->mod_len) {
		uint32_t first = start->mod_start - KERNEL_BASE;
		options.modules[options.module_count++] = (struct module){first, first + start->mod_len};
	}
}

static void enter(uint32_t directory, uint32_t top)
{
	tables_load(directory);
	pv_flush_and_switch_stack(KERNEL_DATA | RING, top);
}

static void nothing(void)
{
}

/* Counts down and wraps in 2^26 cycles: a tick or more at the speeds of the processors of this interface. */
static uint16_t cycle_count(void)
{
	return (uint16_t)(0 - (read_tsc() >> 10));
}

const struct platform platform_direct = {
	.begin = begin,
	.read_options = read_options,
	.enter = enter,
	.fault_address = events_fault_address,
	.first_directory = tables_first_directory,
	.large_pages = false,
	.read_entry = tables_read_entry,
	.write_entry = tables_write_entry,
	.table_made = tables_made,
	.forget_page = pv_forget_page,
	.forget_all = tables_forget_all,
	.flush = pv_flush,
	.load_directory = tables_load,
	.directory_ends = tables_end,
	.interrupt = events_interrupt,
	.console_begin = nothing,
	.console_write = pv_console_write,
	.console_drain = nothing,
	.input_begin = events_input,
	.interrupts_begin = nothing,
	.timer_begin = events_timer,
	.timer_count = cycle_count,
	.off = machine_exit,
};
