/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 02-trap-and-emulate/guest/guest.h - the lab guest: a kernel that makes up code that traps, from a seed, and runs it in ring 0 and in
 * ring 3. main.c has its tables and handlers, generate.c makes the code.
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include "shared/tables.h"

#include <stdbool.h>
#include <stdint.h>

/* OPERATION(name on the command line: ops=cli,sti) */
#define OPERATION_LIST(OPERATION)                                                                    \
	OPERATION(cli) OPERATION(sti) OPERATION(hlt) OPERATION(in) OPERATION(out) OPERATION(fromcr)        \
	OPERATION(tocr) OPERATION(lgdt) OPERATION(lidt) OPERATION(iret) OPERATION(ud) OPERATION(de)         \
	OPERATION(pf) OPERATION(irq)

enum operation {
#define OPERATION(name) OP_##name,
	OPERATION_LIST(OPERATION)
#undef OPERATION
	OPERATIONS
};

enum { CODE_SIZE = 4096, PAGE = 4096 };

/* What is known of the code that was made: where to go on behind an instruction that faults. */
struct program {
	uint8_t code[CODE_SIZE];
	uint16_t behind[CODE_SIZE]; /* 0: no instruction of ours begins there */
	uint32_t size;
};

/* ---- main.c ---- */

extern uint32_t operations; /* mask of 1 << enum operation */
extern uint32_t state;      /* of the random numbers: the seed */
extern struct table gdt_tables[2], idt_tables[2]; /* the same tables at two places */
/* Pages with something special about them. */
extern uint8_t absent_page[PAGE], system_page[PAGE], read_only_page[PAGE];
extern uint32_t directories[2][1024];

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

extern struct program program;
/* Makes up `count` operations for ring 0, or for ring 3. */
void generate(unsigned count, bool user);

#endif
