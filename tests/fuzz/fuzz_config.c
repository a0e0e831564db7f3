/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_config.c - configuration files from any bytes: every refusal names its reason, and what is
 * accepted is within the bounds of the settings' table.
 */
#include "core/config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	char path[64], error[300] = "";

	snprintf(path, sizeof(path), "build/fuzz/config-%ld.ini", (long)getpid());
	FILE *file = fopen(path, "wb");
	if (!file)
		return 0;
	fwrite(data, 1, size, file);
	fclose(file);
	config_default(&config);
	if (!config_read(&config, path, error, sizeof(error)))
		assert(error[0] && strlen(error) < sizeof(error));
	else if (config_check(&config, error, sizeof(error)))
		assert(config.memory >= 1 << 20 && config.memory <= 2ull << 30 &&
		       config.modules <= CONFIG_MODULES);
	remove(path);
	return 0;
}
