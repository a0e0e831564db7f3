/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_move.c - moving data: between registers and memory, widened, by condition, by table; and
 * single flags. Intel SDM volume 2: MOV, MOVZX, MOVSX, CMOVcc, SETcc, LEA, XLAT, BSWAP, LAHF, SAHF.
 */
#include "cpu/operand.h"
#include "cpu/perform.h"
#include "cpu/vmx_inside.h"

bool perform_mov(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	return read_operand(cpu, insn, 1, &value) && write_operand(cpu, insn, 0, value);
}

bool perform_movzx(struct cpu *cpu, const struct insn *insn)
{
	return perform_mov(cpu, insn);
}

bool perform_movsx(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	return read_operand(cpu, insn, 1, &value) &&
	       write_operand(cpu, insn, 0, sign_extend(value, operand_bytes(insn, 1)));
}

/* The source is read, and may fault, whatever the condition says. */
bool perform_cmov(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	if (!read_operand(cpu, insn, 1, &value))
		return false;
	return !condition(cpu, insn->opcode & 15) || write_operand(cpu, insn, 0, value);
}

bool perform_set(struct cpu *cpu, const struct insn *insn)
{
	return write_operand(cpu, insn, 0, condition(cpu, insn->opcode & 15));
}

bool perform_lea(struct cpu *cpu, const struct insn *insn)
{
	return write_operand(cpu, insn, 0, effective_offset(cpu, insn));
}

bool perform_xlat(struct cpu *cpu, const struct insn *insn)
{
	uint32_t offset = (cpu->state.gpr[EBX] + get_byte_register(cpu, EAX)) & insn->address_mask, value;

	if (!load(cpu, insn->segment, offset, 1, &value))
		return false;
	set_byte_register(cpu, EAX, value);
	return true;
}

/* With a 16-bit operand the result is undefined; processors give zero. */
bool perform_bswap(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value = cpu->state.gpr[insn->reg];

	value = value << 24 | (value & 0xff00) << 8 | (value >> 8 & 0xff00) | value >> 24;
	set_register(cpu, insn->reg, insn->operand_size, insn->operand_size == 2 ? 0 : value);
	return true;
}

bool perform_nop(struct cpu *cpu, const struct insn *insn)
{
	return !insn_is_pause(insn) || vmx_permits_primary(cpu, insn, PRIMARY_PAUSE, REASON_PAUSE);
}

/* ---- flags ---- */

bool perform_lahf(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	set_byte_register(cpu, EAX + 4, (status_flags(cpu) & 0xff) | EFLAGS_FIXED);
	return true;
}

bool perform_sahf(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	set_status_flags(cpu, get_byte_register(cpu, EAX + 4) | (flag_of(cpu) ? EFLAGS_OF : 0));
	return true;
}

/* SALC, in no manual and in every processor: AL becomes CF in each bit. */
bool perform_salc(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	set_byte_register(cpu, EAX, flag_cf(cpu) ? 0xff : 0);
	return true;
}

bool perform_clc(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	set_cf(cpu, false);
	return true;
}

bool perform_stc(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	set_cf(cpu, true);
	return true;
}

bool perform_cmc(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	set_cf(cpu, !flag_cf(cpu));
	return true;
}

bool perform_cld(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	cpu->state.eflags &= ~(uint32_t)EFLAGS_DF;
	return true;
}

bool perform_std(struct cpu *cpu, const struct insn *insn)
{
	(void)insn;
	cpu->state.eflags |= EFLAGS_DF;
	return true;
}
