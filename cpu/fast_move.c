/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast_move.c - fast forms of LEA, extensions, conditional moves and the stack.
 */
#include "cpu/fast.h"

/* ---- moves of other kinds ---- */

static void lea_4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->reg] = effective_offset(cpu, insn);
	NEXT;
}

#define EXTEND(name, size, conversion)                                                              \
	static void name##_rr##size(struct cpu *cpu, const struct insn *insn)                        \
	{                                                                                           \
		cpu->state.gpr[insn->to] = conversion get_register(cpu, insn->from, size);           \
		NEXT;                                                                               \
	}                                                                                           \
	static void name##_rm##size(struct cpu *cpu, const struct insn *insn)                        \
	{                                                                                           \
		uint8_t *host = operand_host(cpu, insn, size, false);                                \
		if (!host) {                                                                        \
			run_row(cpu, insn);                                                          \
			return;                                                                     \
		}                                                                                   \
		cpu->state.gpr[insn->to] = conversion host_load(host, size);                         \
		NEXT;                                                                               \
	}

EXTEND(movzx, 1, (uint32_t))
EXTEND(movzx, 2, (uint32_t))
EXTEND(movsx, 1, (uint32_t)(int8_t))
EXTEND(movsx, 2, (uint32_t)(int16_t))

static void cwd_4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[EDX] = (uint32_t)((int32_t)cpu->state.gpr[EAX] >> 31);
	NEXT;
}

static void set_r1(struct cpu *cpu, const struct insn *insn)
{
	set_byte_register(cpu, insn->to, condition(cpu, insn->opcode & 15));
	NEXT;
}

static void cmov_rr4(struct cpu *cpu, const struct insn *insn)
{
	if (condition(cpu, insn->opcode & 15))
		cpu->state.gpr[insn->to] = cpu->state.gpr[insn->from];
	NEXT;
}

static void nop(struct cpu *cpu, const struct insn *insn)
{
	NEXT;
}

/* ---- the stack, 32 bits wide, by a 32-bit ESP ---- */

INLINE void run_push(struct cpu *cpu, const struct insn *insn, enum form form)
{
	uint8_t *source = form == FORM_M ? operand_host(cpu, insn, 4, false) : NULL, *slot = push_host(cpu);

	if (!slot || (form == FORM_M && !source)) {
		run_row(cpu, insn);
		return;
	}
	host_store(slot, 4,
	           form == FORM_M   ? host_load(source, 4)
	           : form == FORM_I ? insn->immediate
	                            : cpu->state.gpr[insn->to]);
	cpu->state.gpr[ESP] -= 4;
	NEXT;
}

static void push_r4(struct cpu *cpu, const struct insn *insn) { run_push(cpu, insn, FORM_R); }
static void push_m4(struct cpu *cpu, const struct insn *insn) { run_push(cpu, insn, FORM_M); }
static void push_i4(struct cpu *cpu, const struct insn *insn) { run_push(cpu, insn, FORM_I); }

static void pop_r4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *slot = pop_host(cpu, cpu->state.gpr[ESP]);

	if (!slot) {
		run_row(cpu, insn);
		return;
	}
	cpu->state.gpr[ESP] += 4;
	cpu->state.gpr[insn->to] = host_load(slot, 4); /* POP ESP: the popped value stays */
	NEXT;
}

static void leave_4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *slot = pop_host(cpu, cpu->state.gpr[EBP]);

	if (!slot) {
		run_row(cpu, insn);
		return;
	}
	cpu->state.gpr[ESP] = cpu->state.gpr[EBP] + 4;
	cpu->state.gpr[EBP] = host_load(slot, 4);
	NEXT;
}

/* ---- the table ---- */

insn_execute *fast_extension(const struct insn *insn, enum form form)
{
	bool byte = insn->row->operand[1] == OP_Eb;

	if (insn->row->perform == perform_lea)
		return lea_4;
	if (insn->row->perform == perform_movzx)
		return form == FORM_RR ? (byte ? movzx_rr1 : movzx_rr2) : byte ? movzx_rm1 : movzx_rm2;
	if (insn->row->perform == perform_movsx)
		return form == FORM_RR ? (byte ? movsx_rr1 : movsx_rr2) : byte ? movsx_rm1 : movsx_rm2;
	return NULL;
}

const struct fast_row fast_moves[] = {
	{perform_push, FORM_R, 4, push_r4},
	{perform_push, FORM_M, 4, push_m4},
	{perform_push, FORM_I, 4, push_i4},
	{perform_pop, FORM_R, 4, pop_r4},
	{perform_leave, FORM_NONE, 4, leave_4},
	{perform_cwd, FORM_NONE, 4, cwd_4},
	{perform_set, FORM_R, 1, set_r1},
	{perform_cmov, FORM_RR, 4, cmov_rr4},
	{perform_nop, FORM_NONE, 4, nop},
	{0},
};
