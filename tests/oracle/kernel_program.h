/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_program.h - random kernel-mode programs, and the guest around them: handlers, page
 * tables, descriptor tables.
 *
 * A program is a row of slots of 32 bytes. Every exception and INT n is written to a log in guest memory and
 * goes on at the next slot; what user code raises ends its excursion; interrupts and debug exceptions are
 * logged and return to where they came from. The first slot counts fuel, so that whoever goes astray and comes
 * back does not do so for ever; CLI and HLT stand behind the last.
 *
 * Files: kernel_maker.h (for these), kernel_memory.c, kernel_system.c, kernel_control.c (kinds of slots),
 * kernel_program.c (which of them), kernel_guest.c (the surroundings).
 */
#ifndef RINGSIDE_TESTS_ORACLE_KERNEL_PROGRAM_H
#define RINGSIDE_TESTS_ORACLE_KERNEL_PROGRAM_H

#include "core/vm.h"

enum { SLOTS = 160, SLOT = 32, USER_SLOTS = 8, ROUTINES = 8, TEMPLATES = 2, MOMENTS = 8 };
#define NO_MOMENT UINT32_MAX

/* Guest-physical addresses, which are linear ones too unless it is said otherwise. */
enum {
	GDT_2 = 0x1800,
	COMMON = 0x7000, /* handlers */
	STACK_PAGE = 0x8000,
	LOG = 0x10000, LOG_SIZE = 0x8000, /* entries of vector, error code, EIP, CR2 or EFLAGS */
	LOG_POINTER = 0x18000, NEXT_SLOT = 0x18004, FUEL = 0x18008, STEPS_LEFT = 0x1800c,
	GDT_POINTER = 0x18010, GDT_2_POINTER = 0x18020, IDT_POINTER = 0x18030, LOOP_COUNT = 0x18040, SCRATCH = 0x18048,
	WILD = 0x18050, /* faults at addresses where no code is */
	TRAIL = 0x19000,      /* what the slots have observed: 8 bytes each */
	JUMP_TABLE = 0x1a000, /* addresses of slots */
	TEMPLATE_CODE = 0x1fd00, ROUTINE_CODE = 0x1fe00,
	CODE = 0x20000,
	END_OF_CODE = CODE + SLOTS * SLOT,
	USER_CODE = 0x28000,
	CROSS_PAGE = 0x2a000, CROSS_CODE = 0x2affd, /* a routine whose instructions cross into the page behind, */
	CROSS_OTHER = 0x2c000,                      /* and another page that may be mapped there */
	DIRECTORY = 0x30000, DIRECTORY_2 = 0x38000, /* PAE: tables of pointers */
	DATA = 0x40000, DATA_PAGES = 8,
	LARGE = 0x400000, SMALL = 0x800000, /* linear: a large page; pages of a second table */
	LINE = 0x3f9, /* port: interrupt enable of the UART, whose transmitter is always empty; IRQ 4 */
};

/* What may be in a program. */
enum program_kind {
	PROGRAM_INNOCUOUS, /* nothing sensitive but unprivileged, no interrupts: plain trap gets it right too */
	PROGRAM_SENSITIVE,
};

struct program {
	uint64_t seed;
	uint8_t kind; /* enum program_kind */
	bool pae;
	bool debugs;            /* single steps, breakpoints, RF */
	bool tight;             /* for machines with as little shadow memory as can be */
	uint32_t timer;         /* divisor of the PIT, whose interrupts come at any time; 0: no timer */
	unsigned moments;       /* interrupts that come from outside, */
	uint32_t moment[MOMENTS]; /* each when so many slots have been begun */
	uint8_t slot[SLOTS][SLOT];
	uint8_t user[USER_SLOTS][SLOT];
	uint8_t routine[ROUTINES][SLOT];
	uint8_t template[TEMPLATES][SLOT]; /* copied over other slots */
	bool left_out[SLOTS]; /* by reduction */
};

void program_make(struct program *program, enum program_kind kind, uint64_t seed);

/* Puts program and surroundings into a machine in flat 32-bit protected mode (tests/trap/rig.h) whose memory is
 * otherwise zero. */
void program_load(struct vm *vm, const struct program *program);

/* Raises the interrupt line by the UART, as a device would at this moment. */
void program_interrupt(struct vm *vm);

/* The program for people: its slots, as bytes and disassembled. */
void program_print(const struct program *program);

/* Where entries of this program's tables are, and how long they are. */
static inline unsigned entry_size(const struct program *program)
{
	return program->pae ? 8 : 4;
}

static inline uint32_t large_entry(const struct program *program)
{
	return program->pae ? DIRECTORY + 0x1000 + 2 * 8 : DIRECTORY + 4;
}

static inline uint32_t small_entry(const struct program *program, unsigned page)
{
	return DIRECTORY + (program->pae ? 0x3000 : 0x2000) + page * entry_size(program);
}

static inline uint32_t straight_entry(const struct program *program, uint32_t linear)
{
	return DIRECTORY + (program->pae ? 0x2000 : 0x1000) + (linear >> 12) * entry_size(program);
}

#endif
