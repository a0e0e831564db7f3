/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/snapshot.h - a whole machine as it stood at a moment, and put back. Pages that did not change between two
 * snapshots are kept once.
 */
#ifndef RINGSIDE_CORE_SNAPSHOT_H
#define RINGSIDE_CORE_SNAPSHOT_H

#include "core/vm.h"

struct snapshots; /* those of one machine */
struct snapshot;

/* The machine must have been made copyable (vm_options). NULL: the host gives no memory. */
struct snapshots *snapshots_new(struct vm *vm);
void snapshots_free(struct snapshots *snapshots);

/* The machine as it is now, between two calls of vm_run or vm_step. NULL: the host gives no memory. The clock is the
 * moment it is known by. */
struct snapshot *snapshot_take(struct snapshots *snapshots);
void snapshot_drop(struct snapshots *snapshots, struct snapshot *snapshot);
/* Puts the machine back. Readers of events stay those of now, and a request to stop is forgotten. False: the host's memory
 * is used up, and the machine is as it was. */
bool snapshot_restore(struct snapshots *snapshots, const struct snapshot *snapshot);

uint64_t snapshot_clock(const struct snapshot *snapshot);
/* Bytes that all snapshots together take. */
size_t snapshots_bytes(const struct snapshots *snapshots);

#endif
