/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lab 7, part D: a VMM's side of six hypercalls. The caller is a guest that holds machine addresses, and nothing that it says is to be
 * believed. Each function judges one call: what is right it has carried out (vm->call->carry_out), and `call->result` is the guest's
 * answer, 0 or LAB_E... Arguments are call->argument[0] on, in the order in which the comments have them.
 */
#include "ringside_lab.h"

static enum lab_result to_do(struct lab_vm *vm, struct lab_hypercall *call)
{
	vm->call->log(vm, "hypercall %u is not written yet", call->number);
	call->result = LAB_ENOSYS;
	return LAB_DONE;
}

/* (requests, count, address of how many were done or 0, domain). A request: uint64_t ptr, val. */
static enum lab_result mmu_update(struct lab_vm *vm, struct lab_hypercall *call)
{
	return to_do(vm, call);
}

/* (linear address, low and high half of the entry, flags) */
static enum lab_result update_va_mapping(struct lab_vm *vm, struct lab_hypercall *call)
{
	return to_do(vm, call);
}

/* (uint32_t frames[], number of descriptors) */
static enum lab_result set_gdt(struct lab_vm *vm, struct lab_hypercall *call)
{
	return to_do(vm, call);
}

/* (low and high half of the machine address, low and high word of the descriptor) */
static enum lab_result update_descriptor(struct lab_vm *vm, struct lab_hypercall *call)
{
	return to_do(vm, call);
}

/* (selector, ESP) */
static enum lab_result stack_switch(struct lab_vm *vm, struct lab_hypercall *call)
{
	return to_do(vm, call);
}

/* (lines up to one whose address is 0; or 0). A line: uint8_t vector, flags; uint16_t selector; uint32_t address. */
static enum lab_result set_trap_table(struct lab_vm *vm, struct lab_hypercall *call)
{
	return to_do(vm, call);
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "hypercall",
	.hypercall = {
		.mmu_update = mmu_update, .update_va_mapping = update_va_mapping, .set_gdt = set_gdt,
		.update_descriptor = update_descriptor, .stack_switch = stack_switch, .set_trap_table = set_trap_table,
	},
};
