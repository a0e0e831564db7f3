/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/trap_part.c - the table `trap`: which instruction is whose, and what becomes of a handler's result. As at a VM entry (SDM
 * vol. 3, 26.3.1) a state that no processor can hold is refused, not repaired.
 */
#include "cpu/hand.h"
#include "cpu/insn.h"
#include "labs/plugin/inside.h"

#include <string.h>

/* ---- which handler's an instruction is ---- */

/* Repeated, locked or single-stepped ones stay the VMM's: they are more than the instruction. */
static bool is_plain(const struct vm *vm, const struct insn *insn)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	return !insn->repeat && !insn->lock && !(state->eflags & (EFLAGS_TF | EFLAGS_VM)) && !state->pending_debug &&
	       !(state->dr[7] & 0xff) && state_protected(state);
}

static enum handler handler_of(const struct insn *insn)
{
	const char *name = insn->row->mnemonic;

	if (strcmp(name, "mov") == 0 && insn->row->operand[0] == OP_Cd)
		return HANDLER_trap_mov_to_cr;
	if (strcmp(name, "mov") == 0 && insn->row->operand[1] == OP_Cd)
		return HANDLER_trap_mov_from_cr;
	for (unsigned i = 0; i < HANDLER_trap_deliver; i++)
		if (strcmp(lab_handler_name((enum handler)i), name) == 0)
			return (enum handler)i;
	return HANDLERS;
}

/* ---- one call ---- */

static bool refuse_state(struct lab *lab, enum handler handler, const char *what)
{
	return lab_fails(lab, "%s left a state that no processor can hold: %s", lab_handler_name(handler), what);
}

/* What only services may change, and what nothing may. */
static bool same_frame(struct lab *lab, const struct exchange *call)
{
	const struct lab_vm *given = &call->given.vm, *back = &call->back.vm;

	if (!exchange_same(lab, call, &given->insn, &back->insn, sizeof given->insn, "vm->insn") ||
	    !exchange_same(lab, call, &given->event, &back->event, sizeof given->event, "vm->event"))
		return false;
	for (unsigned reg = 0; reg < SEGMENT_COUNT; reg++) {
		struct lab_segment segment = lab_segment_of(&lab->pending.segment[reg]);

		if (memcmp(&segment, &back->cpu.segment[reg], sizeof segment) != 0)
			return refuse_state(lab, call->handler, "vm->cpu.segment was changed; segment registers are loaded by set_segment");
	}
	return true;
}

bool take_cpu(struct lab *lab, enum handler handler, const struct lab_cpu *cpu)
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

/* What `insn` or `event` (one of them) is to the handler. Gives its result, with the state it wants in lab->pending and its fault in
 * *fault. False: it has failed, lab->failure. */
static bool call_handler(struct lab *lab, enum handler handler, const struct insn *insn, const struct cpu_event *event,
                         enum lab_result *result, struct cpu_event *fault)
{
	struct exchange call;

	exchange_begin(&call, handler);
	if (insn)
		lab_instruction_of(&call.given.vm.insn, insn, lab->vm);
	if (event)
		call.given.vm.event = lab_event_of(event);
	lab_cpu_of(&call.given.vm.cpu, &lab->pending);
	if (!exchange_call(lab, &call) || !same_frame(lab, &call))
		return false;
	*result = call.result;
	if (call.result == LAB_DONE)
		return take_cpu(lab, handler, &call.back.vm.cpu);
	return call.result != LAB_FAULT || exchange_fault(lab, &call, fault);
}

/* ---- deliver ---- */

/* #DB, and what real mode or virtual-8086 mode delivers, is not among what a lab asks for. */
static bool is_common(const struct vm *vm, const struct cpu_event *event)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	return state_protected(state) && !(state->eflags & EFLAGS_VM) &&
	       (event->type == EVENT_EXTERNAL || (event->type == EVENT_EXCEPTION && event->vector != VECTOR_DB));
}

static bool deliver_by_piece(struct lab *lab, const struct cpu_event *event)
{
	struct vm *vm = lab->vm;
	enum lab_result result;
	struct cpu_event fault;

	if (!is_common(vm, event) || !piece_does(lab, HANDLER_trap_deliver))
		return false;
	lab->pending = *cpu_state_const(vm->vcpu);
	lab->pending.activity = ACTIVITY_ACTIVE;
	lab->pending.interrupt_shadow = SHADOW_NONE;
	if (!call_handler(lab, HANDLER_trap_deliver, NULL, event, &result, &fault))
		return false;
	if (result != LAB_DONE) { /* of a fault in it the processor makes what 6.15 says */
		lab->declined = true;
		return false;
	}
	if (!cpu_hand_state(vm->vcpu, &lab->pending, false))
		return lab_fails(lab, "deliver left control registers that no processor can hold");
	return true;
}

static void hand_over(struct lab *lab, const struct cpu_event *event)
{
	if (!deliver_by_piece(lab, event))
		cpu_deliver(lab->vm->vcpu, event);
}

static void deliver(void *owner, struct vm *vm, const struct cpu_event *event)
{
	struct lab *lab = owner;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct lab_call call = {.cycle = vm->clock, .handler = HANDLER_trap_deliver, .event = event, .before = &before};
	bool observed = is_common(vm, event) && goes_through(lab, HANDLER_trap_deliver);

	lab->declined = false;
	hand_over(lab, event);
	if (observed)
		observe(lab, &call);
}

/* ---- emulate ---- */

static bool finish_instruction(struct lab *lab, enum handler handler)
{
	struct vm *vm = lab->vm;

	if (handler != HANDLER_trap_iret)
		lab->pending.eflags &= ~(uint32_t)EFLAGS_RF;
	if (!cpu_hand_state(vm->vcpu, &lab->pending, handler == HANDLER_trap_mov_to_cr))
		return lab_fails(lab, "%s left control registers that no processor can hold", lab_handler_name(handler));
	cpu_hand_retire(vm->vcpu);
	return true;
}

static bool emulate_by_piece(struct lab *lab, enum handler handler, const struct insn *insn, struct cpu_event *delivered)
{
	enum lab_result result;
	struct cpu_event fault;

	lab->pending = *cpu_state_const(lab->vm->vcpu);
	lab->pending.interrupt_shadow = SHADOW_NONE;
	if (!call_handler(lab, handler, insn, NULL, &result, &fault))
		return false;
	lab->declined = result == LAB_DECLINE;
	if (lab->declined)
		return false;
	if (result == LAB_DONE)
		return finish_instruction(lab, handler);
	hand_over(lab, &fault);
	*delivered = fault;
	return true;
}

static void emulate(void *owner, struct vm *vm, const struct insn *insn, struct cpu_event *delivered)
{
	struct lab *lab = owner;
	enum handler handler = insn && is_plain(vm, insn) ? handler_of(insn) : HANDLERS;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct lab_call call = {.cycle = vm->clock, .handler = handler, .insn = insn, .before = &before};

	lab->declined = false;
	if (!piece_does(lab, handler) || !emulate_by_piece(lab, handler, insn, delivered))
		cpu_step(vm->vcpu);
	if (goes_through(lab, handler))
		observe(lab, &call);
}

void trap_part(struct lab *lab)
{
	lab->table.emulate = emulate;
	lab->table.deliver = deliver;
}
