/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/policy.h - what the translation cache's policy is asked, when a lab has put another in the VMM's place (core/pieces.h): each
 * question holds the VMM's own answer, and the decisions in it may be changed. What is no decision (which units hold the bytes of a
 * store) can only be compared: units, chains and records stay the VMM's, whoever answers.
 */
#ifndef RINGSIDE_BT_POLICY_H
#define RINGSIDE_BT_POLICY_H

#include "bt/unit.h"

struct translator;

enum cache_moment {
	CACHE_BEGIN,      /* the cache is empty: at first, and behind each flush */
	CACHE_FIND,       /* the dispatcher was entered: which unit is the guest's? */
	CACHE_MADE,       /* one has been made */
	CACHE_CHAIN,      /* an exit was taken to a unit: shall it be led straight there? */
	CACHE_LOOKUP,     /* an indirect transfer led to a unit: where in the lookup cache shall it be? */
	CACHE_INVALIDATE, /* which units go, and which chains lead to them? Before they do */
	CACHE_FAULT,      /* an exception at an address of the cache: where is the guest? */
};

enum invalidate_reason {
	INVALIDATE_STORED,   /* `size` bytes at `gpa`, inside one page, are stored to */
	INVALIDATE_REMAPPED, /* `linear`, a page, no longer leads to the frame at `gpa` */
	INVALIDATE_GIVEN_UP, /* `unit` is to be made again otherwise */
};

struct cache_question {
	enum cache_moment moment;
	const struct unit_key *key;   /* find */
	const struct unit *unit;      /* find: NULL, there is none; made; chain, lookup: where it leads; given up; fault: where it was */
	const struct unit_exit *exit; /* chain */
	enum invalidate_reason reason;
	uint64_t gpa;
	uint32_t size, linear;
	uint32_t address;             /* fault: in the window */
	bool behind;                  /* fault: a trap, whose instruction is done */
	uint32_t eip;                 /* fault: of the guest */
	/* Decisions: */
	bool chain;
	uint32_t slot;                /* lookup: LOOKUP_ENTRIES: none */
	unsigned shift;               /* begin: of lookup_index, 1 to 31 */
};

/* Does the unit go, by an invalidation? */
bool cache_question_drops(const struct cache_question *question, const struct unit *unit);

/* ---- for this room: each asks if there is somebody to ask ---- */

void policy_find(struct translator *translator, const struct unit_key *key, const struct unit *unit);
void policy_made(struct translator *translator, const struct unit *unit);
bool policy_chain(struct translator *translator, const struct unit_exit *exit, const struct unit *to);
uint32_t policy_slot(struct translator *translator, const struct unit *unit);
void policy_stored(struct translator *translator, uint64_t gpa, uint32_t size);
void policy_remapped(struct translator *translator, uint64_t gpa, uint32_t linear);
void policy_given_up(struct translator *translator, const struct unit *unit);
struct place;
void policy_fault(struct translator *translator, uint32_t address, bool behind, const struct place *place);

#endif
