/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_disk.c - boot sectors and flat binaries from any bytes, at any address.
 */
#include "tests/fuzz/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct cpu_state state;

	config_default(&config);
	strcpy(config.disk[0], "fuzz.img");
	strcpy(config.kernel, "fuzz.bin");
	loads(load_disk, data, size, &config, 2 << 20, &state);
	if (size < 5)
		return 0;
	memcpy(&config.flat_address, data, 4);
	config.flat_real = data[4] & 1;
	if (loads(load_flat, data, size, &config, 2 << 20, &state))
		assert(state.segment[CS].base + state.eip == config.flat_address);
	return 0;
}
