/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/state.c - the state after power-up or INIT. Intel SDM volume 3, table 9-1.
 */
#include "cpu/state.h"

#include <string.h>

void cpu_state_reset(struct cpu_state *state)
{
	enum { DATA = ACCESS_PRESENT | ACCESS_S | ACCESS_WRITABLE | ACCESS_ACCESSED };

	memset(state, 0, sizeof *state);
	for (unsigned reg = ES; reg <= GS; reg++)
		state->segment[reg] = (struct segment){.limit = 0xffff, .access = DATA};
	state->segment[CS].selector = 0xf000;
	state->segment[CS].base = 0xffff0000;
	state->segment[LDTR] = (struct segment){.limit = 0xffff, .access = ACCESS_PRESENT | 2};
	state->segment[TR] = (struct segment){.limit = 0xffff, .access = ACCESS_PRESENT | 11};
	state->gdtr.limit = state->idtr.limit = 0xffff;
	state->eip = 0xfff0;
	state->eflags = EFLAGS_FIXED;
	state->cr0 = CR0_CD | CR0_NW | CR0_ET;
	state->gpr[EDX] = 0x600; /* the processor's signature, family 6; exact: CPUID */
	state->dr[6] = 0xffff0ff0;
	state->dr[7] = 0x400;
	state->apic_base = APIC_BASE_RESET;
	state->pat = UINT64_C(0x0007040600070406);
}
