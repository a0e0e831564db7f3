/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/forkwait.c - workload: n times a child that writes to pages it shares with its parent, and
 * ends; every fourth becomes another program instead. pages=COUNT: the parent has so many more, which each fork
 * shares and nobody writes.
 */
#include "user/user.h"

enum { WORDS = 3 * 1024, PAGE = 4096 };

static uint32_t shared[WORDS];

static void be_child(uint32_t i)
{
	char *arguments[] = { "true", NULL };

	if (i % 4 == 3)
		exec("bin/true", arguments);
	for (uint32_t word = 0; word < WORDS; word += 512)
		shared[word] += i;
	exit((int)(shared[512] & 0x7F));
}

static void grow(uint32_t pages)
{
	volatile uint8_t *more = sbrk((int32_t)(pages * PAGE));

	for (uint32_t i = 0; more && i < pages; i++)
		more[i * PAGE] = 1;
}

int main(int argc, char **argv)
{
	uint32_t count = number_option(argv, "n", 20), sum = 0, untouched = 0;
	struct memory_info info;

	(void)argc;
	grow(number_option(argv, "pages", 0));
	for (uint32_t i = 0; i < count; i++) {
		int status = 0;
		for (uint32_t word = 0; word < WORDS; word += 512)
			shared[word] = i;
		if (fork() == 0)
			be_child(i);
		wait(&status);
		sum = sum * 31 + (uint32_t)status;
		for (uint32_t word = 0; word < WORDS; word += 512)
			untouched += shared[word] == i;
	}
	memory(&info, false);
	print("forkwait: %u children, statuses %08x, own words kept %u, pages copied or taken over %u\n",
	      count, sum, untouched, info.copies + info.takeovers);
	return untouched != count * (WORDS / 512);
}
