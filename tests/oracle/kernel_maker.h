/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_maker.h - for the makers of random kernel programs: the dice, and writing code.
 */
#ifndef RINGSIDE_TESTS_ORACLE_KERNEL_MAKER_H
#define RINGSIDE_TESTS_ORACLE_KERNEL_MAKER_H

#include "tests/harness.h"
#include "tests/oracle/kernel_program.h"

#include <string.h>

struct maker {
	uint64_t dice;
	const struct program *program;
	uint8_t *to;      /* the slot that is being written, */
	unsigned size;    /* its bytes so far, */
	uint32_t address; /* where it will run, */
	unsigned index;   /* and its number */
	bool full;        /* nothing more goes in */
};

static inline uint32_t any(struct maker *maker)
{
	return (uint32_t)harness_random(&maker->dice);
}

static inline uint32_t pick(struct maker *maker, uint32_t below)
{
	return any(maker) % below;
}

#define ANY_OF(maker, table) (table)[pick(maker, sizeof(table) / sizeof *(table))]

static inline unsigned room(const struct maker *maker)
{
	return SLOT - maker->size;
}

/* What does not fit into the slot is left out, with all that follows; the instruction that it is part of goes too when
 * the slot is finished. */
static inline void bytes(struct maker *maker, const char *code, unsigned size)
{
	maker->full |= size > room(maker);
	if (maker->full)
		return;
	memcpy(maker->to + maker->size, code, size);
	maker->size += size;
}
#define PUT(maker, text) bytes(maker, text, sizeof(text) - 1)

static inline void number(struct maker *maker, uint32_t value, unsigned size)
{
	bytes(maker, (const char *)&value, size);
}

/* Where the next byte will run. */
static inline uint32_t here(const struct maker *maker)
{
	return maker->address + maker->size;
}

/* A displacement of 32 bits, the last of its instruction, to an address. */
static inline void relative(struct maker *maker, uint32_t target)
{
	number(maker, target - (here(maker) + 4), 4);
}

/* Stores by SS, which is always flat: 11 and 8 bytes. */
static inline void store(struct maker *maker, uint32_t address, uint32_t value)
{
	PUT(maker, "\x36\xc7\x05");
	number(maker, address, 4);
	number(maker, value, 4);
}

static inline void store_byte(struct maker *maker, uint32_t address, uint8_t value)
{
	PUT(maker, "\x36\xc6\x05");
	number(maker, address, 4);
	number(maker, value, 1);
}

static inline uint32_t trail(const struct maker *maker)
{
	return TRAIL + 8 * maker->index;
}

/* Leaves EAX where the comparison finds it: 6 bytes. */
static inline void observe(struct maker *maker)
{
	PUT(maker, "\x36\xa3");
	number(maker, trail(maker), 4);
}

/* ---- kernel_memory.c: data, page tables ---- */

uint32_t data_address(struct maker *maker);
void load_register(struct maker *maker);
void touch_memory(struct maker *maker);
void slot_touch_string(struct maker *maker);
void slot_edit_entry(struct maker *maker);
void slot_edit_large(struct maker *maker);
void slot_switch_directory(struct maker *maker);
void slot_observe_entry(struct maker *maker);
void slot_edit_in_loop(struct maker *maker);
void invalidate(struct maker *maker, uint32_t linear);

/* ---- kernel_system.c: registers that only a kernel has, and what shows them ---- */

void slot_flip_control(struct maker *maker);
void slot_load_segment(struct maker *maker);
void slot_edit_descriptor(struct maker *maker);
void slot_load_table(struct maker *maker);
void slot_interrupt(struct maker *maker);
void slot_system_register(struct maker *maker);
void slot_far_jump(struct maker *maker);
void slot_excursion(struct maker *maker);
void slot_read_sensitive(struct maker *maker);
void slot_load_flags(struct maker *maker);
void slot_single_step(struct maker *maker);
void slot_set_breakpoint(struct maker *maker);
void slot_raise_line(struct maker *maker);

/* ---- kernel_control.c: branches, calls, code that changes ---- */

void slot_branch(struct maker *maker);
void slot_call(struct maker *maker);
void slot_loop(struct maker *maker);
void slot_go_back(struct maker *maker);
void slot_change_code(struct maker *maker);
void slot_change_mapping_of_code(struct maker *maker);
void make_routines(struct maker *maker, struct program *program);

#endif
