/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/piece.h - where another translator's passes can stand in for this room's own, an instruction at a time (core/pieces.h): the second
 * pass and the fourth. Reading, exits and their stubs, chaining and the lookup routine stay here.
 */
#ifndef RINGSIDE_BT_PIECE_H
#define RINGSIDE_BT_PIECE_H

#include "bt/translator.h"

enum { EMISSION_CODE = 128, EMISSION_JUMPS = 2, NO_PATCH = 0xffff };
#define SITE_NONE (UINT32_MAX - 1)

/* What is to be made of one record, and what a piece has made of it. */
struct emission {
	const struct unit *unit;
	const struct record *record;
	uint32_t address; /* window address that its code will run at */
	uint32_t site;    /* number of its callout; SITE_NONE: it has none */
	unsigned jumps;   /* other ways out of the unit that it has: a transfer's target, then where it goes on; or an interrupt's */
	unsigned size;
	uint8_t spilled;
	uint8_t code[EMISSION_CODE];
	uint16_t displacement[EMISSION_JUMPS]; /* where in `code` the 32-bit displacement stands that leads there */
};

/* ---- for whoever fills in the table ---- */

/* Treats a record in another way than classify.c does. `ends`: nothing behind it belongs to the unit. False: `treatment` is not for such
 * an instruction. */
bool classify_as(struct record *record, enum treatment treatment, bool ends);
/* Is it one that its unit ends with? */
bool record_ends(const struct record *record);
/* Does the instruction reach memory through a segment that a prefix may change, insn->segment? */
bool uses_segment(const struct insn *insn);

/* ---- for this room ---- */

void piece_classify(const struct translator *translator, const struct unit *unit, struct record *record);
/* False: there is no piece, or it leaves this one to us. */
bool piece_emit(const struct translator *translator, struct emission *emission);

#endif
