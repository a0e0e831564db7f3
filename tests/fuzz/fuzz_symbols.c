/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_symbols.c - symbol tables from any bytes: names end within the file, addresses are in
 * order, and asking for any address is safe.
 */
#include "core/symbols.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbols *symbols = symbols_from(data, size);
	uint32_t address, before = 0, found;
	const char *name;
	char text[64];

	for (size_t i = 0; (name = symbols_at(symbols, i, &address)) != NULL; i++) {
		assert(strlen(name) < size && address >= before);
		before = address;
		symbols_describe(symbols, address, text, sizeof(text));
		assert(i > 16 || symbols_find(symbols, name, &found));
	}
	symbols_describe(symbols, 0, text, sizeof(text));
	symbols_describe(symbols, UINT32_MAX, text, sizeof(text));
	symbols_free(symbols);
	return 0;
}
