/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/frames.c - who uses which frame of physical memory: one count for each, 0 for a free one.
 * Copy-on-write shares frames, so a count may be above one.
 */
#include "kernel/kernel.h"

enum { FRAMES_MAX = MEMORY_MAX / FRAME_SIZE, RESERVED = 0xFFFF };

extern const char kernel_end[];

static uint16_t users[FRAMES_MAX];
static uint32_t top, next, free_count;

static void set_range(uint32_t start, uint32_t end, uint16_t value)
{
	for (uint32_t i = start / FRAME_SIZE; i < end / FRAME_SIZE && i < FRAMES_MAX; i++)
		users[i] = value;
}

void frames_init(void)
{
	set_range(0, MEMORY_MAX, RESERVED);
	for (unsigned i = 0; i < options.range_count; i++) {
		const struct memory_range *range = &options.ranges[i];
		set_range(round_up(range->start), round_down(range->end), 0);
		if (range->end > top)
			top = round_down(range->end);
	}
	set_range(0x100000, virtual_to_physical(kernel_end), RESERVED);
	for (unsigned i = 0; i < options.reserved_count; i++)
		set_range(round_down(options.reserved[i].start), round_up(options.reserved[i].end), RESERVED);
	for (unsigned i = 0; i < options.module_count; i++)
		set_range(round_down(options.modules[i].start), round_up(options.modules[i].end), RESERVED);
	for (uint32_t i = 0; i < FRAMES_MAX; i++)
		free_count += users[i] == 0;
}

uint32_t frame_allocate(void)
{
	for (uint32_t tried = 0; tried < top / FRAME_SIZE; tried++) {
		uint32_t frame = next++;
		if (next == top / FRAME_SIZE)
			next = 0;
		if (users[frame])
			continue;
		users[frame] = 1;
		free_count--;
		memset(physical_to_virtual(frame * FRAME_SIZE), 0, FRAME_SIZE);
		return frame * FRAME_SIZE;
	}
	return 0;
}

void frame_share(uint32_t frame)
{
	users[frame / FRAME_SIZE]++;
}

void frame_release(uint32_t frame)
{
	uint32_t index = frame / FRAME_SIZE;

	if (users[index] == 0 || users[index] == RESERVED)
		panic("frame %08x released and not in use", frame);
	if (--users[index])
		return;
	free_count++;
	if (index < next)
		next = index;
}

unsigned frame_users(uint32_t frame)
{
	return users[frame / FRAME_SIZE];
}

uint32_t frames_top(void)
{
	return top;
}

uint32_t frames_free(void)
{
	return free_count;
}
