/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_linux.c - Linux images of any bytes, packed kernels among them.
 */
#include "tests/fuzz/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_loader(load_linux, "vmlinuz", data, size);
}
