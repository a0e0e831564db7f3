/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/ls.c - names the files; with -l their sizes too.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
	bool sizes = argc > 1 && strcmp(argv[1], "-l") == 0;
	struct file_info info;

	for (uint32_t i = 0; list(i, &info) == 0; i++) {
		if (sizes)
			print("%7u ", info.size);
		print("%s\n", info.name);
	}
	return 0;
}
