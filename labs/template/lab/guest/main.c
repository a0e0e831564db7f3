/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c - the guest of @NAME@. What it does comes from its seed, so that each seed is another test; it ends by writing 0 to port 0xF4.
 */
#include "shared/console.h"
#include "shared/numbers.h"
#include "shared/words.h"

void begin(const uint32_t *multiboot)
{
	uint32_t state = state_of_seed(number_behind(command_line(multiboot), "seed=", 1));

	for (unsigned i = 0; i < 20; i++) {
		port_write(0xe9, (uint8_t)('a' + next_random(&state) % 26));
		if (state >> 31)
			__asm__ volatile("cli");
	}
	text("\n");
	end(0);
}
