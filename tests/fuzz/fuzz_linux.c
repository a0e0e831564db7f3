/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_linux.c - the loader of Linux images on any bytes, packed kernels among them: it loads or says why not,
 * and touches nothing but guest memory.
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
	struct memory *memory = memory_new(NULL, 4 << 20, 16, error, sizeof(error));

	assert(memory);
	config_default(&config);
	memset(&state, 0, sizeof(state));
	strcpy(config.kernel, "vmlinuz");
	strcpy(config.cmdline, "console=ttyS0");
	if (!load_linux(data, size, &config, memory, &state, &loaded, error, sizeof(error)))
		assert(error[0] && strlen(error) < sizeof(error));
	memory_free(memory);
	return 0;
}
