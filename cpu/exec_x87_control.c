/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87_control.c - the x87's control instructions: control and status word, the stack's pointer and tags, FNINIT and
 * FNCLEX. Those with an N in their name do not wait for pending exceptions; an assembler puts WAIT before the others.
 * Intel SDM volume 1, 8.3.11 (the list), 8.3.12.
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/x87.h"

/* SDM vol. 1, table 8-1 and vol. 2, FINIT: the registers keep their values, and are empty. */
void x87_initialize(struct x87_state *x87)
{
	x87->control = X87_CONTROL_INIT;
	x87->status = 0;
	x87->valid = 0;
	x87->opcode = 0;
	x87->instruction_selector = x87->data_selector = 0;
	x87->instruction_offset = x87->data_offset = 0;
}

bool perform_fninit(struct cpu *cpu, const struct insn *insn)
{
	enum x87_entry entry = x87_enter_unwaiting(cpu);

	(void)insn;
	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	x87_initialize(&cpu->floats->x87);
	x87_settle_line(cpu);
	return true;
}

bool perform_fnclex(struct cpu *cpu, const struct insn *insn)
{
	enum x87_entry entry = x87_enter_unwaiting(cpu);

	(void)insn;
	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	cpu->floats->x87.status &= (uint16_t) ~(X87_EXCEPTIONS | X87_SF | X87_ES | X87_B);
	x87_settle_line(cpu);
	return true;
}

/* ---- the two words ---- */

bool perform_fldcw(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter(cpu);
	uint32_t value;

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	if (!load(cpu, insn->segment, effective_offset(cpu, insn), 2, &value))
		return false;
	x87->control = (uint16_t)((value & X87_CONTROL_DEFINED) | X87_CONTROL_FIXED);
	x87_summarize(x87);
	x87_settle_line(cpu);
	return true;
}

bool perform_fnstcw(struct cpu *cpu, const struct insn *insn)
{
	enum x87_entry entry = x87_enter_unwaiting(cpu);

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	return store(cpu, insn->segment, effective_offset(cpu, insn), 2, cpu->floats->x87.control);
}

/* To memory (DD /7), or to AX (DF E0). */
bool perform_fnstsw(struct cpu *cpu, const struct insn *insn)
{
	enum x87_entry entry = x87_enter_unwaiting(cpu);

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	if (insn->memory)
		return store(cpu, insn->segment, effective_offset(cpu, insn), 2, cpu->floats->x87.status);
	set_word_register(cpu, EAX, cpu->floats->x87.status);
	return true;
}

/* ---- the stack itself ---- */

/* FDECSTP (D9 F6) and FINCSTP (D9 F7): no register becomes empty or full. */
static void float_turn(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;

	x87->status &= (uint16_t)~X87_C1;
	x87_turn(x87, insn->rm == 7 ? 1 : -1);
}

bool perform_float_turn(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, float_turn);
}

/* FFREE (DD C0), and FFREEP (DF C0), which nobody documents and all processors have. C1, undefined by the manual, is
 * cleared. */
static void ffree(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;

	x87->status &= (uint16_t)~X87_C1;
	x87_free(x87, insn->rm);
	if (insn->opcode == 0xdf)
		x87_turn(x87, 1);
}

bool perform_ffree(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, ffree);
}

static void fnop(struct cpu *cpu, const struct insn *insn)
{
	(void)cpu;
	(void)insn;
}

bool perform_fnop(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fnop);
}

/* FNENI, FNDISI, FNSETPM: what an 8087 or 287 had them for is gone; they do nothing (SDM vol. 3, 22.18.9). */
bool perform_float_obsolete(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	return x87_enter_unwaiting(cpu) != X87_LEFT;
}
