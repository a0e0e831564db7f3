/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/guest.h - the lab guest: a kernel that makes up small programs from a seed and runs them in ring 0, one after
 * another. main.c has its tables and handlers and what is told of each program; generate.c begins, fills and ends programs; plain.c,
 * transfer.c and system.c have the operations that they are made of.
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include "shared/tables.h"

#include <stdbool.h>
#include <stdint.h>

/* OPERATION(name on the command line: ops=plain,branch) */
#define OPERATION_LIST(OPERATION)                                                                    \
	OPERATION(plain) OPERATION(stack) OPERATION(branch) OPERATION(loop) OPERATION(call) OPERATION(indirect)  \
	OPERATION(cli) OPERATION(pushf) OPERATION(popf) OPERATION(fromcr) OPERATION(tocr) OPERATION(tables)      \
	OPERATION(segment) OPERATION(port) OPERATION(int) OPERATION(far) OPERATION(irq) OPERATION(fault)

enum operation {
#define OPERATION(name) OP_##name,
	OPERATION_LIST(OPERATION)
#undef OPERATION
	OPERATIONS
};

enum {
	PAGE = 4096,
	PROGRAMS = 2000,
	PROGRAM_SIZE = 640,
	ROUTINES = 3,
	DATA_SIZE = 256, /* what EBP points into the middle of */
};

enum gpr { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

/* Where the guest goes on behind each byte of code at which an instruction begins that may fault; 0: none does there. */
extern uint8_t code[PROGRAMS * PROGRAM_SIZE];
extern uint8_t behind[PROGRAMS * PROGRAM_SIZE];

/* ---- main.c ---- */

extern uint32_t operations; /* mask of 1 << enum operation */
extern uint8_t data[DATA_SIZE];
extern uint8_t edge[2 * PAGE], read_only_page[PAGE]; /* of the two pages the second is absent */
#define absent_page (edge + PAGE)
extern struct table gdt_tables[2];

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}

static inline bool has(enum operation operation)
{
	return operations >> operation & 1;
}

/* ---- generate.c ---- */

/* Makes up program `number` of `count` operations. Gives its address. */
uint32_t generate(unsigned number, unsigned count);

void byte(unsigned value);
void bytes(const char *values, unsigned count);
#define CODE(text) bytes(text, sizeof(text) - 1)
void dword(uint32_t value);
uint32_t here(void); /* where the next byte will run */
/* A 32-bit word, or a displacement, at an address that was left open. */
void patch(uint32_t at, uint32_t value);
void patch_jump(uint32_t at);
/* Where an instruction begins that may fault, and where it is done. */
uint32_t open_instruction(void);
void close_instruction(uint32_t from);
void load_register(unsigned reg, uint32_t value);
unsigned any_register(void); /* not ESP or EBP */
/* ModRM and what follows it for a word of the program's data. */
void data_operand(unsigned reg, unsigned align);
/* The same for all kinds of memory, some of which cannot be written or is not there. */
void any_operand(unsigned reg);
/* The address of one of the program's routines, by a word that will have been filled in when it runs. */
void routine_reference(void);          /* as a 32-bit immediate */
void routine_displacement(void);       /* as a displacement */

/* ---- plain.c, transfer.c, system.c ---- */

void make_plain(void);
void make_stack(void);
void make_branch(void);
void make_loop(void);
void make_call(void);
void make_indirect(void);
void make_cli(void);
void make_pushf(void);
void make_popf(void);
void make_from_cr(void);
void make_to_cr(void);
void make_tables(void);
void make_segment(void);
void make_port(void);
void make_int(void);
void make_far(void);
void make_irq(void);
void make_fault(void);

#endif
