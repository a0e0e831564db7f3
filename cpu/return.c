/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/return.c - far RET and IRET, to the same ring, to an outer one, to virtual-8086 mode, to a task.
 * Follows the pseudo-code of RET and IRET in Intel SDM volume 2; volume 3, 5.8.6, 6.12.1, 20.2.3.
 */
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* Where a far return goes: what is popped, and what becomes of it. */
struct far_return {
	unsigned size;    /* of an item: 2 or 4 */
	uint32_t pointer; /* the stack pointer behind what was popped */
	uint32_t eip, cs, eflags;
	struct segment code;
};

static bool pop_item(struct cpu *cpu, struct far_return *target, uint32_t *value)
{
	return pop_at(cpu, &target->pointer, target->size, value);
}

/* ---- checks that RET and IRET share ---- */

static bool read_return_code(struct cpu *cpu, struct far_return *target)
{
	uint16_t selector = (uint16_t)target->cs;
	uint32_t error = selector_error(selector);
	struct segment *code = &target->code;
	unsigned rpl = selector_rpl(selector);

	if (selector_null(selector))
		return raise_gp(cpu, 0);
	if (!read_segment(cpu, selector, code, VECTOR_GP))
		return false;
	if (!segment_is_code(code) || rpl < cpu->state.cpl)
		return raise_gp(cpu, error);
	if (segment_is_conforming(code) ? segment_dpl(code) > rpl : segment_dpl(code) != rpl)
		return raise_gp(cpu, error);
	if (!segment_present(code))
		return raise_fault_error(cpu, VECTOR_NP, error);
	return true;
}

static bool read_return_stack(struct cpu *cpu, uint16_t selector, unsigned ring, struct segment *stack)
{
	uint32_t error = selector_error(selector);

	if (selector_null(selector))
		return raise_gp(cpu, 0);
	if (!read_segment(cpu, selector, stack, VECTOR_GP))
		return false;
	if (selector_rpl(selector) != ring || !segment_is_writable_data(stack) || segment_dpl(stack) != ring)
		return raise_gp(cpu, error);
	if (!segment_present(stack))
		return raise_fault_error(cpu, VECTOR_SS, error);
	return true;
}

static bool return_same_ring(struct cpu *cpu, struct far_return *target, uint32_t release)
{
	if (!check_code_offset(cpu, &target->code, target->eip) || !mark_accessed(cpu, &target->code))
		return false;
	move_stack(cpu, target->pointer + release);
	enter_code(cpu, target->code, cpu->state.cpl, target->eip);
	return true;
}

/* The parameters of a call through a gate lie on both stacks: `release` counts on each. */
static bool return_outer_ring(struct cpu *cpu, struct far_return *target, uint32_t release)
{
	unsigned ring = selector_rpl((uint16_t)target->cs);
	uint32_t pointer, selector;
	struct segment stack;

	target->pointer += release;
	if (!pop_item(cpu, target, &pointer) || !pop_item(cpu, target, &selector) ||
	    !read_return_stack(cpu, (uint16_t)selector, ring, &stack) ||
	    !check_code_offset(cpu, &target->code, target->eip) || !mark_accessed(cpu, &target->code) ||
	    !mark_accessed(cpu, &stack))
		return false;
	enter_code(cpu, target->code, ring, target->eip);
	install_segment(cpu, SS, &stack);
	move_stack(cpu, pointer + release);
	drop_privileged_segments(cpu);
	return true;
}

/* ---- far RET ---- */

static bool return_real(struct cpu *cpu, struct far_return *target, uint32_t release)
{
	if (!check_code_offset(cpu, &cpu->state.segment[CS], target->eip))
		return false;
	move_stack(cpu, target->pointer + release);
	set_real_segment(cpu, CS, (uint16_t)target->cs);
	cpu->next_eip = target->eip;
	return true;
}

bool far_return(struct cpu *cpu, unsigned operand_size, uint32_t release)
{
	struct far_return target = {.size = operand_size, .pointer = cpu->state.gpr[ESP]};

	if (!pop_item(cpu, &target, &target.eip) || !pop_item(cpu, &target, &target.cs))
		return false;
	if (!state_protected(&cpu->state) || state_v86(&cpu->state))
		return return_real(cpu, &target, release);
	if (!read_return_code(cpu, &target))
		return false;
	if (selector_rpl((uint16_t)target.cs) == cpu->state.cpl)
		return return_same_ring(cpu, &target, release);
	charge(cpu, COST_gate_transfer);
	return return_outer_ring(cpu, &target, release);
}

/* ---- IRET ---- */

enum { IRET_FLAGS = EFLAGS_STATUS | EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID };

static uint32_t size_mask(unsigned size, uint32_t mask)
{
	return size == 4 ? mask : mask & 0xffff;
}

static bool pop_interrupt_frame(struct cpu *cpu, struct far_return *target)
{
	return pop_item(cpu, target, &target->eip) && pop_item(cpu, target, &target->cs) &&
	       pop_item(cpu, target, &target->eflags);
}

/* In virtual-8086 mode below IOPL 3: only with CR4.VME, and 16-bit operands. */
static bool interrupt_return_vme(struct cpu *cpu, struct far_return *target)
{
	if (!vme_flags(cpu) || target->size != 2)
		return raise_gp(cpu, 0);
	if (!pop_interrupt_frame(cpu, target) || !vme_check_image(cpu, target->eflags) ||
	    !return_real(cpu, target, 0))
		return false;
	vme_take_image(cpu, target->eflags);
	return true;
}

/* In real mode IOPL can be changed, in virtual-8086 mode not. */
static bool interrupt_return_real(struct cpu *cpu, struct far_return *target)
{
	uint32_t mask = IRET_FLAGS | EFLAGS_IF | (state_v86(&cpu->state) ? 0 : EFLAGS_IOPL);

	if (state_v86(&cpu->state) && state_iopl(&cpu->state) < 3)
		return interrupt_return_vme(cpu, target);
	if (!pop_interrupt_frame(cpu, target) || !return_real(cpu, target, 0))
		return false;
	change_eflags(cpu, target->eflags, size_mask(target->size, mask));
	return true;
}

/* The frame of SDM vol. 3, figure 20-4: six more doublewords above EFLAGS. */
static bool return_to_v86(struct cpu *cpu, struct far_return *target)
{
	static const enum segment_register order[] = {SS, ES, DS, FS, GS};
	uint32_t pointer, selector[5];

	if (!pop_item(cpu, target, &pointer))
		return false;
	for (unsigned i = 0; i < 5; i++)
		if (!pop_item(cpu, target, &selector[i]))
			return false;
	if (target->eip > 0xffff)
		return raise_gp(cpu, 0);
	change_eflags(cpu, target->eflags, EFLAGS_DEFINED);
	set_cpl(cpu, 3);
	set_real_segment(cpu, CS, (uint16_t)target->cs);
	for (unsigned i = 0; i < 5; i++)
		set_real_segment(cpu, order[i], (uint16_t)selector[i]);
	cpu->state.gpr[ESP] = pointer;
	cpu->next_eip = target->eip;
	return true;
}

/* What the ring that returns may change (IRET's pseudo-code, RETURN-TO-SAME-PRIVILEGE-LEVEL). */
static uint32_t return_mask(const struct cpu *cpu, unsigned size)
{
	uint32_t mask = IRET_FLAGS;

	if (cpu->state.cpl <= state_iopl(&cpu->state))
		mask |= EFLAGS_IF;
	if (cpu->state.cpl == 0)
		mask |= EFLAGS_IOPL | EFLAGS_VIF | EFLAGS_VIP;
	return size_mask(size, mask);
}

static bool interrupt_return_protected(struct cpu *cpu, struct far_return *target)
{
	uint32_t mask = return_mask(cpu, target->size);
	bool done;

	if (!pop_interrupt_frame(cpu, target))
		return false;
	if (target->size == 4 && (target->eflags & EFLAGS_VM) && cpu->state.cpl == 0)
		return return_to_v86(cpu, target);
	if (!read_return_code(cpu, target))
		return false;
	if (selector_rpl((uint16_t)target->cs) == cpu->state.cpl)
		done = return_same_ring(cpu, target, 0);
	else
		done = return_outer_ring(cpu, target, 0);
	if (done)
		change_eflags(cpu, target->eflags, mask);
	return done;
}

/* NT: back to the task that the back link names (SDM vol. 3, 7.4). */
static bool return_to_task(struct cpu *cpu)
{
	uint32_t link, error;
	struct segment tss;

	if (!load_linear(cpu, cpu->state.segment[TR].base, 2, true, &link))
		return false;
	error = selector_error((uint16_t)link);
	if (link & 4)
		return raise_fault_error(cpu, VECTOR_TS, error);
	if (!read_segment(cpu, (uint16_t)link, &tss, VECTOR_TS))
		return false;
	if (system_type(&tss) != TYPE_TSS16_BUSY && system_type(&tss) != TYPE_TSS32_BUSY)
		return raise_fault_error(cpu, VECTOR_TS, error);
	if (!segment_present(&tss))
		return raise_fault_error(cpu, VECTOR_NP, error);
	return task_switch(cpu, (uint16_t)link, TASK_IRET, false, 0);
}

/* Even an IRET that faults ends the blocking of NMIs (SDM vol. 3, 6.7.1). */
bool interrupt_return(struct cpu *cpu, unsigned operand_size)
{
	struct far_return target = {.size = operand_size, .pointer = cpu->state.gpr[ESP]};

	if (cpu->non_root)
		vmx_unblock_nmi(cpu);
	else
		cpu->state.nmi_blocked = false;
	cpu->attention = true;
	if (!state_protected(&cpu->state) || state_v86(&cpu->state))
		return interrupt_return_real(cpu, &target);
	if (cpu->state.eflags & EFLAGS_NT)
		return return_to_task(cpu);
	return interrupt_return_protected(cpu, &target);
}
