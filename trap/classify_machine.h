/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_machine.h - for classify*.c: the machine that instructions are measured on. One small memory,
 * two processors: the one that the guest believes in, and the VMM's hardware, which calls itself something else.
 *
 *   0000 guest's IDT    4000 guest's GDT, LDT, TSS        8000 VMM's GDT, TSS, IDT    b000 page directory
 *   1000 code           5000 guest's handlers             9000 VMM's handlers         c000 page table
 *   2000 data           6000 far targets                  a000 VMM's stack
 *   3000 stack          7000 guest's ring-0 stack
 */
#ifndef RINGSIDE_TRAP_CLASSIFY_MACHINE_H
#define RINGSIDE_TRAP_CLASSIFY_MACHINE_H

#include "cpu/cpu.h"
#include "trap/classify.h"

enum {
	AT_CODE = 0x1800, /* room for short jumps both ways */
	AT_DATA_PAGE = 0x2000,
	AT_DATA = 0x2400,
	AT_STACK_PAGE = 0x3000,
	AT_STACK = 0x3800,
	AT_TARGET = 0x6000,
};

/* Selectors in the guest's GDT. The VMM's has the same and five of its own. */
enum {
	OWN_CODE = 0x08,  /* of the ring that runs */
	OWN_DATA = 0x10,
	RING0_CODE = 0x18, /* another one of ring 0 */
	RING0_DATA = 0x20,
	RING3_CODE = 0x28,
	RING3_DATA = 0x30,
	CONFORMING_CODE = 0x38,
	GUEST_TSS = 0x40,
	FREE_TSS = 0x48,
	GUEST_LDT = 0x50,
	GATE3 = 0x58, /* to RING0_CODE, for ring 3 and inner ones */
	GATE0 = 0x60, /* for ring 0 */
	RING1_CODE = 0x68,
	RING1_DATA = 0x70,
	GUEST_GDT_END = 0x78,
	VMM_CODE_SELECTOR = 0x78,
	VMM_DATA_SELECTOR = 0x80,
	VMM_TSS_SELECTOR = 0x88,
	VMM_GUEST_DATA_SELECTOR = 0x90, /* stands in for the guest's ES, DS, FS and GS */
	VMM_GDT_END = 0x98,
};

/* What an instruction finds in registers and memory. */
struct operands {
	const char *text; /* NULL: nothing in particular */
	uint32_t eax, ecx, edx;
	uint32_t memory[4]; /* from AT_DATA on: where EBX points */
	uint32_t stack[6];  /* from AT_STACK up */
	uint8_t byte;       /* an immediate byte: a vector, a port */
	uint32_t immediate; /* a larger one */
	uint16_t selector;  /* of a far pointer in the instruction */
	uint32_t status;    /* status flags before */
	uint8_t iopl;       /* in EFLAGS before, of the guest and of the VMM's processor */
};

/* What an instruction left. */
struct aftermath {
	bool trapped;
	struct cpu_event event; /* when trapped: the first exception */
	struct cpu_state before, after;
	unsigned ports; /* accesses */
	uint8_t data[PAGE_SIZE], stack[PAGE_SIZE]; /* the two pages of operands, after */
};

struct machine;

struct machine *machine_new(bool umip); /* NULL: no memory */
void machine_free(struct machine *machine);

/* The descriptor in the table that is in force in this run; access 0: there is none. */
struct segment machine_descriptor(const struct machine *machine, enum classify_run run, uint16_t selector);

/* Runs one instruction. `guest_if`: the guest's IF and CR0.TS; the VMM's own are always set. */
void machine_execute(struct machine *machine, enum classify_run run, const uint8_t *bytes, unsigned length,
                     const struct operands *operands, bool guest_if, struct aftermath *aftermath);

#endif
