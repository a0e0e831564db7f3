/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/count.c - runs the bench kernel once and prints, for each piece of work, how many
 * instructions the processor retired between its two markers. The same for every engine: same binary.
 */
#include "core/vm.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct counter {
	struct vm *vm;
	char line[64];
	size_t length;
	uint64_t begun;
};

static void take_line(struct counter *counter)
{
	char name[32];
	uint64_t now = vm_instructions(counter->vm);

	if (strncmp(counter->line, "begin ", 6) == 0)
		counter->begun = now;
	else if (sscanf(counter->line, "end %31s", name) == 1)
		printf("%s %" PRIu64 "\n", name, now - counter->begun);
}

static void take_byte(void *owner, uint8_t byte)
{
	struct counter *counter = owner;

	if (byte != '\n') {
		if (counter->length < sizeof(counter->line) - 1)
			counter->line[counter->length++] = (char)byte;
		return;
	}
	counter->line[counter->length] = '\0';
	take_line(counter);
	counter->length = 0;
}

int main(int argc, char **argv)
{
	struct counter counter = { 0 };
	struct board_output output = { .owner = &counter, .debug = take_byte };
	struct config config;
	char error[300];

	config_default(&config);
	if (argc != 2 || !config_set(&config, "kernel", argv[1], error, sizeof(error)))
		return 2;
	counter.vm = vm_new(&config, &technique_native, &output, error, sizeof(error));
	if (!counter.vm) {
		fprintf(stderr, "count: %s\n", error);
		return 1;
	}
	enum vm_end end = vm_run(counter.vm, UINT64_MAX);
	vm_free(counter.vm);
	return end == VM_EXITED ? 0 : 1;
}
