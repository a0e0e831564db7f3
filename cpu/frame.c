/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/frame.c - stack frames of gates and interrupts: checked whole before the first byte is written,
 * since a fault must find the interrupted program as it was. Intel SDM volume 3, 5.8.5, 6.12.1, 7.2.
 */
#include "cpu/system.h"

void frame_here(const struct cpu *cpu, struct frame *frame, unsigned size)
{
	frame->stack = cpu->state.segment[SS];
	frame->pointer = cpu->state.gpr[ESP];
	frame->fault = 0;
	frame->size = size;
	frame->count = 0;
	frame->system = false;
}

/* Reads SSn:ESPn from the present TSS (SDM vol. 3, figures 7-2 and 7-10). */
static bool read_tss_stack(struct cpu *cpu, unsigned ring, uint32_t *selector, uint32_t *pointer)
{
	const struct segment *tss = &cpu->state.segment[TR];
	unsigned size = system_type(tss) & TYPE_32BIT ? 4 : 2;
	uint32_t offset = size == 4 ? ring * 8 + 4 : ring * 4 + 2;

	if (!segment_present(tss) || offset + size + 1 > tss->limit)
		return raise_fault_error(cpu, VECTOR_TS, selector_error(tss->selector));
	return load_linear(cpu, tss->base + offset + size, 2, true, selector) &&
	       load_linear(cpu, tss->base + offset, size, true, pointer);
}

bool frame_inner(struct cpu *cpu, struct frame *frame, unsigned size, unsigned ring)
{
	uint32_t selector, error;

	if (!read_tss_stack(cpu, ring, &selector, &frame->pointer))
		return false;
	error = selector_error((uint16_t)selector);
	if (selector_null((uint16_t)selector))
		return raise_fault_error(cpu, VECTOR_TS, 0);
	if (!read_segment(cpu, (uint16_t)selector, &frame->stack, VECTOR_TS))
		return false;
	if (selector_rpl((uint16_t)selector) != ring || segment_dpl(&frame->stack) != ring ||
	    !segment_is_writable_data(&frame->stack))
		return raise_fault_error(cpu, VECTOR_TS, error);
	if (!segment_present(&frame->stack))
		return raise_fault_error(cpu, VECTOR_SS, error);
	frame->fault = error;
	frame->size = size;
	frame->count = 0;
	frame->system = true;
	return mark_accessed(cpu, &frame->stack);
}

void frame_push(struct frame *frame, uint32_t value)
{
	assert(frame->count < sizeof frame->item / sizeof *frame->item);
	frame->item[frame->count++] = value;
}

static uint32_t frame_mask(const struct frame *frame)
{
	return frame->stack.access & ACCESS_BIG ? UINT32_MAX : 0xffff;
}

/* Offset in the stack segment of the item pushed as number `i`. */
static uint32_t item_offset(const struct frame *frame, unsigned i)
{
	return (frame->pointer - (i + 1) * frame->size) & frame_mask(frame);
}

static bool has_room(const struct frame *frame, uint32_t offset)
{
	const struct segment *stack = &frame->stack;
	uint32_t last = offset + frame->size - 1;
	bool data = !(stack->access & ACCESS_CODE);

	if (last < offset || !segment_present(stack))
		return false;
	if (data && (stack->access & ACCESS_EXPAND_DOWN))
		return offset > stack->limit && last <= frame_mask(frame);
	return last <= stack->limit;
}

bool frame_probe(struct cpu *cpu, const struct frame *frame)
{
	for (unsigned i = 0; i < frame->count; i++)
		if (!has_room(frame, item_offset(frame, i)))
			return raise_fault_error(cpu, VECTOR_SS, frame->fault);
	for (unsigned i = 0; i < frame->count; i++) {
		uint32_t linear = frame->stack.base + item_offset(frame, i);

		if (!probe_store_linear(cpu, linear, frame->size, frame->system))
			return false;
	}
	return true;
}

bool frame_store(struct cpu *cpu, struct frame *frame)
{
	for (unsigned i = 0; i < frame->count; i++) {
		uint32_t linear = frame->stack.base + item_offset(frame, i);

		if (!store_linear(cpu, linear, frame->size, frame->system, frame->item[i]))
			return false;
		if (debug_enabled_data(cpu))
			debug_check_data(cpu, linear, frame->size, true);
	}
	frame->pointer -= frame->count * frame->size;
	return true;
}

static void set_stack_pointer(struct cpu *cpu, const struct frame *frame)
{
	uint32_t mask = frame_mask(frame);

	cpu->state.gpr[ESP] = (cpu->state.gpr[ESP] & ~mask) | (frame->pointer & mask);
}

void frame_switch(struct cpu *cpu, const struct frame *frame)
{
	install_segment(cpu, SS, &frame->stack);
	set_stack_pointer(cpu, frame);
}

void frame_commit(struct cpu *cpu, const struct frame *frame)
{
	set_stack_pointer(cpu, frame);
}
