/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vme.c - virtual interrupts: with CR4.VME in virtual-8086 mode, with CR4.PVI in ring 3, VIF stands in
 * for IF, so that CLI and STI need not trap. The manufacturer's own repair of the popf hole, for 8086
 * programs only. Intel SDM volume 3, 20.3 and 20.4.
 */
#include "cpu/system.h"

bool vme_flags(const struct cpu *cpu)
{
	return state_v86(&cpu->state) && (cpu->state.cr4 & CR4_VME) && state_iopl(&cpu->state) < 3;
}

bool virtual_interrupts(const struct cpu *cpu)
{
	const struct cpu_state *state = &cpu->state;

	if (state_v86(state))
		return vme_flags(cpu);
	return state_protected(state) && state->cpl == 3 && (state->cr4 & CR4_PVI) && state_iopl(state) < 3;
}

uint32_t vme_image(const struct cpu *cpu)
{
	uint32_t eflags = read_eflags(cpu) & 0xffff & ~(uint32_t)EFLAGS_IF;

	return eflags | EFLAGS_IOPL | (cpu->state.eflags & EFLAGS_VIF ? EFLAGS_IF : 0);
}

bool vme_check_image(struct cpu *cpu, uint32_t image)
{
	if ((image & EFLAGS_TF) || ((cpu->state.eflags & EFLAGS_VIP) && (image & EFLAGS_IF)))
		return raise_gp(cpu, 0);
	return true;
}

void vme_take_image(struct cpu *cpu, uint32_t image)
{
	uint32_t vif = image & EFLAGS_IF ? EFLAGS_VIF : 0;

	change_eflags(cpu, (image & 0xffff) | vif,
	              EFLAGS_STATUS | EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_VIF);
}

/* The 32 bytes below the I/O permission map: a clear bit sends INT n to the 8086 program's own table. */
bool vme_redirects(struct cpu *cpu, uint8_t vector, bool *redirects)
{
	enum { MAP_BASE = 0x66, MAP_SIZE = 32 };
	const struct segment *tss = &cpu->state.segment[TR];
	uint32_t map, bits;

	*redirects = false;
	if (!(cpu->state.cr4 & CR4_VME))
		return true;
	if (!segment_present(tss) || !(system_type(tss) & TYPE_32BIT) || tss->limit < MAP_BASE + 1)
		return raise_gp(cpu, 0);
	if (!load_linear(cpu, tss->base + MAP_BASE, 2, true, &map))
		return false;
	map += vector / 8u - MAP_SIZE;
	if (map > tss->limit)
		return raise_gp(cpu, 0);
	if (!load_linear(cpu, tss->base + map, 1, true, &bits))
		return false;
	*redirects = !(bits >> vector % 8 & 1);
	return true;
}

/* INT n as on an 8086, without leaving virtual-8086 mode (SDM vol. 3, 20.3.3.4, methods 5 and 6). */
bool vme_interrupt(struct cpu *cpu, uint8_t vector)
{
	bool virtual = vme_flags(cpu);
	uint32_t offset, selector;
	struct frame frame;

	if (!load_linear(cpu, vector * 4u, 2, false, &offset) ||
	    !load_linear(cpu, vector * 4u + 2, 2, false, &selector))
		return false;
	frame_here(cpu, &frame, 2);
	frame_push(&frame, virtual ? vme_image(cpu) : read_eflags(cpu));
	frame_push(&frame, cpu->state.segment[CS].selector);
	frame_push(&frame, cpu->next_eip);
	if (!frame_probe(cpu, &frame) || !frame_store(cpu, &frame))
		return false;
	frame_commit(cpu, &frame);
	change_eflags(cpu, 0, EFLAGS_TF | (virtual ? EFLAGS_VIF : EFLAGS_IF));
	set_real_segment(cpu, CS, (uint16_t)selector);
	cpu->next_eip = offset;
	charge(cpu, COST_interrupt_delivery);
	return true;
}
