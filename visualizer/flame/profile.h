/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/profile.h - where a machine's model cycles go, by what the guest does and what its VMM does for it. Nothing is
 * sampled: the guest runs instruction by instruction, and after each the clock's advance is taken apart by the processors'
 * counters and the ledger of prices (core/spending.h), so that the frames add up to the clock. Such a run is the run that it
 * would have been (tests/trap/test_whole_runs.c).
 */
#ifndef RINGSIDE_VISUALIZER_FLAME_PROFILE_H
#define RINGSIDE_VISUALIZER_FLAME_PROFILE_H

#include "core/vm.h"
#include "visualizer/flame/calls.h"

/* What the clock has been charged, and by whom, up to a moment. */
struct profile_mark {
	uint64_t clock, priced, walks, virtual_cycles, virtual_walks;
};

struct profile {
	struct frames frames;
	struct calls calls;
	struct vm *vm;
	uint64_t every; /* cycles between two looks at the guest; 0: each instruction */
	struct event_reader reader;
	struct profile_mark mark;  /* at the last look */
	struct cost_ledger ledger; /* as far as its prices have been told */
	const char *reason; /* of the last exit since the last look; NULL: none */
	frame_at at;        /* where the guest was then */
};

/* From the machine's beginning: it must not have run yet. `symbols` may be NULL and stays the caller's, and so does `vm`, which must
 * outlive the profile. False: no memory. */
bool profile_begin(struct profile *profile, struct vm *vm, const struct symbols *symbols, uint64_t every);
/* In vm_run's place: runs until the clock reaches `limit`, or the guest ends. */
enum vm_end profile_run(void *owner, struct vm *vm, uint64_t limit);
/* What is still to be counted is; the frames are in order, and the machine is let go. */
void profile_finish(struct profile *profile);
void profile_end(struct profile *profile);

#endif
