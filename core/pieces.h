/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/pieces.h - the parts of a VMM that can be exchanged: one table of functions through which the techniques call their own
 * (trap/emulation.c) and, when a lab has put another table in its place, a student's (labs/plugin/).
 */
#ifndef RINGSIDE_CORE_PIECES_H
#define RINGSIDE_CORE_PIECES_H

#include "cpu/cpu.h"

struct vm;
struct insn;
struct unit;
struct record;
struct emission;
struct call;
struct cache_question;
struct assist_pieces;
struct lent_request;

struct vmm_pieces {
	void *owner;
	/* Does the trapped instruction at the virtual CPU's EIP (one repetition of it) for the guest, its faults included; NULL: it
	 * could not be fetched. `delivered` gets the event that the guest was handed, if any. */
	void (*emulate)(void *owner, struct vm *vm, const struct insn *insn, struct cpu_event *delivered);
	/* Delivers an event by the guest's own IDT. */
	void (*deliver)(void *owner, struct vm *vm, const struct cpu_event *event);
	/* The machine is going. NULL: nothing to be done. */
	void (*drop)(void *owner);
	/* The translator's passes, an instruction at a time (bt/piece.h); NULL: all is the VMM's own. How a record is treated, and whether
	 * its unit ends with it: it has the VMM's own treatment already. */
	void (*classify)(void *owner, struct vm *vm, const struct unit *unit, struct record *record);
	/* Its code. False: the VMM's own is wanted. */
	bool (*emit)(void *owner, struct vm *vm, struct emission *emission);
	/* Does a hypercall of a domain (trap/pv.h), and gives its result. NULL: the VMM's own does them all. */
	int32_t (*hypercall)(void *owner, struct vm *vm, struct call *call);
	/* Looks at an answer of the translation cache's policy, and may decide otherwise (bt/policy.h). NULL: the VMM's own counts. */
	void (*cache)(void *owner, struct vm *vm, struct cache_question *question);
	const struct assist_pieces *assist; /* of hvm (trap/assist.h); NULL: its own */
	/* The shadow pager (shadowpt/lent.h). NULL: the VMM's own. */
	void (*pager)(void *owner, struct vm *vm, struct lent_request *request);
	bool beside; /* it only says which faults are the guest's own; the tables that the processor walks are the VMM's own */
	/* What it does hangs on what it was called for before, and it cannot be put back: going back in time begins at the beginning. */
	bool remembers;
};

#endif
