/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_recording.c - recordings from any bytes: each line is counted or refused with a reason,
 * and the sums hold.
 */
#include "core/counters.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), *rest = text, error[200] = "";
	struct counters counters;
	uint64_t count = 0, cycles = 0;

	assert(text);
	if (size > 0)
		memcpy(text, data, size);
	counters_begin(&counters, 0);
	for (char *line; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
		if (!counters_read_line(&counters, line, false, error, sizeof(error)))
			assert(error[0]);
		counters_read_line(&counters, line, true, error, sizeof(error));
	}
	for (unsigned i = 0; i < counters.rows; i++) {
		count += counters.row[i].count;
		cycles += counters.row[i].cycles;
		assert(counters.row[i].least <= counters.row[i].most);
		assert(counter_share(&counters, &counters.row[i]) <= 1000);
	}
	assert(count == counters.count && cycles == counters.cycles);
	free(text);
	return 0;
}
