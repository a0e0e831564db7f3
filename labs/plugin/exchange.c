/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/exchange.c - one call of a piece's handler: the virtual CPU goes over as plain data, comes back, and is looked at
 * before it counts. As at a VM entry (SDM vol. 3, 26.3.1) a state that no processor can hold is refused, not repaired.
 */
#include "core/refuse.h"
#include "cpu/insn.h"
#include "labs/plugin/inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool lab_fails(struct lab *lab, const char *format, ...)
{
	struct vm *vm = lab->vm;
	va_list arguments;

	va_start(arguments, format);
	if (!lab->failure[0])
		vsnprintf(lab->failure, sizeof lab->failure, format, arguments);
	va_end(arguments);
	snprintf(vm->message, sizeof vm->message, "the lab's piece: %.200s", lab->failure);
	vm->stranded = true;
	vm_request_stop(vm);
	return false;
}

/* ---- there ---- */

static void fill_cpu(struct lab_cpu *cpu, const struct cpu_state *state)
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

static void fill_insn(struct lab_instruction *told, const struct insn *insn, const struct vm *vm)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	snprintf(told->name, sizeof told->name, "%s", insn->row->mnemonic);
	told->length = insn->length;
	told->operand_size = insn->operand_size;
	told->reg = insn->reg;
	told->rm = insn->rm;
	told->uses_dx = uses_dx(insn);
	told->immediate = insn->immediate & 0xff;
	told->linear = insn->memory ? memory_operand(insn, state) : 0;
	cpu_peek(state, &vm->guest_bus, state->segment[CS].base + state->eip, told->bytes,
	         insn->length < sizeof told->bytes ? insn->length : sizeof told->bytes);
}

static void fill(struct call_frame *frame, const struct lab *lab, const struct insn *insn, const struct cpu_event *event)
{
	memset(frame, 0, sizeof *frame);
	memset(frame->guard_before, GUARD, sizeof frame->guard_before);
	memset(frame->guard_after, GUARD, sizeof frame->guard_after);
	if (insn)
		fill_insn(&frame->vm.insn, insn, lab->vm);
	if (event)
		frame->vm.event = lab_event_of(event);
	fill_cpu(&frame->vm.cpu, &lab->pending);
}

/* ---- back ---- */

static bool refuse_state(struct lab *lab, enum handler handler, const char *what)
{
	return lab_fails(lab, "%s left a state that no processor can hold: %s", lab_handler_name(handler), what);
}

/* What only services may change, and what nothing may. */
static bool same_frame(struct lab *lab, enum handler handler, const struct call_frame *given, const struct call_frame *back)
{
	if (memcmp(given->guard_before, back->guard_before, GUARD_BYTES) != 0 ||
	    memcmp(given->guard_after, back->guard_after, GUARD_BYTES) != 0 ||
	    memcmp(&given->vm.insn, &back->vm.insn, sizeof given->vm.insn) != 0 ||
	    memcmp(&given->vm.event, &back->vm.event, sizeof given->vm.event) != 0)
		return lab_fails(lab, "wild write: %s has written into the VMM's own data (beside or into vm->insn and vm->event)",
		                 lab_handler_name(handler));
	for (unsigned reg = 0; reg < SEGMENT_COUNT; reg++) {
		struct lab_segment segment = lab_segment_of(&lab->pending.segment[reg]);

		if (memcmp(&segment, &back->vm.cpu.segment[reg], sizeof segment) != 0)
			return refuse_state(lab, handler, "vm->cpu.segment was changed; segment registers are loaded by set_segment");
	}
	return true;
}

static bool take_cpu(struct lab *lab, enum handler handler, const struct lab_cpu *cpu)
{
	struct cpu_state *state = &lab->pending;
	uint32_t cr0 = cpu->cr0;

	if ((cr0 & CR0_PG) && !(cr0 & CR0_PE))
		return refuse_state(lab, handler, "CR0 has PG without PE");
	if ((cr0 & CR0_NW) && !(cr0 & CR0_CD))
		return refuse_state(lab, handler, "CR0 has NW without CD");
	if ((cpu->eflags ^ state->eflags) & EFLAGS_VM)
		return refuse_state(lab, handler, "EFLAGS.VM has changed");
	if (cpu->cpl != state->cpl)
		return refuse_state(lab, handler, "CPL is not CS's; it changes by set_segment");
	if (cpu->shadow > LAB_SHADOW_STI || cpu->halted > 1)
		return refuse_state(lab, handler, "shadow and halted are 0 or 1");
	memcpy(state->gpr, cpu->gpr, sizeof cpu->gpr);
	state->eip = cpu->eip;
	state->eflags = (cpu->eflags & EFLAGS_DEFINED) | EFLAGS_FIXED;
	state->cr0 = cr0;
	state->cr2 = cpu->cr2;
	state->cr3 = cpu->cr3;
	state->cr4 = cpu->cr4;
	state->gdtr = (struct table_register){cpu->gdtr.base, cpu->gdtr.limit};
	state->idtr = (struct table_register){cpu->idtr.base, cpu->idtr.limit};
	state->activity = cpu->halted ? ACTIVITY_HALTED : ACTIVITY_ACTIVE;
	state->interrupt_shadow = cpu->shadow == LAB_SHADOW_STI ? SHADOW_STI : SHADOW_NONE;
	return true;
}

/* A vector has an error code or has none (table 6-1), whatever the handler says. */
static bool take_fault(struct lab *lab, enum handler handler, const struct lab_event *told, struct cpu_event *fault)
{
	uint32_t with_error = 1u << VECTOR_TS | 1u << VECTOR_NP | 1u << VECTOR_SS | 1u << VECTOR_GP | 1u << VECTOR_PF |
	                      1u << VECTOR_AC;

	if (told->vector > VECTOR_XM || told->vector == VECTOR_NMI || told->vector == VECTOR_DF)
		return lab_fails(lab, "%s gave a fault of vector %u, which no instruction raises", lab_handler_name(handler),
		                 told->vector);
	*fault = (struct cpu_event){
		.type = EVENT_EXCEPTION,
		.vector = told->vector,
		.has_error = with_error >> told->vector & 1,
		.address = told->address,
	};
	fault->error = fault->has_error ? told->error : 0;
	return true;
}

static bool converse(struct lab *lab, struct message *message)
{
	lab_process_begin_call(&lab->process);
	if (!lab_process_send(&lab->process, message))
		return false;
	for (;;) {
		if (!lab_process_receive(&lab->process, message))
			return false;
		if (message->type == MESSAGE_RETURN && message->size == sizeof(struct call_frame))
			return true;
		if (!serve(lab, message))
			return false;
	}
}

bool exchange(struct lab *lab, enum handler handler, const struct insn *insn, const struct cpu_event *event, enum lab_result *result,
              struct cpu_event *fault)
{
	struct message message = {.type = MESSAGE_CALL, .a = handler, .size = sizeof(struct call_frame)};
	struct call_frame given, back;

	if (!lab->process.id && !lab_process_start(&lab->process, lab->file))
		return lab_fails(lab, "%s", lab->process.why);
	fill(&given, lab, insn, event);
	memcpy(message.bytes, &given, sizeof given);
	if (!converse(lab, &message))
		return lab_fails(lab, "%s: %s", lab_handler_name(handler), lab->process.why);
	memcpy(&back, message.bytes, sizeof back);
	*result = (enum lab_result)message.a;
	switch (*result) {
	case LAB_DONE:
		return same_frame(lab, handler, &given, &back) && take_cpu(lab, handler, &back.vm.cpu);
	case LAB_FAULT:
		return same_frame(lab, handler, &given, &back) && take_fault(lab, handler, &back.vm.fault, fault);
	case LAB_DECLINE:
		return same_frame(lab, handler, &given, &back);
	}
	return lab_fails(lab, "%s gave %" PRIu32 "; a handler gives LAB_DONE, LAB_FAULT or LAB_DECLINE", lab_handler_name(handler),
	                 message.a);
}
