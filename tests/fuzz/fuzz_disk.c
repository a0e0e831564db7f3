/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_disk.c - boot sectors and flat binaries from any bytes, at any address.
 */
#include "core/load.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct cpu_state state;
	struct loaded loaded;
	char error[256] = "";
	struct memory *memory = memory_new(NULL, 2 << 20, 16, error, sizeof(error));

	assert(memory);
	config_default(&config);
	memset(&state, 0, sizeof(state));
	strcpy(config.disk[0], "fuzz.img");
	strcpy(config.kernel, "fuzz.bin");
	if (!load_disk(data, size, &config, memory, &state, &loaded, error, sizeof(error)))
		assert(error[0] && strlen(error) < sizeof(error));
	if (size >= 5) {
		memcpy(&config.flat_address, data, 4);
		config.flat_real = data[4] & 1;
		if (load_flat(data, size, &config, memory, &state, &loaded, error, sizeof(error)))
			assert(state.segment[CS].base + state.eip == config.flat_address);
	}
	memory_free(memory);
	return 0;
}
