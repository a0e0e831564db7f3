/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/memory.h - machine memory behind one checked gate.
 *
 * Machine memory is an array of 4 KiB frames. The first ones belong to the VMM (shadow tables, its GDT,
 * IDT, TSS); the guest's frames follow. gfn to mfn goes through one table, so that guest-physical
 * address (gpa) and machine address (ma) differ, as they do on a real machine.
 *
 *   mfn   0 ........ vmm_frames ................................ frames
 *         VMM pool   | guest RAM, VGA window, ROM (gfn 0 ...)   |
 */
#ifndef RINGSIDE_CORE_MEMORY_H
#define RINGSIDE_CORE_MEMORY_H

#include "cpu/arena.h"
#include "cpu/bus.h"

#include <stddef.h>

struct memory;

enum frame_flags {
	FRAME_CODE_PROCESSOR = 1 << 0, /* the processor holds decoded code from it */
	FRAME_CODE_VCPU = 1 << 1,      /* the virtual CPU's interpreter does */
	FRAME_TRACED = 1 << 2,         /* a guest page table (or GDT, LDT): stores are told to the trace listener */
	FRAME_ROM = 1 << 3,            /* the guest's stores are dropped */
	FRAME_MONITOR = 1 << 4,        /* stands for the VMM's own code: see bus.h */
};

/* Somebody stored into frames with flags: who has an interest is called after it. gpa of the store. */
typedef void memory_listener(void *owner, uint64_t gpa, uint32_t size, uint8_t flags);

/* `guest_size` bytes (4 KiB multiple, 1 MiB to 2 GiB) of guest memory and a VMM pool. NULL and `error`
 * (of `error_size` bytes) when it cannot be had. */
struct memory *memory_new(struct arena *arena, uint64_t guest_size, uint32_t vmm_frames, char *error,
                          size_t error_size);
void memory_free(struct memory *memory);

uint64_t memory_guest_size(const struct memory *memory);
uint32_t memory_frames(const struct memory *memory);     /* all machine frames */
uint32_t memory_vmm_frames(const struct memory *memory);

/* The gate: copies `size` bytes from or to guest-physical memory. False, and nothing done, when any
 * byte lies outside. Writes reach ROM too (loaders) and call the listener. */
bool memory_read(const struct memory *memory, uint64_t gpa, void *buffer, size_t size);
bool memory_write(struct memory *memory, uint64_t gpa, const void *buffer, size_t size);

/* Host address of a frame; NULL when there is no such frame. Stays valid for the memory's life. */
uint8_t *memory_guest_frame(const struct memory *memory, uint64_t gfn);
uint8_t *memory_machine_frame(const struct memory *memory, uint64_t mfn);

/* gfn to mfn and back; false when the guest has no such frame. */
bool memory_gfn_to_mfn(const struct memory *memory, uint64_t gfn, uint64_t *mfn);
bool memory_mfn_to_gfn(const struct memory *memory, uint64_t mfn, uint64_t *gfn);

/* Frame flags, by machine frame (0 outside). */
uint8_t memory_flags(const struct memory *memory, uint64_t mfn);
void memory_set_flags(struct memory *memory, uint64_t mfn, uint8_t set, uint8_t clear);

void memory_set_listener(struct memory *memory, memory_listener *listener, void *owner);
/* A store that did not come through the gate (a processor's) reached guest memory: tells the listener
 * if the frame has flags. */
void memory_stored(struct memory *memory, uint64_t gpa, uint32_t size);

/* FNV-1a digest of all guest memory, for comparing final states. */
uint64_t memory_digest(const struct memory *memory);

#endif
