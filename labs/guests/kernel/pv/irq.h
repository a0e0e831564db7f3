/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/irq.h - keeping interrupts out, in the paravirtual build: as in irq.h without holes, and with
 * no CLI or STI that changes nothing. Under a hypervisor each of them is an exit, or would be.
 *
 * A system call comes straight from ring 3 through a trap gate, runs with interrupts on and goes straight
 * back. An interrupt may come after the last look at `reschedule` and before IRET, then; leave.S marks
 * those instructions, and a handler that has interrupted one of them does what is due itself.
 */
#ifndef GUEST_KERNEL_PV_IRQ_H
#define GUEST_KERNEL_PV_IRQ_H

#include "kernel/machine.h"

extern volatile bool irq_are_on;
extern const char leaving_begin[], leaving_end[];

bool pv_enters_open(uint32_t vector);

static inline uint32_t irq_save(void)
{
	bool were_on = irq_are_on;

	if (were_on)
		interrupts_off();
	irq_are_on = false;
	return were_on;
}

static inline void irq_enable(void)
{
	if (irq_are_on)
		return;
	irq_are_on = true;
	interrupts_on();
}

static inline void irq_restore(uint32_t were_on)
{
	if (were_on)
		irq_enable();
}

static inline void irq_halt(void)
{
	irq_are_on = true;
	halt_for_interrupt();
	irq_are_on = false;
}

static inline void irq_entered(uint32_t vector)
{
	if (!pv_enters_open(vector))
		irq_are_on = false;
}

static inline void irq_before_user(void)
{
}

static inline void irq_leaving(uint32_t eflags)
{
	if (eflags & EFLAGS_IF)
		irq_enable();
}

static inline bool irq_was_leaving(uint32_t eip)
{
	return eip >= (uint32_t)leaving_begin && eip < (uint32_t)leaving_end;
}

#endif
