/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_flags.c - EFLAGS as a whole: PUSHF, POPF, CLI, STI. Intel SDM volume 2, their pseudo-code.
 * POPF is the famous hole: where it may not change IF or IOPL it leaves them and says nothing.
 */
#include "cpu/perform.h"
#include "cpu/system.h"

void change_eflags(struct cpu *cpu, uint32_t value, uint32_t mask)
{
	uint32_t old = read_eflags(cpu), now = (old & ~mask) | (value & mask);

	write_eflags(cpu, now);
	if ((old ^ now) & (EFLAGS_AC | EFLAGS_VM))
		derive_all(cpu);
	cpu->attention = true;
}

/* Virtual-8086 mode needs IOPL 3, or CR4.VME and 16-bit operands (SDM vol. 3, 20.2.7 and 20.3). */
static bool check_v86_iopl(struct cpu *cpu, const struct insn *insn)
{
	if (!state_v86(&cpu->state) || state_iopl(&cpu->state) == 3)
		return true;
	return (vme_flags(cpu) && insn->operand_size == 2) || raise_gp(cpu, 0);
}

bool perform_pushf(struct cpu *cpu, const struct insn *insn)
{
	uint32_t image = read_eflags(cpu) & ~(uint32_t)(EFLAGS_VM | EFLAGS_RF);

	if (vme_flags(cpu))
		image = vme_image(cpu);
	return check_v86_iopl(cpu, insn) && push(cpu, insn->operand_size, image);
}

/* What POPF may change here. */
static uint32_t popf_mask(const struct cpu_state *state, unsigned size)
{
	uint32_t mask = EFLAGS_STATUS | EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_AC | EFLAGS_ID;

	if (state->cpl == 0)
		mask |= EFLAGS_IOPL;
	if (state->cpl <= state_iopl(state))
		mask |= EFLAGS_IF;
	return size == 4 ? mask : mask & 0xffff;
}

static bool pop_vme_flags(struct cpu *cpu)
{
	uint32_t pointer = cpu->state.gpr[ESP], image;

	if (!pop_at(cpu, &pointer, 2, &image) || !vme_check_image(cpu, image))
		return false;
	move_stack(cpu, pointer);
	vme_take_image(cpu, image);
	return true;
}

bool perform_popf(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	if (!check_v86_iopl(cpu, insn))
		return false;
	if (vme_flags(cpu))
		return pop_vme_flags(cpu);
	if (!pop(cpu, insn->operand_size, &value))
		return false;
	change_eflags(cpu, value, popf_mask(&cpu->state, insn->operand_size));
	return true;
}

/* CPL is 0 in real mode and 3 in virtual-8086 mode: one rule serves all three. */
static bool owns_if(const struct cpu *cpu)
{
	return cpu->state.cpl <= state_iopl(&cpu->state);
}

/*
 * tour 1.1: A deprivileged kernel says CLI
 * The guest's kernel believes in its CPL 0; hardware runs it at 1 (or 3), with IOPL 0. CPL is greater than
 * IOPL, so the rule of SDM volume 2, CLI, is #GP(0). The instruction has changed nothing: a perform that
 * returns false leaves the state as it was.
 */
bool perform_cli(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	if (!owns_if(cpu) && !virtual_interrupts(cpu))
		return raise_gp(cpu, 0);
	cpu->state.eflags &= ~(uint32_t)(owns_if(cpu) ? EFLAGS_IF : EFLAGS_VIF);
	return true;
}

/* With an interrupt pending (VIP) the monitor wants to know when the program opens its door. */
static bool set_vif(struct cpu *cpu)
{
	if (!virtual_interrupts(cpu) || (cpu->state.eflags & EFLAGS_VIP))
		return raise_gp(cpu, 0);
	cpu->state.eflags |= EFLAGS_VIF;
	return true;
}

bool perform_sti(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	if (!owns_if(cpu))
		return set_vif(cpu);
	if (!(cpu->state.eflags & EFLAGS_IF))
		cpu->state.interrupt_shadow = SHADOW_STI;
	cpu->state.eflags |= EFLAGS_IF;
	return true;
}
