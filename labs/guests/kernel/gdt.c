/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/gdt.c - flat segments for ring 0 and ring 3, and one TSS that tells the processor where the
 * kernel stack is (SDM vol. 3, 3.4.5 and 7.2.1).
 */
#include "kernel/kernel.h"

/*
 * A segment descriptor, as two words:
 *   31......24 23 22 21 20 19..16 15 14.13 12 11..8 7......0
 *   base       G  D  0  A  limit  P  DPL   S  type  base        high word
 *   base 15..0             limit 15..0                          low word
 */
struct descriptor {
	uint32_t low, high;
};

struct table_register {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

struct task_state {
	uint32_t link, esp0, ss0;
	uint32_t rest[22];
	uint16_t trap, io_map;
};

enum {
	FLAT_CODE = 0x00CF9B00, /* 4 GiB, present, DPL 0, execute and read, accessed */
	FLAT_DATA = 0x00CF9300, /* the same, read and write */
	FOR_USER = 0x00006000,  /* DPL 3 */
	TASK_STATE = 0x00008900,
};

static struct task_state task;
static struct descriptor gdt[6] = {
	[KERNEL_CODE / 8] = { 0xFFFF, FLAT_CODE },
	[KERNEL_DATA / 8] = { 0xFFFF, FLAT_DATA },
	[USER_CODE / 8] = { 0xFFFF, FLAT_CODE | FOR_USER },
	[USER_DATA / 8] = { 0xFFFF, FLAT_DATA | FOR_USER },
};

static void describe_task(void)
{
	uint32_t base = (uint32_t)&task, limit = sizeof(task) - 1;

	task.ss0 = KERNEL_DATA;
	task.io_map = sizeof(task); /* past the limit: user code may use no port */
	gdt[TASK_SELECTOR / 8].low = base << 16 | limit;
	gdt[TASK_SELECTOR / 8].high = (base & 0xFF000000) | TASK_STATE | (base >> 16 & 0xFF);
}

void gdt_init(void)
{
	struct table_register gdtr = { sizeof(gdt) - 1, (uint32_t)gdt };

	describe_task();
	__asm__ volatile("lgdt %0\n\t"
	                 "ljmp %1, $1f\n"
	                 "1:\tmov %w2, %%ds\n\t"
	                 "mov %w2, %%es\n\t"
	                 "mov %w2, %%ss\n\t"
	                 "mov %w3, %%fs\n\t"
	                 "mov %w3, %%gs"
	                 : : "m"(gdtr), "i"(KERNEL_CODE), "r"(KERNEL_DATA), "r"(0) : "memory");
	__asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR));
}

void gdt_set_kernel_stack(uint32_t top)
{
	task.esp0 = top;
}

void gdt_expected(uint32_t *base, uint16_t *limit)
{
	*base = (uint32_t)gdt;
	*limit = sizeof(gdt) - 1;
}
