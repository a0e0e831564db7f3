/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_hvm.c - the technique `hvm` in small: which instructions exit and which do not, events that meet
 * faults on their way, interrupts that have to wait, and what each exit costs. Bare hardware (`native`) says what is
 * right.
 */
#include "cpu/paging.h"
#include "shadowpt/shadowpt.h"
#include "tests/harness.h"
#include "tests/trap/keeper.h"
#include "tests/trap/rig.h"
#include "trap/hvm.h"

#include <stdio.h>
#include <string.h>

#define FOR_EACH_HVM(way)                                                                           \
	for (const struct rig_way *way = &rig_ways[RIG_HVM]; way < rig_ways + RIG_WAYS; way++)

enum { CYCLES = 10000000 };

static const uint64_t exit_kinds = 1ull << EV_VM_EXIT | 1ull << EV_INTERRUPT | 1ull << EV_REFLECT |
                                   1ull << EV_HIDDEN_FAULT | 1ull << EV_TRUE_FAULT | 1ull << EV_TRACE;

static bool is_nested(const struct rig_way *way)
{
	return !strcmp(way->paging, "nested");
}

/* ---- what exits ---- */

struct exit_case {
	const char *reason;
	bool nested, shadow; /* exits there */
	uint8_t code[16];
	unsigned size;
};

#define CODE(...) {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static const struct exit_case exit_cases[] = {
	{"cpuid", true, true, CODE(0x31, 0xc0, 0x0f, 0xa2)},
	{"out", true, true, CODE(0xb0, 0x41, 0xe6, 0x80)},
	{"in", true, true, CODE(0xe4, 0x80)},
	{"insb", true, true, CODE(0xbf, 0x00, 0xb0, 0, 0, 0xba, 0x80, 0, 0, 0, 0x6c)},
	{"rdmsr", true, true, CODE(0xb9, 0x77, 0x02, 0, 0, 0x0f, 0x32)},      /* PAT */
	{"rdmsr", false, false, CODE(0xb9, 0x74, 0x01, 0, 0, 0x0f, 0x32)},    /* SYSENTER_CS: the VMCS has it */
	{"wrmsr", false, false, CODE(0xb9, 0x75, 0x01, 0, 0, 0x0f, 0x30)},
	{"invd", true, true, CODE(0x0f, 0x08)},
	{"wbinvd", false, false, CODE(0x0f, 0x09)},
	{"mov cr", false, true, CODE(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8)},   /* CR3, read and written */
	{"mov cr", false, false, CODE(0x0f, 0x20, 0xc0, 0x0f, 0x22, 0xc0)},  /* CR0 unchanged: the shadow answers */
	{"clts", false, false, CODE(0x0f, 0x06)},
	{"invlpg", false, true, CODE(0x0f, 0x01, 0x3d, 0x00, 0xb0, 0, 0)},
	{"cli", false, false, CODE(0xfb, 0xfa)},
	{"popf", false, false, CODE(0x9c, 0x9d)},
	{"lgdt", false, false, CODE(0x0f, 0x01, 0x05, 0x00, 0xb0, 0, 0, 0x0f, 0x01, 0x15, 0x00, 0xb0, 0, 0)}, /* SGDT first */
	{"segment load", false, false, CODE(0x8c, 0xd8, 0x8e, 0xd8)},
	{"rdtsc", false, false, CODE(0x0f, 0x31)},
	{"rdpmc", true, true, CODE(0x31, 0xc9, 0x0f, 0x33)},
	{"mov dr", false, false, CODE(0x0f, 0x21, 0xf8, 0x0f, 0x23, 0xf8)},
	{"pause", false, false, CODE(0xf3, 0x90)},
};

/* Once to make the pages known, once to count. */
static void run_case(const struct rig_way *way, const struct exit_case *test)
{
	struct vm *vm = rig_new(way, NULL), *native = rig_new(&rig_ways[0], NULL);
	bool exits = is_nested(way) ? test->nested : test->shadow;
	struct keeper keeper;
	unsigned count;
	uint8_t code[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	CU_ASSERT_PTR_NOT_NULL_FATAL(native);
	memcpy(code, test->code, test->size);
	code[test->size] = 0xf4;
	rig_paging(vm, 7);
	rig_paging(native, 7);
	rig_run(vm, code, test->size + 1, CYCLES);
	rig_run(native, code, test->size + 1, CYCLES);
	cpu_state(vm->vcpu)->activity = cpu_state(native->processor)->activity = ACTIVITY_ACTIVE;
	keeper_listen(vm, &keeper, exit_kinds);
	CU_ASSERT_EQUAL(rig_run(vm, code, test->size + 1, CYCLES), VM_HALTED);
	CU_ASSERT_EQUAL(rig_run(native, code, test->size + 1, CYCLES), VM_HALTED);
	count = keeper_count(&keeper, test->reason);
	if ((count > 0) != exits || keeper_count(&keeper, NULL) != 1 + count) { /* and HLT */
		printf("# %s: %s: %u of %u exits\n", way->name, test->reason, count, keeper_count(&keeper, NULL));
		CU_FAIL("other exits than the manual's");
	}
	CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, vm_guest_state(native)->eip);
	if (strcmp(test->reason, "rdtsc") != 0)
		CU_ASSERT_EQUAL(vm_digest(vm), vm_digest(native));
	vm_free(native);
	vm_free(vm);
}

static void test_what_exits(void)
{
	FOR_EACH_HVM(way)
		for (unsigned i = 0; i < sizeof exit_cases / sizeof *exit_cases; i++)
			run_case(way, &exit_cases[i]);
}

/* VMCALL is #UD to who has not asked for hypercalls. */
static void test_vmcall(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);

		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0x0f, 0x01, 0xc1, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * VECTOR_UD + 1);
		CU_ASSERT_EQUAL(rig_get(vm, vm_guest_state(vm)->gpr[ESP]), RIG_CODE);
		vm_free(vm);
	}
}

/* ---- faults ---- */

/* A true fault: CR2, the error code, and in nested mode no exit for it. */
static void test_true_fault(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;

		rig_paging(vm, 7);
		rig_put(vm, rig_entry_at(RIG_DATA), 4, 0);
		keeper_listen(vm, &keeper, exit_kinds);
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xa3, 0x04, 0xb0, 0, 0, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * VECTOR_PF + 1);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->cr2, RIG_DATA + 4);
		CU_ASSERT_EQUAL(rig_get(vm, vm_guest_state(vm)->gpr[ESP]), PF_WRITE);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "true fault"), !is_nested(way));
		vm_free(vm);
	}
}

/* The frame of an exception goes where no shadow or nested entry is yet: the event is delivered again, once. */
static void test_fault_in_delivery(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;

		rig_paging(vm, 7);
		keeper_listen(vm, &keeper, exit_kinds);
		/* mov esp, 70000H; int 40H */
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xbc, 0, 0, 7, 0, 0xcd, 0x40, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * 0x40 + 1);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[ESP], 0x70000 - 12);
		CU_ASSERT_EQUAL(rig_get(vm, 0x70000 - 12), RIG_CODE + 7);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "protected memory"), 0);
		CU_ASSERT(keeper_count(&keeper, is_nested(way) ? "EPT violation" : "hidden fault") > 2);
		vm_free(vm);
	}
}

/* For a human: where two guests' memories differ. */
static void print_difference(const struct vm *one, const struct vm *other)
{
	const struct cpu_state *a = vm_guest_state(one), *b = vm_guest_state(other);

	printf("# eip %x %x, eflags %x %x, cr0 %x %x, cr3 %x %x, tr %x %x\n", a->eip, b->eip, a->eflags, b->eflags, a->cr0,
	       b->cr0, a->cr3, b->cr3, a->segment[TR].selector, b->segment[TR].selector);
	for (uint32_t gpa = 0; gpa < RIG_MEMORY; gpa += 4)
		if (rig_get(one, gpa) != rig_get(other, gpa))
			printf("# %08x: %08x %08x\n", gpa, rig_get(one, gpa), rig_get(other, gpa));
}

/* What the guest does last, and the digest of it, are bare hardware's. */
static void same_as_native(void (*prepare)(struct vm *vm), const uint8_t *code, size_t size)
{
	struct vm *native = rig_new(&rig_ways[0], NULL);
	enum vm_end end;

	prepare(native);
	end = rig_run(native, code, size, CYCLES);
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);

		prepare(vm);
		vm->config.check_shadow = true;
		CU_ASSERT_EQUAL(rig_run(vm, code, size, CYCLES), end);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, vm_guest_state(native)->eip);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[ESP], vm_guest_state(native)->gpr[ESP]);
		if (end == VM_SHUTDOWN) /* RF is that of the last exit, and no guest will see it */
			rig_state(vm)->eflags &= ~(uint32_t)EFLAGS_RF;
		CU_ASSERT_EQUAL(vm_digest(vm), vm_digest(native));
		if (vm_digest(vm) != vm_digest(native))
			print_difference(native, vm);
		vm_free(vm);
	}
	vm_free(native);
}
#define SAME_AS_NATIVE(prepare, ...)                                                                \
	same_as_native(prepare, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* The stack is in ROM, where stores are lost, or beyond all memory: the VMM delivers by software. */
static void stack_in_rom(struct vm *vm)
{
	rig_paging(vm, 7);
	rig_state(vm)->gpr[ESP] = 0xd0000;
	rig_changed(vm);
}

static void stack_nowhere(struct vm *vm)
{
	rig_paging(vm, 7);
	rig_state(vm)->gpr[ESP] = 0x300000;
	rig_changed(vm);
}

/* A page table is where the frame goes: with shadow paging it is traced. */
static void stack_in_tables(struct vm *vm)
{
	rig_paging(vm, 7);
	rig_state(vm)->gpr[ESP] = RIG_TABLES + 2 * PAGE_SIZE;
	rig_changed(vm);
}

/* The stack is not mapped: #PF in the delivery of #PF is #DF, which a task gate or nothing can save. */
static void no_stack(struct vm *vm)
{
	rig_paging(vm, 7);
	rig_put(vm, rig_entry_at(0x70000), 4, 0);
	rig_state(vm)->gpr[ESP] = 0x70800;
	rig_changed(vm);
}

static void stack_by_task_gate(struct vm *vm)
{
	no_stack(vm);
	rig_descriptor(vm, RIG_FREE, RIG_DATA, 103, 0x89);
	rig_put(vm, RIG_DATA + 28, 4, RIG_TABLES);
	rig_put(vm, RIG_DATA + 32, 4, RIG_HANDLER + 16 * VECTOR_DF);
	rig_put(vm, RIG_DATA + 36, 4, 2);
	rig_put(vm, RIG_DATA + 56, 4, RIG_STACK);
	for (unsigned i = 0; i < 6; i++)
		rig_put(vm, RIG_DATA + 72 + 4 * i, 4, i == 1 ? RIG_CODE0 : RIG_DATA0);
	rig_gate(vm, VECTOR_DF, RIG_FREE, 0, 0x85);
}

static void test_hard_deliveries(void)
{
	SAME_AS_NATIVE(stack_in_rom, 0xcd, 0x40);
	SAME_AS_NATIVE(stack_nowhere, 0xcd, 0x40);
	SAME_AS_NATIVE(stack_in_tables, 0xcd, 0x40);
	SAME_AS_NATIVE(stack_in_tables, 0x0f, 0x0b);
	SAME_AS_NATIVE(no_stack, 0xcd, 0x40);              /* triple fault */
	SAME_AS_NATIVE(stack_by_task_gate, 0xcd, 0x40);    /* double fault, a task switch */
	SAME_AS_NATIVE(stack_by_task_gate, 0xa1, 0, 0, 7, 0); /* page fault, then the same */
}

/* Far JMP to a TSS: never in non-root operation. */
static void make_task(struct vm *vm)
{
	stack_by_task_gate(vm);
	rig_state(vm)->gpr[ESP] = RIG_STACK;
	rig_changed(vm);
}

static void test_task_switch(void)
{
	SAME_AS_NATIVE(make_task, 0xea, 0, 0, 0, 0, RIG_FREE, 0, 0xf4);
	SAME_AS_NATIVE(make_task, 0x9a, 0, 0, 0, 0, RIG_FREE, 0, 0xf4);
}

/* ---- interrupts ---- */

/* A millisecond's timer; IF is clear meanwhile, and the interrupt waits for STI and the instruction behind it. */
static void test_interrupt_window(void)
{
	static const uint8_t code[] = {
		0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21,
		0xb0, 0xfe, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xa9, 0xe6, 0x40, 0xb0, 0x04, 0xe6, 0x40,
		0xb9, 0x00, 0x00, 0x10, 0x00, 0x49, 0x75, 0xfd, /* mov ecx, 100000H; dec ecx; jnz */
		0xfb, 0x90, 0x90, 0xf4,                         /* sti; nop; nop */
	};

	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;

		keeper_listen(vm, &keeper, exit_kinds | 1ull << EV_INJECT);
		CU_ASSERT_EQUAL(rig_run(vm, code, sizeof code, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * 0x20 + 1);
		CU_ASSERT_EQUAL(rig_get(vm, vm_guest_state(vm)->gpr[ESP]), RIG_CODE + sizeof code - 2);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "interrupt window"), 1);
		CU_ASSERT_EQUAL(keeper_count(&keeper, "inject"), 1);
		CU_ASSERT(keeper_count(&keeper, "interrupt") >= 1);
		vm_free(vm);
	}
}

/* A key comes between two slices: the guest is fetched out for it although it would run on. */
static void test_interrupt_from_outside(void)
{
	static const uint8_t code[] = {0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01,
	                               0xe6, 0x21, 0xb0, 0xfd, 0xe6, 0x21, 0xfb, 0xeb, 0xfe};

	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);

		CU_ASSERT_EQUAL(rig_run(vm, code, sizeof code, 100000), VM_RUNNING);
		CU_ASSERT(cpu_vmx_non_root(vm->processor));
		board_act(vm->board, vm->clock);
		CU_ASSERT_EQUAL(board_key_input(vm->board, (const uint8_t[]){0x1e}, 1), 1);
		CU_ASSERT_EQUAL(vm_run(vm, vm->clock + CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * 0x21 + 1);
		vm_free(vm);
	}
}

/* So does whoever changes the guest's registers while the processor holds them. */
static void test_change_from_outside(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);

		CU_ASSERT_EQUAL(RIG_RUN(vm, 100000, 0xeb, 0xfe, 0x90, 0xf4), VM_RUNNING);
		rig_state(vm)->eip += 2;
		rig_state(vm)->gpr[EBX] = 0x1234;
		rig_changed(vm);
		CU_ASSERT_EQUAL(vm_run(vm, vm->clock + CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + 4);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EBX], 0x1234);
		vm_free(vm);
	}
}

/* ---- where the cycles went ---- */

/* One exit, phase by phase: RIP is all that CPUID changes in the VMCS. */
static void test_story(void)
{
	FOR_EACH_HVM(way) {
		struct vm *vm = rig_new(way, NULL);
		const uint32_t *costs = vm->costs.cycles;
		const struct event *event;
		struct keeper keeper;

		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0x0f, 0xa2, 0xf4), VM_HALTED);
		rig_state(vm)->activity = ACTIVITY_ACTIVE;
		keeper_listen(vm, &keeper, 1ull << EV_VM_EXIT);
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0x0f, 0xa2, 0xf4), VM_HALTED);
		event = keeper_find(&keeper, "cpuid");
		CU_ASSERT_PTR_NOT_NULL_FATAL(event);
		CU_ASSERT_EQUAL(event->phases, 5);
		CU_ASSERT_EQUAL(event->phase[0].cycles, costs[COST_vm_exit]);
		CU_ASSERT_EQUAL(event->phase[1].cycles, costs[COST_exit_dispatch]);
		CU_ASSERT_EQUAL(event->phase[2].cycles, 3 * costs[COST_vmcs_read]);
		CU_ASSERT_EQUAL(event->phase[3].cycles, costs[COST_emulate_execute]);
		CU_ASSERT_EQUAL(event->phase[4].cycles, costs[COST_vmcs_write] + costs[COST_vm_entry]);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"what exits and what does not", test_what_exits},
		{"VMCALL without an interface", test_vmcall},
		{"true page faults", test_true_fault},
		{"a fault in the delivery of an event", test_fault_in_delivery},
		{"deliveries that hardware cannot end", test_hard_deliveries},
		{"task switches", test_task_switch},
		{"an interrupt waits for its window", test_interrupt_window},
		{"an interrupt from outside", test_interrupt_from_outside},
		{"a change from outside", test_change_from_outside},
		{"one exit phase by phase", test_story},
		{0},
	};
	return harness_main("hvm", tests);
}
