/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_runtime.c - translated code at work: guest code that changes under it, mappings that change, faults,
 * interrupts, single steps and breakpoints, a cache that is too small, adaptation, moves to another technique. What
 * bare hardware makes of the same program is what is right.
 */
#include "bt/bt.h"
#include "bt/translator.h"
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

/* ---- programs ---- */

struct program {
	uint8_t code[512];
	unsigned size;
	void (*prepare)(struct vm *vm);
};

static void add(struct program *program, const void *bytes, unsigned size)
{
	memcpy(program->code + program->size, bytes, size);
	program->size += size;
}
#define ADD(program, text) add(program, text, sizeof(text) - 1)

static void add_long(struct program *program, uint32_t value)
{
	add(program, &value, 4);
}

static uint32_t here(const struct program *program)
{
	return RIG_CODE + program->size;
}

static void add_call(struct program *program, uint32_t target)
{
	ADD(program, "\xe8");
	add_long(program, target - (here(program) + 4));
}

static void add_store(struct program *program, uint32_t address, uint32_t value)
{
	ADD(program, "\xc7\x05");
	add_long(program, address);
	add_long(program, value);
}

static void add_store_byte(struct program *program, uint32_t address, uint8_t value)
{
	ADD(program, "\xc6\x05");
	add_long(program, address);
	add(program, &value, 1);
}

/* ---- running ---- */

static void usual(struct config *config)
{
	config->check_shadow = true;
}

static void tiny(struct config *config)
{
	config->check_shadow = true;
	config->translation_cache = 512;
}

static void unchained(struct config *config)
{
	config->check_shadow = true;
	config->chain = false;
	config->unit_counters = true;
}

static void (*const kinds[])(struct config *) = {usual, tiny, unchained};
enum { KINDS = sizeof kinds / sizeof *kinds, CYCLES = 10000000 };

static struct vm *make(const struct rig_way *way, void (*change)(struct config *), const struct program *program)
{
	struct vm *vm = rig_new(way, change);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	board_write(vm->board, 0x21, 1, 0xff, 0);
	board_write(vm->board, 0xa1, 1, 0xff, 0);
	rig_write(vm, RIG_CODE, program->code, program->size);
	if (program->prepare)
		program->prepare(vm);
	rig_changed(vm);
	return vm;
}

static void compare(const char *name, const struct rig_way *way, struct vm *want, struct vm *have)
{
	const struct cpu_state *right = vm_guest_state(want), *state = vm_guest_state(have);

	if (vm_digest(want) == vm_digest(have))
		return;
	printf("# %s, %s: eip %08x eax %08x ecx %08x esp %08x, not %08x %08x %08x %08x %s\n", name, way->name, state->eip,
	       state->gpr[EAX], state->gpr[ECX], state->gpr[ESP], right->eip, right->gpr[EAX], right->gpr[ECX],
	       right->gpr[ESP], have->message);
	CU_FAIL("not as on bare hardware");
}

/* Runs it on bare hardware and translated, in both rings, with caches of several kinds. Gives EAX. */
static uint32_t run_everywhere(const char *name, const struct program *program)
{
	struct vm *native = make(&rig_ways[0], usual, program);
	enum vm_end right = vm_run(native, CYCLES);
	uint32_t result;

	CU_ASSERT(right == VM_HALTED || right == VM_SHUTDOWN);
	for (unsigned i = 0; i < 2 * KINDS; i++) {
		const struct rig_way *way = &rig_ways[RIG_BT + i % 2];
		struct vm *vm = make(way, kinds[i / 2], program);
		enum vm_end end = vm_run(vm, 100 * CYCLES);

		CU_ASSERT_EQUAL(end, right);
		compare(name, way, native, vm);
		CU_ASSERT(kinds[i / 2] != unchained || translator_counters(vm)->chains == 0);
		vm_free(vm);
	}
	result = vm_guest_state(native)->gpr[EAX];
	vm_free(native);
	return result;
}

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

enum { FUNCTION = RIG_CODE + 0x1000, OTHER = RIG_CODE + 0x2000, CROSSING = RIG_CODE + 0xffd };

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

enum { ALIAS = 0x300000, ALIAS_2 = 0x301000, DIRECTORY_2 = RIG_TABLES + 0x2000 };

/* A function that adds 1 to EAX, one that adds 16, and windows to the first. */
static void prepare_aliases(struct vm *vm)
{
	rig_paging(vm, 7);
	rig_write(vm, FUNCTION, "\x83\xc0\x01\xc3", 4);
	rig_write(vm, OTHER, "\x83\xc0\x10\xc3", 4);
	rig_put(vm, rig_entry_at(ALIAS), 4, FUNCTION | 7);
	rig_put(vm, rig_entry_at(ALIAS_2), 4, FUNCTION | 7);
	rig_put(vm, DIRECTORY_2, 4, (DIRECTORY_2 + PAGE_SIZE) | 7);
	for (uint32_t page = 0; page < 1024; page++)
		rig_put(vm, DIRECTORY_2 + PAGE_SIZE + 4 * page, 4, page << PAGE_SHIFT | 7);
	rig_put(vm, DIRECTORY_2 + PAGE_SIZE + 4 * (ALIAS >> PAGE_SHIFT), 4, OTHER | 7);
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

/* ---- adaptation ---- */

#ifdef RINGSIDE_HOSTILE
enum { SMALL_CACHE = true };
#else
enum { SMALL_CACHE = false };
#endif

/* A loop that stores where EDI points, as often as ECX says; EDI may point to a page table. */
static void make_storer(struct program *program)
{
	static const uint32_t places[] = {0x380, RIG_DATA, 0x380};

	program->prepare = prepare_aliases;
	for (unsigned i = 0; i < 3; i++) {
		ADD(program, "\xbf");
		add_long(program, i == 1 ? RIG_DATA : RIG_TABLES + PAGE_SIZE + 4 * places[i]);
		ADD(program, "\xb9\x28\0\0\0"); /* 40 times */
		add_call(program, FUNCTION + 0x100);
	}
	ADD(program, "\xf4");
}

static void prepare_storer(struct vm *vm)
{
	prepare_aliases(vm);
	rig_write(vm, FUNCTION + 0x100, "\x40\x89\x07\xe2\xfb\xc3", 6); /* again: inc eax; mov [edi], eax; loop again; ret */
}

static void prepare_unadaptive(struct config *config)
{
	config->adapt = false;
}

static void test_adaptation(void)
{
	struct program program = {0};

	make_storer(&program);
	program.prepare = prepare_storer;
	CU_ASSERT_EQUAL(run_everywhere("adaptation", &program), 120);
	for (unsigned way = RIG_BT; way < RIG_BT + 2; way++) {
		struct vm *vm = make(&rig_ways[way], NULL, &program);

		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		/* a cache of few units forgets before it has counted enough */
		CU_ASSERT(translator_counters(vm)->adapted == 2 || SMALL_CACHE);
		CU_ASSERT(translator_counters(vm)->unadapted == 1 || SMALL_CACHE);
		vm_free(vm);
		vm = make(&rig_ways[way], prepare_unadaptive, &program);
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(translator_counters(vm)->adapted, 0);
		vm_free(vm);
	}
}

/* ---- the VMM's own ---- */

/* Selectors and addresses of the VMM's own are nothing to the guest, kernel or user. */
static void test_hidden(void)
{
	static const uint16_t selectors[] = {VMM_GUEST_CODE, VMM_GUEST_DATA | 1, VMM_GUEST_DATA | 3};

	for (unsigned i = 0; i < 6; i++) {
		struct program program = {0};

		if (i >= 3) {
			ADD(&program, "\x6a\x23\x68");
			add_long(&program, RIG_STACK3);
			ADD(&program, "\x6a\x02\x6a\x1b\x68");
			add_long(&program, here(&program) + 5);
			ADD(&program, "\xcf");
		}
		ADD(&program, "\x66\xb8");
		add(&program, &selectors[i % 3], 2);
		ADD(&program, "\x8e\xd8\xf4"); /* mov ds, ax: #GP */
		run_everywhere("selectors", &program);
	}
	for (unsigned position = VIRTUAL_POSITION; position <= CACHE_POSITION; position++) {
		struct program program = {0};

		ADD(&program, "\xa1");
		add_long(&program, WINDOW_ADDRESS(position));
		ADD(&program, "\xc7\x05");
		add_long(&program, WINDOW_ADDRESS(position));
		add_long(&program, 0);
		ADD(&program, "\xf4");
		CU_ASSERT_EQUAL(run_everywhere("addresses", &program), UINT32_MAX);
	}
}

/* Guest code may lie where the VMM has its window. */
static void prepare_high(struct vm *vm)
{
	prepare_aliases(vm);
	rig_put(vm, RIG_TABLES + 4 * 1023, 4, (RIG_TABLES + PAGE_SIZE) | 7);
	rig_put(vm, rig_entry_at(0x242000), 4, FUNCTION | 7); /* the virtual page's address */
	rig_put(vm, rig_entry_at(0x246000), 4, OTHER | 7);    /* the cache's */
}

static void test_code_in_the_window(void)
{
	struct program program = {.prepare = prepare_high};

	for (unsigned i = 0; i < 3; i++) {
		add_call(&program, WINDOW_ADDRESS(VIRTUAL_POSITION));
		add_call(&program, WINDOW_ADDRESS(CACHE_POSITION));
	}
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("code in the window", &program), 0x33);
}

/* Units count how often they are entered, and no more. */
static void test_counters(void)
{
	struct program program = {0};
	struct vm *vm;
	uint32_t hits, most = 0;

	ADD(&program, "\xb9\xe8\x03\0\0\x40\xe2\xfd\xf4"); /* mov ecx, 1000; again: inc eax; loop again; hlt */
	vm = make(&rig_ways[RIG_BT], unchained, &program);
	CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
	for (const struct unit *unit = translator_next_unit(vm, NULL); unit; unit = translator_next_unit(vm, unit)) {
		CU_ASSERT_TRUE(translator_hits(vm, unit, &hits));
		most = hits > most ? hits : most;
		CU_ASSERT_EQUAL(unit->faults, 0);
	}
	CU_ASSERT(most == 999 || SMALL_CACHE);
	vm_free(vm);
}

/* The lookup cache takes in what it is given, and nothing else. */
static void test_lookup(void)
{
	struct program program = {0};
	struct vm *vm;
	const struct virtual_page *page;

	make_walk(&program);
	vm = make(&rig_ways[RIG_BT], usual, &program);
	page = translator(vm)->virtual;
	for (uint32_t index = 0; index < LOOKUP_ENTRIES; index++)
		CU_ASSERT_NOT_EQUAL((0u - page->lookup[index].tag) % LOOKUP_ENTRIES, index);
	CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
	CU_ASSERT(translator_counters(vm)->lookup_misses > 0);
	vm_free(vm);
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
		{"code whose page is taken away", test_unmapped},
		{"a fetch's accessed bit", test_accessed_bit},
		{"paging off and on", test_paging_off},
		{"other code and stack segments", test_other_segments},
		{"a fault at each place of a unit", test_fault_positions},
		{"faults in sequences", test_fault_in_sequences},
		{"single steps of the guest's own", test_single_steps},
		{"breakpoints", test_breakpoints},
		{"stops at instruction boundaries alone", test_stops_at_boundaries},
		{"each single step", test_each_step},
		{"moves to other techniques", test_moves},
		{"an interrupt between instructions", test_interrupts_between},
		{"an interrupted string instruction", test_interrupted_string},
		{"STI and HLT", test_sti_hlt},
		{"adaptation, and back", test_adaptation},
		{"the VMM's own things hidden", test_hidden},
		{"code where the VMM's window is", test_code_in_the_window},
		{"counters of units", test_counters},
		{"the lookup cache", test_lookup},
		{0},
	};
	return harness_main("translated code at work", tests);
}
