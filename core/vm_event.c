/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/vm_event.c - what an event says of the moment: taken from the guest's state and the processor's;
 * and the digest of a whole guest.
 */
#include "core/vm.h"
#include "cpu/insn.h"

#include <string.h>

static void describe_instruction(const struct vm *vm, const struct cpu_state *state, struct event *event)
{
	struct insn insn;
	size_t have;

	event->linear = state->segment[CS].base + state->eip;
	event->big = state->segment[CS].access & ACCESS_BIG;
	have = cpu_peek_fetched(vm->processor, event->linear, event->bytes, EVENT_BYTES);
	if (!have)
		have = cpu_peek(state, &vm->guest_bus, event->linear, event->bytes, EVENT_BYTES);
	if (insn_decode(&insn, event->bytes, have, event->big) <= 0)
		return;
	event->byte_count = insn.length;
	event->mnemonic = insn.row->mnemonic;
	event->insn_class = insn.row->insn_class;
}

void vm_event_begin(struct vm *vm, struct event *event, enum event_kind kind)
{
	const struct cpu_state *state = vm_guest_state(vm);

	memset(event, 0, sizeof *event);
	event->cycle = vm->clock;
	event->instruction = vm_instructions(vm);
	event->vm = vm->id;
	event->kind = (uint8_t)kind;
	event->guest_cpl = state->cpl;
	event->real_cpl = cpu_state_const(vm->processor)->cpl;
	event->technique = vm->technique->name;
	event->eip = state->eip;
	describe_instruction(vm, state, event);
}

void vm_tell_stretch(struct vm *vm)
{
	struct stretch *stretch = &vm->stretch;
	uint64_t instructions;

	if (!stretch->open)
		return;
	stretch->open = false;
	if (!event_wanted(&vm->events, EV_EMULATE))
		return;
	instructions = cpu_instructions(vm->vcpu) - stretch->instructions;
	event_add_change(&stretch->event, "instructions", 0, (uint32_t)instructions);
	event_add_phase(&stretch->event, "interpret", (uint32_t)stretch->cycles);
	event_emit(&vm->events, &stretch->event);
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t mix_msrs(uint64_t digest, const struct msr_state *msrs)
{
	uint64_t word[sizeof *msrs / sizeof(uint64_t)];

	memcpy(word, msrs, sizeof word);
	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		digest = mix(digest, word[i]);
	return digest;
}

uint64_t vm_digest(const struct vm *vm)
{
	const struct cpu_state *state = vm_guest_state(vm);
	uint64_t digest = memory_digest(vm->memory);

	for (unsigned i = 0; i < GPR_COUNT; i++)
		digest = mix(digest, state->gpr[i]);
	digest = mix(digest, state->eip);
	digest = mix(digest, state->eflags);
	digest = mix(digest, state->cr0);
	digest = mix(digest, state->cr3);
	digest = mix(digest, state->cr4);
	for (unsigned i = 0; i < SEGMENT_COUNT; i++)
		digest = mix(digest, state->segment[i].selector);
	return mix_msrs(digest, cpu_msrs_const(vm->vcpu ? vm->vcpu : vm->processor));
}
