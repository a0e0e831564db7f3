/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/ptchurn.c - workload: page tables kept busy. n times: map pages, write, make them read-only,
 * read, make them writable, write, unmap. Addresses move, so page tables come and go in the VMM.
 */
#include "user/user.h"

enum { PAGE = 4096, PAGES = 24, PLACES = 7, LOWEST = 0x40000000, STRIDE = 0x00500000 };

static uint32_t use_pages(volatile uint32_t *words, uint32_t value)
{
	uint32_t sum = 0;

	for (int i = 0; i < PAGES; i++)
		sum += words[i * (PAGE / 4)]; /* fresh: zero */
	for (int i = 0; i < PAGES; i++)
		words[i * (PAGE / 4) + i] = value + (uint32_t)i;
	if (protect((void *)words, PAGES * PAGE, 0) < 0)
		return 0;
	for (int i = 0; i < PAGES; i++)
		sum = sum * 31 + words[i * (PAGE / 4) + i];
	if (protect((void *)words, PAGES * PAGE, MAP_WRITE) < 0)
		return 0;
	for (int i = 0; i < PAGES; i++)
		sum += words[i * (PAGE / 4) + i]++;
	return sum;
}

int main(int argc, char **argv)
{
	uint32_t count = number_option(argv, "n", 30), sum = 0;
	struct memory_info info;

	(void)argc;
	for (uint32_t i = 0; i < count; i++) {
		void *place = (void *)(LOWEST + i % PLACES * STRIDE);
		if (map(place, PAGES * PAGE, MAP_WRITE) < 0) {
			print("ptchurn: no pages\n");
			return 1;
		}
		sum = sum * 7 + use_pages(place, i);
		unmap(place, PAGES * PAGE);
	}
	memory(&info, false);
	print("ptchurn: %u times %u pages, checksum %08x, pages left %u\n", count, PAGES, sum, info.present);
	return 0;
}
