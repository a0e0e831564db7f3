/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 04-shadow-paging/guest/guest.h - the lab guest: a kernel that changes its page tables in all the ways there are, at random, and looks
 * at what its memory is after each change. main.c has the processor's tables and the faults, operations.c what is done.
 *
 *	gla                                      mapped
 *	00000000  the first 4 MiB                to themselves, for the kernel
 *	40000000  SLOTS slots of 4 MiB           by test tables, of which each uses the first USED entries
 *	60000000  two slots of 4 MiB             large pages
 *	70000000  one slot                       the directory itself, as a table
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* OPERATION(name on the command line: ops=map,clear) */
#define OPERATION_LIST(OPERATION)                                                                    \
	OPERATION(touch) OPERATION(absent) OPERATION(rights) OPERATION(wp) OPERATION(look) OPERATION(clear)  \
	OPERATION(map) OPERATION(directory) OPERATION(switch) OPERATION(large) OPERATION(self) OPERATION(wild) \
	OPERATION(batch) OPERATION(reuse)

enum operation {
#define OPERATION(name) OP_##name,
	OPERATION_LIST(OPERATION)
#undef OPERATION
	OPERATIONS
};

enum {
	PAGE = 4096,
	P = 1, RW = 2, US = 4, A = 32, D = 64, PS = 128,
	SPACES = 4, SLOTS = 6, TABLES = 8, USED = 12, POOL = 48,
	FIRST_SLOT = 256, LARGE_SLOT = 384, SELF_SLOT = 448,
};

/* ---- start.S ---- */

extern uint32_t kernel_table[1024], test_tables[TABLES][1024], directories[SPACES][1024], pool[POOL][1024];
/* Gives what was loaded, or `value` after a store; after a fault, see `fault`. */
uint32_t kernel_access(uint32_t address, uint32_t write, uint32_t value);
uint32_t user_access(uint32_t address, uint32_t write, uint32_t value);

/* ---- main.c ---- */

struct fault {
	bool is;
	uint32_t error, address;
};
extern struct fault fault; /* of the last access */

extern uint32_t operations; /* mask of 1 << enum operation */
static inline bool has(enum operation operation)
{
	return operations >> operation & 1;
}

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}

/* Into the checksum, which is said at the end. */
void note(uint32_t value);

/* ---- operations.c ---- */

/* Fills the tables. */
void begin_spaces(void);
/* One operation at random, of those that were asked for. */
void operate(void);

#endif
