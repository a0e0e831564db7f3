/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/memory_view.c - see memory_view.h. gla goes through the guest's own tables (SDM vol. 3, 4.3), gpa
 * through the VMM's table of frames, ma straight into machine memory, where the VMM's own frames lie too.
 */
#include "visualizer/screen/memory_view.h"

#include <string.h>

const char *space_name(enum stop_space space)
{
	static const char *const names[] = {"linear", "physical", "machine"};

	return names[space];
}

static struct frame_view machine_frame(const struct vm *vm, uint64_t mfn)
{
	struct frame_view view = {.mfn = mfn, .host = memory_machine_frame(vm->memory, mfn)};

	view.readable = view.has_mfn = view.host != NULL;
	view.has_gfn = view.readable && memory_mfn_to_gfn(vm->memory, mfn, &view.gfn);
	view.flags = memory_flags(vm->memory, mfn);
	return view;
}

static struct frame_view guest_frame(const struct vm *vm, uint64_t gfn)
{
	struct frame_view view = {.has_gfn = true, .gfn = gfn};
	uint64_t mfn;

	return memory_gfn_to_mfn(vm->memory, gfn, &mfn) ? machine_frame(vm, mfn) : view;
}

struct frame_view frame_behind(const struct debugger *debugger, enum stop_space space, uint32_t address)
{
	const struct vm *vm = debugger->vm;
	struct walk walk;

	if (space == SPACE_MACHINE)
		return machine_frame(vm, address >> PAGE_SHIFT);
	if (space == SPACE_PHYSICAL)
		return guest_frame(vm, address >> PAGE_SHIFT);
	cpu_walk(vm_guest_state(vm), &vm->guest_bus, address, ACCESS_READ, false, &walk);
	if (!walk.ok)
		return (struct frame_view){0};
	/* A guest with direct paging holds machine addresses. */
	return vm->paging == PAGING_DIRECT ? machine_frame(vm, walk.physical >> PAGE_SHIFT)
	                                   : guest_frame(vm, walk.physical >> PAGE_SHIFT);
}

void memory_bytes(const struct debugger *debugger, enum stop_space space, uint32_t address, uint8_t *bytes, bool *readable,
		  size_t size)
{
	for (size_t done = 0; done < size;) {
		uint64_t at = (uint64_t)address + done;
		size_t part = PAGE_SIZE - (at & PAGE_MASK);
		struct frame_view frame = {0};

		part = part < size - done ? part : size - done;
		if (at <= UINT32_MAX)
			frame = frame_behind(debugger, space, (uint32_t)at);
		memset(readable + done, frame.readable, part);
		if (frame.readable)
			memcpy(bytes + done, frame.host + (at & PAGE_MASK), part);
		else
			memset(bytes + done, 0, part);
		done += part;
	}
}

/* ---- what has changed ---- */

static void read_kept(struct memory_past *past, const struct debugger *debugger, uint8_t *bytes)
{
	_Static_assert(MEMORY_KEPT % PAGE_SIZE == 0, "whole pages are read");
	bool readable[PAGE_SIZE];

	for (uint32_t done = 0; done < MEMORY_KEPT; done += PAGE_SIZE)
		memory_bytes(debugger, (enum stop_space)past->space, past->first + done, bytes + done, readable, PAGE_SIZE);
}

static bool holds(const struct memory_past *past, enum stop_space space, uint32_t first, size_t size)
{
	return past->valid && past->space == space && first >= past->first &&
	       (uint64_t)first + size <= (uint64_t)past->first + MEMORY_KEPT;
}

void memory_past_update(struct memory_past *past, const struct debugger *debugger, enum stop_space space, uint32_t first,
			size_t size)
{
	uint64_t clock = debugger->vm->clock;

	if (!holds(past, space, first, size)) {
		uint32_t page = first & ~(uint32_t)PAGE_MASK;

		past->valid = size <= MEMORY_KEPT - PAGE_SIZE;
		past->space = (uint8_t)space;
		past->first = page >= MEMORY_KEPT / 4 ? page - MEMORY_KEPT / 4 : 0;
		past->clock = clock;
		read_kept(past, debugger, past->now);
		memcpy(past->before, past->now, sizeof(past->before));
	} else if (!debugger->running && past->clock != clock) {
		memcpy(past->before, past->now, sizeof(past->before));
		read_kept(past, debugger, past->now);
		past->clock = clock;
	}
}

bool memory_past_changed(const struct memory_past *past, uint32_t address, uint8_t value, bool running)
{
	uint32_t offset = address - past->first;

	if (!past->valid || offset >= MEMORY_KEPT)
		return false;
	/* While the guest runs its last stop is `now`. */
	return value != (running ? past->now : past->before)[offset];
}
