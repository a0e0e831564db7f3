/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assist.c - lab 8: the decisions of a VMM on hardware assist. Your name:
 *
 * Four handlers: what is to leave the guest (controls), what is done when it has left (exit), what goes in with it (inject), and which
 * memory it has (ept_violation). See handout.md, and ringside_lab.h for all that there is. All give LAB_DONE.
 */
#include "ringside_lab.h"

/* What is not written yet says so, with `ringside grade -v`. */
static enum lab_result to_do(struct lab_vm *vm, const char *what)
{
	vm->call->log(vm, "%s: to do (EIP %08x)", what, vm->cpu.eip);
	return LAB_DONE;
}

/* ---- parts A and B: exits ---- */

/*
 * x->reason says why the guest was left, x->qualification more of it (tables 27-3, 27-5). An instruction has not been executed: do to
 * vm->cpu what it would have done, EIP included (x->length). Or give the guest an exception, by x->entry.
 */
static enum lab_result do_exit(struct lab_vm *vm, struct lab_assist *x)
{
	switch (x->reason) {
	case LAB_EXIT_CPUID:
		return to_do(vm, "cpuid");
	case LAB_EXIT_HLT:
		return to_do(vm, "hlt");
	case LAB_EXIT_IO:
		return to_do(vm, "io");
	case LAB_EXIT_CR:
		return to_do(vm, "control register");
	case LAB_EXIT_EXCEPTION:
		return to_do(vm, "exception");
	default:
		return to_do(vm, "exit of another reason");
	}
}

/* ---- part B: what goes with the entry ---- */

/* Called before an entry when an interrupt waits, or when the last exit cut the delivery of an event short (x->vectored). */
static enum lab_result do_inject(struct lab_vm *vm, struct lab_assist *x)
{
	(void)x;
	return to_do(vm, "inject");
}

/* ---- part C: controls ---- */

/* x->controls lets everything exit that can. Take away what a right guest does not need. */
static enum lab_result do_controls(struct lab_vm *vm, struct lab_assist *x)
{
	(void)x;
	return to_do(vm, "controls");
}

/* ---- part D: nested page tables ---- */

/* The guest has used x->gpa, for which the EPT has no entry, or one that does not permit it. Make the entry. */
static enum lab_result do_ept_violation(struct lab_vm *vm, struct lab_assist *x)
{
	vm->call->log(vm, "gpa %08x: the root's table is at %08x", (unsigned)x->gpa, (unsigned)x->ept_root);
	return to_do(vm, "EPT violation");
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "assist",
	.assist = {.controls = do_controls, .exit = do_exit, .inject = do_inject, .ept_violation = do_ept_violation},
};
