/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/assist.h - the parts of `hvm` that can be exchanged (core/pieces.h): which controls the VMCS has, what is done about an exit,
 * what is injected, and how nested tables are filled. hvm_assist.c asks for them; costs are charged there, whoever does the work.
 * Only with nested paging: shadow tables would need controls that leave no choice.
 */
#ifndef RINGSIDE_TRAP_ASSIST_H
#define RINGSIDE_TRAP_ASSIST_H

#include "core/vm.h"

/* An event for the next VM entry, as the VMCS's fields say it (SDM vol. 3, 24.8.3). */
struct injection {
	uint32_t information; /* INTERRUPTION_...; valid bit clear: none */
	uint32_t error_code;
	uint32_t length; /* of a software event's instruction */
};

/* What is to exit (24.6). */
enum { ASSIST_PORTS = 8, ASSIST_MSRS = 8 };
struct assist_controls {
	uint32_t primary, secondary, exceptions, cr0_mask, cr4_mask;
	uint16_t port[ASSIST_PORTS]; /* with PRIMARY_IO_BITMAPS: those that do not exit */
	uint32_t msr[ASSIST_MSRS];   /* with PRIMARY_MSR_BITMAPS: the same of MSRs */
	unsigned ports, msrs;
};

/* The fields of an exit (27.2). */
struct assist_exit {
	uint32_t reason, qualification, length, information;
	uint32_t interruption, error_code; /* of an exception */
	uint32_t linear;
	uint64_t gpa;
};

/* Before an entry for which something waits. */
struct assist_entry {
	struct injection vectored;  /* the event whose delivery the exit cut short (27.2.4), as the exit's fields have it */
	bool interrupt_waits;       /* at the interrupt controller */
	struct injection injection; /* what goes with the entry; what the exit's handler wants already */
	bool window;                /* an exit is wanted as soon as the guest takes interrupts */
};

enum assist_kind { ASSIST_CONTROLS, ASSIST_EXIT, ASSIST_VIOLATION, ASSIST_INJECT };

/* What has been done, for an observer. */
struct assist_call {
	enum assist_kind kind;
	const struct cpu_state *before;
	uint64_t cycle;                /* when it began */
	const struct assist_exit *exit; /* of ASSIST_EXIT and ASSIST_VIOLATION */
	struct injection injection;    /* afterwards; with ASSIST_INJECT also: */
	bool window;
};

/* All are there. True: it is done; false: the VMM's own does it. */
struct assist_pieces {
	bool (*controls)(void *owner, struct vm *vm, struct assist_controls *controls);
	bool (*exit)(void *owner, struct vm *vm, const struct assist_exit *exit, struct injection *injection);
	/* `emulate`: no memory is there, the VMM shall do the access. */
	bool (*violation)(void *owner, struct vm *vm, const struct assist_exit *exit, bool *emulate);
	bool (*inject)(void *owner, struct vm *vm, struct assist_entry *entry);
	/* Each of these is done, by whomever. */
	void (*done)(void *owner, struct vm *vm, const struct assist_call *call);
	/* Is it wrong? A VM entry was refused, a control is one that a VMM cannot afford, the guest does not come on. */
	void (*wrong)(void *owner, struct vm *vm, const char *why);
};

#endif
