/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/cat.c - copies files, or what it is given, to its output.
 */
#include "user/user.h"

static void copy(int from)
{
	char buffer[256];
	int count;

	while ((count = read(from, buffer, sizeof(buffer))) > 0)
		write(OUTPUT, buffer, (uint32_t)count);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		copy(INPUT);
	for (int i = 1; i < argc; i++) {
		int file = open(argv[i]);
		if (file < 0) {
			print("cat: %s: no such file\n", argv[i]);
			status = 1;
			continue;
		}
		copy(file);
		close(file);
	}
	return status;
}
