/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/loader.h - what the loaders' targets share: a machine with little memory, and the promise that a loader
 * loads or says why not, and touches nothing but guest memory.
 */
#ifndef RINGSIDE_FUZZ_LOADER_H
#define RINGSIDE_FUZZ_LOADER_H

#include "core/load.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The shape of load_multiboot, load_linux, load_xen, load_disk and load_flat. */
typedef bool loader(const uint8_t *data, size_t size, const struct config *config, struct memory *memory,
	struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);

/* Loads into `bytes` of memory. True: it is loaded, and this is how the processor would begin. */
static inline bool loads(loader *load, const uint8_t *data, size_t size, const struct config *config, uint64_t bytes,
	struct cpu_state *state)
{
	struct loaded loaded;
	char error[256] = "";
	struct memory *memory = memory_new(NULL, bytes, 16, error, sizeof(error));
	bool done;

	assert(memory);
	memset(state, 0, sizeof(*state));
	done = load(data, size, config, memory, state, &loaded, error, sizeof(error));
	assert(done || (error[0] && strlen(error) < sizeof(error)));
	memory_free(memory);
	return done;
}

/* A target that is one loader, called as a user's command line would. */
static inline int fuzz_loader(loader *load, const char *kernel, const uint8_t *data, size_t size)
{
	struct config config;
	struct cpu_state state;

	config_default(&config);
	strcpy(config.kernel, kernel);
	strcpy(config.cmdline, "console=ttyS0");
	loads(load, data, size, &config, 4 << 20, &state);
	return 0;
}

#endif
