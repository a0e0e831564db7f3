/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/x87.c - the x87's exceptions, how they are reported, and what each instruction begins with.
 * Intel SDM volume 1, 8.1.8 and 8.1.9 (pointers), 8.5 to 8.7; volume 3, 2.5 (CR0.MP, EM, TS, NE), 9.2.2.
 */
#include "cpu/x87.h"

#include "cpu/system.h"

void x87_summarize(struct x87_state *x87)
{
	bool pending = x87->status & ~x87->control & X87_EXCEPTIONS;

	x87->status = (uint16_t)(x87->status & ~(X87_ES | X87_B));
	if (pending)
		x87->status |= X87_ES | X87_B;
}

bool x87_take(struct x87_state *x87, uint16_t status, unsigned codes)
{
	enum { BEFORE = X87_IE | X87_DE | X87_ZE };

	x87->status = (uint16_t)((x87->status & ~codes) | (status & codes) | (status & X87_EXCEPTIONS));
	x87_summarize(x87);
	return !(status & ~x87->control & BEFORE);
}

static bool stack_fault(struct x87_state *x87, unsigned c1)
{
	x87->status = (uint16_t)((x87->status & ~X87_C1) | X87_IE | X87_SF | c1);
	x87_summarize(x87);
	return x87->control & X87_IE;
}

bool x87_underflow(struct x87_state *x87)
{
	return stack_fault(x87, 0);
}

bool x87_overflow(struct x87_state *x87)
{
	return stack_fault(x87, X87_C1);
}

bool x87_top(struct x87_state *x87, struct float80 *value)
{
	if (x87_empty(x87, 0)) {
		*value = x87_indefinite();
		return x87_underflow(x87);
	}
	x87->status &= (uint16_t)~X87_C1;
	*value = x87_get(x87, 0);
	return true;
}

/* ---- reporting ---- */

void x87_settle_line(struct cpu *cpu)
{
	if (!cpu->floats->x87.error_line || (cpu->floats->x87.status & X87_ES))
		return;
	cpu->floats->x87.error_line = false;
	if (cpu->bus->numeric_error)
		cpu->bus->numeric_error(cpu->bus->owner, false);
}

/* With CR0.NE clear a PC's way: FERR# tells the board, and the processor waits for the interrupt that comes of it, with
 * EIP on the instruction that could not begin. IGNNE#, by which the handler is let through, is the board's answer. */
static void wait_for_board(struct cpu *cpu)
{
	bool told = cpu->floats->x87.error_line;

	cpu->floats->x87.error_line = true;
	cpu->state.activity = ACTIVITY_HALTED;
	cpu->attention = true;
	if (!told && cpu->bus->numeric_error)
		cpu->bus->numeric_error(cpu->bus->owner, true);
}

bool x87_reports(struct cpu *cpu)
{
	x87_settle_line(cpu);
	if (!(cpu->floats->x87.status & X87_ES))
		return false;
	if (cpu->state.cr0 & CR0_NE)
		return !raise_fault(cpu, VECTOR_MF);
	if (cpu->ignores_numeric_error)
		return false;
	wait_for_board(cpu);
	return true;
}

/* ---- entering ---- */

enum x87_entry x87_enter_unwaiting(struct cpu *cpu)
{
	if (cpu->state.cr0 & (CR0_EM | CR0_TS)) {
		raise_fault(cpu, VECTOR_NM);
		return X87_LEFT;
	}
	return has_feature(cpu, CPUID_FPU) ? X87_ENTERED : X87_DONE;
}

enum x87_entry x87_enter(struct cpu *cpu)
{
	enum x87_entry entry = x87_enter_unwaiting(cpu);

	if (entry != X87_ENTERED)
		return entry;
	return x87_reports(cpu) ? X87_LEFT : X87_ENTERED;
}

void x87_note(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;

	x87->instruction_selector = cpu->state.segment[CS].selector;
	x87->instruction_offset = cpu->block_eip + insn->offset;
	x87->opcode = (uint16_t)((insn->opcode & 7) << 8 | insn->modrm);
	if (!insn->memory)
		return;
	x87->data_selector = cpu->state.segment[insn->segment].selector;
	x87->data_offset = effective_offset(cpu, insn);
}

struct float_job x87_job(const struct x87_state *x87, unsigned other)
{
	return (struct float_job){
		.st = {x87_get(x87, 0), x87_get(x87, other)},
		.control = x87->control,
	};
}
