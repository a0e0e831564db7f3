/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87.c - x87 arithmetic and comparisons: D8, DA, DC, DE and their kin. One ModRM reg is one operation in all of them;
 * what differs is where the operands are and whether the stack is popped. Intel SDM volume 2, FADD to FUCOMPP.
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/x87.h"

/* By ModRM reg. In each three, the second operand is a register, a single or a double. */
static const uint8_t operations[8] = {
	FLOAT_add, FLOAT_mul, FLOAT_com, FLOAT_comp, FLOAT_sub, FLOAT_subr, FLOAT_div, FLOAT_divr,
};

enum { COMPARE_CODES = X87_CODES };

/* ---- operands ---- */

bool x87_load_integer(struct cpu *cpu, const struct insn *insn, unsigned size, int64_t *value)
{
	uint8_t bytes[8];

	if (!load_bytes(cpu, insn->segment, effective_offset(cpu, insn), bytes, size, size))
		return false;
	if (size == 2) {
		int16_t word;
		memcpy(&word, bytes, 2);
		*value = word;
	} else if (size == 4) {
		int32_t dword;
		memcpy(&dword, bytes, 4);
		*value = dword;
	} else {
		memcpy(value, bytes, 8);
	}
	return true;
}

/* The second operand from memory: D8 a single, DC a double, DA and DE an integer. */
static bool memory_operand(struct cpu *cpu, const struct insn *insn, struct float_job *job, unsigned *kind)
{
	struct float_job integer = {.control = X87_CONTROL_INIT};
	int64_t value;

	*kind = insn->opcode == 0xd8 ? 1 : insn->opcode == 0xdc ? 2 : 0;
	if (*kind)
		return load_bytes(cpu, insn->segment, effective_offset(cpu, insn), job->memory, *kind * 4, *kind * 4);
	if (!x87_load_integer(cpu, insn, insn->opcode == 0xda ? 4 : 2, &value))
		return false;
	memcpy(integer.memory, &value, sizeof value);
	float_host_do(FLOAT_load_qword, &integer);
	job->st[1] = integer.st[0];
	return true;
}

/* ---- arithmetic ---- */

/* ST(to) becomes what ST(0) and the other operand make. */
static void arithmetic(struct x87_state *x87, enum float_operation operation, struct float_job *job, unsigned to, bool pops)
{
	float_host_do(operation, job);
	if (!x87_take(x87, job->status, X87_C1))
		return;
	x87_set(x87, to, job->st[0]);
	if (pops)
		x87_pop(x87);
}

static void arithmetic_underflow(struct x87_state *x87, unsigned to, bool pops)
{
	if (!x87_underflow(x87))
		return;
	x87_set(x87, to, x87_indefinite());
	if (pops)
		x87_pop(x87);
}

static bool compare_memory(struct cpu *cpu, const struct insn *insn, struct float_job *job, unsigned kind);

/* FADD to FDIVR, FCOM and FCOMP with a memory operand. */
bool perform_float_memory(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter(cpu);
	struct float_job job;
	unsigned kind;

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	job = x87_job(x87, 0);
	if (!memory_operand(cpu, insn, &job, &kind))
		return false;
	x87_note(cpu, insn);
	if ((insn->reg & 6) == 2)
		return compare_memory(cpu, insn, &job, kind);
	if (x87_empty(x87, 0))
		arithmetic_underflow(x87, 0, false);
	else
		arithmetic(x87, (enum float_operation)(operations[insn->reg] + kind), &job, 0, false);
	return true;
}

/* D8: ST(0) op ST(i) to ST(0). DC, DE: to ST(i), where subtractions and divisions have changed places; DE pops. */
static void float_arithmetic(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	unsigned to = insn->opcode == 0xd8 ? 0 : insn->rm;
	bool pops = insn->opcode == 0xde;
	struct float_job job;

	if (x87_empty(x87, 0) || x87_empty(x87, insn->rm)) {
		arithmetic_underflow(x87, to, pops);
		return;
	}
	job = x87_job(x87, insn->rm);
	arithmetic(x87, (enum float_operation)operations[insn->reg], &job, to, pops);
}

bool perform_float_arithmetic(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, float_arithmetic);
}

/* ---- comparisons ---- */

static void pop_times(struct x87_state *x87, unsigned pops)
{
	while (pops--)
		x87_pop(x87);
}

static void compare(struct x87_state *x87, enum float_operation operation, struct float_job *job, unsigned pops)
{
	float_host_do(operation, job);
	if (x87_take(x87, job->status, COMPARE_CODES))
		pop_times(x87, pops);
}

/* Unordered is what an empty register compares as. */
static void compare_underflow(struct x87_state *x87, unsigned pops)
{
	bool masked = x87_underflow(x87);

	x87->status |= X87_C0 | X87_C2 | X87_C3;
	if (masked)
		pop_times(x87, pops);
}

static bool compare_memory(struct cpu *cpu, const struct insn *insn, struct float_job *job, unsigned kind)
{
	struct x87_state *x87 = &cpu->floats->x87;
	unsigned pops = insn->reg & 1;

	if (x87_empty(x87, 0))
		compare_underflow(x87, pops);
	else
		compare(x87, (enum float_operation)(FLOAT_com + kind), job, pops);
	return true;
}

static bool compare_registers(struct cpu *cpu, const struct insn *insn, enum float_operation operation, unsigned pops)
{
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter(cpu);
	struct float_job job;

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	x87_note(cpu, insn);
	if (x87_empty(x87, 0) || (operation != FLOAT_tst && x87_empty(x87, insn->rm))) {
		compare_underflow(x87, pops);
		return true;
	}
	job = x87_job(x87, insn->rm);
	compare(x87, operation, &job, pops);
	return true;
}

bool perform_fcom(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_com, 0);
}

bool perform_fcomp(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_com, 1);
}

bool perform_fcompp(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_com, 2);
}

bool perform_fucom(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_ucom, 0);
}

bool perform_fucomp(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_ucom, 1);
}

bool perform_fucompp(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_ucom, 2);
}

bool perform_ftst(struct cpu *cpu, const struct insn *insn)
{
	return compare_registers(cpu, insn, FLOAT_tst, 0);
}

/* C3, C2 and C0 as ZF, PF and CF. The other status flags are cleared. */
static void flags_of_codes(struct cpu *cpu, unsigned codes)
{
	uint32_t flags = 0;

	if (codes & X87_C3)
		flags |= EFLAGS_ZF;
	if (codes & X87_C2)
		flags |= EFLAGS_PF;
	if (codes & X87_C0)
		flags |= EFLAGS_CF;
	set_status_flags(cpu, flags);
}

/* FCOMI (DB F0), FUCOMI (DB E8), and with DF popping: the answer is in EFLAGS. By the manual C1 is cleared, and an unmasked
 * invalid operand prevents an answer; real processors leave C1 alone and answer "unordered". */
static void fcomi(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	bool pops = insn->opcode == 0xdf, done;
	struct float_job job;

	job = x87_job(x87, insn->rm);
	if (x87_empty(x87, 0) || x87_empty(x87, insn->rm)) {
		done = x87_underflow(x87);
		job.status = X87_CODES;
	} else {
		float_host_do(insn->reg == 5 ? FLOAT_ucom : FLOAT_com, &job);
		done = x87_take(x87, job.status, 0);
	}
	flags_of_codes(cpu, job.status);
	if (done && pops)
		x87_pop(x87);
}

bool perform_fcomi(struct cpu *cpu, const struct insn *insn)
{
	return x87_do(cpu, insn, fcomi);
}

/* An escape that no x87 has. */
bool perform_float_undefined(struct cpu *cpu, const struct insn *insn)
{
	enum x87_entry entry = x87_enter_unwaiting(cpu);

	(void)insn;
	return entry == X87_ENTERED ? raise_ud(cpu) : entry == X87_DONE;
}

bool perform_wait(struct cpu *cpu, const struct insn *insn)
{
	enum { WATCHED = CR0_MP | CR0_TS };

	(void)insn;
	if ((cpu->state.cr0 & WATCHED) == WATCHED)
		return raise_fault(cpu, VECTOR_NM);
	return !has_feature(cpu, CPUID_FPU) || !x87_reports(cpu);
}
