/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_memory.c - machine memory: the gate's bounds, frames both ways, flags, the listener.
 */
#include "core/memory.h"
#include "tests/harness.h"

#include <string.h>

enum { VMM_FRAMES = 16 };

static struct memory *new_memory(void)
{
	char error[256] = "";
	struct memory *memory = memory_new(NULL, 2 << 20, VMM_FRAMES, error, sizeof(error));

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	return memory;
}

static void test_gate_bounds(void)
{
	struct memory *memory = new_memory();
	const uint64_t top = memory_guest_size(memory);
	uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, back[8] = { 0 };

	CU_ASSERT(memory_write(memory, top - 8, bytes, 8));
	CU_ASSERT(memory_read(memory, top - 8, back, 8));
	CU_ASSERT(memcmp(bytes, back, 8) == 0);
	CU_ASSERT(!memory_write(memory, top - 7, bytes, 8));
	CU_ASSERT(!memory_read(memory, top, back, 1));
	CU_ASSERT(memory_read(memory, top, back, 0));
	CU_ASSERT(!memory_read(memory, UINT64_MAX, back, 1));
	CU_ASSERT(!memory_read(memory, UINT64_MAX - 3, back, 8));
	CU_ASSERT(!memory_read(memory, 4, back, SIZE_MAX));
	memory_read(memory, top - 8, back, 8);
	CU_ASSERT(memcmp(bytes, back, 8) == 0);
	memory_free(memory);
}

static void test_crosses_frames(void)
{
	struct memory *memory = new_memory();
	static uint8_t bytes[3 * PAGE_SIZE], back[3 * PAGE_SIZE];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	CU_ASSERT(memory_write(memory, 0x100ff0, bytes, sizeof(bytes)));
	CU_ASSERT(memory_read(memory, 0x100ff0, back, sizeof(back)));
	CU_ASSERT(memcmp(bytes, back, sizeof(bytes)) == 0);
	CU_ASSERT(memory_guest_frame(memory, 0x101)[0] == bytes[0x10]);
	memory_free(memory);
}

static void test_frames(void)
{
	struct memory *memory = new_memory();
	uint64_t mfn, gfn;

	CU_ASSERT(memory_frames(memory) == VMM_FRAMES + 512);
	CU_ASSERT(memory_gfn_to_mfn(memory, 0, &mfn) && mfn >= VMM_FRAMES);
	CU_ASSERT(memory_mfn_to_gfn(memory, mfn, &gfn) && gfn == 0);
	CU_ASSERT(memory_guest_frame(memory, 0) == memory_machine_frame(memory, mfn));
	CU_ASSERT(!memory_gfn_to_mfn(memory, 512, &mfn));
	CU_ASSERT(!memory_mfn_to_gfn(memory, VMM_FRAMES - 1, &gfn));
	CU_ASSERT(!memory_mfn_to_gfn(memory, memory_frames(memory), &gfn));
	CU_ASSERT_PTR_NULL(memory_guest_frame(memory, UINT64_MAX));
	CU_ASSERT_PTR_NULL(memory_machine_frame(memory, memory_frames(memory)));
	memory_free(memory);
}

static void test_flags(void)
{
	struct memory *memory = new_memory();
	uint64_t rom, ram;

	memory_gfn_to_mfn(memory, 0xf0, &rom);
	memory_gfn_to_mfn(memory, 0x9f, &ram);
	CU_ASSERT(memory_flags(memory, rom) == FRAME_ROM);
	CU_ASSERT(memory_flags(memory, ram) == 0);
	memory_set_flags(memory, ram, FRAME_TRACED | FRAME_CODE_VCPU, 0);
	memory_set_flags(memory, ram, 0, FRAME_TRACED);
	CU_ASSERT(memory_flags(memory, ram) == FRAME_CODE_VCPU);
	CU_ASSERT(memory_flags(memory, UINT64_MAX) == 0);
	memory_set_flags(memory, UINT64_MAX, 1, 0);
	memory_free(memory);
}

struct heard {
	unsigned calls;
	uint64_t gpa;
	uint32_t size;
	uint8_t flags;
};

static void hear(void *owner, uint64_t gpa, uint32_t size, uint8_t flags)
{
	*(struct heard *)owner = (struct heard){ ((struct heard *)owner)->calls + 1, gpa, size, flags };
}

static void test_listener(void)
{
	struct memory *memory = new_memory();
	struct heard heard = { 0 };
	uint64_t mfn;
	uint8_t bytes[16] = { 0 };

	memory_set_listener(memory, hear, &heard);
	memory_write(memory, 0x5000, bytes, 16);
	memory_write(memory, 0xf0000, bytes, 16); /* ROM alone interests nobody */
	CU_ASSERT(heard.calls == 0);
	memory_gfn_to_mfn(memory, 5, &mfn);
	memory_set_flags(memory, mfn, FRAME_TRACED, 0);
	memory_write(memory, 0x4ff8, bytes, 16);
	CU_ASSERT(heard.calls == 1 && heard.gpa == 0x5000 && heard.size == 8);
	CU_ASSERT(heard.flags == FRAME_TRACED);
	memory_stored(memory, 0x5ffe, 4);
	CU_ASSERT(heard.calls == 2 && heard.gpa == 0x5ffe && heard.size == 2);
	memory_stored(memory, UINT64_MAX, 4);
	CU_ASSERT(heard.calls == 2);
	memory_free(memory);
}

static void test_digest(void)
{
	struct memory *one = new_memory(), *other = new_memory();
	uint8_t byte = 1;

	CU_ASSERT(memory_digest(one) == memory_digest(other));
	memory_write(one, 0x1fffff, &byte, 1);
	CU_ASSERT(memory_digest(one) != memory_digest(other));
	memory_write(other, 0x1fffff, &byte, 1);
	CU_ASSERT(memory_digest(one) == memory_digest(other));
	/* What the VMM keeps in its own frames is not the guest's. */
	memset(memory_machine_frame(one, 0), 0xaa, PAGE_SIZE);
	CU_ASSERT(memory_digest(one) == memory_digest(other));
	memory_free(one);
	memory_free(other);
}

static void test_refuses_sizes(void)
{
	static const uint64_t sizes[] = { 0, 4096, (1 << 20) + 1, 3ull << 30, UINT64_MAX };
	char error[256];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		error[0] = '\0';
		CU_ASSERT_PTR_NULL(memory_new(NULL, sizes[i], 16, error, sizeof(error)));
		CU_ASSERT(error[0] != '\0');
	}
	CU_ASSERT_PTR_NULL(memory_new(NULL, 1 << 20, UINT32_MAX, error, sizeof(error)));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "the gate lets nothing past its bounds", test_gate_bounds },
		{ "copies cross frames", test_crosses_frames },
		{ "gfn and mfn map both ways", test_frames },
		{ "frame flags", test_flags },
		{ "the listener hears of flagged frames", test_listener },
		{ "the digest covers guest memory and nothing else", test_digest },
		{ "impossible sizes are refused", test_refuses_sizes },
		{ 0 },
	};

	return harness_main("memory", tests);
}
