/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/frames.h - a tree of frames with the cycles spent in each: what a flame graph draws (B. Gregg, "The Flame
 * Graph", CACM 59(6), 2016). A path from the root is a stack; the cycles of all frames add up to the clock.
 */
#ifndef RINGSIDE_VISUALIZER_FLAME_FRAMES_H
#define RINGSIDE_VISUALIZER_FLAME_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_kind {
	FRAME_ALL,    /* the root */
	FRAME_KERNEL, /* what the guest believes to be its kernel, */
	FRAME_USER,   /* and what is not */
	FRAME_KERNEL_CODE,
	FRAME_USER_CODE, /* a function, or a page of code where nobody knows the function */
	FRAME_WALK,
	FRAME_INTERPRETER,
	FRAME_VMM,       /* a technique's VMM */
	FRAME_REASON,    /* what it was called for */
	FRAME_WORK,      /* one of its prices (cpu/cost.h), */
	FRAME_MEMORY,    /* of memory management, */
	FRAME_TRANSLATE, /* of translation */
	FRAME_IDLE,
	FRAME_KINDS
};

/* Without a name it is a page of code: `number` is its linear address. */
struct frame {
	uint8_t kind;     /* enum frame_kind */
	const char *name; /* not copied */
	uint32_t number;
};

/* A place in the tree, 0 the root. */
typedef uint32_t frame_at;

struct frame_node {
	struct frame frame;
	frame_at parent, child, next; /* 0: none */
	uint64_t cycles;              /* spent here, not in what is above */
};

struct frames {
	struct frame_node *node;
	frame_at count, room, most;
	bool cut; /* stacks were left out (no memory, or too many): their cycles are their callers' */
};

/* `most`: nodes at most; 0: the usual bound. False: no memory. */
bool frames_begin(struct frames *frames, frame_at most);
void frames_end(struct frames *frames);

/* The frame called by `parent`. Where there is no room for one: `parent`. */
frame_at frames_enter(struct frames *frames, frame_at parent, struct frame frame);
static inline void frames_add(struct frames *frames, frame_at at, uint64_t cycles)
{
	frames->node[at].cycles += cycles;
}

enum { FRAME_TEXT = 160 };
/* What people call it; fit for the folded form: no semicolon, no line end. */
const char *frames_text(const struct frame *frame, char *text, size_t size);
/* Children in an order that no run changes: by name. Call it once, when all is counted. */
void frames_sort(struct frames *frames);
/* Of this and all above it; `total` has room for frames->count. */
void frames_total(const struct frames *frames, uint64_t *total);

#endif
