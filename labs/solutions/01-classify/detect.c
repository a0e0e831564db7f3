/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/solutions/01-classify/detect.c - the reference solution of lab 1, part C. Each function sets the guest's truth against the
 * processor's: where the two are not the same there is a VMM between them.
 */
#include "detect.h"

enum { FLAG_IF = 1 << 9, CR0_NE = 1 << 5 };

/* POPF at CPL 0 sets IF; above IOPL it leaves IF alone and says nothing. Nothing of this traps, so that a VMM's idea of IF stays too. */
int by_flags(void)
{
	uint32_t before, after;

	__asm__ volatile("pushf\n\t"
	                 "mov (%%esp), %0\n\t"
	                 "xorl %2, (%%esp)\n\t"
	                 "popf\n\t"
	                 "pushf\n\t"
	                 "pop %1\n\t"
	                 "push %0\n\t"
	                 "popf"
	                 : "=&r"(before), "=&r"(after)
	                 : "i"(FLAG_IF)
	                 : "memory", "cc");
	return !((before ^ after) & FLAG_IF);
}

/* The RPL of CS is the CPL (SDM volume 3, 5.5). */
int by_selector(void)
{
	uint32_t selector;

	__asm__ volatile("mov %%cs, %0" : "=r"(selector));
	return (selector & 3) != 0;
}

/* MOV from CR0 traps and gives the guest's; SMSW gives the processor's. */
static int differ(void)
{
	uint32_t trapped, stored;

	__asm__ volatile("mov %%cr0, %0\n\tsmsw %1" : "=r"(trapped), "=r"(stored));
	return trapped != stored;
}

/* The two may be the same by chance: not in both states of a bit that a VMM keeps for itself. */
int by_store(void)
{
	uint32_t before;
	int result = differ();

	__asm__ volatile("mov %%cr0, %0" : "=r"(before));
	__asm__ volatile("mov %0, %%cr0" : : "r"(before ^ CR0_NE));
	result |= differ();
	__asm__ volatile("mov %0, %%cr0" : : "r"(before));
	return result;
}
