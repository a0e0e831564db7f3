/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_runtime_floats.c - the x87's pointers to its last instruction (SDM vol. 1, 8.1.8) when that was translated:
 * whatever stores them, kernel or user, stores the guest's own, as on bare hardware.
 */
#include "tests/bt/program.h"

enum { IMAGE = RIG_DATA + 0x100, ENVIRONMENT = RIG_DATA + 0x200, FXSAVE = RIG_DATA + 0x400 };
enum { INSTRUCTION = 12, SELECTOR = 16, FIP_OF_FXSAVE = 8, FCS_OF_FXSAVE = 12 };

static void add_at(struct program *program, const char *bytes, uint32_t address)
{
	add(program, bytes, 2 + (bytes[0] == 0x0f));
	add_long(program, address);
}

static void add_stores(struct program *program)
{
	add_at(program, "\x0f\xae\x05", FXSAVE);      /* fxsave */
	add_at(program, "\xd9\x35", ENVIRONMENT);     /* fnstenv */
	add_at(program, "\xdd\x35", IMAGE);           /* fnsave */
}

/* What bare hardware has stored: the comparison compares with this. */
static void check_native(const struct program *program, uint32_t eip)
{
	struct vm *vm = make(&rig_ways[0], NULL, program);

	CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
	CU_ASSERT_EQUAL(rig_get(vm, IMAGE + INSTRUCTION), eip);
	CU_ASSERT_EQUAL(rig_get(vm, IMAGE + SELECTOR) & 0xffff, RIG_CODE0);
	CU_ASSERT_EQUAL(rig_get(vm, ENVIRONMENT + INSTRUCTION), eip);
	CU_ASSERT_EQUAL(rig_get(vm, FXSAVE + FIP_OF_FXSAVE), eip);
	CU_ASSERT_EQUAL(rig_get(vm, FXSAVE + FCS_OF_FXSAVE) & 0xffff, RIG_CODE0);
	vm_free(vm);
}

/* Data by DS and by SS, whose selector in hardware has another RPL; the last instruction with an operand or without. */
static void test_pointers(void)
{
	for (unsigned kind = 0; kind < 8; kind++) {
		struct program program = {0};
		uint32_t eip;

		ADD(&program, "\xdb\xe3\x6a\x05"); /* fninit; push 5 */
		eip = here(&program);
		if (kind & 1)
			ADD(&program, "\xdb\x04\x24"); /* fild dword [esp] */
		else
			add_at(&program, "\xdb\x05", RIG_DATA); /* fild dword [] */
		if (kind & 2) {
			eip = here(&program);
			ADD(&program, "\xd8\xc0"); /* fadd st0, st0 */
		}
		if (kind & 4)
			ADD(&program, "\xeb\0\x90"); /* another unit */
		add_stores(&program);
		ADD(&program, "\xf4");
		check_native(&program, eip);
		run_everywhere("pointers", &program);
	}
}

/* The stores again and again, so that units are chained and, in a small cache, made anew. */
static void test_loop(void)
{
	struct program program = {0};
	uint32_t again, eip;

	ADD(&program, "\xdb\xe3\xb9\x1e\0\0\0"); /* fninit; mov ecx, 30 */
	again = here(&program);
	eip = here(&program);
	ADD(&program, "\xd9\xe8\xeb\0"); /* again: fld1; jmp */
	add_stores(&program);
	ADD(&program, "\x40\x49\x0f\x85"); /* inc eax; dec ecx; jnz again */
	add_long(&program, again - (here(&program) + 4));
	ADD(&program, "\xf4");
	check_native(&program, eip);
	CU_ASSERT_EQUAL(run_everywhere("pointers in a loop", &program), 30);
}

/* User code, which runs directly, stores what kernel code has left. */
static void test_user(void)
{
	struct program program = {0};
	uint32_t eip;

	ADD(&program, "\xdb\xe3");
	eip = here(&program);
	ADD(&program, "\xd9\xe8\x6a\x23\x68"); /* fld1; push SS, */
	add_long(&program, RIG_STACK3);
	ADD(&program, "\x6a\x02\x6a\x1b\x68"); /* ESP, EFLAGS, CS, */
	add_long(&program, here(&program) + 5);
	ADD(&program, "\xcf"); /* EIP; iret */
	ADD(&program, "\x66\xb8\x23\0\x8e\xd8"); /* mov ax, 23h; mov ds, ax */
	add_stores(&program);
	ADD(&program, "\xf4"); /* #GP: the handler's hlt */
	check_native(&program, eip);
	run_everywhere("pointers in user code", &program);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"pointers to the last instruction", test_pointers},
		{"pointers in a loop", test_loop},
		{"pointers that user code stores", test_user},
		{0},
	};
	return harness_main("the x87 in translated code", tests);
}
