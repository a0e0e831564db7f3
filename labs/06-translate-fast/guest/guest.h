/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 06-translate-fast/guest/guest.h - the lab guest: a kernel that makes up functions from a seed and runs them in ring 0. main.c has its
 * tables, its paging and the handler; generate.c makes the code; start.S is the way in.
 *
 * Code lies in a window of small pages, whose frames stand in another order than the pages; all memory can be reached at its own address
 * too, so that every byte of code has two linear addresses at least:
 *
 *	0 .. 4 MiB            every frame at its own address: one large page
 *	WINDOW + 0 .. 15      code
 *	       + ALIAS        the frame of one of these once more
 *	       + SWAP         one of two frames, by turns
 *	       + READ_ONLY    as it says
 *	       + ABSENT       nothing
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* OPERATION(name on the command line: ops=loop,call) */
#define OPERATION_LIST(OPERATION)                                                                    \
	OPERATION(loop) OPERATION(call) OPERATION(table) OPERATION(segment) OPERATION(same)               \
	OPERATION(other) OPERATION(beside) OPERATION(across) OPERATION(alias) OPERATION(remap) OPERATION(fault)

enum operation {
#define OPERATION(name) OP_##name,
	OPERATION_LIST(OPERATION)
#undef OPERATION
	OPERATIONS
};

enum {
	PAGE = 4096,
	WINDOW = 0x400000,
	CODE_PAGES = 16,
	ALIAS = 20,
	ALIAS_OF = 5, /* the page of the window whose frame it has */
	SWAP = 22,
	READ_ONLY = 24,
	ABSENT = 26,
	FRAMES = CODE_PAGES + 3, /* code, the two of SWAP, the one that is read only */
	HIGH_CODE = 0x18,        /* selector of a code segment that begins a page higher */
};

/* ---- main.c ---- */

extern uint32_t operations; /* mask of 1 << enum operation */
extern uint8_t frames[FRAMES][PAGE];
extern uint32_t page_table[1024]; /* of the window */

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}

/* Which of `frames` a page of the window has. */
static inline uint32_t frame_of(uint32_t page)
{
	return page < CODE_PAGES ? (page * 5 + 3) % CODE_PAGES : page == ALIAS ? frame_of(ALIAS_OF) : page == READ_ONLY ? CODE_PAGES + 2
	                                                                                                     : CODE_PAGES;
}

static inline uint32_t window(uint32_t page)
{
	return WINDOW + page * PAGE;
}

/* ---- generate.c ---- */

/* Makes `count` functions of each operation, and one that calls them all, in an order of its own. Gives its address. */
uint32_t generate(unsigned count);

#endif
