/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/interrupt.c - entering a handler: through the real-mode vector table, or through a gate of the IDT.
 * Follows the pseudo-code of INT n in Intel SDM volume 2; volume 3, 6.10 to 6.14, 7.3, 20.1.4, 20.2.
 * All checks come first and all pushes before CS, SS or flags change: a fault leaves the program as it was.
 */
#include "cpu/system.h"

/*
 * A gate (SDM vol. 3, figure 6-2)
 *
 *  31             16 15 14 13 12 11..8 7 6 5 4     0
 *  offset 31:16      P  DPL   0  type  0 0 0 (count)    high
 *  selector          offset 15:0                        low
 */
struct gate {
	uint16_t selector;
	uint32_t offset;
	unsigned type;
	unsigned size; /* of an item of its frame: 2 or 4 */
};

/* An error code that names an IDT entry: bit 1 is IDT (SDM vol. 3, 6.13). */
static uint32_t idt_error(uint8_t vector)
{
	return vector * 8u + 2;
}

/*
 * Only faults resume at the instruction with RF set, so that it meets no instruction breakpoint again;
 * after the breakpoint itself its handler has to do so (SDM vol. 3, 17.3.1.1).
 */
bool event_pushes_rf(const struct cpu_event *event)
{
	return event->type == EVENT_EXCEPTION && (event->vector != VECTOR_DB || event->dr6 & DR6_BD);
}

static uint32_t pushed_eflags(const struct cpu *cpu, const struct cpu_event *event)
{
	uint32_t eflags = read_eflags(cpu);

	if (cpu->vmx.injecting)
		return eflags; /* with the RF that the VMM has set (26.5.1.1) */
	if (event_is_software(event))
		return eflags & ~(uint32_t)EFLAGS_RF;
	return eflags | (event_pushes_rf(event) ? EFLAGS_RF : 0);
}

/* ---- real mode ---- */

static bool enter_real(struct cpu *cpu, const struct cpu_event *event)
{
	uint32_t entry = event->vector * 4u, offset, selector;
	struct frame frame;

	if (entry + 3 > cpu->state.idtr.limit)
		return raise_gp(cpu, idt_error(event->vector));
	if (cpu->monitored)
		return cpu->left_for_monitor = true;
	if (!load_linear(cpu, cpu->state.idtr.base + entry, 2, true, &offset) ||
	    !load_linear(cpu, cpu->state.idtr.base + entry + 2, 2, true, &selector))
		return false;
	frame_here(cpu, &frame, 2);
	frame_push(&frame, read_eflags(cpu));
	frame_push(&frame, cpu->state.segment[CS].selector);
	frame_push(&frame, cpu->next_eip);
	if (!frame_probe(cpu, &frame) || !check_code_offset(cpu, &cpu->state.segment[CS], offset) ||
	    !frame_store(cpu, &frame))
		return false;
	frame_commit(cpu, &frame);
	change_eflags(cpu, 0, EFLAGS_IF | EFLAGS_TF | EFLAGS_RF | EFLAGS_AC);
	set_real_segment(cpu, CS, (uint16_t)selector);
	cpu->next_eip = offset;
	charge(cpu, COST_interrupt_delivery);
	return true;
}

/* ---- the gate ---- */

static bool gate_type_valid(unsigned type)
{
	return type == TYPE_TASK_GATE || type == TYPE_INTERRUPT_GATE16 || type == TYPE_TRAP_GATE16 ||
	       type == TYPE_INTERRUPT_GATE32 || type == TYPE_TRAP_GATE32;
}

static bool read_gate(struct cpu *cpu, const struct cpu_event *event, struct gate *gate)
{
	uint32_t entry = event->vector * 8u, error = idt_error(event->vector), low, high;

	if (entry + 7 > cpu->state.idtr.limit)
		return raise_gp(cpu, error);
	if (!load_linear(cpu, cpu->state.idtr.base + entry, 4, true, &low) ||
	    !load_linear(cpu, cpu->state.idtr.base + entry + 4, 4, true, &high))
		return false;
	gate->type = high >> 8 & 0x1f;
	if (!gate_type_valid(gate->type))
		return raise_gp(cpu, error);
	if (event_is_software(event) && (high >> 13 & 3) < cpu->state.cpl)
		return raise_gp(cpu, error);
	if (!(high & 1u << 15))
		return raise_fault_error(cpu, VECTOR_NP, error);
	gate->size = gate->type & TYPE_32BIT ? 4 : 2;
	gate->selector = low >> 16;
	gate->offset = (low & 0xffff) | (gate->size == 4 ? high & 0xffff0000 : 0);
	return true;
}

/* ---- task gates ---- */

static bool enter_task(struct cpu *cpu, const struct cpu_event *event, const struct gate *gate)
{
	struct segment tss;
	uint32_t error = selector_error(gate->selector);

	if (gate->selector & 4)
		return raise_gp(cpu, error);
	if (!read_segment(cpu, gate->selector, &tss, VECTOR_GP))
		return false;
	if (system_type(&tss) != TYPE_TSS16 && system_type(&tss) != TYPE_TSS32)
		return raise_gp(cpu, error);
	if (!segment_present(&tss))
		return raise_fault_error(cpu, VECTOR_NP, error);
	if (event_pushes_rf(event) && !cpu->vmx.injecting)
		change_eflags(cpu, EFLAGS_RF, EFLAGS_RF);
	return task_switch(cpu, gate->selector, TASK_GATE_EVENT, event->has_error, event->error);
}

/* ---- interrupt and trap gates ---- */

static bool read_handler(struct cpu *cpu, const struct gate *gate, struct segment *code)
{
	uint32_t error = selector_error(gate->selector);

	if (selector_null(gate->selector))
		return raise_gp(cpu, 0);
	if (!read_segment(cpu, gate->selector, code, VECTOR_GP))
		return false;
	if (!segment_is_code(code) || segment_dpl(code) > cpu->state.cpl)
		return raise_gp(cpu, error);
	if (!segment_present(code))
		return raise_fault_error(cpu, VECTOR_NP, error);
	return true;
}

static void push_v86_segments(const struct cpu *cpu, struct frame *frame)
{
	static const enum segment_register order[] = {GS, FS, DS, ES};

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
		frame_push(frame, cpu->state.segment[order[i]].selector);
}

static void null_v86_segments(struct cpu *cpu)
{
	static const enum segment_register order[] = {GS, FS, DS, ES};

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
		install_null(cpu, order[i], 0);
}

static void push_return(struct cpu *cpu, const struct cpu_event *event, struct frame *frame)
{
	frame_push(frame, pushed_eflags(cpu, event));
	frame_push(frame, cpu->state.segment[CS].selector);
	frame_push(frame, cpu->next_eip);
	if (event->has_error)
		frame_push(frame, event->error);
}

/* The frame of SDM vol. 3, figures 6-4 and 20-4, checked but not stored. */
static bool build_frame(struct cpu *cpu, const struct cpu_event *event, const struct gate *gate,
                        unsigned ring, bool inner, struct frame *frame)
{
	if (!inner) {
		frame_here(cpu, frame, gate->size);
		push_return(cpu, event, frame);
		return frame_probe(cpu, frame);
	}
	if (!frame_inner(cpu, frame, gate->size, ring))
		return false;
	if (state_v86(&cpu->state))
		push_v86_segments(cpu, frame);
	frame_push(frame, cpu->state.segment[SS].selector);
	frame_push(frame, cpu->state.gpr[ESP]);
	push_return(cpu, event, frame);
	return frame_probe(cpu, frame);
}

static bool gate_clears_if(const struct gate *gate)
{
	return gate->type == TYPE_INTERRUPT_GATE16 || gate->type == TYPE_INTERRUPT_GATE32;
}

static bool enter_code_gate(struct cpu *cpu, const struct cpu_event *event, const struct gate *gate)
{
	struct segment code;
	struct frame frame;
	bool v86 = state_v86(&cpu->state), inner;
	unsigned ring;

	if (!read_handler(cpu, gate, &code))
		return false;
	inner = !segment_is_conforming(&code) && segment_dpl(&code) < cpu->state.cpl;
	if (v86 && (!inner || segment_dpl(&code) != 0))
		return raise_gp(cpu, selector_error(gate->selector));
	ring = inner ? segment_dpl(&code) : cpu->state.cpl;
	if (!build_frame(cpu, event, gate, ring, inner, &frame) ||
	    !check_code_offset(cpu, &code, gate->offset) || !mark_accessed(cpu, &code) ||
	    !frame_store(cpu, &frame))
		return false;

	change_eflags(cpu, 0, EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM |
	                          (gate_clears_if(gate) ? EFLAGS_IF : 0));
	enter_code(cpu, code, ring, gate->offset);
	if (inner)
		frame_switch(cpu, &frame);
	else
		frame_commit(cpu, &frame);
	if (v86)
		null_v86_segments(cpu);
	charge(cpu, COST_interrupt_delivery);
	return true;
}

/*
 * Hardware takes the ring of a gate's handler from the code descriptor and ignores the selector's RPL. For a
 * monitored processor, whose VMM is C, the RPL says whose the handler is: 0 the VMM's, else code of an outer ring, which
 * is entered as ever.
 */
static bool leads_to_monitor(const struct cpu *cpu, const struct gate *gate)
{
	return cpu->monitored && selector_rpl(gate->selector) == 0;
}

bool enter_handler(struct cpu *cpu, const struct cpu_event *event)
{
	struct gate gate = {0};

	cpu->left_for_monitor = false;
	if (!state_protected(&cpu->state))
		return enter_real(cpu, event);
	if (!read_gate(cpu, event, &gate))
		return false;
	if (leads_to_monitor(cpu, &gate))
		return cpu->left_for_monitor = true;
	if (gate.type == TYPE_TASK_GATE)
		return enter_task(cpu, event, &gate);
	return enter_code_gate(cpu, event, &gate);
}
