/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/syscall.c - workload: the shortest system call, n times.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
	uint32_t count = number_option(argv, "n", 1000), same = 0;
	int self = getpid();

	(void)argc;
	for (uint32_t i = 0; i < count; i++)
		same += getpid() == self;
	print("syscall: %u calls, %u answers as expected\n", count, same);
	return same != count;
}
