/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast.c - chooses the fast form for a decoded instruction, if there is one.
 */
#include "cpu/fast.h"

/* One operand as 'R' (and which register), 'M', 'I' or 0: no fast form knows it. */
static char operand_place(const struct insn *insn, unsigned n, uint8_t *reg)
{
	switch (insn->row->operand[n]) {
	case OP_Eb:
	case OP_Ew:
	case OP_Ev:
		*reg = insn->rm;
		return insn->memory ? 'M' : 'R';
	case OP_Ob:
	case OP_Ov:
		return 'M';
	case OP_Gb:
	case OP_Gw:
	case OP_Gv:
	case OP_Zb:
	case OP_Zv:
		*reg = insn->reg;
		return 'R';
	case OP_AL:
	case OP_rAX:
		*reg = EAX;
		return 'R';
	case OP_CL:
		*reg = ECX;
		return 'R';
	case OP_Ib:
	case OP_Ibs:
	case OP_Iw:
	case OP_Iz:
	case OP_Iv:
	case OP_Jb:
	case OP_Jz:
		return 'I';
	case OP_1:
		return '1';
	case OP_NONE:
		return ' ';
	default:
		return 0;
	}
}

static enum form form_of(struct insn *insn)
{
	char place[3] = {operand_place(insn, 0, &insn->to), operand_place(insn, 1, &insn->from), 0};

	if (place[0] == 'R')
		return place[1] == 'R' ? FORM_RR : place[1] == 'M' ? FORM_RM : place[1] == 'I' ? FORM_RI : FORM_R;
	if (place[0] == 'M')
		return place[1] == 'R' ? FORM_MR : place[1] == 'I' ? FORM_MI : FORM_M;
	return place[0] == 'I' ? FORM_I : FORM_NONE;
}

static insn_execute *find_row(const struct insn *insn, const struct fast_row *row, enum form form)
{
	for (; row->perform; row++)
		if (row->perform == insn->row->perform && row->form == form && row->size == insn->operand_size)
			return row->execute;
	return NULL;
}

static insn_execute *find(const struct insn *insn, enum form form)
{
	enum { TABLES = 4 };
	const struct fast_row *const tables[TABLES] = {fast_arithmetic, fast_moves, fast_transfers, fast_shifts};
	insn_execute *execute = NULL;

	if (insn->operand_size == 4)
		execute = fast_condition(insn);
	if (insn->operand_size == 4 && !execute)
		execute = fast_extension(insn, form);
	for (unsigned i = 0; !execute && i < TABLES; i++)
		execute = find_row(insn, tables[i], form);
	return execute;
}

insn_execute *fast_execute(struct insn *insn)
{
	enum form form = form_of(insn);
	insn_execute *execute = insn->lock || insn_is_pause(insn) ? NULL : find(insn, form);

	/* A relative transfer needs to know where the next instruction is in its block. */
	if (execute && form == FORM_I && insn_ends_block(insn))
		insn->displacement = insn->offset + (uint32_t)insn->length;
	return execute;
}
