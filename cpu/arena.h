/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/arena.h - the memory in which one machine lies: processors, guest and machine memory, shadow tables,
 * translation cache, devices. One mapping holds all of it at one address, so that the whole machine, pointers
 * included, can be copied and put back (core/snapshot.h). What must not travel in time (readers of events, screens,
 * files) lies elsewhere.
 */
#ifndef RINGSIDE_CPU_ARENA_H
#define RINGSIDE_CPU_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Room for `reserve` bytes at most. `copyable`: pages are backed by a file without a name, so that the kernel tells which
 * of them have been written (arena_changed). NULL: the host gives no memory. */
struct arena *arena_new(size_t reserve, bool copyable);
void arena_free(struct arena *arena); /* and all that was taken from it; NULL is fine */

/* Zeroed memory, aligned to 64 bytes; from a page on where a page or more is asked for, and then with a page behind it
 * that faults. NULL: none is left. Without an arena these are calloc and free. */
void *arena_take(struct arena *arena, size_t size);
void arena_give(struct arena *arena, void *memory); /* NULL is fine */

/* ---- for snapshots: pages of 4096 bytes, counted from the arena's beginning ---- */

size_t arena_pages(const struct arena *arena); /* in use, from the first one on */
uint8_t *arena_page(const struct arena *arena, size_t page);
/* Calls `visit` for each run of pages that was written since arena_settle, in order; perhaps for others too. */
void arena_changed(const struct arena *arena, void (*visit)(void *owner, size_t first, size_t count),
		   void *owner);
/* From now on these pages count as unwritten. False: the host's memory is used up. */
bool arena_settle(struct arena *arena, size_t first, size_t count);

/* Changes whenever runs of pages are taken or given back. Before pages are put back from another generation the guard pages
 * must be opened, and set again afterwards. False: the host refuses. */
uint64_t arena_generation(const struct arena *arena);
bool arena_open_all(struct arena *arena);
bool arena_guard_again(struct arena *arena);

#endif
