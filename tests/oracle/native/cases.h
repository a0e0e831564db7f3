/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/native/cases.h - what the real-CPU oracle and its 32-bit helper share: a file mapped by
 * both, and an address space laid out alike here and there. Everything else is unmapped, so that an
 * address that misses raises #PF on both sides.
 */
#ifndef RINGSIDE_TESTS_ORACLE_NATIVE_CASES_H
#define RINGSIDE_TESTS_ORACLE_NATIVE_CASES_H

#include <stdint.h>

enum {
	CASE_SHARED = 0x10000000,  /* struct shared, in the helper */
	CASE_CODE = 0x20000000,    /* two pages of INT3, each case's code written into them */
	CASE_CODE_SIZE = 0x2000,
	CASE_SCRATCH = 0x60000000, /* two pages of memory operands and stack, then one that is read-only */
	CASE_WRITABLE = 0x2000,
	CASE_SCRATCH_SIZE = 0x3000,
	/* FS reaches the scratch pages with 16-bit addresses: they begin at FS:8000. */
	CASE_FS_BASE = CASE_SCRATCH - 0x8000,
	CASE_FS_LIMIT = 0xffff,
	CASE_SELECTOR_CODE = 0x23, /* as Linux has them for 32-bit programs */
	CASE_SELECTOR_DATA = 0x2b,
	CASE_SELECTOR_FS = 0x63,
};

enum { CASE_LENGTH = 160, CASE_CHANGES = 48, CASE_BATCH = 2048 };

/* Where a case ended, and in what state. */
struct case_result {
	uint32_t gpr[8];
	uint32_t eip, eflags;
	uint32_t vector, error, address; /* of the event that ended it; address: CR2 of a #PF */
	uint32_t changed;                /* doublewords of the scratch pages that differ from `pristine` */
	struct {
		uint32_t offset, value;
	} change[CASE_CHANGES];
};

struct case_input {
	uint32_t gpr[8];
	uint32_t eflags;
	uint32_t start;  /* offset of the code in the code pages */
	uint32_t length; /* bytes of code; INT3 follows */
	uint8_t code[CASE_LENGTH];
};

struct test_case {
	struct case_input input;
	struct case_result result;
};

struct shared {
	uint32_t pristine[CASE_SCRATCH_SIZE / 4];
	/* The helper's own. */
	uint32_t running, index, count;
	uint32_t interrupted[22]; /* a signal frame's registers: where the helper itself goes on */
	uint8_t stack[0x20000];   /* of signals */
	struct test_case cases[CASE_BATCH];
};

#endif
