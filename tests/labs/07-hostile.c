/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/07-hostile.c - submissions to lab 7 that mean no good: one is made by -DHOSTILE_NAME. What must be said of each, and the
 * test that it is graded with:
 *
 * expected: DECLINE stack_switch it gives LAB_DECLINE
 * expected: FAULT stack_switch gave LAB_FAULT
 * expected: UNASKED stack_switch has carried out 2 updates, not 1|lets through
 * expected: ENDLESS_UPDATES stack_switch has more than 257 updates carried out
 * expected: REQUEST_TOO_MANY mmu_update has carried out more than|something else carried out|lets through
 * expected: BIG_KIND stack_switch lets through|something else carried out
 * expected: BIG_COPY stack_switch 1 to 64 can be had at once
 * expected: WINDOW stack_switch would have read the VMM's own memory
 * expected: WRAP stack_switch would have read the VMM's own memory
 * expected: ARGUMENTS stack_switch wild write
 * expected: CPU stack_switch wild write
 * expected: CRASH mmu_update crash
 * expected: LOOP stack_switch endless loop
 * expected: FOREIGN_FRAME stack_switch answers -EPERM|refuses
 */
#include "ringside_lab.h"

static enum lab_result mean(struct lab_vm *vm, struct lab_hypercall *call)
{
	struct lab_update update = {.kind = LAB_UPDATE_STACK, .selector = 0xe021, .address = call->argument[1]};
	uint32_t words[1024] = {0};

	call->result = 0;
	(void)vm, (void)update, (void)words;
#if defined HOSTILE_DECLINE
	return LAB_DECLINE;
#elif defined HOSTILE_FAULT
	return lab_fault(vm, LAB_GP, 0);
#elif defined HOSTILE_UNASKED
	update.selector = (uint16_t)((call->argument[0] & ~3u) | 1);
	vm->call->carry_out(vm, &update);
	vm->call->carry_out(vm, &update);
#elif defined HOSTILE_ENDLESS_UPDATES
	for (;;)
		vm->call->carry_out(vm, &update);
#elif defined HOSTILE_REQUEST_TOO_MANY
	for (;;)
		vm->call->carry_out(vm, &update);
#elif defined HOSTILE_BIG_KIND
	memset(&update, 0xff, sizeof update);
	vm->call->carry_out(vm, &update);
#elif defined HOSTILE_BIG_COPY
	vm->call->copy_from_guest(vm, 0xc0100000, words, 4096);
#elif defined HOSTILE_WINDOW
	vm->call->copy_from_guest(vm, 0xffe00000, words, 64);
#elif defined HOSTILE_WRAP
	vm->call->copy_from_guest(vm, 0xfffffff0, words, 64);
#elif defined HOSTILE_ARGUMENTS
	call->argument[0] = 0xe021;
#elif defined HOSTILE_CPU
	vm->cpu.cr3 = 0;
#elif defined HOSTILE_CRASH
	*(volatile uint32_t *)16 = 0;
#elif defined HOSTILE_LOOP
	for (volatile int forever = 1; forever;)
		;
#elif defined HOSTILE_FOREIGN_FRAME
	if (vm->call->read_frame(vm, 0, 0, words, sizeof words) || vm->call->read_frame(vm, UINT64_MAX, 0, words, 4) ||
	    vm->call->read_frame(vm, 600, 4094, words, 4) || vm->call->read_frame(vm, 600, 0xffffffff, words, 4096) ||
	    vm->call->frame_type(vm, UINT64_MAX) != LAB_FRAME_FOREIGN)
		call->result = -2;
	else
		call->result = LAB_EPERM;
#endif
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "mean",
	.hypercall = {mean, mean, mean, mean, mean, mean},
};
