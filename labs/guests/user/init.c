/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/init.c - the first program. Its arguments are the kernel's command line:
 * workload=NAME,NAME,... runs those one after the other, each with all arguments (n=COUNT and so on);
 * script="LINE; LINE" has the shell run that; else the shell asks the console.
 */
#include "user/user.h"

enum { PATH_MAX = 64 };

static const char *next_name(const char *names, char *name, size_t size)
{
	size_t length = 0;

	for (; *names && *names != ','; names++) {
		if (length < size - 1)
			name[length++] = *names;
	}
	name[length] = '\0';
	return *names ? names + 1 : names;
}

static int run_named(const char *name, char **arguments)
{
	char path[PATH_MAX] = "bin/";

	copy_text(path + 4, name, sizeof(path) - 4);
	arguments[0] = path + 4;
	return run(path, arguments);
}

static int run_workloads(const char *names, char **arguments)
{
	char name[PATH_MAX - 8];
	int failed = 0;

	while (*names) {
		names = next_name(names, name, sizeof(name));
		if (run_named(name, arguments) != 0) {
			print("init: %s failed\n", name);
			failed = 1;
		}
	}
	return failed;
}

int main(int argc, char **argv)
{
	const char *workloads = text_option(argv, "workload");

	(void)argc;
	if (workloads)
		return run_workloads(workloads, argv);
	return run_named("sh", argv);
}
