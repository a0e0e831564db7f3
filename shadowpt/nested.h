/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/nested.h - nested page tables: gpa to ma for hardware that walks them under the guest's own
 * tables. The guest keeps its CR3 and its page faults; the VMM learns only of gpas that have no entry yet,
 * or that no machine frame stands behind. Intel SDM volume 3, 28.2 (EPT); Bhargava et al. 2008.
 *
 *   gpa   47....39 38....30 29....21 20....12 11.....0
 *         level 4  level 3  level 2  level 1  offset     2 levels reach 1 GiB, 3 reach 512 GiB
 *
 * All tables are VMM frames of core/memory.h, bounded by configuration; when they are used up all are
 * thrown out, for violations bring back what is needed.
 */
#ifndef RINGSIDE_SHADOWPT_NESTED_H
#define RINGSIDE_SHADOWPT_NESTED_H

#include "core/vm.h"

struct nested;

struct nested_options {
	struct vm *vm;        /* memory, events, clock and costs */
	uint32_t first_frame; /* VMM frames [first_frame, first_frame + frames) hold the tables */
	uint32_t frames;
	unsigned levels; /* 2 to 4 */
	bool large;      /* entries map 2 MiB where the memory map allows it */
};

/* Bytes of guest-physical memory that so many levels reach. */
uint64_t nested_reach(unsigned levels);

/* NULL: not enough memory, or fewer than NESTED_MINIMUM frames. */
enum { NESTED_MINIMUM = 8 };
struct nested *nested_new(const struct nested_options *options);
void nested_free(struct nested *nested);

/* What the VMCS's EPT pointer holds. */
uint64_t nested_pointer(const struct nested *nested);
/* True once after entries were taken away: INVEPT is due. */
bool nested_take_flush(struct nested *nested);

enum nested_verdict {
	NESTED_FILLED,  /* the entry was lacking and is there now: the instruction can run again */
	NESTED_EMULATE, /* no frame is there, or one that must not be written: the VMM does the access */
};
/* An EPT violation at gpa. Its price is charged to the clock and is the exit's. */
enum nested_verdict nested_violation(struct nested *nested, uint64_t gpa, bool write);

/* Compares every entry with the memory map (entries by hand may permit less). False: `message` names the first that differs. */
bool nested_check(const struct nested *nested, char *message, size_t size);

/* Keeps the last `frames` of the pool from becoming tables. Gives the first of them; 0: they are tables already. */
uint32_t nested_reserve(struct nested *nested, uint32_t frames);

/* ---- nested_hand.c: entries by somebody else's hand, each looked at before it counts ---- */

/* The ma of an empty table, which belongs nowhere yet; 0: none is left. */
uint64_t nested_hand_table(struct nested *nested);
/* False: there is no such table, or entry. */
bool nested_hand_read(const struct nested *nested, uint64_t table, unsigned slot, uint64_t *entry);
/* Writes an entry, and charges its price. False, and `why`: it would be a misconfiguration, or map what is not the guest's. */
bool nested_hand_write(struct nested *nested, uint64_t table, unsigned slot, uint64_t entry, char *why, size_t size);
/* The violation at gpa has been dealt with: tells what is there now. Gives what the levels together permit: EPT_READ, ... */
unsigned nested_hand_done(struct nested *nested, uint64_t gpa);

struct nested_counters {
	uint64_t fills, emulated, flushes;
	uint32_t tables_used, tables;
};
const struct nested_counters *nested_counters(const struct nested *nested);

#endif
