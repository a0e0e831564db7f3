/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/experiments/pages.c - a program for experiments: n rounds, in each `misses` reads that the TLB cannot serve, then
 * `changes` times a page is made read-only and writable again, and written, then `calls` system calls that do next to nothing.
 * They can be had in any proportion, which is what decides between shadow and nested paging, and between
 * translation and hardware assist.
 */
#include "user/user.h"

enum {
	PAGE = 4096,
	PAGES = 16,
	FIRST = 0x40000000,
	SECOND = FIRST + 0x400000,           /* pages 4 MiB apart share an entry of a TLB that is indexed by its address' low bits */
	CHANGED = FIRST + 0x800000 + 0x80000, /* and this page does not meet them */
};

static volatile uint32_t *word(uint32_t start, uint32_t page)
{
	return (volatile uint32_t *)(start + page % PAGES * PAGE);
}

static uint32_t miss(uint32_t count)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += *word(i & 1 ? SECOND : FIRST, i / 2);
	return sum;
}

static bool change(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (protect((void *)CHANGED, PAGE, 0) < 0 || protect((void *)CHANGED, PAGE, MAP_WRITE) < 0)
			return false;
		++*word(CHANGED, 0);
	}
	return true;
}

static bool begin(uint32_t start, uint32_t pages)
{
	if (map((void *)start, pages * PAGE, MAP_WRITE) < 0)
		return false;
	for (uint32_t i = 0; i < pages; i++)
		*word(start, i) = i;
	return true;
}

int main(int argc, char **argv)
{
	uint32_t rounds = number_option(argv, "n", 10), misses = number_option(argv, "misses", 100), sum = 0;
	uint32_t changes = number_option(argv, "changes", 1), calls = number_option(argv, "calls", 0);

	(void)argc;
	if (!begin(FIRST, PAGES) || !begin(SECOND, PAGES) || !begin(CHANGED, 1))
		return 1;
	for (uint32_t i = 0; i < rounds; i++) {
		sum = sum * 31 + miss(misses);
		if (!change(changes))
			return 2;
		for (uint32_t call = 0; call < calls; call++)
			sum += (uint32_t)getpid();
	}
	print("pages: %u rounds of %u misses, %u changes and %u calls, checksum %08x\n", rounds, misses, changes, calls, sum);
	return 0;
}
