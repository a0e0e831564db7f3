/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/ps.c - lists the processes.
 */
#include "user/user.h"

int main(void)
{
	struct process_info info;

	print("%4s %6s %-8s %s\n", "NR", "PARENT", "STATE", "NAME");
	for (uint32_t i = 0; processes(i, &info) == 0; i++)
		print("%4d %6d %-8s %s\n", info.number, info.parent, info.state, info.name);
	return 0;
}
