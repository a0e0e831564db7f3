/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/candidate_safe.c - what a random instruction may reach: the scratch pages and what is
 * unmapped here and natively, but nothing that the real-CPU helper keeps elsewhere in its address space.
 */
#include "tests/oracle/candidate.h"

/* Scratch pages, and what is surely unmapped on both sides. */
static bool safe_address(uint32_t linear)
{
	return (linear >= 0x28000000 && linear < 0xb0000000) || linear < 0xf00;
}

/* Is an access at `offset` harmless? Small segments lie where nothing else is: their limit sees to it. */
static bool safe_access(const struct candidate *candidate, unsigned segment, uint32_t offset)
{
	struct case_segment found = segment_of(candidate, segment);

	/* Code that is still being made must not be read. */
	if (found.code && found.limit <= 0xffff)
		return offset < FIRST_START - 16 || offset > found.limit;
	if (found.limit <= 0xffff && !(found.expand_down && found.big))
		return true;
	return safe_address(found.base + offset);
}

static bool safe_memory(const struct candidate *candidate, const struct cpu_state *state)
{
	const struct insn *insn = &candidate->insn;
	uint32_t offset = offset_of(insn, state);

	if ((!insn->memory && !has_offset(insn)) || is_named(insn, "lea") || is_named(insn, "nop"))
		return true;
	/* Some kernels punish locked accesses that cross a cache line. */
	if ((insn->lock || is_named(insn, "xchg")) && offset & (is_named(insn, "cmpxchg8b") ? 7 : 3))
		return false;
	return safe_access(candidate, insn->segment, offset);
}

static bool safe_string(const struct candidate *candidate, const struct cpu_state *state)
{
	const struct insn *insn = &candidate->insn;

	if (!(insn->row->flags & INSN_STRING))
		return true;
	if (insn->repeat && (state->gpr[ECX] & insn->address_mask) > 16)
		return false;
	return safe_access(candidate, ES, state->gpr[EDI] & insn->address_mask) &&
	       safe_access(candidate, insn->segment, state->gpr[ESI] & insn->address_mask);
}

static bool safe_implicit(const struct candidate *candidate, const struct cpu_state *state)
{
	const struct insn *insn = &candidate->insn;
	uint32_t translated = (state->gpr[EBX] + (state->gpr[EAX] & 0xff)) & insn->address_mask;

	if (is_mask_move(insn) && !safe_access(candidate, insn->segment, state->gpr[EDI] & insn->address_mask))
		return false;
	if (is_named(insn, "xlat") && !safe_access(candidate, insn->segment, translated))
		return false;
	if ((is_named(insn, "leave") || is_named(insn, "enter")) &&
	    !safe_access(candidate, SS, state->gpr[EBP]))
		return false;
	return !uses_stack(insn) || safe_access(candidate, SS, state->gpr[ESP]);
}

/* EIP may go to INT3s outside the case, beyond a limit, or to nothing; never back into the case. */
static bool safe_target(const struct candidate *candidate, const struct case_input *input, uint32_t target)
{
	uint32_t linear = candidate->world[CASE_CS].base + target;
	uint32_t start = CASE_CODE + input->start, end = start + input->length + candidate->insn.length;

	if (target > candidate->world[CASE_CS].limit)
		return true;
	if (linear >= CASE_CODE && linear < CASE_CODE + CASE_CODE_SIZE)
		return linear < start || linear >= end;
	if (linear + 0x1000 >= CASE_SCRATCH && linear < CASE_SCRATCH + CASE_SCRATCH_SIZE)
		return false;
	return safe_address(linear);
}

static uint32_t jump_target(const struct candidate *candidate, const struct cpu_state *state,
                            const struct model *model, const struct case_input *input)
{
	const struct insn *insn = &candidate->insn;
	bool small_stack = !candidate->world[CASE_SS].big;

	switch (insn->row->operand[0]) {
	case OP_Jb:
	case OP_Jz: return case_eip(input) + input->length + insn->length + insn->immediate;
	case OP_Ev:
		if (insn->memory)
			return model_peek(model, base_of(candidate, insn->segment) + offset_of(insn, state));
		return state->gpr[insn->rm];
	default: /* RET */
		return model_peek(model, base_of(candidate, SS) +
		                                 (state->gpr[ESP] & (small_stack ? 0xffff : 0xffffffff)));
	}
}

static bool safe_jump(const struct candidate *candidate, const struct cpu_state *state,
		      const struct model *model, const struct case_input *input)
{
	const struct insn *insn = &candidate->insn;
	bool relative = insn->row->operand[0] == OP_Jb || insn->row->operand[0] == OP_Jz;
	uint32_t target;

	if (!relative && !is_indirect(insn) && !is_named(insn, "ret"))
		return true;
	target = jump_target(candidate, state, model, input);
	return safe_target(candidate, input, insn->operand_size == 2 ? target & 0xffff : target);
}

bool candidate_safe(const struct candidate *candidate, const struct cpu_state *state,
		    const struct model *model, const struct case_input *input)
{
	if (is_named(&candidate->insn, "(undefined)"))
		return true;
	return safe_memory(candidate, state) && safe_string(candidate, state) &&
	       safe_implicit(candidate, state) && safe_jump(candidate, state, model, input);
}
