/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/candidate.h - one instruction that may become part of a random case: its bytes, its
 * operands steered to the scratch pages, and whether it is harmless. For the case maker's files only.
 */
#ifndef RINGSIDE_TESTS_ORACLE_CANDIDATE_H
#define RINGSIDE_TESTS_ORACLE_CANDIDATE_H

#include "tests/oracle/case_maker.h"
#include "tests/oracle/flag_effects.h"

enum {
	LONGEST_CANDIDATE = 32,
	/* No case's code begins before it, in bytes from the beginning of the code pages. */
	FIRST_START = 0x800,
	/* Scratch doublewords that point to INT3s, for indirect jumps, calls and returns. */
	POINTERS = 0x400,
	POINTERS_SIZE = 0x400,
};

struct candidate {
	const struct case_segment *world; /* CASE_SEGMENTS of them */
	struct maker_row *row;
	uint8_t bytes[LONGEST_CANDIDATE];
	struct insn insn;
	struct flag_effects effects;
};

/* ---- random choices ---- */

uint32_t random_below(struct maker *maker, uint32_t limit);
bool chance(struct maker *maker, uint32_t percent);
/* Any number, often an interesting one. */
uint32_t random_value(struct maker *maker);
/* A linear address: mostly in the scratch pages, often where a page ends or the last one does. */
uint32_t random_target(struct maker *maker);
/* Of an INT3 before any case's code. */
uint32_t random_stop(struct maker *maker);

/* ---- making ---- */

/* Random prefixes and operands for candidate->row. False: it came out as something else. */
bool candidate_bytes(struct maker *maker, struct candidate *candidate);
/* Leads operands to useful addresses: by displacements, and by registers while these are free. */
void candidate_steer(struct maker *maker, struct candidate *candidate, struct cpu_state *state,
		     bool registers);

/* Replaces a displacement or offset of full address size. */
void candidate_displacement(struct candidate *candidate, uint32_t displacement);

/* ---- looking ---- */

bool is_named(const struct insn *insn, const char *mnemonic);
bool has_offset(const struct insn *insn);   /* the moffs forms of MOV */
bool uses_stack(const struct insn *insn);
bool is_mask_move(const struct insn *insn); /* MASKMOVQ, MASKMOVDQU: memory at DS:EDI */
bool is_indirect(const struct insn *insn);  /* near JMP and CALL by register or memory */
struct case_segment segment_of(const struct candidate *candidate, unsigned segment);
uint32_t base_of(const struct candidate *candidate, unsigned segment);
/* Of the memory operand, with the distance that a bit offset adds. */
uint32_t offset_of(const struct insn *insn, const struct cpu_state *state);

/* Can it be run as the next instruction of the case, here and natively? */
bool candidate_safe(const struct candidate *candidate, const struct cpu_state *state,
		    const struct model *model, const struct case_input *input);

#endif
