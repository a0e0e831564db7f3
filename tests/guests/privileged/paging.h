/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/paging.h - page tables for the tests: all as it is, and a window of pages to play with. */
#ifndef PRIVILEGED_PAGING_H
#define PRIVILEGED_PAGING_H

#include "kit.h"

enum { PG_P = 1, PG_RW = 2, PG_US = 4, PG_A = 32, PG_D = 64, PG_PS = 128, PG_G = 256 };
enum { CR4_PSE = 16, CR4_PAE = 32, CR4_PGE = 128, CR0_WP = 0x10000 };
#define CR0_PG 0x80000000u
enum { WINDOW = 0x800000, FRAME = 0x400000 }; /* linear; physical */

extern uint32_t directory[1024], table[1024];
void map_window(void);
void paging_on(void);
void paging_off(void);
void flush(void);

#endif
