/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_traps.c - a domain's trap table and kernel stack, and the IDT and TSS that the processor has for them. A vector of
 * the guest's that users may call goes straight to ring 1; everything else goes to the VMM. (Barham et al. 2003, 3.2.)
 */
#include "trap/domain.h"

#include <string.h>

/* ---- IDT and TSS ---- */

bool domain_goes_straight(const struct trap_info *trap)
{
	struct trap_info reserved = *trap;

	if ((trap->cs & ~3) == (FLAT_RING1_CS & ~3))
		reserved.cs = 8; /* the one reserved selector that is the guest's */
	return trap_goes_straight(&reserved, FIRST_RESERVED_GDT_BYTE);
}

/* INT 82H is ring 1's; INT3 and INTO are anybody's; what goes straight is a trap gate, for IF stays 1. */
static struct descriptor gate_of(const struct trap_info *trap, unsigned vector)
{
	enum { INTERRUPT_GATE32 = 0xe00, TRAP_GATE32 = 0xf00 };
	unsigned dpl = vector == VECTOR_BP || vector == VECTOR_OF ? 3 : vector == TRAP_INSTR_VECTOR ? 1 : 0;

	if (domain_goes_straight(trap))
		return (struct descriptor){
			.low = ((uint32_t)trap->cs & ~3u) << 16 | 1u << 16 | (trap->address & 0xffff),
			.high = (trap->address & 0xffff0000) | DESCRIPTOR_PRESENT | DESCRIPTOR_DPL | TRAP_GATE32,
		};
	return (struct descriptor){
		.low = (uint32_t)VMM_CODE << 16,
		.high = DESCRIPTOR_PRESENT | dpl << DESCRIPTOR_DPL_SHIFT | INTERRUPT_GATE32,
	};
}

void domain_gates(struct domain *domain)
{
	enum { ESP1 = 12 };
	const struct xen *xen = domain->xen;
	uint32_t stack[2] = {xen->stack_esp, (xen->stack_ss & ~3u) | 1};
	uint8_t *page = frame_bytes(domain, WINDOW_IDT);

	if (domain->traps_seen == xen->changes)
		return;
	domain->traps_seen = xen->changes;
	for (unsigned vector = 0; vector < 256; vector++) {
		struct descriptor gate = gate_of(&xen->trap[vector], vector);

		memcpy(page + vector * sizeof gate, &gate, sizeof gate);
	}
	memcpy(page + TSS_OFFSET + ESP1, stack, sizeof stack);
}

/* Only gates and stacks of ring 1: what a guest believes about its selectors' RPL is put right. */
int32_t domain_set_trap_table(struct call *call)
{
	struct trap_info table[TRAP_TABLE_MAX];
	struct xen *xen = call->xen;
	int32_t count = call->argument[0] ? read_trap_table(call, table) : 0;

	if (count < 0)
		return count;
	xen->changes++;
	if (!call->argument[0])
		memset(xen->trap, 0, sizeof xen->trap);
	for (int32_t i = 0; i < count; i++)
		xen->trap[table[i].vector] = table[i];
	xen->has_traps = call->argument[0] != 0;
	return 0;
}

int32_t domain_stack_switch(struct call *call)
{
	struct xen *xen = call->xen;

	if (!(call->argument[0] & 0xfffc) || call->argument[0] > 0xffff)
		return -XEN_EPERM;
	xen->stack_ss = (call->argument[0] & ~3u) | 1;
	xen->stack_esp = call->argument[1];
	xen->has_stack = true;
	xen->changes++;
	return 0;
}
