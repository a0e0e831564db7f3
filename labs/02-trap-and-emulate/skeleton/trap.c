/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap.c - lab 2: handlers for what traps. Your name:
 *
 * Each handler is called when its instruction has trapped, with the virtual CPU in vm->cpu as it was before the instruction. It makes
 * of it what the instruction would have made of a real one, EIP included, and gives LAB_DONE; or it gives a fault. See handout.md,
 * and ringside_lab.h for all that there is.
 */
#include "ringside_lab.h"

/* What is not written yet says so, once a run, with `ringside grade -v`. */
static enum lab_result to_do(struct lab_vm *vm, const char *what)
{
	vm->call->log(vm, "%s: to do (EIP %08x)", what, vm->cpu.eip);
	return LAB_DONE;
}

/* ---- part A ---- */

static enum lab_result do_cli(struct lab_vm *vm)
{
	return to_do(vm, "cli");
}

static enum lab_result do_sti(struct lab_vm *vm)
{
	return to_do(vm, "sti");
}

static enum lab_result do_hlt(struct lab_vm *vm)
{
	return to_do(vm, "hlt");
}

/* ---- part B ---- */

static enum lab_result do_in(struct lab_vm *vm)
{
	return to_do(vm, "in");
}

static enum lab_result do_out(struct lab_vm *vm)
{
	return to_do(vm, "out");
}

/* ---- part C ---- */

static enum lab_result do_mov_from_cr(struct lab_vm *vm)
{
	return to_do(vm, "mov from cr");
}

static enum lab_result do_mov_to_cr(struct lab_vm *vm)
{
	return to_do(vm, "mov to cr");
}

static enum lab_result do_lgdt(struct lab_vm *vm)
{
	return to_do(vm, "lgdt");
}

static enum lab_result do_lidt(struct lab_vm *vm)
{
	return to_do(vm, "lidt");
}

/* ---- part D ---- */

static enum lab_result do_iret(struct lab_vm *vm)
{
	return to_do(vm, "iret");
}

static enum lab_result do_deliver(struct lab_vm *vm)
{
	return to_do(vm, "deliver");
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 2",
	.trap = {
		.cli = do_cli, .sti = do_sti, .hlt = do_hlt, .in = do_in, .out = do_out,
		.mov_from_cr = do_mov_from_cr, .mov_to_cr = do_mov_to_cr,
		.lgdt = do_lgdt, .lidt = do_lidt, .iret = do_iret, .deliver = do_deliver,
	},
};
