/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/kernel.h - what the kernel's files offer each other. Read machine.h, main.c, memory.c, process.c, user.c.
 */
#ifndef LAB_GUEST_KERNEL_H
#define LAB_GUEST_KERNEL_H

#include "machine.h"

/* System calls by INT 80H: number in EAX, arguments in EBX and ECX, result in EAX. */
#define SYSTEM_CALL 0x80
enum system_call { CALL_PRINT, CALL_MAP, CALL_UNMAP, CALL_YIELD, CALL_SLEEP, CALL_ALARM, CALL_EXIT, CALLS };

/* OPERATION(name on the command line: ops=print,map). What programs do. */
#define OPERATION_LIST(OPERATION) \
	OPERATION(print) OPERATION(map) OPERATION(yield) OPERATION(sleep) OPERATION(alarm)

enum operation {
#define OPERATION(name) OP_##name,
	OPERATION_LIST(OPERATION)
#undef OPERATION
	OPERATIONS
};

enum {
	PROCESSES = 4,
	USER_BASE = 0x40000000,
	USER_PAGES = 256,   /* of a process, the last one its stack */
	MEMORY = 16 << 20,
	FREE_FROM = 4 << 20,
	PRESENT = 1, WRITABLE = 2, USER = 4,
	VECTOR_TIMER = 32,
	MAP_MOST = 24, /* pages in one call */
};

/* What trap_entry has pushed, from the lowest address on. */
struct frame {
	uint32_t es, ds, edi, esi, ebp, unused, ebx, edx, ecx, eax, vector, error, eip, cs, eflags, esp, ss;
};

/* ---- main.c ---- */

struct options {
	uint32_t seed, count, operations; /* mask of 1 << enum operation */
};
extern struct options options;
extern volatile bool critical; /* interrupts are off, and it matters */
extern volatile uint32_t ticks;

/* One line of the console: text, "%u" and "%x" for the numbers. */
void say(const char *words, uint32_t first, uint32_t second);
void off(uint8_t code) __attribute__((noreturn));
/* One interrupt, after `count` periods of the 8254 (838 ns). */
void arm_timer(uint8_t count);

/* ---- memory.c ---- */

void memory_begin(void);
uint32_t frame_take(void);
uint32_t directory_make(uint32_t *table);
/* Pages of the user's, from USER_BASE on: `page` and `count` are believed. */
void pages_map(uint32_t *table, uint32_t page, uint32_t count);
void pages_unmap(uint32_t *table, uint32_t page, uint32_t count);

/* ---- process.c ---- */

void processes_run(void) __attribute__((noreturn));
uint32_t process_call(const struct frame *frame);

/* ---- user.c ---- */

void user_main(uint32_t number, uint32_t seed, uint32_t count, uint32_t operations) __attribute__((noreturn));

#endif
