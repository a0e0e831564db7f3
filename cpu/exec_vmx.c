/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_vmx.c - VMCALL, the one VMX instruction that guests here may execute. The others are functions (vmx.h), and
 * to a guest they do not exist. Intel SDM volume 3, 30.3, VMCALL.
 */
#include "cpu/flags.h"
#include "cpu/perform.h"
#include "cpu/vmx_inside.h"

/* The software that emulates this processor may have made VMCALL its own. */
static bool call_extension(struct cpu *cpu)
{
	uint32_t here = cpu->state.eip;

	cpu->state.eflags = read_eflags(cpu);
	cpu->state.eip = cpu->next_eip;
	if (!cpu->extension.hypercall(cpu->extension.owner)) {
		cpu->state.eip = here;
		return raise_ud(cpu);
	}
	cpu->next_eip = cpu->state.eip;
	cpu->attention = true;
	return true;
}

/* An exit from any ring; outside of VMX operation #UD. */
bool perform_vmcall(struct cpu *cpu, const struct insn *insn)
{
	if (cpu->non_root)
		return vmx_exit_instruction(cpu, insn, REASON_VMCALL, 0);
	return cpu->extension.hypercall ? call_extension(cpu) : raise_ud(cpu);
}
