/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_hypercall.c - a domain whose hypercalls libFuzzer writes: each input is a sequence of acts, with the
 * invariant of pv/direct walked after each.
 */
#include "tests/trap/hypercall_storm.h"

/* These targets link the library alone, so the test's own helpers come along as source. */
#include "tests/trap/domain_rig.c"
#include "tests/trap/hypercall_storm.c"

struct input {
	const uint8_t *bytes;
	size_t size;
};

static uint32_t from_input(void *owner)
{
	struct input *input = owner;
	uint32_t value = 0;
	size_t count = input->size < 2 ? input->size : 2;

	memcpy(&value, input->bytes, count);
	input->bytes += count;
	input->size -= count;
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct vm *vm;

	if (!size)
		return 0;
	vm = domain_new(*data & 1);
	if (!vm)
		return 0;
	while (input.size && storm_act(vm, from_input, &input))
		if (!domain_sound(vm))
			abort();
	if (!storm_vmm_untouched(vm))
		abort();
	vm_free(vm);
	return 0;
}
