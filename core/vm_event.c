/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/vm_event.c - what an event says of the moment: taken from the guest's state and the processor's;
 * and the digest of a whole guest.
 */
#include "core/vm.h"
#include "cpu/insn.h"

#include <string.h>

/* The bytes at the guest's EIP: the page that one of the processors fetched it from is at hand, as a rule. */
static size_t read_bytes(const struct vm *vm, const struct cpu_state *state, struct event *event)
{
	size_t have = cpu_peek_tlb(vm->processor, ACCESS_EXECUTE, event->linear, event->bytes, EVENT_BYTES);

	if (!have && vm->vcpu)
		have = cpu_peek_tlb(vm->vcpu, ACCESS_EXECUTE, event->linear, event->bytes, EVENT_BYTES);
	return have ? have : cpu_peek(state, &vm->guest_bus, event->linear, event->bytes, EVENT_BYTES);
}

static void decode(struct event *event, size_t have)
{
	struct insn insn;

	if (insn_decode(&insn, event->bytes, have, event->big) <= 0)
		return;
	event->byte_count = insn.length;
	event->mnemonic = insn.row->mnemonic;
	event->insn_class = insn.row->insn_class;
}

/* Exits come from few places, again and again: what the same bytes were decoded to there is remembered. */
static void describe_instruction(struct vm *vm, const struct cpu_state *state, struct event *event)
{
	struct described *known = &vm->described[event->linear & (DESCRIBED - 1)];
	size_t have = read_bytes(vm, state, event);
	if (known->have == have && known->big == event->big &&
	    memcmp(known->bytes, event->bytes, EVENT_BYTES) == 0) {
		event->byte_count = known->byte_count;
		event->mnemonic = known->mnemonic;
		event->insn_class = known->insn_class;
		return;
	}
	decode(event, have);
	*known = (struct described){.have = (uint8_t)have,
				    .big = event->big,
				    .byte_count = event->byte_count,
				    .insn_class = event->insn_class,
				    .mnemonic = event->mnemonic};
	memcpy(known->bytes, event->bytes, EVENT_BYTES);
}

void vm_event_begin(struct vm *vm, struct event *event, enum event_kind kind)
{
	const struct cpu_state *state = vm_guest_state(vm);

	event_clear(event);
	event->cycle = vm->clock;
	event->instruction = vm_instructions(vm);
	event->vm = vm->id;
	event->kind = (uint8_t)kind;
	event->guest_cpl = state->cpl;
	event->real_cpl = cpu_state_const(vm->processor)->cpl;
	event->technique = vm->technique->name;
	event->eip = state->eip;
	event->linear = state->segment[CS].base + state->eip;
	event->big = state->segment[CS].access & ACCESS_BIG;
	if (kind != EV_WORLD_SWITCH) /* which is about no instruction */
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

/* Not the pointers to the last x87 instruction: under a VMM they say where the processor executed it. */
static uint64_t mix_floats(uint64_t digest, const struct float_state *floats)
{
	const struct x87_state *x87 = &floats->x87;

	digest = mix(digest, (uint64_t)x87->valid << 32 | (uint32_t)x87->status << 16 | x87->control);
	for (unsigned i = 0; i < X87_REGISTERS; i++)
		digest = mix(mix(digest, x87->r[i].significand), x87->r[i].sign_exponent);
	digest = mix(digest, floats->sse.mxcsr);
	for (unsigned i = 0; i < XMM_REGISTERS; i++)
		digest = mix(mix(digest, floats->sse.xmm[i].qword[0]), floats->sse.xmm[i].qword[1]);
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
	digest = mix_floats(digest, cpu_floats(vm->processor));
	return mix_msrs(digest, cpu_msrs_const(vm->vcpu ? vm->vcpu : vm->processor));
}
