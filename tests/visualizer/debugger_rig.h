/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/debugger_rig.h - the lab kernel in a debugger, in any mode, and motions in a word.
 */
#ifndef RINGSIDE_TESTS_VISUALIZER_DEBUGGER_RIG_H
#define RINGSIDE_TESTS_VISUALIZER_DEBUGGER_RIG_H

#include "visualizer/debugger/debugger.h"

struct rig {
	struct options options;
	char *words[4];
	struct debugger debugger;
};

/* The modes that tests go through; NULL past the end. */
const char *rig_mode(size_t index);

/* The lab kernel (under pv the one that calls its VMM), or another guest if `guest` is not NULL, with these words. */
void rig_open(struct rig *rig, const char *mode, const char *guest, const char *word, const char *word2);
/* The same with so many bytes for history. */
void rig_open_history(struct rig *rig, const char *mode, uint64_t bytes, const char *word, const char *word2);
/* A flat binary at 100000H, in 32-bit protected mode without an IDT. */
void rig_open_flat(struct rig *rig, const char *mode, const uint8_t *code, size_t size);
/* The same with a file of --keys, and --switch. */
void rig_open_flat_keys(struct rig *rig, const char *mode, const uint8_t *code, size_t size, const char *keys,
                        const char *moves);
void rig_close(struct rig *rig);

/* A whole motion. Gives why it stopped; STOP_BEGIN where it could not begin. */
enum stop_kind rig_move(struct rig *rig, enum goal_kind kind, enum direction direction, uint64_t count);
enum stop_kind rig_go(struct rig *rig, uint64_t clock);
/* Runs to a symbol, backward or forward. */
enum stop_kind rig_to(struct rig *rig, const char *symbol, enum direction direction);
uint32_t rig_symbol(const struct rig *rig, const char *name);

/* Adds a breakpoint; gives its number. */
unsigned rig_break(struct rig *rig, const struct break_point *point);
unsigned rig_break_at(struct rig *rig, const char *symbol, const char *condition);
unsigned rig_watch(struct rig *rig, uint32_t gla, uint32_t size, uint8_t access);

uint64_t rig_clock(const struct rig *rig);
uint32_t rig_eip(const struct rig *rig);
uint32_t rig_esp(const struct rig *rig);
/* Of guest memory and registers, console and counters. */
uint64_t rig_digest(const struct rig *rig);

#endif
