/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/stride.h - for this room: one instruction of a function, with all that it calls. Calls, INT n, and
 * interrupts or faults on the way run to their return at full speed; so does a repeated string instruction.
 *
 * A return is known by where it leads: to the instruction behind the call (or the one that was interrupted), with the stack
 * where it was or a little higher (arguments that were popped), at the same CPL and in the same address space. So recursion
 * and other threads are not mistaken for it. No frame pointers are needed. What never returns so runs on.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_STRIDE_H
#define RINGSIDE_VISUALIZER_DEBUGGER_STRIDE_H

#include "visualizer/debugger/lookout.h"

enum stride_result {
	STRIDE_MORE,    /* to be called again */
	STRIDE_ARRIVED, /* behind the instruction */
	STRIDE_LIMIT,   /* the limit came first: it lies inside */
	STRIDE_HIT,     /* a breakpoint, or what else the motion looks for */
	STRIDE_END,     /* the guest's */
};

struct stride {
	struct lookout *lookout;
	struct wanted wanted; /* what else stops */
	bool inside;          /* running to the return; else the instruction is to be begun */
	bool repeats;         /* inside a repeated string instruction, which is no function */
	uint64_t clock;       /* when the instruction began, */
	uint64_t entered;     /* or when it began again behind an interrupt */
	/* The instruction, and how things stood before it: */
	uint32_t at, behind;  /* gla */
	uint32_t stack;       /* gla of the top of the stack */
	uint64_t stack_gpa;   /* UINT64_MAX: not mapped */
	uint32_t cr3;
	uint8_t cpl;
	bool calls, returns, jumps, repeated, ends_block; /* what it is */
	/* The results: */
	enum vm_end end;
	struct hit hit;
};

/* At the instruction where the guest stands. `breaks`: breakpoints stop. */
void stride_begin(struct stride *stride, struct lookout *lookout, bool breaks);
/* Goes on with it, for a piece of model time, to `limit` at most. */
enum stride_result stride_go_on(struct stride *stride, uint64_t limit);

/* The guest was stepped since stride_begin: is a basic block behind it, as a translator means it, or left by a delivery? */
bool stride_left_block(const struct stride *stride);

#endif
