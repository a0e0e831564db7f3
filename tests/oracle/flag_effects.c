/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/flag_effects.c - the table of flag_effects.h. Most rows are fixed; shifts and rotates
 * depend on their count, conditions on the opcode, repeated comparisons on whether they do any.
 */
#include "tests/oracle/flag_effects.h"

#include <string.h>

enum {
	CF = EFLAGS_CF,
	PF = EFLAGS_PF,
	AF = EFLAGS_AF,
	ZF = EFLAGS_ZF,
	SF = EFLAGS_SF,
	OF = EFLAGS_OF,
	ALL = EFLAGS_STATUS,
};

static const struct {
	const char *mnemonic;
	uint32_t defined, undefined, read;
} fixed[] = {
	{ "add", ALL, 0, 0 },
	{ "sub", ALL, 0, 0 },
	{ "cmp", ALL, 0, 0 },
	{ "neg", ALL, 0, 0 },
	{ "xadd", ALL, 0, 0 },
	{ "cmpxchg", ALL, 0, 0 },
	{ "adc", ALL, 0, CF },
	{ "sbb", ALL, 0, CF },
	{ "and", ALL & ~AF, AF, 0 },
	{ "or", ALL & ~AF, AF, 0 },
	{ "xor", ALL & ~AF, AF, 0 },
	{ "test", ALL & ~AF, AF, 0 },
	{ "inc", ALL & ~CF, 0, 0 },
	{ "dec", ALL & ~CF, 0, 0 },
	{ "mul", CF | OF, SF | ZF | AF | PF, 0 },
	{ "imul", CF | OF, SF | ZF | AF | PF, 0 },
	{ "div", 0, ALL, 0 },
	{ "idiv", 0, ALL, 0 },
	{ "bt", CF, OF | SF | AF | PF, 0 },
	{ "bts", CF, OF | SF | AF | PF, 0 },
	{ "btr", CF, OF | SF | AF | PF, 0 },
	{ "btc", CF, OF | SF | AF | PF, 0 },
	{ "bsf", ZF, CF | OF | SF | AF | PF, 0 },
	{ "bsr", ZF, CF | OF | SF | AF | PF, 0 },
	{ "daa", SF | ZF | AF | PF | CF, OF, AF | CF },
	{ "das", SF | ZF | AF | PF | CF, OF, AF | CF },
	{ "aaa", AF | CF, OF | SF | ZF | PF, AF },
	{ "aas", AF | CF, OF | SF | ZF | PF, AF },
	{ "aam", SF | ZF | PF, OF | AF | CF, 0 },
	{ "aad", SF | ZF | PF, OF | AF | CF, 0 },
	{ "cmpxchg8b", ZF, 0, 0 },
	{ "arpl", ZF, 0, 0 },
	{ "comiss", ALL, 0, 0 },
	{ "comisd", ALL, 0, 0 },
	{ "ucomiss", ALL, 0, 0 },
	{ "ucomisd", ALL, 0, 0 },
	{ "clc", CF, 0, 0 },
	{ "stc", CF, 0, 0 },
	{ "cmc", CF, 0, CF },
	{ "sahf", ALL & ~OF, 0, 0 },
	{ "lahf", 0, 0, ALL & ~OF },
	{ "salc", 0, 0, CF },
	{ "fcmovb", 0, 0, CF },
	{ "fcmovnb", 0, 0, CF },
	{ "fcmove", 0, 0, ZF },
	{ "fcmovne", 0, 0, ZF },
	{ "fcmovbe", 0, 0, CF | ZF },
	{ "fcmovnbe", 0, 0, CF | ZF },
	{ "fcmovu", 0, 0, PF },
	{ "fcmovnu", 0, 0, PF },
	{ "into", 0, 0, OF },
	{ "loope", 0, 0, ZF },
	{ "loopne", 0, 0, ZF },
};

/* By the condition's number without its lowest bit. */
static const uint32_t condition_reads[8] = { OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF };

static unsigned shift_count(const struct insn *insn, const struct cpu_state *state)
{
	unsigned n = insn->row->operand[2] == OP_NONE ? 1 : 2;

	switch (insn->row->operand[n]) {
	case OP_1: return 1;
	case OP_CL: return state->gpr[ECX] & 31;
	default: return insn->immediate & 31;
	}
}

/* A count of zero touches nothing; OF is defined for a count of one alone. */
static void shift_effects(struct flag_effects *effects, const struct insn *insn, unsigned count)
{
	const char *name = insn->row->mnemonic;
	unsigned bits = insn->operand_size * 8u;

	if (name[0] == 'r') {
		effects->read = name[1] == 'c' ? CF : 0;
		effects->defined = count ? CF : 0;
	} else {
		effects->defined = count ? ALL & ~AF : 0;
		effects->undefined = count ? AF : 0;
	}
	if (count > 1)
		effects->undefined |= OF;
	if (strcmp(name, "sar") != 0 && name[0] == 's' && count >= bits)
		effects->undefined |= CF;
	if (strlen(name) == 4 && count > bits) { /* shld, shrd */
		effects->undefined |= ALL;
		effects->result_undefined = true;
	}
	effects->defined &= ~effects->undefined;
}

static bool is_shift(const char *name)
{
	static const char *const shifts[] = {"rol", "ror", "rcl", "rcr", "shl", "shr", "sar", "shld", "shrd"};

	for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
		if (strcmp(name, shifts[i]) == 0)
			return true;
	}
	return false;
}

struct flag_effects flag_effects(const struct insn *insn, const struct cpu_state *state)
{
	struct flag_effects effects = { 0 };
	const char *name = insn->row->mnemonic;

	if (is_shift(name))
		shift_effects(&effects, insn, shift_count(insn, state));
	if (insn->row->flags & INSN_CONDITION)
		effects.read = condition_reads[insn->opcode >> 1 & 7];
	if (insn->row->flags & INSN_STRING_COMPARE &&
	    (!insn->repeat || (state->gpr[ECX] & insn->address_mask)))
		effects.defined = ALL;
	if (strcmp(name, "bswap") == 0)
		effects.result_undefined = insn->operand_size == 2;
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
		if (strcmp(name, fixed[i].mnemonic) == 0) {
			effects.defined = fixed[i].defined;
			effects.undefined = fixed[i].undefined;
			effects.read = fixed[i].read;
		}
	}
	return effects;
}
