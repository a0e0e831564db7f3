/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_branch.c - near transfers of control, and the checks that end in an exception.
 * Intel SDM volume 2: Jcc, JMP, CALL, RET (near forms), LOOP, JCXZ, BOUND, UD; volume 1, 6.4.2.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/* With 16-bit operands EIP is cut to 16 bits; beyond the limit of CS: #GP(0). */
static bool check_target(struct cpu *cpu, const struct insn *insn, uint32_t *target)
{
	if (insn->operand_size == 2)
		*target &= 0xffff;
	if (*target > cpu->state.segment[CS].limit)
		return raise_gp(cpu, 0);
	return true;
}

static bool jump(struct cpu *cpu, const struct insn *insn, uint32_t target)
{
	if (!check_target(cpu, insn, &target))
		return false;
	cpu->next_eip = target;
	return true;
}

/* Processors store the return address before they look at the target, and keep ESP when that faults: the
 * manual has it the other way round. */
static bool call(struct cpu *cpu, const struct insn *insn, uint32_t target)
{
	uint32_t pointer = cpu->state.gpr[ESP];

	if (!push_at(cpu, &pointer, insn->operand_size, cpu->next_eip) || !jump(cpu, insn, target))
		return false;
	move_stack(cpu, pointer);
	return true;
}

static uint32_t relative_target(const struct cpu *cpu, const struct insn *insn)
{
	return cpu->next_eip + insn->immediate;
}

/* ---- jumps, calls, returns ---- */

bool perform_jcc(struct cpu *cpu, const struct insn *insn)
{
	return !condition(cpu, insn->opcode & 15) || jump(cpu, insn, relative_target(cpu, insn));
}

bool perform_jmp_near(struct cpu *cpu, const struct insn *insn)
{
	return jump(cpu, insn, relative_target(cpu, insn));
}

bool perform_jmp_indirect(struct cpu *cpu, const struct insn *insn)
{
	uint32_t target;

	return read_operand(cpu, insn, 0, &target) && jump(cpu, insn, target);
}

bool perform_call_near(struct cpu *cpu, const struct insn *insn)
{
	return call(cpu, insn, relative_target(cpu, insn));
}

bool perform_call_indirect(struct cpu *cpu, const struct insn *insn)
{
	uint32_t target;

	return read_operand(cpu, insn, 0, &target) && call(cpu, insn, target);
}

bool perform_ret(struct cpu *cpu, const struct insn *insn)
{
	uint32_t pointer = cpu->state.gpr[ESP], target;

	if (!pop_at(cpu, &pointer, insn->operand_size, &target) || !jump(cpu, insn, target))
		return false;
	move_stack(cpu, pointer + insn->immediate);
	return true;
}

/* ---- loops: the address size chooses CX or ECX, the operand size cuts EIP ---- */

static uint32_t counter(const struct cpu *cpu, const struct insn *insn)
{
	return cpu->state.gpr[ECX] & insn->address_mask;
}

/* The counter goes down whether the loop goes on or not, but not when the target faults. */
static bool loop_while(struct cpu *cpu, const struct insn *insn, bool wanted)
{
	uint32_t count = (counter(cpu, insn) - 1) & insn->address_mask;

	if (count && wanted && !jump(cpu, insn, relative_target(cpu, insn)))
		return false;
	cpu->state.gpr[ECX] = (cpu->state.gpr[ECX] & ~insn->address_mask) | count;
	return true;
}

bool perform_loop(struct cpu *cpu, const struct insn *insn)
{
	return loop_while(cpu, insn, true);
}

bool perform_loope(struct cpu *cpu, const struct insn *insn)
{
	return loop_while(cpu, insn, flag_zf(cpu));
}

bool perform_loopne(struct cpu *cpu, const struct insn *insn)
{
	return loop_while(cpu, insn, !flag_zf(cpu));
}

bool perform_jcxz(struct cpu *cpu, const struct insn *insn)
{
	return counter(cpu, insn) || jump(cpu, insn, relative_target(cpu, insn));
}

/* ---- exceptions on purpose ---- */

/* The index and both bounds are signed, and both bounds belong to the array. An index below the lower
 * one never gets as far as reading the upper one. */
bool perform_bound(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size;
	uint32_t offset = effective_offset(cpu, insn), lower, upper;
	int32_t index = (int32_t)sign_extend(get_register(cpu, insn->reg, size), size);

	if (!load(cpu, insn->segment, offset, size, &lower))
		return false;
	if (index < (int32_t)sign_extend(lower, size))
		return raise_fault(cpu, VECTOR_BR);
	if (!load(cpu, insn->segment, (offset + size) & insn->address_mask, size, &upper))
		return false;
	if (index > (int32_t)sign_extend(upper, size))
		return raise_fault(cpu, VECTOR_BR);
	return true;
}

bool perform_undefined(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	return raise_ud(cpu);
}
