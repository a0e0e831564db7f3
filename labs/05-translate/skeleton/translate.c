/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * translate.c - lab 5: two passes of a binary translator. Your name:
 *
 * `treatment` says how one guest instruction is treated; the other five make the IA-32 code that takes its place, each for one way of
 * treating. See handout.md, and ringside_lab.h from "lab 5" on for all that there is.
 */
#include "ringside_lab.h"

/* What is not written yet says so with `ringside grade -v`, and is left to the VMM, which brings no points. */
static enum lab_result to_do(struct lab_vm *vm, const struct lab_unit_insn *unit_insn, const char *what)
{
	vm->call->log(vm, "%s: to do (%s at %08x)", what, unit_insn->insn.name, unit_insn->insn.eip);
	return LAB_DECLINE;
}

/* ---- writing code: begin with these ---- */

__attribute__((unused)) static void byte(struct lab_unit_insn *to, unsigned value)
{
	if (to->size < LAB_CODE)
		to->code[to->size] = (uint8_t)value;
	to->size++;
}

__attribute__((unused)) static void dword(struct lab_unit_insn *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		byte(to, value >> 8 * i & 0xff);
}

/* Where a member of the virtual page lies from GS:0, as AT(interrupt_flag). */
#define AT(member) ((uint32_t)offsetof(struct lab_virtual, member))

/* ---- part A ---- */

static enum lab_result do_treatment(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	return to_do(vm, unit_insn, "treatment");
}

/* ---- part B ---- */

static enum lab_result do_identical(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	return to_do(vm, unit_insn, "emit-identical");
}

static enum lab_result do_transfer(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	return to_do(vm, unit_insn, "emit-transfer");
}

static enum lab_result do_lookup(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	return to_do(vm, unit_insn, "emit-lookup");
}

/* ---- part C ---- */

static enum lab_result do_in_cache(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	return to_do(vm, unit_insn, "emit-in-cache");
}

/* ---- part D ---- */

static enum lab_result do_callout(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	return to_do(vm, unit_insn, "emit-callout");
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 5",
	.translator = {
		.treatment = do_treatment, .identical = do_identical, .in_cache = do_in_cache, .callout = do_callout,
		.transfer = do_transfer, .lookup = do_lookup,
	},
};
