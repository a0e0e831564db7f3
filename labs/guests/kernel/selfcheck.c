/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/selfcheck.c - does the kernel get what it was promised? Both builds see whether interrupts
 * survive a critical section. The one with PUSHF and POPF also asks the processor, by each sensitive
 * instruction that is not privileged, what it sees (Robin and Irvine, 2000; SDM vol. 2).
 */
#include "kernel/kernel.h"

enum { PATIENCE = 50 }; /* timer periods without a tick until we give up */

/* A while between looks at the counter: far less than a period of the fastest timer. */
static void pause_a_little(void)
{
	uint32_t left = 2000;

	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(left) : : "cc");
}

/* Waits by the timer's own counter, which is there to be read whether or not interrupts come. */
static bool tick_comes(void)
{
	uint32_t start = timer_ticks;
	uint16_t previous = platform->timer_count();

	for (unsigned periods = 0; periods < PATIENCE;) {
		uint16_t count = platform->timer_count();

		if (timer_ticks != start)
			return true;
		if (count > previous)
			periods++;
		previous = count;
		pause_a_little();
	}
	return false;
}

static void check_restore(void)
{
	uint32_t irq;

	if (!timer_hertz()) {
		print("selfcheck: no timer (hz=0), so whether interrupts survive is not checked\n");
		return;
	}
	irq_enable();
	irq = irq_save();
	irq_restore(irq);
	if (tick_comes())
		print("selfcheck: interrupts on, saved, restored: the timer ticks\n");
	else
		print("selfcheck: interrupts on, saved, restored: LOST, no tick in %u periods\n", PATIENCE);
	irq_save();
}

#ifndef AVOID_HOLES

struct table_register {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

static unsigned report(const char *instruction, uint32_t seen, uint32_t expected)
{
	bool same = seen == expected;

	print("selfcheck: %-12s sees %08x", instruction, seen);
	if (same)
		print(", as it should\n");
	else
		print(", WRONG: should be %08x\n", expected);
	return !same;
}

static unsigned check_tables(void)
{
	struct table_register seen;
	uint32_t base;
	uint16_t limit;
	unsigned wrong;

	__asm__ volatile("sgdt %0" : "=m"(seen));
	gdt_expected(&base, &limit);
	wrong = report("sgdt base", seen.base, base) + report("sgdt limit", seen.limit, limit);
	__asm__ volatile("sidt %0" : "=m"(seen));
	trap_expected(&base, &limit);
	return wrong + report("sidt base", seen.base, base) + report("sidt limit", seen.limit, limit);
}

static unsigned check_selectors(void)
{
	uint32_t cs, rights = 0, limit = 0;
	uint16_t task = 0, local = 0;
	unsigned wrong;

	__asm__ volatile("push %%cs; pop %0" : "=r"(cs));
	wrong = report("push cs", cs & 0xFFFF, KERNEL_CODE);
	__asm__ volatile("str %0" : "=m"(task));
	wrong += report("str", task, TASK_SELECTOR);
	__asm__ volatile("sldt %0" : "=m"(local));
	wrong += report("sldt", local, 0);
	__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(KERNEL_CODE) : "cc");
	wrong += report("lar code DPL", rights >> 13 & 3, 0);
	__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(KERNEL_DATA) : "cc");
	return wrong + report("lsl data", limit, 0xFFFFFFFF);
}

static unsigned check_flags(void)
{
	uint32_t word = 0, eflags;
	unsigned wrong;

	__asm__ volatile("smsw %0" : "=r"(word));
	wrong = report("smsw", word & 0xFFFF, read_cr0() & 0xFFFF);
	interrupts_off();
	eflags = read_eflags();
	wrong += report("pushf IF", eflags & EFLAGS_IF, 0);
	interrupts_on();
	__asm__ volatile("push %0; popf" : : "r"(eflags & ~(uint32_t)EFLAGS_IF) : "memory", "cc");
	wrong += report("popf IF off", read_eflags() & EFLAGS_IF, 0);
	interrupts_off();
	__asm__ volatile("push %0; popf" : : "r"(eflags | EFLAGS_IF) : "memory", "cc");
	wrong += report("popf IF on", read_eflags() & EFLAGS_IF, EFLAGS_IF);
	interrupts_off();
	return wrong;
}

void selfcheck(void)
{
	unsigned wrong = check_tables() + check_selectors() + check_flags();

	print("selfcheck: %u sensitive instructions told something else than the truth\n", wrong);
	check_restore();
}

#else

void selfcheck(void)
{
	check_restore();
}

#endif
