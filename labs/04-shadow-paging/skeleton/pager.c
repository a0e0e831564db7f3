/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pager.c - lab 4: a shadow pager. Your name:
 *
 * The guest's page tables map gla to gpa, the processor walks yours, which map gla to ma. Each handler is called when its moment has come;
 * see handout.md, and `struct lab_paging`, `struct lab_pager` and the end of `struct lab_services` in ringside_lab.h for all that there is.
 */
#include "ringside_lab.h"

/* ---- part A: the guest's walk ---- */

/*
 * A page fault of the hardware's at paging->gla. Walk the guest's tables as a processor would (CR3, CR4.PSE and CR0 are in vm->cpu,
 * vm->call->guest_word reads an entry). If they do not allow the access either:
 *
 *	return lab_fault(vm, LAB_PF, error);
 *
 * If they do, an entry is to be made (part B). Until then the VMM can do the instruction: slow, but the guest gets on.
 */
static enum lab_result fill(struct lab_vm *vm, struct lab_paging *paging)
{
	vm->call->log(vm, "fill: to do, for a %s at %08x", paging->write ? "write" : "read", paging->gla);
	paging->emulate = 1;
	return LAB_DONE;
}

/* ---- part D: roots ---- */

static uint32_t empty_directory;

/* Which directory shall the processor walk, for the guest's CR3? One that has nothing in it will do for part A. */
static enum lab_result load_cr3(struct lab_vm *vm, struct lab_paging *paging)
{
	if (!empty_directory)
		empty_directory = vm->call->shadow_page(vm, LAB_DIRECTORY);
	paging->root = empty_directory;
	return LAB_DONE;
}

/* ---- part C: the guest changes its tables ---- */

/* The guest has stored paging->size bytes at paging->gpa, in a frame that you trace. */
static enum lab_result stored(struct lab_vm *vm, struct lab_paging *paging)
{
	vm->call->log(vm, "stored: to do, for %u bytes at gpa %08x", paging->size, paging->gpa);
	return LAB_DONE;
}

static enum lab_result invlpg(struct lab_vm *vm, struct lab_paging *paging)
{
	vm->call->log(vm, "invlpg: to do, for %08x", paging->gla);
	return LAB_DONE;
}

/* There are no shadow pages any more: forget all that you know. */
static enum lab_result flush(struct lab_vm *vm, struct lab_paging *paging)
{
	(void)vm, (void)paging;
	empty_directory = LAB_NO_SHADOW;
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "pager",
	.pager = {.fill = fill, .load_cr3 = load_cr3, .stored = stored, .invlpg = invlpg, .flush = flush},
};
