/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/case_maker.h - makes random test cases out of the instruction table: every innocuous
 * row in turn with random prefixes, operands and registers, alone or in sequences of up to eight.
 * A case is made while it runs on a model, so that each address and jump target is known to be safe.
 */
#ifndef RINGSIDE_TESTS_ORACLE_CASE_MAKER_H
#define RINGSIDE_TESTS_ORACLE_CASE_MAKER_H

#include "cpu/insn.h"
#include "tests/oracle/model_cpu.h"

enum { MAKER_ROWS = 1600, MAKER_SEQUENCE = 8 };

struct maker_row {
	const struct instruction *row;
	bool two_byte;
	uint8_t opcode;
	int reg;
	uint32_t made, completed; /* how often in a case; how often without an event */
};

struct maker {
	uint64_t random;
	bool local_segments; /* worlds with other than flat segments may be used */
	size_t rows, next;
	struct maker_row row[MAKER_ROWS];
};

/* What comparing a case needs besides its result. */
struct made_case {
	uint32_t undefined;   /* status flags that the manual leaves undefined at the end */
	/* PUSHA, POPA or ENTER faulted: how far it came, and on what first, is the processor's business. */
	bool partial;
	/* The instruction that ended the case stored fields that no two processors have alike: FCS, FDS, FDP, FOP; or the number of
	 * doublewords is 0. */
	struct {
		uint32_t linear, size;
	} image;
	/* A store of an MMX register faulted: whether the x87's registers are MMX's by then is too. */
	bool x87_open;
	unsigned instructions;
	uint64_t cycles, retired; /* of the model */
};

void maker_start(struct maker *maker, uint64_t seed);
/* Random registers of x87 and SSE, edges included (case_floats.c), and a random number in one of their formats in memory. */
void maker_make_floats(struct maker *maker, uint8_t *image);
void maker_make_number(struct maker *maker, uint8_t *bytes, unsigned size);
/* MMX and XMM registers of packed numbers, MXCSR; such memory (simd_cases.c). */
void maker_make_simd(struct maker *maker, uint8_t *image);
void maker_make_lanes(struct maker *maker, uint8_t *memory, uint32_t size);
/* What differs between two images of registers, or NULL. Without `x87`, only SSE's are looked at. */
const char *floats_difference(const uint8_t *a, const uint8_t *b, bool x87);
void maker_make_pristine(struct maker *maker, uint32_t *pristine);
/* Makes the next case by running it on `model`, whose `result` it gives too. */
struct made_case maker_make(struct maker *maker, struct model *model, struct test_case *test_case);

#endif
