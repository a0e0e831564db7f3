/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/interrupts.c - the interrupt flag, in the three places where it may be: in EFLAGS, where CLI
 * and STI change it; there, with a hypervisor that knows something better than HLT; in memory that is
 * shared with the hypervisor, where a plain store changes it and nothing traps.
 */
#include "kernel/pv/pv.h"

volatile struct vcpu_info *shared_vcpu; /* NULL: the flag is in EFLAGS */

void interrupts_off(void)
{
	if (shared_vcpu)
		shared_vcpu->evtchn_upcall_mask = 1;
	else
		__asm__ volatile("cli" : : : "memory");
}

/* Nothing tells the hypervisor that the mask is clear: what has come meanwhile is brought by any hypercall. */
void interrupts_on(void)
{
	if (!shared_vcpu) {
		__asm__ volatile("sti" : : : "memory");
		return;
	}
	shared_vcpu->evtchn_upcall_mask = 0;
	if (shared_vcpu->evtchn_upcall_pending)
		MUST(xen_version, XENVER_version, 0, 0, 0);
}

/* Blocking clears the flag's mask and waits in one: nothing slips in between. */
void halt_for_interrupt(void)
{
	if (platform == &platform_bare)
		__asm__ volatile("sti; hlt" : : : "memory");
	else
		MUST(sched_op, SCHEDOP_block, 0, 0, 0);
	interrupts_off();
}
