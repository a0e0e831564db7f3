/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/00-tour/guest/guest.h - the tour's guest: a kernel that makes up code in which something happens at every second instruction,
 * from a seed, and runs it in ring 0 and in ring 3. main.c has its tables, generate.c makes the code.
 */
#ifndef TOUR_GUEST_H
#define TOUR_GUEST_H

#include <stdbool.h>
#include <stdint.h>

enum { PAGE = 4096, FRESH_PAGES = 64 };

/* ---- main.c ---- */

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}

/* Pages of which something is to be learned: not there; not for ring 3; not for stores; and ones that nobody has touched yet. */
extern uint8_t absent_page[PAGE], system_page[PAGE], read_only_page[PAGE], fresh_pages[FRESH_PAGES][PAGE];
/* Two that say the same. */
extern uint32_t directories[2][1024];

/* ---- generate.c ---- */

/* The code that was made. Its name is what the lab's tests ask about (`within`). */
extern uint8_t program[PAGE];
void generate(bool user);

#endif
