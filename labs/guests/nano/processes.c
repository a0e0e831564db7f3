/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/processes.c - what takes user code: system calls, and what the memory of processes is asked for most. The
 * address spaces are the lab kernel's (kernel/space.c: pages on demand, copy on write); scheduling is left out.
 */
#include "nano/nano.h"

enum {
	USER_DATA_START = 0x08100000,
	DATA_PAGES = 8,
	WRITTEN_PAGES = 4, /* by a child, and by its parent afterwards */
	MAPPED_START = 0x50000000,
	MAPPED_PAGES = 16,
	SYSENTER_CS = 0x174,
	SYSENTER_ESP = 0x175,
	SYSENTER_EIP = 0x176,
	CPUID_SEP = 1 << 11,
};

static struct space parent;
static uint32_t done, frames_before;

/* A process: text, data, a stack. Made once; it ends with the machine. */
void prepare_user(void)
{
	loop_events = 0;
	if (!parent.directory) {
		if (!space_new(&parent))
			panic("no memory");
		parent.regions[0] = (struct region){ .start = USER_TEXT, .end = USER_TEXT + FRAME_SIZE,
			.file = (const uint8_t *)user_begin, .file_start = USER_TEXT,
			.file_size = (uint32_t)(user_end - user_begin) };
		parent.regions[1] = (struct region){ .start = USER_DATA_START,
			.end = USER_DATA_START + DATA_PAGES * FRAME_SIZE, .writable = true };
	}
	user_space = &parent;
	write_cr3(parent.directory);
	user_run(user_touch, USER_DATA_START, DATA_PAGES, 0);
	user_run(user_touch, USER_STACK_TOP - FRAME_SIZE, 1, 0);
	done = 0;
	frames_before = frames_free();
}

/* ---- system calls ---- */

bool has_sysenter(void)
{
	return cpuid(1).edx & CPUID_SEP;
}

void prepare_sysenter(void)
{
	write_msr(SYSENTER_CS, KERNEL_CODE);
	write_msr(SYSENTER_ESP, (uint32_t)trap_stack_top);
	write_msr(SYSENTER_EIP, (uint32_t)handle_sysenter);
	prepare_user();
}

void loop_syscall(uint32_t count)
{
	user_run(user_sysenter, count, 0, 0);
}

void loop_int80(uint32_t count)
{
	user_run(user_int80, count, 0, 0);
}

/* ---- a child that writes to some of its memory, and its end ---- */

static void load(struct space *space)
{
	user_space = space;
	write_cr3(space->directory);
}

static bool fork_and_wait(uint32_t value)
{
	struct space child;

	if (!space_fork(&child, &parent))
		return false;
	load(&child);
	user_run(user_touch, USER_DATA_START, WRITTEN_PAGES, ~value);
	load(&parent);
	space_free(&child);
	user_run(user_touch, USER_DATA_START, WRITTEN_PAGES, value);
	return true;
}

void prepare_fork(void)
{
	prepare_user();
}

void loop_forkwait(uint32_t count)
{
	for (; count; count--)
		done += fork_and_wait(count);
}

/* The parent has its own words, not the child's; and all that a child had has been given back. */
bool check_forkwait(uint32_t rounds)
{
	return done == WARM_UP + rounds && *(volatile uint32_t *)USER_DATA_START == 1 && frames_free() == frames_before &&
	       parent.takeovers + parent.copies == done * WRITTEN_PAGES;
}

/* ---- fresh pages, touched and given back ---- */

void prepare_mmap(void)
{
	prepare_user();
	parent.zero_fills = 0;
}

static bool map_and_touch(uint32_t value)
{
	if (space_map(&parent, MAPPED_START, MAPPED_PAGES * FRAME_SIZE, true) != 0)
		return false;
	user_run(user_touch, MAPPED_START, MAPPED_PAGES, value);
	return space_unmap(&parent, MAPPED_START, MAPPED_PAGES * FRAME_SIZE) == 0;
}

void loop_mmap(uint32_t count)
{
	for (; count; count--)
		done += map_and_touch(count);
}

/* The first round made a page table too, which stays. */
bool check_mmap(uint32_t rounds)
{
	return done == WARM_UP + rounds && parent.zero_fills == done * MAPPED_PAGES && frames_free() + 1 == frames_before;
}
