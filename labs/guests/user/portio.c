/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/portio.c - workload: the kernel uses ports, three accesses for each of n.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
	uint32_t count = number_option(argv, "n", 500);

	(void)argc;
	print("portio: %u times, checksum %08x\n", count, (uint32_t)port_loop(count));
	return 0;
}
