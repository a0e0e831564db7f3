/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/transfer.c - far jumps and calls: to code, through call gates, to tasks.
 * Follows the pseudo-code of JMP and CALL in Intel SDM volume 2; volume 3, 5.8 (privilege) and 7.3 (tasks).
 */
#include "cpu/system.h"

bool check_code_offset(struct cpu *cpu, const struct segment *code, uint32_t offset)
{
	return offset <= code->limit || raise_gp(cpu, 0);
}

void enter_code(struct cpu *cpu, struct segment code, unsigned cpl, uint32_t offset)
{
	code.selector = (uint16_t)((code.selector & 0xfffc) | cpl);
	set_cpl(cpu, cpl);
	install_segment(cpu, CS, &code);
	cpu->next_eip = offset;
}

/* ---- straight to a code segment (SDM vol. 3, 5.8.1) ---- */

static bool check_direct(struct cpu *cpu, const struct segment *code, uint32_t offset)
{
	uint32_t error = selector_error(code->selector);
	unsigned cpl = cpu->state.cpl, dpl = segment_dpl(code);

	if (segment_is_conforming(code) ? dpl > cpl : selector_rpl(code->selector) > cpl || dpl != cpl)
		return raise_gp(cpu, error);
	if (!segment_present(code))
		return raise_fault_error(cpu, VECTOR_NP, error);
	return check_code_offset(cpu, code, offset);
}

static bool jump_direct(struct cpu *cpu, struct segment *code, uint32_t offset)
{
	if (!check_direct(cpu, code, offset) || !mark_accessed(cpu, code))
		return false;
	enter_code(cpu, *code, cpu->state.cpl, offset);
	return true;
}

/* Pushes CS and EIP on the present stack and goes on at `offset`. */
static bool call_same_ring(struct cpu *cpu, struct segment *code, uint32_t offset, unsigned size)
{
	struct frame frame;

	frame_here(cpu, &frame, size);
	frame_push(&frame, cpu->state.segment[CS].selector);
	frame_push(&frame, cpu->next_eip);
	if (!frame_probe(cpu, &frame) || !check_code_offset(cpu, code, offset) ||
	    !mark_accessed(cpu, code) || !frame_store(cpu, &frame))
		return false;
	frame_commit(cpu, &frame);
	enter_code(cpu, *code, cpu->state.cpl, offset);
	return true;
}

/* ---- call gates (SDM vol. 3, 5.8.3 and 5.8.4) ---- */

struct call_gate {
	uint32_t offset;
	uint16_t selector;
	unsigned size;       /* of a stack item: 2 or 4 */
	unsigned parameters;
};

/* The rule for any system descriptor that a far transfer names: both CPL and RPL may use it. */
static bool check_visible(struct cpu *cpu, const struct segment *target)
{
	uint32_t error = selector_error(target->selector);

	if (segment_dpl(target) < cpu->state.cpl || segment_dpl(target) < selector_rpl(target->selector))
		return raise_gp(cpu, error);
	return true;
}

static bool check_present(struct cpu *cpu, const struct segment *target)
{
	return segment_present(target) ||
	       raise_fault_error(cpu, VECTOR_NP, selector_error(target->selector));
}

static struct call_gate call_gate(struct descriptor gate)
{
	bool big = gate.high >> 8 & TYPE_32BIT;

	return (struct call_gate){
		.offset = (gate.low & 0xffff) | (big ? gate.high & 0xffff0000 : 0),
		.selector = gate.low >> 16,
		.size = big ? 4 : 2,
		.parameters = gate.high & 31,
	};
}

/* The code segment behind a gate; `jump`: no change of ring is possible. */
static bool read_gate_code(struct cpu *cpu, const struct call_gate *gate, bool jump, struct segment *code)
{
	uint32_t error = selector_error(gate->selector);
	unsigned cpl = cpu->state.cpl;

	if (selector_null(gate->selector))
		return raise_gp(cpu, 0);
	if (!read_segment(cpu, gate->selector, code, VECTOR_GP))
		return false;
	if (!segment_is_code(code) || segment_dpl(code) > cpl)
		return raise_gp(cpu, error);
	if (jump && !segment_is_conforming(code) && segment_dpl(code) != cpl)
		return raise_gp(cpu, error);
	return check_present(cpu, code);
}

static bool jump_gate(struct cpu *cpu, const struct call_gate *gate)
{
	struct segment code;

	if (!read_gate_code(cpu, gate, true, &code) || !check_code_offset(cpu, &code, gate->offset) ||
	    !mark_accessed(cpu, &code))
		return false;
	enter_code(cpu, code, cpu->state.cpl, gate->offset);
	charge(cpu, COST_gate_transfer);
	return true;
}

/* Parameters are copied from the caller's stack, the one pushed first first. */
static bool copy_parameters(struct cpu *cpu, const struct call_gate *gate, struct frame *frame)
{
	for (unsigned i = gate->parameters; i-- > 0;) {
		uint32_t value, offset = (cpu->state.gpr[ESP] + i * gate->size) & cpu->stack_mask;

		if (!load(cpu, SS, offset, gate->size, &value))
			return false;
		frame_push(frame, value);
	}
	return true;
}

static bool call_inner_ring(struct cpu *cpu, const struct call_gate *gate, struct segment *code)
{
	unsigned ring = segment_dpl(code);
	struct frame frame;

	if (!frame_inner(cpu, &frame, gate->size, ring))
		return false;
	frame_push(&frame, cpu->state.segment[SS].selector);
	frame_push(&frame, cpu->state.gpr[ESP]);
	if (!copy_parameters(cpu, gate, &frame))
		return false;
	frame_push(&frame, cpu->state.segment[CS].selector);
	frame_push(&frame, cpu->next_eip);
	if (!frame_probe(cpu, &frame) || !check_code_offset(cpu, code, gate->offset) ||
	    !mark_accessed(cpu, code) || !frame_store(cpu, &frame))
		return false;
	enter_code(cpu, *code, ring, gate->offset);
	frame_switch(cpu, &frame);
	return true;
}

static bool call_gate_code(struct cpu *cpu, const struct call_gate *gate)
{
	struct segment code;

	if (!read_gate_code(cpu, gate, false, &code))
		return false;
	charge(cpu, COST_gate_transfer);
	if (!segment_is_conforming(&code) && segment_dpl(&code) < cpu->state.cpl)
		return call_inner_ring(cpu, gate, &code);
	return call_same_ring(cpu, &code, gate->offset, gate->size);
}

/* ---- tasks (SDM vol. 3, 7.3) ---- */

static bool transfer_task(struct cpu *cpu, uint16_t selector, enum task_reason reason)
{
	struct segment tss;

	if (selector & 4)
		return raise_gp(cpu, selector_error(selector));
	if (!read_segment(cpu, selector, &tss, VECTOR_GP))
		return false;
	if (system_type(&tss) != TYPE_TSS16 && system_type(&tss) != TYPE_TSS32)
		return raise_gp(cpu, selector_error(selector));
	return check_present(cpu, &tss) && task_switch(cpu, selector, reason, false, 0);
}

/* ---- what a far pointer may name ---- */

static bool transfer_system(struct cpu *cpu, uint16_t selector, struct descriptor descriptor, bool jump)
{
	struct segment target = descriptor_segment(selector, descriptor);
	struct call_gate gate = call_gate(descriptor);
	enum task_reason reason = jump ? TASK_JUMP : TASK_CALL;

	switch (system_type(&target)) {
	case TYPE_CALL_GATE16:
	case TYPE_CALL_GATE32:
		if (!check_visible(cpu, &target) || !check_present(cpu, &target))
			return false;
		return jump ? jump_gate(cpu, &gate) : call_gate_code(cpu, &gate);
	case TYPE_TASK_GATE:
		return check_visible(cpu, &target) && check_present(cpu, &target) &&
		       transfer_task(cpu, gate.selector, reason);
	case TYPE_TSS16:
	case TYPE_TSS32:
		return check_visible(cpu, &target) && transfer_task(cpu, selector, reason);
	default:
		return raise_gp(cpu, selector_error(selector));
	}
}

static bool jump_real(struct cpu *cpu, uint16_t selector, uint32_t offset)
{
	if (!check_code_offset(cpu, &cpu->state.segment[CS], offset))
		return false;
	set_real_segment(cpu, CS, selector);
	cpu->next_eip = offset;
	return true;
}

static bool call_real(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned size)
{
	struct frame frame;

	frame_here(cpu, &frame, size);
	frame_push(&frame, cpu->state.segment[CS].selector);
	frame_push(&frame, cpu->next_eip);
	if (!frame_probe(cpu, &frame) || !check_code_offset(cpu, &cpu->state.segment[CS], offset) ||
	    !frame_store(cpu, &frame))
		return false;
	frame_commit(cpu, &frame);
	return jump_real(cpu, selector, offset);
}

bool far_jump(struct cpu *cpu, uint16_t selector, uint32_t offset)
{
	struct descriptor descriptor;
	struct segment code;

	if (!state_protected(&cpu->state) || state_v86(&cpu->state))
		return jump_real(cpu, selector, offset);
	if (selector_null(selector))
		return raise_gp(cpu, 0);
	if (!read_descriptor(cpu, selector, &descriptor, VECTOR_GP))
		return false;
	code = descriptor_segment(selector, descriptor);
	if (segment_is_code(&code))
		return jump_direct(cpu, &code, offset);
	return transfer_system(cpu, selector, descriptor, true);
}

bool far_call(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned operand_size)
{
	struct descriptor descriptor;
	struct segment code;

	if (!state_protected(&cpu->state) || state_v86(&cpu->state))
		return call_real(cpu, selector, offset, operand_size);
	if (selector_null(selector))
		return raise_gp(cpu, 0);
	if (!read_descriptor(cpu, selector, &descriptor, VECTOR_GP))
		return false;
	code = descriptor_segment(selector, descriptor);
	if (!segment_is_code(&code))
		return transfer_system(cpu, selector, descriptor, false);
	return check_direct(cpu, &code, offset) && call_same_ring(cpu, &code, offset, operand_size);
}
