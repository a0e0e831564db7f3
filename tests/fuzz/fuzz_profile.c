/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_profile.c - cost profiles from any bytes: what is accepted lets time pass.
 */
#include "core/profile.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cost_profile profile;
	char error[200] = "";

	if (profile_read_text(&profile, "fuzz.profile", (const char *)data, size, error, sizeof(error)))
		assert(profile.frequency && profile.cycles[COST_simple]);
	else
		assert(error[0] && strlen(error) < sizeof(error));
	return 0;
}
