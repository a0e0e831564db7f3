/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/ctxswitch.c - workload: a number goes to and fro between two processes by pipes, n times;
 * each leg is a switch of address space. Then both yield to each other n times.
 */
#include "user/user.h"

static void answer(int from, int to)
{
	uint32_t number;

	while (read(from, &number, sizeof(number)) == sizeof(number)) {
		number = number * 3 + 1;
		write(to, &number, sizeof(number));
	}
	exit(0);
}

static uint32_t play(uint32_t count)
{
	int there[2], back[2];
	uint32_t number = 1;

	pipe(there);
	pipe(back);
	if (fork() == 0) {
		close(there[1]);
		close(back[0]);
		answer(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	for (uint32_t i = 0; i < count; i++) {
		write(there[1], &number, sizeof(number));
		if (read(back[0], &number, sizeof(number)) != sizeof(number))
			break;
	}
	close(there[1]);
	close(back[0]);
	wait(NULL);
	return number;
}

int main(int argc, char **argv)
{
	uint32_t count = number_option(argv, "n", 50), number = play(count);
	int child, status = 0;

	(void)argc;
	child = fork();
	for (uint32_t i = 0; i < count; i++)
		yield();
	if (child == 0)
		exit(42);
	wait(&status);
	print("ctxswitch: %u times, number %08x, other's status %d\n", count, number, status);
	return 0;
}
