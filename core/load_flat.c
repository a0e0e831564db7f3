/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_flat.c - flat binaries: bytes put at one address and entered there, in real mode (stack at
 * 0000:7000) or in 32-bit protected mode (ESP 7000h).
 */
#include "core/load.h"

#include "core/refuse.h"

#include <inttypes.h>

bool load_flat(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
               struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size)
{
	uint32_t address = config->flat_address;

	if (size == 0)
		return refuse(error, error_size, "the kernel '%s' is empty", config->kernel);
	if (config->flat_real && address > 0xffff0)
		return refuse(error, error_size, "flat-address: real mode cannot reach 0x%" PRIx32
		              "; take an address below 0xffff0", address);
	if (!memory_write(memory, address, image, size))
		return refuse(error, error_size, "the kernel '%s' has %zu bytes and does not fit at 0x%"
		              PRIx32 "; raise memory or lower flat-address", config->kernel, size,
		              address);
	if (config->flat_real) {
		load_real_mode(state, address);
	} else {
		load_protected_mode(memory, state, address);
		state->gpr[ESP] = 0x7000;
	}
	*loaded = (struct loaded){ .form = "flat", .entry = address };
	return true;
}
