/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 08-hardware-assist/guest/guest.h - the lab guest: a kernel that does what makes a VMM on hardware assist leave it, in an order that
 * a seed decides. main.c has tables, handlers and the rounds, operations.c what is done.
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* OPERATION(name on the command line: ops=cpuid,hlt) */
#define OPERATION_LIST(OPERATION)                                                                      \
	OPERATION(cpuid) OPERATION(hlt) OPERATION(in) OPERATION(out) OPERATION(post) OPERATION(cr0) OPERATION(cr3) \
	OPERATION(cr4) OPERATION(invlpg) OPERATION(msr) OPERATION(tsc) OPERATION(dr) OPERATION(tables)           \
	OPERATION(fault) OPERATION(trap) OPERATION(touch) OPERATION(holes) OPERATION(walk) OPERATION(fresh) OPERATION(late) OPERATION(irq)

enum operation {
#define OPERATION(name) OP_##name,
	OPERATION_LIST(OPERATION)
#undef OPERATION
	OPERATIONS
};

enum { PAGE = 4096, VECTOR_PAGE_FAULT = 14, VECTOR_TIMER = 32, VECTOR_CALL = 48 };
/* Where nothing lies but what operations put there, one page after the other; and its end, which is the end of memory. */
enum { FREE_FIRST = 0x400000, FREE_END = 0x1000000 };
enum { NO_MEMORY = 0xe0000000, SCREEN = 0xb8000, ROM = 0xf0000 };

/* ---- main.c ---- */

extern volatile uint32_t ticks;
extern volatile uint32_t go_on; /* where an instruction that faults shall be left; 0: it must not */
extern uint32_t directories[2][1024];
extern uint8_t absent_page[PAGE], read_only_page[PAGE];

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}
/* Into the checksum that is said at the end. */
void note(uint32_t value);
bool has(enum operation operation);
void die(const char *why) __attribute__((noreturn));

/* ---- start.S ---- */

void fresh(uint32_t stack, void (*what)(void));

/* ---- operations.c ---- */

void operate(enum operation operation);

#endif
