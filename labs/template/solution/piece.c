/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * solutions/@NAME@/piece.c - the solution of @NAME@.
 */
#include "ringside_lab.h"

static enum lab_result do_cli(struct lab_vm *vm)
{
	if (vm->cpu.cpl > lab_iopl(vm))
		return lab_fault(vm, LAB_GP, 0);
	vm->cpu.eflags &= ~(uint32_t)LAB_IF;
	vm->cpu.eip += vm->insn.length;
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "@NAME@",
	.trap = {.cli = do_cli},
};
