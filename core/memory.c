/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/memory.c - machine memory: one reservation of the host between two guard pages, and the gate
 * through which everything but the processor's own fast path goes.
 *
 *   guest-physical memory as a PC has it
 *   00000000  RAM
 *   000a0000  VGA window: behaves as RAM here, the screen is read from it
 *   000c0000  ROM (FRAME_ROM): the processor's stores are dropped, loaders' are not
 *   00100000  RAM to the top
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */

#include "core/memory.h"

#include "core/refuse.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ROM_FIRST = 0xc0, ROM_LAST = 0xff };

#define GUEST_SIZE_MIN (1ull << 20)
#define GUEST_SIZE_MAX (2ull << 30)
#define VMM_FRAMES_MAX (1u << 19)

struct memory {
	struct arena *arena;
	uint8_t *base; /* machine frame 0 */
	uint64_t guest_size;
	uint32_t vmm_frames, guest_frames, frames;
	uint32_t *mfn_of_gfn;
	uint8_t *flags; /* by machine frame */
	memory_listener *listener;
	void *listener_owner;
};

static void lay_out(struct memory *memory)
{
	for (uint32_t gfn = 0; gfn < memory->guest_frames; gfn++)
		memory->mfn_of_gfn[gfn] = memory->vmm_frames + gfn;
	for (uint32_t gfn = ROM_FIRST; gfn <= ROM_LAST && gfn < memory->guest_frames; gfn++)
		memory->flags[memory->mfn_of_gfn[gfn]] = FRAME_ROM;
}

struct memory *memory_new(struct arena *arena, uint64_t guest_size, uint32_t vmm_frames, char *error,
                          size_t error_size)
{
	if (guest_size < GUEST_SIZE_MIN || guest_size > GUEST_SIZE_MAX || guest_size & PAGE_MASK ||
	    vmm_frames > VMM_FRAMES_MAX) {
		refuse(error, error_size, "guest memory must be 1M to 2G in steps of 4K, and the VMM's "
		       "pool at most %u frames", VMM_FRAMES_MAX);
		return NULL;
	}
	struct memory *memory = arena_take(arena, sizeof(*memory));

	if (memory == NULL)
		goto failed;
	memory->arena = arena;
	memory->guest_size = guest_size;
	memory->vmm_frames = vmm_frames;
	memory->guest_frames = (uint32_t)(guest_size >> PAGE_SHIFT);
	memory->frames = vmm_frames + memory->guest_frames;
	memory->mfn_of_gfn = arena_take(arena, memory->guest_frames * sizeof(*memory->mfn_of_gfn));
	memory->flags = arena_take(arena, memory->frames * sizeof(*memory->flags));
	memory->base = arena_take(arena, (size_t)memory->frames << PAGE_SHIFT);
	if (memory->mfn_of_gfn == NULL || memory->flags == NULL || memory->base == NULL)
		goto failed;
	lay_out(memory);
	return memory;
failed:
	refuse(error, error_size, "the host gives no %llu MiB for the guest and the VMM: %s; lower memory or "
	       "vmm-frames", ((unsigned long long)guest_size >> 20) + (vmm_frames >> (20 - PAGE_SHIFT)), strerror(errno));
	memory_free(memory);
	return NULL;
}

void memory_free(struct memory *memory)
{
	if (memory == NULL)
		return;
	arena_give(memory->arena, memory->base);
	arena_give(memory->arena, memory->mfn_of_gfn);
	arena_give(memory->arena, memory->flags);
	arena_give(memory->arena, memory);
}

uint64_t memory_guest_size(const struct memory *memory)
{
	return memory->guest_size;
}

uint32_t memory_frames(const struct memory *memory)
{
	return memory->frames;
}

uint32_t memory_vmm_frames(const struct memory *memory)
{
	return memory->vmm_frames;
}

/* Cannot overflow: the subtraction is done only where it cannot go below zero. */
static bool inside(const struct memory *memory, uint64_t gpa, size_t size)
{
	return gpa <= memory->guest_size && size <= memory->guest_size - gpa;
}

/* What of [gpa, gpa + size) lies in the frame of gpa. */
static size_t piece(uint64_t gpa, size_t size)
{
	size_t rest = PAGE_SIZE - (gpa & PAGE_MASK);

	return size < rest ? size : rest;
}

bool memory_read(const struct memory *memory, uint64_t gpa, void *buffer, size_t size)
{
	uint8_t *to = buffer;

	if (!inside(memory, gpa, size))
		return false;
	while (size > 0) {
		size_t count = piece(gpa, size);

		memcpy(to, memory_guest_frame(memory, gpa >> PAGE_SHIFT) + (gpa & PAGE_MASK), count);
		to += count;
		gpa += count;
		size -= count;
	}
	return true;
}

static void tell_listener(struct memory *memory, uint64_t gpa, uint32_t size)
{
	uint32_t mfn = memory->mfn_of_gfn[gpa >> PAGE_SHIFT];
	uint8_t flags = memory->flags[mfn] & (uint8_t)~FRAME_ROM;

	if (flags != 0 && memory->listener != NULL)
		memory->listener(memory->listener_owner, gpa, size, flags);
}

bool memory_write(struct memory *memory, uint64_t gpa, const void *buffer, size_t size)
{
	const uint8_t *from = buffer;

	if (!inside(memory, gpa, size))
		return false;
	while (size > 0) {
		size_t count = piece(gpa, size);

		memcpy(memory_guest_frame(memory, gpa >> PAGE_SHIFT) + (gpa & PAGE_MASK), from, count);
		tell_listener(memory, gpa, (uint32_t)count);
		from += count;
		gpa += count;
		size -= count;
	}
	return true;
}

uint8_t *memory_guest_frame(const struct memory *memory, uint64_t gfn)
{
	if (gfn >= memory->guest_frames)
		return NULL;
	return memory->base + ((size_t)memory->mfn_of_gfn[gfn] << PAGE_SHIFT);
}

uint8_t *memory_machine_frame(const struct memory *memory, uint64_t mfn)
{
	if (mfn >= memory->frames)
		return NULL;
	return memory->base + ((size_t)mfn << PAGE_SHIFT);
}

bool memory_gfn_to_mfn(const struct memory *memory, uint64_t gfn, uint64_t *mfn)
{
	if (gfn >= memory->guest_frames)
		return false;
	*mfn = memory->mfn_of_gfn[gfn];
	return true;
}

/* The inverse of lay_out. */
bool memory_mfn_to_gfn(const struct memory *memory, uint64_t mfn, uint64_t *gfn)
{
	if (mfn < memory->vmm_frames || mfn >= memory->frames)
		return false;
	*gfn = mfn - memory->vmm_frames;
	assert(memory->mfn_of_gfn[*gfn] == mfn);
	return true;
}

uint8_t memory_flags(const struct memory *memory, uint64_t mfn)
{
	return mfn < memory->frames ? memory->flags[mfn] : 0;
}

void memory_set_flags(struct memory *memory, uint64_t mfn, uint8_t set, uint8_t clear)
{
	if (mfn < memory->frames)
		memory->flags[mfn] = (uint8_t)((memory->flags[mfn] & ~clear) | set);
}

void memory_set_listener(struct memory *memory, memory_listener *listener, void *owner)
{
	memory->listener = listener;
	memory->listener_owner = owner;
}

void memory_stored(struct memory *memory, uint64_t gpa, uint32_t size)
{
	if (!inside(memory, gpa, size))
		return;
	while (size > 0) {
		uint32_t count = (uint32_t)piece(gpa, size);

		tell_listener(memory, gpa, count);
		gpa += count;
		size -= count;
	}
}

/*
 * FNV-1a over 64-bit words instead of bytes: eight times as fast, and the fold after each frame brings
 * the upper bits, into which multiplication carries everything, down again.
 */
uint64_t memory_digest(const struct memory *memory)
{
	const uint64_t prime = 0x100000001b3;
	uint64_t digest = 0xcbf29ce484222325;

	for (uint32_t gfn = 0; gfn < memory->guest_frames; gfn++) {
		const uint8_t *frame = memory_guest_frame(memory, gfn);

		for (size_t offset = 0; offset < PAGE_SIZE; offset += sizeof(uint64_t)) {
			uint64_t word;

			memcpy(&word, frame + offset, sizeof(word));
			digest = (digest ^ word) * prime;
		}
		digest ^= digest >> 32;
	}
	return digest;
}
