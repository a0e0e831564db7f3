/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * classify.c - lab 1, parts A and B: which instructions keep IA-32 from being virtualizable. Your name:
 *
 * `classify` is asked about an instruction, whatever its operands; `outcome` about one with its operands, in a ring. See handout.md, and
 * ringside_lab.h for all that there is.
 */
#include "ringside_lab.h"

/* ---- part A ---- */

static bool is_privileged(const struct lab_vm *vm, const struct lab_classify *question)
{
	(void)vm;
	return !question->two_byte && question->opcode == 0xf4; /* hlt; to do: the others */
}

static bool is_sensitive(const struct lab_vm *vm, const struct lab_classify *question)
{
	(void)vm, (void)question;
	return false; /* to do */
}

static enum lab_result classify(struct lab_vm *vm, struct lab_classify *question)
{
	if (is_privileged(vm, question))
		question->insn_class = LAB_CLASS_PRIVILEGED;
	else if (is_sensitive(vm, question))
		question->insn_class = LAB_CLASS_SENSITIVE;
	else
		question->insn_class = LAB_CLASS_INNOCUOUS;
	question->ways = 0; /* to do: of a sensitive one */
	return LAB_DONE;
}

/* ---- part B ---- */

static enum lab_result outcome(struct lab_vm *vm, struct lab_classify *question)
{
	vm->call->log(vm, "outcome: to do: %s in ring %u", question->text, question->ring);
	question->outcome = LAB_OUTCOME_TRAPS;
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 1",
	.classify = {.classify = classify, .outcome = outcome},
};
