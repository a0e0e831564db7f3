/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c - the guest of @NAME@. What it does comes from its seed, so that each seed is another test; it ends by writing 0 to port 0xF4.
 */
#include <stdint.h>

struct multiboot {
	uint32_t flags, unused[3], command_line;
};

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "d"(port));
}

/* The number behind "seed=" on the command line; 1 without one. */
static uint32_t seed_of(const struct multiboot *boot)
{
	const char *at = boot->flags & 4 ? (const char *)boot->command_line : "";
	uint32_t number = 0;

	while (*at && !(at[0] == 's' && at[1] == 'e' && at[2] == 'e' && at[3] == 'd' && at[4] == '='))
		at++;
	if (!*at)
		return 1;
	for (at += 5; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint32_t)(*at - '0');
	return number;
}

void begin(const struct multiboot *boot)
{
	uint32_t state = seed_of(boot);

	for (unsigned i = 0; i < 20; i++) {
		state = state * 1664525 + 1013904223;
		out(0xe9, (uint8_t)('a' + (state >> 24) % 26));
		if (state >> 31)
			__asm__ volatile("cli");
	}
	out(0xe9, '\n');
	out(0xf4, 0);
}
