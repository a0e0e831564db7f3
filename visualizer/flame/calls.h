/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/calls.h - the guest's call stacks, known by looking at each instruction: a transfer that lowers the stack
 * pointer a little is a call or an interrupt, and its frame lives until the stack pointer has risen above it. No
 * frame pointers are needed, and nothing of the guest's memory is read. A stack that is left for another one (the kernel's for
 * its user's, a thread's for another's) is found again by the stack pointer that it was left with.
 */
#ifndef RINGSIDE_VISUALIZER_FLAME_CALLS_H
#define RINGSIDE_VISUALIZER_FLAME_CALLS_H

#include "core/symbols.h"
#include "cpu/state.h"
#include "visualizer/flame/frames.h"

enum { CALLS_DEEP = 128, CALLS_STACKS = 256, CALLS_NAMES = 4096 };

struct call_stack {
	bool user;
	uint32_t cr3;     /* of a user's: each address space has its own */
	uint32_t pointer; /* where it was left, or at the last look */
	uint64_t left_at; /* when, in looks */
	unsigned depth;   /* frames above the lowest one */
	struct {
		uint32_t base; /* lives while the stack pointer is no higher; the lowest lives always */
		frame_at parent;
	} frame[CALLS_DEEP];
};

struct calls {
	struct frames *frames;
	const struct symbols *symbols; /* NULL: none */
	uint64_t looks;
	uint32_t eip; /* linear, at the last look */
	frame_at at;  /* the frame that the guest is in */
	struct call_stack now, *left; /* `left`: CALLS_STACKS of them */
	unsigned stacks;
	struct call_name {
		uint32_t eip;
		bool known;
		struct frame frame;
	} *name; /* CALLS_NAMES, by the low bits of the address */
};

/* False: no memory. `frames` and `symbols` stay the caller's. */
bool calls_begin(struct calls *calls, struct frames *frames, const struct symbols *symbols);
void calls_end(struct calls *calls);

/* The guest stands here, one instruction (or one delivered event) after the last look: the frame that it is in. */
frame_at calls_look(struct calls *calls, const struct cpu_state *guest);
/* It stands here, nobody knows how it came: the function, without its callers. */
frame_at calls_place(struct calls *calls, const struct cpu_state *guest);

#endif
