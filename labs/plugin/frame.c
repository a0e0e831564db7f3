/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/frame.c - the VMM's structures as a piece sees them: plain data of labs/ringside_lab.h.
 */
#include "cpu/insn.h"
#include "labs/plugin/inside.h"

#include <stdio.h>
#include <string.h>

struct lab_segment lab_segment_of(const struct segment *segment)
{
	return (struct lab_segment){segment->base, segment->limit, segment->selector, segment->access};
}

struct lab_event lab_event_of(const struct cpu_event *event)
{
	return (struct lab_event){
		.vector = event->vector,
		.external = event->type == EVENT_EXTERNAL,
		.has_error = event->has_error,
		.error = event->error,
		.address = event->address,
	};
}

void lab_cpu_of(struct lab_cpu *cpu, const struct cpu_state *state)
{
	memcpy(cpu->gpr, state->gpr, sizeof cpu->gpr);
	cpu->eip = state->eip;
	cpu->eflags = state->eflags;
	cpu->cr0 = state->cr0;
	cpu->cr2 = state->cr2;
	cpu->cr3 = state->cr3;
	cpu->cr4 = state->cr4;
	cpu->gdtr = (struct lab_table){state->gdtr.base, state->gdtr.limit, 0};
	cpu->idtr = (struct lab_table){state->idtr.base, state->idtr.limit, 0};
	cpu->cpl = state->cpl;
	for (unsigned reg = 0; reg < SEGMENT_COUNT; reg++)
		cpu->segment[reg] = lab_segment_of(&state->segment[reg]);
}

static uint32_t memory_operand(const struct insn *insn, const struct cpu_state *state)
{
	uint32_t offset = (state->gpr[insn->base] + (state->gpr[insn->index] << insn->scale) + insn->displacement) &
	                  insn->address_mask;

	return state->segment[insn->segment].base + offset;
}

static bool uses_dx(const struct insn *insn)
{
	return insn->row->operand[0] == OP_DX || insn->row->operand[1] == OP_DX;
}

void lab_decoded_of(struct lab_instruction *told, const struct insn *insn)
{
	snprintf(told->name, sizeof told->name, "%s", insn->row->mnemonic);
	told->length = insn->length;
	told->operand_size = insn->operand_size;
	told->reg = insn->reg;
	told->rm = insn->rm;
	told->uses_dx = uses_dx(insn);
	told->immediate = insn->immediate & 0xff;
}

void lab_instruction_of(struct lab_instruction *told, const struct insn *insn, const struct vm *vm)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	lab_decoded_of(told, insn);
	told->linear = insn->memory ? memory_operand(insn, state) : 0;
	cpu_peek(state, &vm->guest_bus, state->segment[CS].base + state->eip, told->bytes,
	         insn->length < sizeof told->bytes ? insn->length : sizeof told->bytes);
}
