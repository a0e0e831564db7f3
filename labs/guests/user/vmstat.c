/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/vmstat.c - the A and D bits at work: clears them, touches pages of the heap in known ways and
 * counts what the processor has set since (SDM vol. 3, 4.8). Also counts this process's page faults.
 */
#include "user/user.h"

enum { PAGE = 4096, PAGES = 16 };

static void show(const char *when, const struct memory_info *info)
{
	print("vmstat: %s: %u present, %u writable, %u accessed, %u dirty\n", when, info->present,
	      info->writable, info->accessed, info->dirty);
}

int main(void)
{
	volatile uint8_t *heap = sbrk(PAGES * PAGE);
	struct memory_info before, after;

	for (int i = 0; i < PAGES; i++)
		heap[i * PAGE] = (uint8_t)i;
	memory(&before, true);
	show("all touched", &before);
	for (int i = 0; i < PAGES / 2; i++)
		(void)heap[i * PAGE];
	for (int i = 0; i < PAGES / 4; i++)
		heap[i * PAGE] = 1;
	memory(&after, false);
	show("8 read, 4 of them written", &after);
	print("vmstat: pages filled with zeros %u, from the file %u, copied %u, taken over %u\n",
	      after.zero_fills, after.file_fills, after.copies, after.takeovers);
	return 0;
}
