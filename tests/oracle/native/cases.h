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
	CASE_SELECTOR_FS = 0x63, /* as Linux gives it to 32-bit programs */
};

/* A segment register of a case. */
struct case_segment {
	uint16_t selector; /* Linux's own flat one, or a descriptor of the local table */
	uint16_t code, big, expand_down;
	uint32_t base, limit; /* limit 0xffffffff: with 4 KiB granularity */
};

enum { CASE_CS, CASE_SS, CASE_DS, CASE_ES, CASE_SEGMENTS };

/* The segments that a case may find itself in: each is a world of its own. */
#define CASE_FLAT_CODE { 0x23, 1, 1, 0, 0, 0xffffffff }
#define CASE_FLAT_DATA { 0x2b, 0, 1, 0, 0, 0xffffffff }
#define CASE_CODE_16 { 0x07, 1, 0, 0, CASE_CODE, CASE_CODE_SIZE - 1 }
#define CASE_STACK_16 { 0x0f, 0, 0, 0, CASE_FS_BASE, 0xffff }
#define CASE_DATA_LIMITED { 0x17, 0, 0, 0, CASE_FS_BASE, 0xaff7 }
#define CASE_DATA_DOWN { 0x1f, 0, 0, 1, CASE_FS_BASE, 0x8fff }
#define CASE_STACK_DOWN { 0x27, 0, 1, 1, CASE_FS_BASE, 0x8fff }

enum { CASE_WORLDS = 4 };

static const struct case_segment case_worlds[CASE_WORLDS][CASE_SEGMENTS] = {
	{ CASE_FLAT_CODE, CASE_FLAT_DATA, CASE_FLAT_DATA, CASE_FLAT_DATA },
	{ CASE_CODE_16, CASE_STACK_16, CASE_DATA_LIMITED, CASE_DATA_DOWN },
	{ CASE_FLAT_CODE, CASE_STACK_16, CASE_DATA_DOWN, CASE_DATA_LIMITED },
	{ CASE_CODE_16, CASE_STACK_DOWN, CASE_DATA_LIMITED, CASE_FLAT_DATA },
};

enum { CASE_LENGTH = 160, CASE_CHANGES = 144, CASE_BATCH = 2048 };

/* The registers of x87, MMX and SSE as FXSAVE puts them (SDM vol. 2, table 3-43): a word of control, of status, tags, ... */
enum { CASE_FLOATS = 512, CASE_FLOATS_USED = 288 };
enum { FLOATS_CONTROL = 0, FLOATS_STATUS = 2, FLOATS_VALID = 4, FLOATS_OPCODE = 6, FLOATS_EIP = 8, FLOATS_CS = 12,
       FLOATS_DATA = 16, FLOATS_DS = 20, FLOATS_MXCSR = 24, FLOATS_STACK = 32, FLOATS_XMM = 160 };

/* Where a case ended, and in what state. */
struct case_result {
	uint8_t floats[CASE_FLOATS_USED];
	uint32_t gpr[8];
	uint32_t eip, eflags;
	uint32_t vector, error, address; /* of the event that ended it; address: CR2 of a #PF */
	uint32_t changed;                /* doublewords of the scratch pages that differ from `pristine` */
	struct {
		uint32_t offset, value;
	} change[CASE_CHANGES];
};

struct case_input {
	uint8_t floats[CASE_FLOATS_USED];
	uint32_t gpr[8];
	uint32_t eflags;
	uint32_t world;  /* index of case_worlds */
	uint32_t start;  /* offset of the code in the code pages */
	uint32_t length; /* bytes of code; INT3 follows */
	uint8_t code[CASE_LENGTH];
};

/* EIP of the first instruction: offsets in CS. */
static inline uint32_t case_eip(const struct case_input *input)
{
	return CASE_CODE + input->start - case_worlds[input->world][CASE_CS].base;
}

struct test_case {
	struct case_input input;
	struct case_result result;
};

struct shared {
	uint32_t pristine[CASE_SCRATCH_SIZE / 4];
	uint32_t has_local_segments; /* the helper could make those of case_worlds */
	uint32_t has_floats; /* the kernel lets the helper set and see them */
	/* The helper's own. */
	uint32_t running, index, count;
	uint32_t interrupted[22]; /* a signal frame's registers: where the helper itself goes on */
	uint8_t stack[0x20000];   /* of signals */
	struct test_case cases[CASE_BATCH];
};

#endif
