/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_a20.c - the A20 gate of a PC, by port 92 and by the 8042's output port: while it is shut, bit 20 of physical
 * addresses is low for loads, stores and fetches, in every technique (IBM PC/AT Technical Reference; Intel SDM volume 3, 8.7.13.4).
 */
#include "tests/harness.h"
#include "tests/trap/rig.h"

enum { MIB = 1 << 20, CYCLES = 10000000, WRAPPED = RIG_DATA + MIB, FUNCTION = RIG_CODE + 0x1000 };

/* Shuts the gate by port 92; stores and loads above 1 MiB, calls a function there; opens it by the 8042, and looks again. */
static const uint8_t code[] = {
	0x30, 0xc0, 0xe6, 0x92,                                     /* xor al, al; out 92h, al */
	0xc7, 0x05, 0x00, 0xb0, 0x10, 0x00, 0x78, 0x56, 0x34, 0x12, /* mov dword [WRAPPED], 12345678h */
	0x8b, 0x1d, 0x00, 0xb0, 0x10, 0x00,                         /* mov ebx, [WRAPPED] */
	0xb8, 0x00, 0x10, 0x12, 0x00, 0xff, 0xd0,                   /* mov eax, FUNCTION + MIB; call eax */
	0xb0, 0xd1, 0xe6, 0x64, 0xb0, 0xdf, 0xe6, 0x60,             /* the 8042: write the output port, A20 on */
	0x8b, 0x15, 0x00, 0xb0, 0x10, 0x00,                         /* mov edx, [WRAPPED] */
	0x8b, 0x35, 0x00, 0xb0, 0x00, 0x00,                         /* mov esi, [RIG_DATA] */
	0xe4, 0x92, 0xf4,                                           /* in al, 92h; hlt */
};

static void check(struct vm *vm, const char *name)
{
	const struct cpu_state *state;

	rig_write(vm, FUNCTION, "\xb9\x07\0\0\0\xc3", 6); /* mov ecx, 7; ret */
	rig_put(vm, WRAPPED, 4, 0xaaaaaaaa);
	rig_put(vm, FUNCTION + MIB, 1, 0xf4);
	CU_ASSERT_EQUAL(rig_run(vm, code, sizeof code, CYCLES), VM_HALTED);
	state = vm_guest_state(vm);
	CU_ASSERT_EQUAL(state->eip, RIG_CODE + sizeof code);
	CU_ASSERT_EQUAL(state->gpr[EBX], 0x12345678);
	CU_ASSERT_EQUAL(state->gpr[ECX], 7);
	CU_ASSERT_EQUAL(state->gpr[EDX], 0xaaaaaaaa);
	CU_ASSERT_EQUAL(state->gpr[ESI], 0x12345678);
	CU_ASSERT_EQUAL(state->gpr[EAX] & 2, 2);
	if (state->gpr[EBX] != 0x12345678)
		printf("# %s\n", name);
}

static void test_flat(void)
{
	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = rig_new(&rig_ways[i], NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		check(vm, rig_ways[i].name);
		vm_free(vm);
	}
}

static void test_paged(void)
{
	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = rig_new(&rig_ways[i], NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		rig_paging(vm, 3);
		check(vm, rig_ways[i].name);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"bit 20 is held low", test_flat},
		{"behind page tables too", test_paged},
		{0},
	};
	return harness_main("a20", tests);
}
