/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_hvm_states.c - which guests `hvm` runs directly: real mode, virtual-8086 mode, paging off, all of
 * the address space, odd segments; guests moved into it and out of it; configurations that it refuses.
 */
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/keeper.h"
#include "tests/trap/rig.h"
#include "trap/hvm.h"

#include <stdio.h>
#include <string.h>

#define FOR_EACH_HVM(way)                                                                           \
	for (const struct rig_way *way = &rig_ways[RIG_HVM]; way < rig_ways + RIG_WAYS; way++)

enum { CYCLES = 10000000 };

static bool is_nested(const struct rig_way *way)
{
	return !strcmp(way->paging, "nested");
}

static unsigned refused(const struct keeper *keeper)
{
	unsigned count = 0;

	for (unsigned i = 0; i < keeper->count; i++)
		count += !strcmp(keeper->event[i].action, "refused by VM entry");
	return count;
}

/* ---- modes ---- */

/* Unrestricted guests run it; the first generation's VMM interprets it. */
static void test_real_mode(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct cpu_state *state = rig_state(vm);
		struct keeper keeper;

		cpu_state_reset(state);
		state->segment[CS].selector = RIG_CODE >> 4;
		state->segment[CS].base = RIG_CODE;
		rig_changed(vm);
		rig_write(vm, RIG_CODE, "\xb8\x00\x0b\x8e\xd8\xc7\x06\x00\x00\x34\x12\xf4", 12); /* mov ds, b00; mov [0], 1234 */
		state->eip = 0;
		keeper_listen(vm, &keeper, 1ull << EV_EMULATE | 1ull << EV_WORLD_SWITCH);
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(rig_get(vm, 0xb000), 0x1234);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "interpreter") == 0, is_nested(way));
		CU_ASSERT_EQUAL(refused(&keeper), 0);
		vm_free(vm);
	}
}

/* Into protected mode, and paging on, without an instruction interpreted where hardware can do it. */
static void test_paging_on_and_off(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;

		rig_paging(vm, 7);
		rig_state(vm)->cr0 &= ~(uint32_t)CR0_PG;
		rig_changed(vm);
		vm->config.check_shadow = true;
		rig_put(vm, rig_entry_at(RIG_DATA), 4, (RIG_DATA + PAGE_SIZE) | 7);
		keeper_listen(vm, &keeper, 1ull << EV_EMULATE | 1ull << EV_WORLD_SWITCH);
		/* mov [DATA], 1; paging on; mov [DATA], 2; mov edx, cr0; paging off; mov ebx, [DATA]; mov ecx, [DATA + 1000] */
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xc6, 0x05, 0, 0xb0, 0, 0, 1, 0x0f, 0x20, 0xc0, 0x0d, 0, 0, 0, 0x80, 0x0f, 0x22, 0xc0,
		                        0xc6, 0x05, 0, 0xb0, 0, 0, 2, 0x0f, 0x20, 0xc2, 0x25, 0xff, 0xff, 0xff, 0x7f, 0x0f, 0x22, 0xc0,
		                        0x8b, 0x1d, 0, 0xb0, 0, 0, 0x8b, 0x0d, 0, 0xc0, 0, 0, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EBX], 1);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[ECX], 2);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EDX], CR0_PG | CR0_PE | CR0_ET);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "interpreter"), 0);
		CU_ASSERT_EQUAL(refused(&keeper), 0);
		vm_free(vm);
	}
}

static void test_v86(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct cpu_state *state = rig_state(vm);
		struct keeper keeper;

		rig_gate(vm, 0x40, RIG_CODE0, RIG_HANDLER + 16 * 0x40, 0xee);
		state->eflags |= EFLAGS_VM | EFLAGS_IOPL;
		state->cpl = 3;
		for (enum segment_register reg = ES; reg <= GS; reg++) {
			uint16_t selector = reg == CS ? RIG_CODE >> 4 : 0;

			state->segment[reg] = (struct segment){(uint32_t)selector << 4, 0xffff, selector, 0xf3};
		}
		rig_changed(vm);
		keeper_listen(vm, &keeper, 1ull << EV_EMULATE | 1ull << EV_WORLD_SWITCH);
		rig_write(vm, RIG_CODE, "\xb8\x00\x0b\x8e\xd8\xc6\x06\x00\x00\x77\xcd\x40", 12); /* ...; int 40H */
		state->eip = 0;
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(rig_get(vm, 0xb000), 0x77);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * 0x40 + 1);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "interpreter"), 0);
		CU_ASSERT_EQUAL(refused(&keeper), 0);
		vm_free(vm);
	}
}

/* The last 2 MiB are the guest's: there is no window. */
static void test_all_of_the_address_space(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;

		rig_paging(vm, 7);
		rig_put(vm, RIG_TABLES + 4 * 1023, 4, (RIG_TABLES + 2 * PAGE_SIZE) | 7);
		for (uint32_t page = 0; page < 1024; page++)
			rig_put(vm, RIG_TABLES + 2 * PAGE_SIZE + 4 * page, 4, RIG_DATA | 7);
		vm->config.check_shadow = true;
		keeper_listen(vm, &keeper, 1ull << EV_EMULATE | 1ull << EV_VM_EXIT);
		/* mov [ffe00000], al; mov [ffffffff], al */
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xb0, 0x5a, 0xa2, 0, 0, 0xe0, 0xff, 0xa2, 0xff, 0xff, 0xff, 0xff, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA), 0x5a);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA + 0xfff) & 0xff, 0x5a);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "interpreter") + keeper_count(&keeper, "protected memory"), 0);
		vm_free(vm);
	}
}

/* ---- segments that an entry refuses ---- */

/* FS as no instruction could have loaded it: interpreted until it is loaded again. */
static void test_odd_segment(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;

		rig_state(vm)->segment[FS].access &= (uint16_t)~ACCESS_ACCESSED;
		keeper_listen(vm, &keeper, 1ull << EV_EMULATE | 1ull << EV_WORLD_SWITCH);
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0x90, 0x40, 0x8e, 0xe3, 0x40, 0xf4), VM_HALTED); /* mov fs, ebx: null */
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 2);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "interpreter"), 1);
		CU_ASSERT_EQUAL(keeper_find(&keeper, "interpreter")->change[0].after, 3);
		CU_ASSERT_EQUAL(refused(&keeper), 0);
		vm_free(vm);
	}
}

static void randomize(uint64_t *dice, struct vm *vm)
{
	static const uint16_t selectors[] = {0, RIG_CODE0, RIG_DATA0, RIG_CODE3 | 3, RIG_DATA3 | 3, RIG_SMALL, RIG_READ_ONLY,
	                                     RIG_CONFORMING, RIG_CODE1 | 1, RIG_DATA1 | 1, RIG_DATA3};
	struct cpu_state *state = rig_state(vm);

	for (enum segment_register reg = ES; reg <= TR; reg++) {
		uint64_t roll = harness_random(dice);

		if (roll % 4 == 0)
			rig_segment(vm, reg, selectors[roll / 4 % (sizeof selectors / sizeof *selectors)]);
		if (roll / 64 % 8 == 0)
			state->segment[reg].access ^= 1u << roll / 512 % 16;
		if (roll / 8192 % 16 == 0)
			state->segment[reg].limit = (uint32_t)(roll >> 32);
	}
	state->cpl = harness_random(dice) % 3 ? segment_dpl(&state->segment[SS]) : harness_random(dice) % 4;
	if (harness_random(dice) % 8 == 0)
		state->cr0 &= ~(uint32_t)CR0_PE;
	state->eflags ^= harness_random(dice) % 8 ? 0 : EFLAGS_IF | EFLAGS_TF;
	state->interrupt_shadow = harness_random(dice) % 8 ? SHADOW_NONE : harness_random(dice) % 3;
	rig_changed(vm);
}

/* What the VMM takes for possible, VM entry takes too. */
static void test_no_entry_is_refused(void)
{
	uint64_t dice = harness_seed(0x4876), count = harness_count(3000), least = count / 30, entered = 0;

	for (; count; count--) {
		const struct rig_way *way = &rig_ways[RIG_HVM + harness_random(&dice) % 2];
		struct vm *vm = rig_new(way, NULL);
		uint64_t seed = dice;
		struct keeper keeper;

		randomize(&dice, vm);
		entered += hvm_can_enter(hvm(vm));
		keeper_listen(vm, &keeper, 1ull << EV_WORLD_SWITCH);
		rig_write(vm, RIG_CODE, "\x90\xf4", 2);
		vm_step(vm);
		if (refused(&keeper)) {
			printf("# RINGSIDE_SEED=%llu %s: refused\n", (unsigned long long)seed, way->name);
			CU_FAIL("VM entry refuses what the VMM takes for possible");
		}
		vm_free(vm);
	}
	CU_ASSERT(entered > least);
}

/* ---- moves ---- */

/* Counts, calls, pushes and faults, at every boundary by another technique. */
static void test_moves(void)
{
	/* mov ecx, 200; again: push ecx; int 40H; pop edx; inc eax; dec ecx; jnz again; cli; hlt */
	static const uint8_t code[] = {0xb9, 0xc8, 0, 0, 0, 0x51, 0xcd, 0x40, 0x5a, 0x40, 0x49, 0x75, 0xf8, 0xfa, 0xf4};
	static const struct vm_mode modes[] = {
		{&technique_hvm, PAGING_SHADOW, 1}, {&technique_hvm, PAGING_NESTED, 1}, {&technique_trap, PAGING_SHADOW, 1},
		{&technique_emulate, PAGING_GUEST, 1}, {&technique_trap, PAGING_SHADOW, 3},
	};
	uint64_t dice = harness_seed(0x30e5);
	struct vm *moved = rig_new(&rig_ways[1], NULL), *still = rig_new(&rig_ways[0], NULL);
	enum vm_end end = VM_RUNNING;

	rig_write(moved, RIG_HANDLER + 16 * 0x40, "\x43\xcf", 2);
	rig_write(still, RIG_HANDLER + 16 * 0x40, "\x43\xcf", 2);
	rig_paging(moved, 7);
	rig_paging(still, 7);
	CU_ASSERT_EQUAL(rig_run(still, code, sizeof code, CYCLES), VM_HALTED);
	rig_write(moved, RIG_CODE, code, sizeof code);
	for (unsigned steps = 0; end == VM_RUNNING && steps < 100000; steps++) {
		if (harness_random(&dice) % 3 == 0)
			CU_ASSERT_TRUE(vm_switch(moved, &modes[harness_random(&dice) % (sizeof modes / sizeof *modes)]));
		end = harness_random(&dice) % 2 ? vm_step(moved) : vm_run(moved, moved->clock + harness_random(&dice) % 50);
	}
	CU_ASSERT_EQUAL(end, VM_HALTED);
	CU_ASSERT_EQUAL(vm_guest_state(moved)->gpr[EAX], 200);
	CU_ASSERT_EQUAL(vm_digest(moved), vm_digest(still));
	vm_free(still);
	vm_free(moved);
}

/* MOV SS, a single step and a data breakpoint: what is held off goes along, out of the middle of it. */
static void test_moves_with_a_trap_held_off(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		const struct vm_mode emulate = {&technique_emulate, PAGING_GUEST, 1};

		rig_put(vm, RIG_DATA, 4, RIG_DATA0);
		rig_state(vm)->dr[0] = RIG_DATA;
		rig_state(vm)->dr[7] = 0x000f0402; /* reads and writes of 4 bytes */
		rig_changed(vm);
		rig_write(vm, RIG_CODE, "\x8e\x15\x00\xb0\x00\x00\x40\x40\xf4", 9); /* mov ss, [DATA]; inc eax; inc eax */
		vm_step(vm);
		while (vm_guest_state(vm)->eip == RIG_CODE)
			vm_step(vm);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + 6);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->interrupt_shadow, SHADOW_MOV_SS);
		CU_ASSERT_TRUE(vm_switch(vm, &emulate));
		CU_ASSERT_EQUAL(vm_run(vm, vm->clock + CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * VECTOR_DB + 1);
		CU_ASSERT_EQUAL(rig_get(vm, vm_guest_state(vm)->gpr[ESP]), RIG_CODE + 7);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->dr[6] & 0xf, 1);
		vm_free(vm);
	}
}

/* The guest's clock and what it has made of it go along. */
static void test_tsc(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		uint64_t tsc;

		/* mov ecx, 10H; mov edx, 5; xor eax, eax; wrmsr; rdtsc; hlt */
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xb9, 0x10, 0, 0, 0, 0xba, 5, 0, 0, 0, 0x31, 0xc0, 0x0f, 0x30, 0x0f, 0x31, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EDX], 5);
		tsc = (uint64_t)5 << 32 | vm_guest_state(vm)->gpr[EAX];
		CU_ASSERT(tsc - ((uint64_t)5 << 32) < 5000);
		CU_ASSERT(vm->clock + vm_guest_state(vm)->tsc_offset - tsc < 5000);
		vm_free(vm);
	}
}

/* ---- what is refused ---- */

static const char *refusal(void (*change)(struct config *config), const char *paging)
{
	static char error[256];
	struct config config;
	struct vm *vm;

	config_default(&config);
	strcpy(config.paging, paging);
	strcpy(config.boot, "flat");
	strcpy(config.kernel, "README.md");
	change(&config);
	error[0] = '\0';
	vm = vm_new(&config, &technique_hvm, NULL, error, sizeof error);
	vm_free(vm);
	return error;
}

static void much_memory(struct config *config)
{
	config->memory = UINT64_C(1536) << 20;
	config->nested_levels = 2;
}

static void few_frames(struct config *config)
{
	config->vmm_frames = 8;
}

static void nothing(struct config *config)
{
	(void)config;
}

static void test_refusals(void)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(refusal(much_memory, "nested"), "nested-levels"));
	CU_ASSERT_STRING_EQUAL(refusal(much_memory, "shadow"), "");
	CU_ASSERT_PTR_NOT_NULL(strstr(refusal(few_frames, "nested"), "vmm-frames"));
	CU_ASSERT_PTR_NOT_NULL(strstr(refusal(few_frames, "shadow"), "vmm-frames"));
	CU_ASSERT_PTR_NOT_NULL(strstr(refusal(nothing, "direct"), "direct"));
	CU_ASSERT_STRING_EQUAL(refusal(nothing, "auto"), "");
}

/* ---- two walks ---- */

/* n levels over m: nm + n + m references (Bhargava et al. 2008). */
static void test_references(void)
{
	static const struct {
		unsigned levels, references;
	} cases[] = {{2, 8}, {3, 11}, {4, 14}};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vm *vm = rig_new(&rig_ways[RIG_HVM + 1], NULL);
		const struct vm_mode away = {&technique_emulate, PAGING_GUEST, 1}, back = {&technique_hvm, PAGING_NESTED, 1};
		struct nested_walk walk;

		rig_paging(vm, 7);
		vm->config.nested_levels = cases[i].levels;
		CU_ASSERT_TRUE(vm_switch(vm, &away));
		CU_ASSERT_TRUE(vm_switch(vm, &back));
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xa1, 0, 0xb0, 0, 0, 0xf4), VM_HALTED);
		cpu_nested_walk(vm->processor, vm_guest_state(vm), nested_pointer(hvm(vm)->nested), RIG_DATA, ACCESS_READ, false, &walk);
		CU_ASSERT(walk.walk.ok && !walk.violation);
		CU_ASSERT_EQUAL(walk.steps, cases[i].references);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"real mode", test_real_mode},
		{"paging on and off", test_paging_on_and_off},
		{"virtual-8086 mode", test_v86},
		{"all of the address space", test_all_of_the_address_space},
		{"a segment that VM entry would refuse", test_odd_segment},
		{"no VM entry is refused", test_no_entry_is_refused},
		{"a guest moved at random boundaries", test_moves},
		{"moved with a trap held off", test_moves_with_a_trap_held_off},
		{"the time-stamp counter", test_tsc},
		{"configurations refused with a reason", test_refusals},
		{"references of a walk", test_references},
		{0},
	};
	return harness_main("hvm states", tests);
}
