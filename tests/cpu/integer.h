/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/integer.h - a processor with some RAM on which one instruction at a time is performed, without
 * run loop and event delivery: what a perform leaves behind is what is looked at.
 */
#ifndef RINGSIDE_TESTS_CPU_INTEGER_H
#define RINGSIDE_TESTS_CPU_INTEGER_H

#include "cpu/access.h"

enum { LAB_RAM = 1 << 18, LAB_CODE = 0x1000, LAB_DATA = 0x2000, LAB_STACK = 0x8000 };

struct lab {
	struct cpu *cpu;
	uint8_t *ram;
	uint64_t clock;
	struct bus bus;
	struct cost_profile costs;
};

/* Flat 32-bit (or 16-bit) protected mode at CPL 0, no paging, all registers zero but ESP. */
struct lab *lab_new(bool big, bool exact);
void lab_free(struct lab *lab);

/* Performs the instruction in `bytes` at LAB_CODE. False: it raised lab->cpu->event. */
bool lab_perform(struct lab *lab, const uint8_t *bytes, size_t size);
/* The same, written as `LAB(lab, 0x90)`. */
#define LAB(lab, ...)                                                                               \
	lab_perform(lab, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

void lab_flags(struct lab *lab, uint32_t status);
uint32_t lab_read(const struct lab *lab, uint32_t address, unsigned size);
void lab_write(struct lab *lab, uint32_t address, unsigned size, uint32_t value);

/* Turns paging on: everything identity-mapped from tables at the end of RAM, 4 KiB pages, all rights. */
void lab_paging(struct lab *lab);
/* The rights (P, RW, US) of one page. */
void lab_page_rights(struct lab *lab, uint32_t linear, uint32_t rights);

#endif
