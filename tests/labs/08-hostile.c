/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/08-hostile.c - submissions for lab 8 that want more than they may. One file for all: -DHOSTILE_name makes each.
 *
 * expected: foreign_frame small is.not.the.guest's
 * expected: own_table small is.not.the.guest's
 * expected: beyond_memory small reserved.address.bits
 * expected: no_such_table small there.is.no.entry
 * expected: no_such_slot small there.is.no.entry
 * expected: cycle small has.its.place.already
 * expected: not_a_table small must.refer.to.a.table
 * expected: all_tables small left.its.work
 * expected: read_elsewhere small ept_read:.there.is.no.entry
 * expected: controls_of_no_processor exceptions a.control.is.set.that.this.processor.does.not.have
 * expected: too_many_ports ports there.is.room.for
 * expected: bad_injection exits VM.entry.failed
 * expected: endless_injection cpuid first.difference
 * expected: nothing_done own endless.exits
 * expected: never_injects own endless.exits|does.not.come|says
 * expected: acknowledges_none interrupts lost|did.not.wait|does.not.wait
 * expected: changes_what_it_may_not ports wild.write
 * expected: changes_segments ports wild.write
 * expected: storms_writes small endless.loop|memory.map|too.slow
 */
#include "ringside_lab.h"

static enum lab_result do_exit(struct lab_vm *vm, struct lab_assist *x)
{
#if defined(HOSTILE_bad_injection)
	x->entry.information = 0xffffffff;
#elif defined(HOSTILE_endless_injection)
	x->entry.information = LAB_VALID | LAB_TYPE_EXCEPTION | LAB_UD;
#elif defined(HOSTILE_changes_what_it_may_not)
	x->reason = 0;
#elif defined(HOSTILE_changes_segments)
	vm->cpu.segment[LAB_CS].base = 0x1000;
#elif !defined(HOSTILE_nothing_done)
	vm->cpu.eip += x->length;
#endif
	(void)vm, (void)x;
	return LAB_DONE;
}

static enum lab_result do_inject(struct lab_vm *vm, struct lab_assist *x)
{
#ifdef HOSTILE_acknowledges_none
	bool more;

	vm->call->acknowledge(vm, &more);
	vm->call->acknowledge(vm, &more);
#endif
	(void)vm, (void)x;
	return LAB_DONE;
}

static enum lab_result do_controls(struct lab_vm *vm, struct lab_assist *x)
{
#ifdef HOSTILE_controls_of_no_processor
	x->controls.primary |= 1;
	x->controls.secondary |= 1u << 31;
#endif
#ifdef HOSTILE_too_many_ports
	x->controls.primary |= LAB_IO_BITMAPS;
	x->controls.ports = 255;
	x->controls.msrs = 255;
#endif
	(void)vm, (void)x;
	return LAB_DONE;
}

static enum lab_result do_ept_violation(struct lab_vm *vm, struct lab_assist *x)
{
	uint64_t table = x->ept_root, page = 0x37;

	for (unsigned level = x->ept_levels; level > 1; level--) {
		unsigned index = x->gpa >> (12 + 9 * (level - 1)) & 511;
		uint64_t entry = vm->call->ept_read(vm, table, index);

		if (!entry) {
			entry = vm->call->ept_table(vm) | 7;
			vm->call->ept_write(vm, table, index, entry);
		}
		table = entry & 0xffffff000ull;
	}
#if defined(HOSTILE_foreign_frame)
	vm->call->ept_write(vm, table, x->gpa >> 12 & 511, page);
#elif defined(HOSTILE_own_table)
	vm->call->ept_write(vm, table, x->gpa >> 12 & 511, table | page);
#elif defined(HOSTILE_beyond_memory)
	vm->call->ept_write(vm, table, x->gpa >> 12 & 511, 0xff000000000ull | page);
#elif defined(HOSTILE_no_such_table)
	vm->call->ept_write(vm, 0x7654321000ull, 1, page);
#elif defined(HOSTILE_no_such_slot)
	vm->call->ept_write(vm, table, 512, page);
#elif defined(HOSTILE_cycle)
	vm->call->ept_write(vm, x->ept_root, 500, x->ept_root | 7);
#elif defined(HOSTILE_not_a_table)
	vm->call->ept_write(vm, x->ept_root, 500, 0x100007);
#elif defined(HOSTILE_read_elsewhere)
	vm->call->ept_read(vm, 0x100000, 0);
#elif defined(HOSTILE_all_tables)
	while (vm->call->ept_table(vm))
		;
	return LAB_DECLINE;
#elif defined(HOSTILE_storms_writes)
	uint32_t mfn;

	for (uint32_t gfn = 0;; gfn++)
		if (vm->call->frame_of(vm, gfn & 4095, &mfn) != LAB_FRAME_NONE)
			vm->call->ept_write(vm, table, gfn & 511, (uint64_t)mfn << 12 | page);
#else
	{
		uint32_t mfn;

		if (vm->call->frame_of(vm, (uint32_t)(x->gpa >> 12), &mfn) == LAB_FRAME_RAM)
			vm->call->ept_write(vm, table, x->gpa >> 12 & 511, (uint64_t)mfn << 12 | page);
		else
			x->emulate = 1;
	}
#endif
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "hostile",
	.assist = {.controls = do_controls, .exit = do_exit, .inject = do_inject, .ept_violation = do_ept_violation},
};
