/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_runtime_code.c - guest code that changes under its translation, is mapped elsewhere, or means something
 * else in another segment.
 */
#include "tests/bt/program.h"

/* ---- guest code that changes ---- */

/* The instruction itself, the next one and one further on, each already translated in the unit that runs. */
static void test_own_unit(void)
{
	for (unsigned distance = 0; distance < 5; distance++) {
		struct program program = {0};

		ADD(&program, "\xb9\x06\0\0\0");                     /* mov ecx, 6 */
		ADD(&program, "\x40");                               /* again: inc eax */
		ADD(&program, "\x80\x35");                           /* xor byte [], 8: INC EBX becomes DEC EBX */
		add_long(&program, RIG_CODE + 13 + distance);
		ADD(&program, "\x08\x43\x43\x43\x43\x43\xe2\xf1\xf4"); /* inc ebx (5 times); loop again; hlt */
		CU_ASSERT_EQUAL(run_everywhere("own unit", &program), 6);
	}
}

/* Code that writes over the loop's own first instruction, by an instruction that is a callout in the end. */
static void test_own_beginning(void)
{
	struct program program = {0};

	ADD(&program, "\xb9\x28\0\0\0"); /* mov ecx, 40 */
	ADD(&program, "\x40\x80\x35");   /* again: inc eax; xor byte [again], 1: inc ecx */
	add_long(&program, RIG_CODE + 5);
	ADD(&program, "\x01\xe2\xf6\xf4"); /* loop again; hlt */
	CU_ASSERT_EQUAL(run_everywhere("own beginning", &program), 40);
}

enum { CROSSING = RIG_CODE + 0xffd };

static void prepare_crossing(struct vm *vm)
{
	rig_write(vm, CROSSING, "\xb8\x11\x22\x33\x44\xc3", 6); /* mov eax, 44332211h; ret */
}

static void test_crossing(void)
{
	for (unsigned i = 0; i < 4; i++) {
		struct program program = {.prepare = prepare_crossing};

		add_call(&program, CROSSING);
		ADD(&program, "\x89\xc3");
		add_store_byte(&program, CROSSING + 1 + i, 0x55);
		add_call(&program, CROSSING);
		ADD(&program, "\xf4");
		CU_ASSERT_EQUAL(run_everywhere("crossing", &program), (0x44332211u & ~(0xffu << 8 * i)) | 0x55u << 8 * i);
	}
}

static void test_other_alias(void)
{
	struct program program = {.prepare = prepare_aliases};

	for (unsigned i = 0; i < 2; i++) {
		add_call(&program, FUNCTION);
		add_call(&program, ALIAS);
		if (i == 0)
			add_store_byte(&program, ALIAS_2 + 2, 5);
	}
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("another alias", &program), 12);
}

/* Stores by user code, with its own mapping of the kernel's page, and by INS from a port. */
static void test_other_writers(void)
{
	struct program program = {.prepare = prepare_aliases};

	add_call(&program, FUNCTION);
	ADD(&program, "\xbf");
	add_long(&program, FUNCTION + 2);
	ADD(&program, "\x66\xba\x80\0\x6c"); /* mov dx, 80h; insb */
	add_call(&program, FUNCTION);
	ADD(&program, "\x50\x6a\x23\x68"); /* push eax; to the user */
	add_long(&program, RIG_STACK3);
	ADD(&program, "\x6a\x02\x6a\x1b\x68");
	add_long(&program, here(&program) + 5);
	ADD(&program, "\xcf"); /* iret to the next instruction */
	add_store_byte(&program, FUNCTION + 2, 7);
	ADD(&program, "\x0f\x0b"); /* ud2: the handler halts */
	run_everywhere("other writers", &program);
}

/* ---- mappings that change ---- */

static void test_remap(void)
{
	for (unsigned how = 0; how < 3; how++) {
		struct program program = {.prepare = prepare_aliases};

		add_call(&program, ALIAS);
		add_store(&program, rig_entry_at(ALIAS), OTHER | 7);
		if (how == 0) {
			ADD(&program, "\x0f\x01\x3d"); /* invlpg */
			add_long(&program, ALIAS);
		} else if (how == 1) {
			ADD(&program, "\x0f\x20\xda\x0f\x22\xda"); /* mov edx, cr3; mov cr3, edx */
		} else {
			ADD(&program, "\x0f\x20\xe2\x83\xf2\x10\x0f\x22\xe2"); /* CR4.PSE changes */
		}
		add_call(&program, ALIAS);
		ADD(&program, "\xf4");
		CU_ASSERT_EQUAL(run_everywhere("remap", &program), 0x11);
	}
}

static void test_other_address_space(void)
{
	struct program program = {.prepare = prepare_aliases};

	for (unsigned i = 0; i < 6; i++) {
		add_call(&program, ALIAS);
		ADD(&program, "\xba");
		add_long(&program, i % 2 ? RIG_TABLES : DIRECTORY_2);
		ADD(&program, "\x0f\x22\xda"); /* mov cr3, edx */
	}
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("another address space", &program), 0x33);
}

enum { OTHER_TASK = RIG_CODE + 0x200, OTHER_TSS = RIG_TSS + 0x400 };

/* #DE goes to a task in the same address space: it adds 16 to 100H by way of ALIAS. */
static void prepare_task_gate(struct vm *vm)
{
	static const struct { uint8_t offset; uint32_t value; } fields[] = {
		{0x1c, RIG_TABLES}, {0x20, OTHER_TASK}, {0x24, 2}, {0x28, 0x100}, {0x38, RIG_STACK0},
		{0x48, RIG_DATA0}, {0x4c, RIG_CODE0}, {0x50, RIG_DATA0}, {0x54, RIG_DATA0},
	};
	uint32_t distance = ALIAS - (OTHER_TASK + 5);

	prepare_aliases(vm);
	for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
		rig_put(vm, OTHER_TSS + fields[i].offset, 4, fields[i].value);
	rig_descriptor(vm, RIG_FREE, OTHER_TSS, 103, 0x89);
	rig_gate(vm, VECTOR_DE, RIG_FREE, 0, 0x85);
	rig_put(vm, OTHER_TASK, 1, 0xe8); /* call ALIAS; hlt */
	rig_put(vm, OTHER_TASK + 1, 4, distance);
	rig_put(vm, OTHER_TASK + 5, 1, 0xf4);
}

/* A task switch by an exception flushes the TLB, though CR3 stays the same. */
static void test_task_gate(void)
{
	struct program program = {.prepare = prepare_task_gate};

	add_call(&program, ALIAS); /* interpreted: sets the accessed bit */
	add_call(&program, ALIAS);
	add_store(&program, rig_entry_at(ALIAS), OTHER | 0x27);
	ADD(&program, "\x31\xc9\xf7\xf1\xf4"); /* xor ecx, ecx; div ecx; hlt */
	CU_ASSERT_EQUAL(run_everywhere("task gate", &program), 0x110);
}

/* The page is taken away: the call's fault has the function's address. */
static void test_unmapped(void)
{
	struct program program = {.prepare = prepare_aliases};

	add_call(&program, ALIAS);
	add_store(&program, rig_entry_at(ALIAS), 0);
	ADD(&program, "\x0f\x01\x3d");
	add_long(&program, ALIAS);
	add_call(&program, ALIAS);
	run_everywhere("unmapped", &program);
}

/* A fetch sets A again where the guest has cleared it. */
static void test_accessed_bit(void)
{
	struct program program = {.prepare = prepare_aliases};

	add_call(&program, ALIAS);
	add_store(&program, rig_entry_at(ALIAS), FUNCTION | 7);
	ADD(&program, "\x0f\x01\x3d");
	add_long(&program, ALIAS);
	add_call(&program, ALIAS);
	ADD(&program, "\xa1");
	add_long(&program, rig_entry_at(ALIAS));
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("accessed", &program), FUNCTION | 7 | ENTRY_A);
}

/* Paging goes off and on under translated code. */
static void test_paging_off(void)
{
	struct program program = {.prepare = prepare_aliases};

	add_call(&program, FUNCTION);
	ADD(&program, "\x0f\x20\xc2\x0f\xba\xf2\x1f\x0f\x22\xc2"); /* CR0.PG clear */
	add_call(&program, FUNCTION);
	ADD(&program, "\x0f\xba\xea\x1f\x0f\x22\xc2"); /* and set */
	add_call(&program, ALIAS);
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("paging off", &program), 3);
}

/* Another code segment, and another size of stack, mean other units for the same EIP. */
static void prepare_segments(struct vm *vm)
{
	rig_descriptor(vm, RIG_FREE, 0x1000, 0xfff00, 0xc09b);
	rig_descriptor(vm, RIG_FREE + 8, 0, 0xffff, 0x0093);
	rig_write(vm, FUNCTION, "\x83\xc0\x01\xcb", 4); /* add eax, 1; retf */
	rig_write(vm, OTHER, "\x83\xc0\x10\xcb", 4);
}

static void add_far_call(struct program *program, uint16_t selector, uint32_t offset)
{
	ADD(program, "\x9a");
	add_long(program, offset);
	add(program, &selector, 2);
}

static void test_other_segments(void)
{
	struct program program = {.prepare = prepare_segments};

	for (unsigned i = 0; i < 2; i++) {
		add_far_call(&program, RIG_CODE0, FUNCTION);
		add_far_call(&program, RIG_FREE, FUNCTION);
		ADD(&program, "\x66\xba\x70\0\x8e\xd2\x50\x58\x9c\x59"); /* mov dx, 16-bit stack; mov ss, dx; push, pop; pushf; pop ecx */
		ADD(&program, "\x66\xba\x10\0\x8e\xd2\x50\x58");
	}
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("other segments", &program), 0x22);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"a unit that overwrites itself", test_own_unit},
		{"a loop that overwrites its beginning", test_own_beginning},
		{"an instruction on two pages overwritten", test_crossing},
		{"code overwritten through another address", test_other_alias},
		{"code overwritten by users and devices", test_other_writers},
		{"code mapped elsewhere", test_remap},
		{"other code in another address space", test_other_address_space},
		{"code mapped elsewhere, then a task gate", test_task_gate},
		{"code whose page is taken away", test_unmapped},
		{"a fetch's accessed bit", test_accessed_bit},
		{"paging off and on", test_paging_off},
		{"other code and stack segments", test_other_segments},
		{0},
	};
	return harness_main("changing guest code", tests);
}
