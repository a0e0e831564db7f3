/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lab 7, parts A to C: the kernel's machine-dependent part (machine.h has what each function is for). It is right on any PC, and right
 * in ring 1 under a hypervisor too, where almost every line of it is an exit. Make it call instead.
 *
 * On a machine without a hypervisor it must go on doing what it does now.
 */
#include "machine.h"

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, VECTORS = 129 };

/* SDM volume 3, figure 6-2 */
static struct {
	uint32_t low, high;
} idt[VECTORS] __attribute__((aligned(4096)));

void machine_begin(void)
{
}

/* ---- part A: interrupts, console ---- */

void load_gates(const struct gate *gates, unsigned count)
{
	const struct table table = {sizeof idt - 1, (uint32_t)idt};

	for (unsigned i = 0; i < count; i++) {
		idt[gates[i].vector].low = (uint32_t)KERNEL_CODE << 16 | (gates[i].handler & 0xffff);
		idt[gates[i].vector].high = (gates[i].handler & 0xffff0000) | 0x8000 | (uint32_t)gates[i].dpl << 13 |
		                            (gates[i].interrupt ? 0xe00 : 0xf00);
	}
	bare_lidt(&table);
}

void interrupts_off(void)
{
	bare_cli();
}

void interrupts_on(void)
{
	bare_sti();
}

bool interrupt_may_be_taken(void)
{
	return true;
}

void wait_for_interrupt(void)
{
	bare_sti_hlt();
}

void console_write(const char *text, size_t size)
{
	while (size--) {
		while (!(bare_in(LINE_STATUS) & TRANSMITTER_EMPTY))
			;
		bare_out(COM1, (uint8_t)*text++);
	}
}

/* ---- part B: page tables; part C: all that comes together in one call ---- */

void store_entry(uint32_t *entry, uint32_t value)
{
	*(volatile uint32_t *)entry = value;
}

void forget_page(uint32_t linear)
{
	bare_invlpg(linear);
}

void load_directory(uint32_t physical)
{
	bare_load_cr3(physical);
}

void set_kernel_stack(uint32_t top)
{
	task.esp0 = top;
}

void updates_begin(void)
{
}

void updates_end(void)
{
}
