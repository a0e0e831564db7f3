/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87.c - the place of the x87. As yet there is none: its instructions do nothing, as on a
 * processor whose socket for one is empty, unless CR0 asks for #NM. Intel SDM volume 3, 2.5, table 9-2.
 */
#include "cpu/perform.h"
#include "cpu/system.h"

bool perform_x87(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	return !(cpu->state.cr0 & (CR0_EM | CR0_TS)) || raise_fault(cpu, VECTOR_NM);
}

bool perform_wait(struct cpu *cpu, const struct insn *insn)
{
	enum { WATCHED = CR0_MP | CR0_TS };

	(void)insn;
	return (cpu->state.cr0 & WATCHED) != WATCHED || raise_fault(cpu, VECTOR_NM);
}
