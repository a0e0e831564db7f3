/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/irq.h - keeping interrupts out of a critical section, in the two ways that the lab compares. (The
 * paravirtual build has a third: pv/irq.h.)
 *
 * With PUSHF and POPF, as real kernels do: the flag itself is saved and put back. Both are sensitive
 * and neither is privileged. Out of ring 0 PUSHF reads the processor's IF instead of the guest's, and
 * POPF leaves IF alone in silence (SDM vol. 2, POPF), so a VMM that waits for traps never hears of it.
 *
 * Without (AVOID_HOLES): the kernel remembers what IF is, and changes it by CLI and STI only, which
 * trap. The handlers' entry and exit keep the memory true.
 */
#ifndef GUEST_KERNEL_IRQ_H
#define GUEST_KERNEL_IRQ_H

#include "kernel/machine.h"

#ifdef PARAVIRTUAL
#include "kernel/pv/irq.h"
#else

/* Was the interrupted instruction one of the last before user code? Interrupts are off there. */
static inline bool irq_was_leaving(uint32_t eip)
{
	(void)eip;
	return false;
}

#ifdef AVOID_HOLES

extern volatile bool irq_are_on;

static inline uint32_t irq_save(void)
{
	/* An interrupt between these two lines leaves irq_are_on as it found it. */
	bool were_on = irq_are_on;

	interrupts_off();
	irq_are_on = false;
	return were_on;
}

static inline void irq_enable(void)
{
	irq_are_on = true;
	interrupts_on();
}

static inline void irq_restore(uint32_t were_on)
{
	if (were_on)
		irq_enable();
}

/* Lets interrupts in until one has come. STI holds them back until HLT, so none is missed. */
static inline void irq_halt(void)
{
	irq_are_on = true;
	halt_for_interrupt();
	irq_are_on = false;
}

/* A handler begins: its interrupt gate has cleared IF. */
static inline void irq_entered(uint32_t vector)
{
	(void)vector;
	irq_are_on = false;
}

/* Between a last look at what is due before user code, and IRET. */
static inline void irq_before_user(void)
{
	irq_save();
}

/* A handler ends: IRET is about to load these flags. Interrupts stay off until then. */
static inline void irq_leaving(uint32_t eflags)
{
	irq_save();
	irq_are_on = eflags & EFLAGS_IF;
}

#else

static inline uint32_t read_eflags(void)
{
	uint32_t eflags;

	__asm__ volatile("pushf; pop %0" : "=r"(eflags) : : "memory");
	return eflags;
}

static inline uint32_t irq_save(void)
{
	uint32_t eflags = read_eflags();

	interrupts_off();
	return eflags;
}

static inline void irq_restore(uint32_t eflags)
{
	__asm__ volatile("push %0; popf" : : "r"(eflags) : "memory", "cc");
}

static inline void irq_enable(void)
{
	interrupts_on();
}

static inline void irq_halt(void)
{
	halt_for_interrupt();
}

static inline void irq_entered(uint32_t vector)
{
	(void)vector;
}

static inline void irq_before_user(void)
{
	irq_save();
}

static inline void irq_leaving(uint32_t eflags)
{
	(void)eflags;
	irq_save();
}

#endif
#endif
#endif
