/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/main.c - the order in which the kernel comes up, and how it goes down.
 * Command line: hz=NUMBER (0: no timer) pse init=PATH exit=NUMBER; what else there is, is for the
 * first program (user/init.c).
 */
#include "kernel/kernel.h"

#ifdef AVOID_HOLES
static const char build_name[] = "interrupts saved in software, no holes";
#else
static const char build_name[] = "interrupts saved by PUSHF and POPF";
#endif

enum { NO_VALUE = 0xFFFFFFFF };

void machine_off(uint32_t value)
{
	uint32_t wanted = options_number("exit", NO_VALUE);

	print("kernel: off\n");
	platform->console_drain();
	platform->off(wanted == NO_VALUE ? value : wanted);
}

static void start_init(void)
{
	static char text[COMMAND_LINE_MAX];
	static struct arguments arguments;
	char *words[ARGUMENTS_MAX];
	const char *path = "bin/init";
	unsigned count = options_split(text, sizeof(text), words, ARGUMENTS_MAX);

	for (unsigned i = 0; i < count; i++) {
		const char *wanted = option_value(words[i], "init");
		if (wanted)
			path = wanted;
	}
	arguments_add(&arguments, path);
	for (unsigned i = 0; i < count; i++) {
		if (!arguments_add(&arguments, words[i]))
			panic("the command line is too long");
	}
	process_start_init(path, &arguments);
}

void kernel_main(uint32_t magic, uint32_t information);

void kernel_main(uint32_t magic, uint32_t information)
{
	platform_choose(magic, information);
	platform->begin();
	platform->read_options(magic, information);
	screen_begin();
	platform->console_begin();
	print("lab kernel: %s\n", build_name);
	frames_init();
	print("memory: %u MiB\n", (frames_top() + 0xFFFFF) >> 20);
	paging_init();
	ramfs_init();
	platform->interrupts_begin();
	timer_init(options_number("hz", 100));
	selfcheck();
	platform->input_begin();
	start_init();
}
