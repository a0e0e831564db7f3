/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/crash.c - does what user code must not, one kind a run, or all kinds in children.
 */
#include "user/user.h"

static void divide(void)
{
	__asm__ volatile("div %0" : : "r"(0) : "eax", "edx");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void undefined(void)
{
	__asm__ volatile("ud2");
}

static void disable(void)
{
	__asm__ volatile("cli");
}

static void port(void)
{
	__asm__ volatile("outb %%al, $0x80" : : "a"(0));
}

static void control(void)
{
	uint32_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
}

static void null(void)
{
	__asm__ volatile("movl $1, 8");
}

static void text(void)
{
	*(volatile uint8_t *)(uintptr_t)text = 0;
}

static void kernel(void)
{
	(void)*(volatile int *)0xC0100000;
}

static void gate(void)
{
	__asm__ volatile("int $0x20");
}

static void selector(void)
{
	__asm__ volatile("mov %w0, %%ds" : : "r"(0x33));
}

static const struct {
	const char *name;
	void (*act)(void);
} kinds[] = {
	{ "divide", divide }, { "breakpoint", breakpoint }, { "undefined", undefined },
	{ "cli", disable }, { "port", port }, { "cr0", control }, { "null", null },
	{ "text", text }, { "kernel", kernel }, { "gate", gate }, { "selector", selector },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int crash_all(void)
{
	unsigned killed = 0;

	for (unsigned i = 0; i < KINDS; i++) {
		int status = 0;
		print("crash: %s\n", kinds[i].name);
		if (fork() == 0) {
			kinds[i].act();
			exit(0);
		}
		wait(&status);
		killed += status == STATUS_KILLED;
	}
	print("crash: %u of %u kinds ended their process\n", killed, KINDS);
	return killed != KINDS;
}

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < KINDS; i++) {
		if (strcmp(argv[1], kinds[i].name) == 0)
			kinds[i].act();
	}
	return crash_all();
}
