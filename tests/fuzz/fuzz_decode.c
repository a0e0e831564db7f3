/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_decode.c - the decoder on any bytes: lengths stay within what it was given, and less
 * input never gives another answer than "not enough".
 */
#include "cpu/insn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct insn insn, shorter;

	if (size < 1)
		return 0;
	bool big = data[0] & 1;
	size = size - 1 > 32 ? 32 : size - 1;
	uint8_t *bytes = malloc(size ? size : 1); /* of its own, so that reading past the end is seen */
	memcpy(bytes, data + 1, size);
	int length = insn_decode(&insn, bytes, size, big);
	assert(length >= -1 && length <= INSN_MAX_LENGTH && length <= (int)size);
	if (length > 0) {
		assert(insn.row && insn.length == length);
		for (int part = 0; part < length; part++)
			assert(insn_decode(&shorter, bytes, (size_t)part, big) == 0);
	}
	free(bytes);
	return 0;
}
