/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/04-hostile.c - shadow pagers that mean no good: each tries a door of lab 4's. None may pass the test, and each is told what
 * it did.
 *
 * expected: TABLE_OF_VMM fill leads to machine frame .* which is none of your tables
 * expected: FRAME_OF_VMM fill which is not the guest's: the guest would be out of its box
 * expected: FRAME_OF_NOBODY fill which is not the guest's: the guest would be out of its box
 * expected: SHADOW_AS_PAGE fill which is not the guest's: the guest would be out of its box
 * expected: DIRECTORY_AS_TABLE fill which is none of your tables
 * expected: WINDOW fill the last one is the VMM's
 * expected: LARGE fill has a bit that shadow entries do not have
 * expected: NOT_LENT fill is none of your shadow pages
 * expected: FREED fill is none of your shadow pages
 * expected: ROOT_OF_VMM fill which is none of your directories
 * expected: TABLE_AS_ROOT fill which is none of your directories
 * expected: MARK_MORE fill it sets LAB_ENTRY_A and LAB_ENTRY_D alone
 * expected: MARK_ABSENT fill which is not present
 * expected: TRACE_NOTHING fill the guest has no frame
 * expected: LEVEL fill it is LAB_TABLE or LAB_DIRECTORY
 * expected: WRITES_CPU fill wild write: .* vm->cpu
 * expected: WRITES_QUESTION fill wild write: .* what paging asks
 * expected: OTHER_FAULT fill a page fault of the guest's is #PF
 */
#include "ringside_lab.h"

static uint32_t directory, table;

static void try_doors(struct lab_vm *vm, struct lab_paging *paging)
{
	const struct lab_services *call = vm->call;

	(void)call, (void)paging;
#if defined(HOSTILE_TABLE_OF_VMM)
	call->shadow_set(vm, directory, 5, 0x1000 | 7);
#elif defined(HOSTILE_FRAME_OF_VMM)
	call->shadow_set(vm, table, 5, 0x1000 | 7);
#elif defined(HOSTILE_FRAME_OF_NOBODY)
	call->shadow_set(vm, table, 5, 0xfffff000 | 7);
#elif defined(HOSTILE_SHADOW_AS_PAGE)
	call->shadow_set(vm, table, 5, directory << 12 | 7);
#elif defined(HOSTILE_DIRECTORY_AS_TABLE)
	call->shadow_set(vm, directory, 5, directory << 12 | 7);
#elif defined(HOSTILE_WINDOW)
	call->shadow_set(vm, directory, 1023, table << 12 | 7);
#elif defined(HOSTILE_LARGE)
	call->shadow_set(vm, directory, 5, table << 12 | 0x87);
#elif defined(HOSTILE_NOT_LENT)
	call->shadow_set(vm, table + 1, 5, 0);
#elif defined(HOSTILE_FREED)
	call->shadow_free(vm, table);
	call->shadow_set(vm, table, 5, 0);
#elif defined(HOSTILE_ROOT_OF_VMM)
	paging->root = 1;
#elif defined(HOSTILE_TABLE_AS_ROOT)
	paging->root = table;
#elif defined(HOSTILE_MARK_MORE)
	call->guest_mark(vm, 0x1000, 7);
#elif defined(HOSTILE_MARK_ABSENT)
	call->guest_mark(vm, 0x1000, LAB_ENTRY_A);
#elif defined(HOSTILE_TRACE_NOTHING)
	call->trace(vm, 0xfffff, true);
#elif defined(HOSTILE_LEVEL)
	call->shadow_page(vm, 3);
#elif defined(HOSTILE_WRITES_CPU)
	vm->cpu.cr3 ^= 4096;
#elif defined(HOSTILE_WRITES_QUESTION)
	paging->gla ^= 4096;
#endif
}

static enum lab_result load_cr3(struct lab_vm *vm, struct lab_paging *paging)
{
	directory = vm->call->shadow_page(vm, LAB_DIRECTORY);
	table = vm->call->shadow_page(vm, LAB_TABLE);
	paging->root = directory;
	try_doors(vm, paging);
	return LAB_DONE;
}

static enum lab_result fill(struct lab_vm *vm, struct lab_paging *paging)
{
#if defined(HOSTILE_OTHER_FAULT)
	return lab_fault(vm, LAB_GP, 0);
#endif
	(void)vm;
	paging->emulate = 1;
	return LAB_DONE;
}

static enum lab_result nothing(struct lab_vm *vm, struct lab_paging *paging)
{
	(void)vm, (void)paging;
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "hostile",
	.pager = {.fill = fill, .load_cr3 = load_cr3, .stored = nothing, .invlpg = nothing, .flush = nothing},
};
