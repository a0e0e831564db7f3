/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_stack.c - the stack: PUSH, POP, all registers at once, and the frames of procedures.
 * Intel SDM volume 2: PUSH, POP, PUSHA, POPA, ENTER, LEAVE; volume 1, 6.2 and 6.5.
 * SS.B chooses SP or ESP as the pointer, the operand size how much is pushed.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/* PUSH ESP pushes the value from before. */
bool perform_push(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	return read_operand(cpu, insn, 0, &value) && push(cpu, insn->operand_size, value);
}

/* A destination addressed by ESP is where ESP points after the pop; POP ESP keeps what was popped. */
bool perform_pop(struct cpu *cpu, const struct insn *insn)
{
	uint32_t before = cpu->state.gpr[ESP], value;

	if (!pop(cpu, insn->operand_size, &value))
		return false;
	if (write_operand(cpu, insn, 0, value))
		return true;
	cpu->state.gpr[ESP] = before;
	return false;
}

/* Would `count` pushes succeed? Checked in their order, so that the first one that would fault does. */
static bool check_pushes(struct cpu *cpu, unsigned size, unsigned count)
{
	uint32_t pointer = cpu->state.gpr[ESP];

	while (count--) {
		pointer -= size;
		if (!check_store(cpu, SS, pointer & cpu->stack_mask, size))
			return false;
	}
	return true;
}

bool perform_pusha(struct cpu *cpu, const struct insn *insn)
{
	uint32_t pointer = cpu->state.gpr[ESP];

	if (!check_pushes(cpu, insn->operand_size, GPR_COUNT))
		return false;
	for (unsigned reg = EAX; reg <= EDI; reg++)
		if (!push_at(cpu, &pointer, insn->operand_size, cpu->state.gpr[reg]))
			return false;
	move_stack(cpu, pointer);
	return true;
}

/* The place of ESP is read and forgotten. */
bool perform_popa(struct cpu *cpu, const struct insn *insn)
{
	uint32_t pointer = cpu->state.gpr[ESP], value[GPR_COUNT];

	for (unsigned reg = EDI + 1; reg-- > EAX;)
		if (!pop_at(cpu, &pointer, insn->operand_size, &value[reg]))
			return false;
	for (unsigned reg = EAX; reg <= EDI; reg++)
		if (reg != ESP)
			set_register(cpu, reg, insn->operand_size, value[reg]);
	move_stack(cpu, pointer);
	return true;
}

/* ---- frames ---- */

/* Copies the caller's display: the frame pointers of the enclosing levels but the innermost. */
static bool push_display(struct cpu *cpu, unsigned size, unsigned levels, uint32_t *pointer)
{
	uint32_t frame = cpu->state.gpr[EBP];

	for (unsigned i = 1; i < levels; i++) {
		uint32_t value;

		frame -= size;
		if (!load(cpu, SS, frame & cpu->stack_mask, size, &value) ||
		    !push_at(cpu, pointer, size, value))
			return false;
	}
	return true;
}

/* The stack pointer with `pointer` in the part that SS.B chooses. */
static uint32_t whole_pointer(const struct cpu *cpu, uint32_t pointer)
{
	return (cpu->state.gpr[ESP] & ~cpu->stack_mask) | (pointer & cpu->stack_mask);
}

/* Would reading it succeed? */
static bool check_display(struct cpu *cpu, unsigned size, unsigned levels)
{
	uint32_t frame = cpu->state.gpr[EBP], value;

	for (unsigned i = 1; i < levels; i++) {
		frame -= size;
		if (!load(cpu, SS, frame & cpu->stack_mask, size, &value))
			return false;
	}
	return true;
}

/*
 * At level 0 a plain frame; above, the display and the new frame's own pointer follow. The last thing
 * checked is a store at the final stack pointer, as processors do. Nothing is stored before all is checked: where
 * the new frame lies over the display, beginning again after a fault would copy what the first attempt stored.
 */
bool perform_enter(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size, levels = insn->selector & 31;
	uint32_t pointer = cpu->state.gpr[ESP], frame, end = pointer - (levels + 1) * size - insn->immediate;

	if (!check_pushes(cpu, size, levels + 1) || !check_display(cpu, size, levels) ||
	    !check_store(cpu, SS, end & cpu->stack_mask, size) || !push_at(cpu, &pointer, size, cpu->state.gpr[EBP]))
		return false;
	frame = whole_pointer(cpu, pointer);
	if (levels && (!push_display(cpu, size, levels, &pointer) || !push_at(cpu, &pointer, size, frame)))
		return false;
	move_stack(cpu, end);
	set_register(cpu, EBP, size, frame);
	return true;
}

bool perform_leave(struct cpu *cpu, const struct insn *insn)
{
	uint32_t pointer = cpu->state.gpr[EBP], value;

	if (!pop_at(cpu, &pointer, insn->operand_size, &value))
		return false;
	move_stack(cpu, pointer);
	set_register(cpu, EBP, insn->operand_size, value);
	return true;
}
