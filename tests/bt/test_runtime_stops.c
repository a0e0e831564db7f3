/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_runtime_stops.c - translated code that is stopped: by faults, single steps, breakpoints, interrupts, the
 * end of a slice, a move to another technique. The guest is always at one of its own instructions, with its own state.
 */
#include "tests/bt/program.h"

#include <stdio.h>
#include <string.h>

/* ---- faults ---- */

/* A store that faults at each place of a unit: what came before is done, what comes after is not. */
static void test_fault_positions(void)
{
	for (unsigned position = 0; position < 12; position++) {
		struct program program = {.prepare = prepare_aliases};

		add_store(&program, rig_entry_at(ALIAS), 0);
		ADD(&program, "\x0f\x01\x3d");
		add_long(&program, ALIAS);
		ADD(&program, "\xf9\xeb\0"); /* stc; a new unit */
		for (unsigned i = 0; i < 12; i++) {
			if (i == position) {
				ADD(&program, "\xa3"); /* mov [], eax */
				add_long(&program, ALIAS);
			} else {
				ADD(&program, "\x83\xd0\x03"); /* adc eax, 3 */
			}
		}
		run_everywhere("fault", &program);
	}
}

/* Sequences that need a stack where the segment ends: no handler can be entered either, and the processor shuts down
 * with registers and flags as they were. */
static void test_fault_in_sequences(void)
{
	static const char *const kinds_of_access[] = {"\xff\x15\0\xb0\0\0", "\xc3", "\x9c", "\x9d", "\xff\xd0", "\x16", "\xe8\0\0\0\0"};

	for (unsigned i = 0; i < sizeof kinds_of_access / sizeof *kinds_of_access; i++) {
		struct program program = {.prepare = prepare_aliases};
		unsigned size = i == 0 ? 6 : i == 6 ? 5 : (unsigned)strlen(kinds_of_access[i]);

		ADD(&program, "\x66\xba\x38\0\x8e\xd2\xbc\x02\x10\0\0\xf9"); /* mov ss, 4 KiB; mov esp, 1002h; stc */
		add(&program, kinds_of_access[i], size);
		ADD(&program, "\xf4");
		run_everywhere("fault in a sequence", &program);
	}
}

/* ---- single steps and breakpoints ---- */

/* The handler of #DB counts in EBX, writes EIP down, and goes on; the seventh time it ends TF and breakpoints. */
static void prepare_debug(struct vm *vm)
{
	static const char handler[] = "\x43\x8b\x14\x24\x89\x14\x9d\0\xb0\0\0\x83\xfb\x07\x75\x09\x31\xd2\x0f\x23\xfa\x80\x64\x24"
	                              "\x09\xfe\x0f\x21\xf2\x89\x14\x9d\0\xb1\0\0\xcf";

	rig_write(vm, 0x7000, handler, sizeof handler - 1);
	rig_gate(vm, 1, RIG_CODE0, 0x7000, 0x8e);
}

static void test_single_steps(void)
{
	struct program program = {.prepare = prepare_debug};

	ADD(&program, "\x9c\x80\x4c\x24\x01\x01\x9d");       /* pushf; or byte [esp+1], 1; popf: TF */
	ADD(&program, "\x40\x40\x9c\x58\xeb\0\xe8\0\0\0\0\x40\x40\x40\x40\x40\xf4");
	run_everywhere("single steps", &program);
}

static void test_breakpoints(void)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		struct program program = {.prepare = prepare_debug};

		ADD(&program, "\xb8");
		add_long(&program, kind ? RIG_DATA + 0x100 : RIG_CODE + 0x1f);
		ADD(&program, "\x0f\x23\xc0\xb8"); /* mov dr0, eax */
		add_long(&program, kind ? 0x000d0001 : 1);
		ADD(&program, "\x0f\x23\xf8"); /* mov dr7, eax */
		ADD(&program, "\xb9\x09\0\0\0");
		ADD(&program, "\x89\x0d\0\xb1\0\0\x40\xe2\xf7\xf4"); /* mov [], ecx; inc eax; loop; hlt */
		run_everywhere("breakpoints", &program);
	}
}

/* VIF, which IRET loads in ring 0, stays to be seen: sequences know of IF and IOPL alone. */
static void test_virtual_interrupt_flag(void)
{
	struct program program = {0};

	ADD(&program, "\x68\x02\0\x08\0\x68\x08\0\0\0\x68"); /* push 80002h; push 8; push */
	add_long(&program, here(&program) + 5);
	ADD(&program, "\xcf\x9c\x58\xf4"); /* iret; pushf; pop eax; hlt */
	CU_ASSERT_EQUAL(run_everywhere("VIF", &program) & EFLAGS_VIF, EFLAGS_VIF);
}

/* ---- a stop at any moment ---- */

/* What the guest can see of its own processor. */
struct moment {
	uint32_t gpr[GPR_COUNT], eip, eflags;
};

static struct moment moment_of(const struct vm *vm)
{
	const struct cpu_state *state = vm_guest_state(vm);
	struct moment moment = {.eip = state->eip, .eflags = state->eflags};

	memcpy(moment.gpr, state->gpr, sizeof moment.gpr);
	return moment;
}

enum { MOMENTS = 400 };

static void make_walk(struct program *program)
{
	ADD(program, "\x9c\x58\x9c\xfb\x90\xfa\x9d\x31\xdb"); /* pushf; pop eax; pushf; sti; nop; cli; popf; xor ebx, ebx */
	ADD(program, "\xe8\x02\0\0\0\xeb\x04\x83\xc0\x05\xc3"); /* call; jmp; the function: add eax, 5; ret */
	ADD(program, "\x90\xbe\0\xb0\0\0\xbf\0\xb1\0\0\xb9\x09\0\0\0\xf3\xa4"); /* rep movsb */
	ADD(program, "\x0f\x20\xc2\x0f\x01\xe2\x0e\x5a\x8c\xda\x0f\x01\x05\0\xb2\0\0"); /* mov cr; smsw; push cs; sgdt */
	ADD(program, "\xb8");
	add_long(program, here(program) + 8);
	ADD(program, "\xff\xe0\xf4\xf4\xb9\x05\0\0\0\x40\x4b\xe2\xfc\xf4"); /* jmp eax; a loop */
}

/* Slices of few cycles: at the end of each the guest is where the interpreter comes by, never in between. */
static void test_stops_at_boundaries(void)
{
	static struct moment moments[MOMENTS];
	struct program program = {0};
	struct vm *reference;
	unsigned count = 0;

	make_walk(&program);
	reference = make(&rig_ways[1], usual, &program);
	do
		moments[count++] = moment_of(reference);
	while (count < MOMENTS && vm_step(reference) == VM_RUNNING);
	CU_ASSERT(count > 40 && count < MOMENTS);
	for (unsigned i = 0; i < 18; i++) {
		struct vm *vm = make(&rig_ways[RIG_BT + i % 2], kinds[i % KINDS], &program);
		enum vm_end end = VM_RUNNING;
		unsigned at = 0;

		while (end == VM_RUNNING && at < count) {
			struct moment now;

			end = i < 6 ? vm_step(vm) : vm_run(vm, vm->clock + i - 5);
			now = moment_of(vm);
			while (at < count && memcmp(&moments[at], &now, sizeof now))
				at++;
			if (at == count)
				printf("# %s: at %08x, eax %08x, eflags %08x\n", rig_ways[RIG_BT + i % 2].name, now.eip, now.gpr[EAX], now.eflags);
		}
		CU_ASSERT(at < count);
		CU_ASSERT_EQUAL(end, VM_HALTED);
		compare("stops", &rig_ways[RIG_BT + i % 2], reference, vm);
		vm_free(vm);
	}
	vm_free(reference);
}

/* By single steps nothing is left out. */
static void test_each_step(void)
{
	struct program program = {0};

	make_walk(&program);
	for (unsigned i = 0; i < 2 * KINDS; i++) {
		struct vm *reference = make(&rig_ways[1], usual, &program), *vm = make(&rig_ways[RIG_BT + i % 2], kinds[i / 2], &program);
		enum vm_end end = VM_RUNNING;

		while (end == VM_RUNNING) {
			struct moment want, have;

			CU_ASSERT_EQUAL_FATAL(vm_step(reference), end = vm_step(vm));
			want = moment_of(reference);
			have = moment_of(vm);
			if (memcmp(&want, &have, sizeof want))
				printf("# %s: at %08x, eflags %08x, not %08x, %08x\n", rig_ways[RIG_BT + i % 2].name, have.eip, have.eflags,
				       want.eip, want.eflags);
			CU_ASSERT_EQUAL_FATAL(memcmp(&want, &have, sizeof want), 0);
		}
		vm_free(reference);
		vm_free(vm);
	}
}

/* A move to another technique and back behind every instruction. */
static void test_moves(void)
{
	static const struct vm_mode modes[] = {
		{&technique_emulate, PAGING_GUEST, 1}, {&technique_bt, PAGING_SHADOW, 1},
		{&technique_bt, PAGING_SHADOW, 3},
	};
	struct program program = {.prepare = prepare_aliases};
	struct vm *reference, *vm;
	enum vm_end end;
	unsigned steps = 0;

	make_walk(&program);
	reference = make(&rig_ways[1], usual, &program);
	CU_ASSERT_EQUAL(vm_run(reference, CYCLES), VM_HALTED);
	vm = make(&rig_ways[RIG_BT], usual, &program);
	do {
		end = vm_step(vm);
		CU_ASSERT_TRUE(vm_switch(vm, &modes[++steps % 3]));
	} while (end == VM_RUNNING && steps < 1000);
	CU_ASSERT_EQUAL(end, VM_HALTED);
	compare("moves", &rig_ways[RIG_BT], reference, vm);
	vm_free(vm);
	vm_free(reference);
}

/* ---- interrupts ---- */

/* Handler of the timer: counts, writes down where it came from, acknowledges. */
static void prepare_timer(struct vm *vm)
{
	static const char handler[] = "\x50\x8b\x44\x24\x04\xa3\x04\xb0\0\0\x8b\x44\x24\x0c\xa3\x08\xb0\0\0\xff\x05\0\xb0\0\0"
	                              "\xb0\x20\xe6\x20\x58\xcf";
	static const uint8_t set_up[][2] = {{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0x21, 0xfe}, {0x43, 0x30}};

	rig_write(vm, 0x7000, handler, sizeof handler - 1);
	rig_gate(vm, 0x20, RIG_CODE0, 0x7000, 0x8e);
	for (unsigned i = 0; i < sizeof set_up / sizeof *set_up; i++)
		board_write(vm->board, set_up[i][0], 1, set_up[i][1], vm->clock);
}

/* One interrupt while the guest opens and closes its window; after STI never before the next instruction is done. */
static void test_interrupts_between(void)
{
	for (unsigned delay = 0; delay < 120; delay++) {
		struct program program = {.prepare = prepare_timer};
		struct vm *vm;
		uint32_t eip;

		ADD(&program, "\xb0\x02\xe6\x40\xb0\0\xe6\x40\xb9"); /* the timer: in two ticks; mov ecx, */
		add_long(&program, 1 + delay * 13);
		ADD(&program, "\xe2\xfe\xb9\x40\0\0\0");  /* wait; mov ecx, 64 */
		ADD(&program, "\xfb\x40\xfa\x9c\xfb\x9d\xe2\xf8"); /* again: sti; inc eax; cli; pushf; sti; popf; loop again */
		ADD(&program, "\xb9\0\x20\0\0\xfb\xe2\xfe\xfa\xf4"); /* with interrupts on for long; cli; hlt */
		vm = make(&rig_ways[RIG_BT + delay % 2], kinds[delay % KINDS], &program);
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA), 1);
		eip = rig_get(vm, RIG_DATA + 4) - RIG_CODE;
		CU_ASSERT(rig_get(vm, RIG_DATA + 8) & EFLAGS_IF);
		CU_ASSERT(eip == 22 || eip == 25 || eip == 34 || eip == 36); /* behind INC, before POPF, in and behind the last loop */
		if (!(eip == 22 || eip == 25 || eip == 34 || eip == 36))
			printf("# the interrupt came at %u\n", eip);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX] & 0xff, 64);
		vm_free(vm);
	}
}

/* A long string instruction is interrupted, and goes on where it was. */
static void test_interrupted_string(void)
{
	for (unsigned i = 0; i < 2 * KINDS; i++) {
		struct program program = {.prepare = prepare_timer};
		struct vm *vm;

		ADD(&program, "\xb0\x02\xe6\x40\xb0\0\xe6\x40\xb9\0\0\x01\0\xbf\0\0\x10\0\xb8\x5a\0\0\0\xfb\xf3\xaa\xfa\xf4");
		vm = make(&rig_ways[RIG_BT + i % 2], kinds[i / 2], &program);
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA), 1);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA + 4), RIG_CODE + 24);
		CU_ASSERT_EQUAL(rig_get(vm, 0x10fffc), 0x5a5a5a5a);
		CU_ASSERT_EQUAL(rig_get(vm, 0x110000), 0);
		vm_free(vm);
	}
}

/* STI, HLT: the interrupt that waits ends the halt, and does not come before it. */
static void test_sti_hlt(void)
{
	for (unsigned i = 0; i < 2 * KINDS; i++) {
		struct program program = {.prepare = prepare_timer};
		struct vm *vm;

		ADD(&program, "\xb0\x02\xe6\x40\xb0\0\xe6\x40\xb9\0\x20\0\0\xe2\xfe\xfb\xf4\xfa\xf4");
		vm = make(&rig_ways[RIG_BT + i % 2], kinds[i / 2], &program);
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA), 1);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA + 4), RIG_CODE + 17);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + 19);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"a fault at each place of a unit", test_fault_positions},
		{"faults in sequences", test_fault_in_sequences},
		{"single steps of the guest's own", test_single_steps},
		{"breakpoints", test_breakpoints},
		{"VIF stays visible", test_virtual_interrupt_flag},
		{"stops at instruction boundaries alone", test_stops_at_boundaries},
		{"each single step", test_each_step},
		{"moves to other techniques", test_moves},
		{"an interrupt between instructions", test_interrupts_between},
		{"an interrupted string instruction", test_interrupted_string},
		{"STI and HLT", test_sti_hlt},
		{0},
	};
	return harness_main("stops in translated code", tests);
}
