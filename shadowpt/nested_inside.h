/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/nested_inside.h - for this folder: nested tables as nested.c and nested_hand.c fill them.
 */
#ifndef RINGSIDE_SHADOWPT_NESTED_INSIDE_H
#define RINGSIDE_SHADOWPT_NESTED_INSIDE_H

#include "cpu/vmx.h"
#include "shadowpt/nested.h"

enum { ENTRIES = 512, LEVEL_BITS = 9, MEMORY_WRITE_BACK = EPT_WRITE_BACK << 3, EPT_RIGHTS = EPT_READ | EPT_WRITE | EPT_EXECUTE };
#define EPT_ADDRESS UINT64_C(0x000ffffffffff000)
#define NESTED_LARGE (UINT64_C(1) << (PAGE_SHIFT + LEVEL_BITS)) /* bytes */

struct nested {
	struct nested_options options;
	bool flush_needed;
	bool by_hand; /* entries have been written that are not nested.c's */
	struct nested_counters counters;
	uint8_t level[]; /* of each table: 0: no entry refers to it yet */
};

static inline uint64_t *nested_table_at(const struct nested *nested, uint64_t ma)
{
	return (uint64_t *)(void *)memory_machine_frame(nested->options.vm->memory, ma >> PAGE_SHIFT);
}

static inline uint64_t nested_root(const struct nested *nested)
{
	return (uint64_t)nested->options.first_frame << PAGE_SHIFT;
}

static inline unsigned nested_slot(uint64_t gpa, unsigned level)
{
	return gpa >> (PAGE_SHIFT + LEVEL_BITS * (level - 1)) & (ENTRIES - 1);
}

/* The table at `ma` has got its place in the tree. */
static inline void nested_place(struct nested *nested, uint64_t ma, unsigned level)
{
	nested->level[(ma - nested_root(nested)) >> PAGE_SHIFT] = (uint8_t)level;
}

/* nested.c */
uint64_t nested_new_table(struct nested *nested);
uint64_t nested_leaf(const struct nested *nested, uint64_t gpa);
uint64_t nested_large_leaf(const struct nested *nested, uint64_t gpa);
void nested_charge_fill(struct nested *nested);
void nested_tell_fill(struct nested *nested, uint64_t gpa, uint64_t leaf);

#endif
