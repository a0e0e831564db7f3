/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/program.h - small guest programs that are run on bare hardware and translated, and must end alike.
 */
#ifndef RINGSIDE_TESTS_BT_PROGRAM_H
#define RINGSIDE_TESTS_BT_PROGRAM_H

#include "bt/bt.h"
#include "bt/translator.h"
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

/* Machine code at RIG_CODE. */
struct program {
	uint8_t code[512];
	unsigned size;
	void (*prepare)(struct vm *vm); /* what it finds in memory; may be NULL */
};

void add(struct program *program, const void *bytes, unsigned size);
#define ADD(program, text) add(program, text, sizeof(text) - 1)
void add_long(struct program *program, uint32_t value);
uint32_t here(const struct program *program); /* address of what is added next */
void add_call(struct program *program, uint32_t target);
void add_store(struct program *program, uint32_t address, uint32_t value);
void add_store_byte(struct program *program, uint32_t address, uint8_t value);

/* Kinds of translation cache: as usual; so small that it is flushed again and again; without chains, but with counters. */
void usual(struct config *config);
void tiny(struct config *config);
void unchained(struct config *config);
enum { KINDS = 3, CYCLES = 10000000 };
extern void (*const kinds[KINDS])(struct config *config);

#ifdef RINGSIDE_HOSTILE
enum { SMALL_CACHE = true };
#else
enum { SMALL_CACHE = false };
#endif

/* A machine with the program in it. The caller frees it. */
struct vm *make(const struct rig_way *way, void (*change)(struct config *), const struct program *program);
/* Fails, and says where, when two machines differ in memory or registers. */
void compare(const char *name, const struct rig_way *way, struct vm *want, struct vm *have);
/* Runs it on bare hardware and translated, in both rings, with caches of each kind. Gives EAX. */
uint32_t run_everywhere(const char *name, const struct program *program);

/* Two functions: FUNCTION adds 1 to EAX, OTHER adds 16; with paging, ALIAS and ALIAS_2 lead to the first, but ALIAS in
 * the address space of DIRECTORY_2 to the second. */
enum {
	FUNCTION = RIG_CODE + 0x1000, OTHER = RIG_CODE + 0x2000,
	ALIAS = 0x300000, ALIAS_2 = 0x301000, DIRECTORY_2 = RIG_TABLES + 0x2000,
};
void prepare_aliases(struct vm *vm);

#endif
