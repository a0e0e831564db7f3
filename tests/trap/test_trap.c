/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_trap.c - the technique `trap` in small: what each exit does and costs, and the corners in
 * which deprivileging could show although it need not.
 */
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"
#include "trap/deprivileged.h"

#include <stdio.h>
#include <string.h>

static const struct rig_way *const trap_ways[] = {&rig_ways[2], &rig_ways[3]};
#define FOR_EACH_TRAP(way)                                                                          \
	for (unsigned way##_index = 0; way##_index < 2; way##_index++)                               \
		for (const struct rig_way *way = trap_ways[way##_index]; way; way = NULL)

/* ---- a reader that keeps events ---- */

enum { KEPT = 256 };
struct keeper {
	struct event_reader reader;
	struct event event[KEPT];
	unsigned count;
};

static void keep(void *owner, const struct event *event)
{
	struct keeper *keeper = owner;

	if (keeper->count < KEPT)
		keeper->event[keeper->count++] = *event;
}

static void listen(struct vm *vm, struct keeper *keeper, uint64_t kinds)
{
	*keeper = (struct keeper){.reader = {.owner = keeper, .kinds = kinds, .read = keep}};
	event_add_reader(&vm->events, &keeper->reader);
}

static void put_out(uint8_t *code, unsigned *size, uint8_t port, uint8_t value)
{
	const uint8_t bytes[] = {0xb0, value, 0xe6, port};

	memcpy(code + *size, bytes, sizeof bytes);
	*size += sizeof bytes;
}

/* ---- devices ---- */

/* A timer set up by the guest ends the slice that runs: its interrupt comes when it is due. */
static void test_timer_in_time(void)
{
	static const uint8_t set_up[][2] = {{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0x21, 0xfe},
	                                    {0x43, 0x34}, {0x40, 0xa9}, {0x40, 0x04}}; /* 1193: a millisecond */

	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = rig_new(&rig_ways[i], NULL);
		uint8_t code[64];
		unsigned size = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		for (unsigned step = 0; step < sizeof set_up / 2; step++)
			put_out(code, &size, set_up[step][0], set_up[step][1]);
		memcpy(code + size, "\xfb\xeb\xfe", 3); /* sti; jmp $ */
		rig_write(vm, RIG_HANDLER + 16 * 0x20, "\xe6\xf4\xf4", 3);
		CU_ASSERT_EQUAL(rig_run(vm, code, size + 3, 5000000), VM_EXITED);
		CU_ASSERT(vm->clock > 900000 && vm->clock < 1200000);
		vm_free(vm);
	}
}

/* The same from real mode, which is interpreted, with a stop asked for meanwhile. */
static void test_stop_in_the_interpreter(void)
{
	struct vm *vm = rig_new(&rig_ways[2], NULL);
	struct cpu_state *state;

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	state = rig_state(vm);
	cpu_state_reset(state);
	state->segment[CS].base = 0;
	state->segment[CS].selector = 0;
	state->eip = 0x500;
	rig_changed(vm);
	rig_write(vm, 0x500, "\xeb\xfe", 2);
	vm_request_stop(vm);
	CU_ASSERT_EQUAL(vm_run(vm, vm->clock + 1000000), VM_STOPPED);
	vm->costs.cycles[COST_interpret] = 0; /* time passes even so */
	CU_ASSERT_EQUAL(vm_run(vm, vm->clock + 100), VM_RUNNING);
	vm->slice_end = vm->clock + 1000000;
	vm->stop_requested = true; /* as from a signal handler, with the interpreter at work */
	interpret(deprivileged(vm), vm->slice_end);
	CU_ASSERT(vm->clock < 1000);
	vm_free(vm);
}

/* A repetition that ends the run is the last one: the guest stays in the middle of its string instruction. */
static void test_exit_by_string(void)
{
	uint32_t left = 0;

	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = rig_new(&rig_ways[i], NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		CU_ASSERT_EQUAL(RIG_RUN(vm, 10000000, 0xb9, 9, 0, 0, 0, 0xba, 0xf4, 0, 0, 0, 0xbe, 0, 0xb0, 0, 0, 0xf3, 0x6e, 0xf4), VM_EXITED);
		left = i ? left : vm_guest_state(vm)->gpr[ECX];
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[ECX], left);
		vm_free(vm);
	}
	CU_ASSERT(left > 0);
}

/* Each privileged instruction is one exit, though a device asks the run loop for attention. */
static void test_one_exit_each(void)
{
	FOR_EACH_TRAP(way) {
		struct vm *vm = rig_new(way, NULL);
		struct keeper keeper;
		unsigned outs = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		listen(vm, &keeper, 1ull << EV_TRAP);
		CU_ASSERT_EQUAL(RIG_RUN(vm, 100000000, 0xb0, 0xfa, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0x10, 0xe6, 0x40, 0xe6, 0x40, 0xe6, 0x43,
		                        0xe6, 0x40, 0xe6, 0x40, 0xfa, 0xf4), VM_HALTED);
		for (unsigned i = 0; i < keeper.count; i++)
			outs += !strcmp(keeper.event[i].mnemonic, "out");
		CU_ASSERT_EQUAL(outs, 7);
		CU_ASSERT_EQUAL(keeper.count, 9);
		vm_free(vm);
	}
}

/* ---- the processor's TLB ---- */

/* A guest moved while it counts: what it has counted goes with it. A VMM cannot be taken from under it. */
static void test_switch(void)
{
	/* mov ecx, 5000; again: inc eax; dec ecx; jnz again; hlt */
	static const uint8_t code[] = {0xb9, 0x88, 0x13, 0, 0, 0x40, 0x49, 0x75, 0xfc, 0xf4};
	static const struct vm_mode native = {&technique_native, PAGING_GUEST, 1},
	                            emulate = {&technique_emulate, PAGING_GUEST, 1},
	                            trap = {&technique_trap, PAGING_SHADOW, 1};
	struct vm *vm = rig_new(&rig_ways[1], NULL);

	CU_ASSERT_EQUAL(rig_run(vm, code, sizeof code, 20000), VM_RUNNING);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t counted = vm_guest_state(vm)->gpr[EAX];

		CU_ASSERT(counted > 0 && counted < 5000);
		CU_ASSERT_TRUE(vm_switch(vm, i % 2 ? &emulate : &trap));
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], counted);
		CU_ASSERT_EQUAL(vm_run(vm, vm->clock + 3000), VM_RUNNING);
		CU_ASSERT(vm_guest_state(vm)->gpr[EAX] > counted);
	}
	CU_ASSERT_FALSE(vm_switch(vm, &native));
	CU_ASSERT(vm->message[0]);
	CU_ASSERT_EQUAL(vm_run(vm, UINT64_MAX), VM_HALTED);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 5000);
	vm_free(vm);
}

/* A handler of #UD that is itself undefined, and a profile in which exits cost nothing: the limit is reached. */
static void test_exits_that_cost_nothing(void)
{
	struct vm *vm = rig_new(&rig_ways[2], NULL);

	memset(vm->costs.cycles, 0, sizeof vm->costs.cycles);
	rig_gate(vm, VECTOR_UD, RIG_CODE0, RIG_CODE, 0x8e);
	rig_state(vm)->gpr[ESP] = 0x80000000; /* where no memory is: the frames hurt nobody */
	rig_changed(vm);
	CU_ASSERT_EQUAL(RIG_RUN(vm, 100, 0x0f, 0x0b), VM_RUNNING);
	vm_free(vm);
}

/* MOV CR3 reaches it from the interpreter too, here because ES is expand-down, which is never shadowed. */
static void test_interpreted_flush(void)
{
	FOR_EACH_TRAP(way) {
		struct vm *vm = rig_new(way, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		rig_paging(vm, 7);
		rig_put(vm, RIG_DATA, 4, 1);
		rig_put(vm, RIG_DATA + 0x10000, 4, 2);
		rig_descriptor(vm, RIG_FREE, 0, 0, 0xc097);
		/* mov ebx, [DATA]; mov es, expand-down; its entry := another page; mov eax, cr3; mov cr3, eax;
		 * mov es, flat; mov ebx, [DATA] */
		CU_ASSERT_EQUAL(RIG_RUN(vm, 1000000,
			0x8b, 0x1d, 0x00, 0xb0, 0x00, 0x00,
			0xb9, 0x68, 0x00, 0x00, 0x00, 0x8e, 0xc1,
			0xc7, 0x05, 0x2c, 0x10, 0x03, 0x00, 0x07, 0xb0, 0x01, 0x00,
			0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8,
			0xb9, 0x10, 0x00, 0x00, 0x00, 0x8e, 0xc1,
			0x8b, 0x1d, 0x00, 0xb0, 0x00, 0x00, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[EAX], RIG_TABLES);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[EBX], 2);
		vm_free(vm);
	}
}

/* ---- segments ---- */

/* A guest whose table is so long that its descriptors stand where the VMM has its own. */
static void test_selectors_of_the_vmm(void)
{
	FOR_EACH_TRAP(way) {
		struct vm *vm = rig_new(way, NULL);
		uint8_t gdt[RIG_GDT_END];

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		memory_read(vm->memory, RIG_GDT, gdt, sizeof gdt);
		rig_write(vm, 0x110000, gdt, sizeof gdt);
		rig_put(vm, 0x110000 + VMM_CODE, 8, 0x004f9b100000ffff); /* base 100000H */
		rig_state(vm)->gdtr = (struct table_register){0x110000, 0xffff};
		rig_write(vm, 0x100010, "\xb8\x34\x12\0\0\x90\x90\xf4", 8);
		CU_ASSERT_EQUAL(RIG_RUN(vm, 1000000, 0xea, 0x10, 0, 0, 0, 0xf8, 0xff), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 0x1234);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->segment[CS].selector, VMM_CODE);
		vm_free(vm);
	}
}

/* A kernel is never checked for alignment, in whatever ring it is really. */
static void test_no_alignment_check(void)
{
	FOR_EACH_TRAP(way) {
		struct vm *vm = rig_new(way, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		rig_put(vm, RIG_DATA, 4, 0x11223344);
		rig_state(vm)->cr0 |= CR0_AM;
		rig_state(vm)->eflags |= EFLAGS_AC;
		CU_ASSERT_EQUAL(RIG_RUN(vm, 1000000, 0x66, 0xa1, 0x01, 0xb0, 0, 0, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 0x2233);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + 7);
		vm_free(vm);
	}
}

/* A GDT with a hole in it: what lies behind the hole is shadowed all the same, and followed. */
static void test_table_with_a_gap(void)
{
	enum { GDT = 0x110000, BEHIND = 0x2000 };

	FOR_EACH_TRAP(way) {
		struct vm *vm = rig_new(way, NULL);
		uint8_t gdt[RIG_GDT_END];
		uint64_t interpreted;

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		rig_paging(vm, 7);
		memory_read(vm->memory, RIG_GDT, gdt, sizeof gdt);
		rig_write(vm, GDT, gdt, sizeof gdt);
		rig_put(vm, GDT + BEHIND, 8, 0x00cf93000000ffff);
		rig_put(vm, rig_entry_at(GDT + PAGE_SIZE), 4, 0);
		rig_state(vm)->gdtr = (struct table_register){GDT, 0x2fff};
		rig_put(vm, RIG_DATA + 0x10, 4, 7);
		interpreted = cpu_instructions(vm->vcpu);
		/* mov ecx, BEHIND; mov es, ecx; its base := 10H; mov es, ecx; mov eax, es:[DATA] */
		CU_ASSERT_EQUAL(RIG_RUN(vm, 1000000, 0xb9, 0, 0x20, 0, 0, 0x8e, 0xc1,
		                        0x66, 0xc7, 0x05, 0x02, 0x20, 0x11, 0, 0x10, 0, 0x8e, 0xc1,
		                        0x26, 0xa1, 0, 0xb0, 0, 0, 0x90, 0x90, 0x90, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 7);
		/* the store, HLT, and from the store to the load of ES: the rest ran directly */
		CU_ASSERT_EQUAL(cpu_instructions(vm->vcpu) - interpreted, 3);
		vm_free(vm);
	}
}

/* ---- page tables in odd places ---- */

/* Tables in ROM keep their A and D bits as they are, whoever walks them. */
static void test_tables_in_rom(void)
{
	uint64_t digest[RIG_WAYS];

	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = rig_new(&rig_ways[i], NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		rig_paging(vm, 7);
		rig_put(vm, 0xd0000, 4, 0xd1007);
		for (uint32_t page = 0; page < 1024; page++)
			rig_put(vm, 0xd1000 + 4 * page, 4, page << PAGE_SHIFT | (page & 1 ? 0x67 : 7));
		rig_state(vm)->cr3 = 0xd0000;
		vm->config.check_shadow = true;
		CU_ASSERT_EQUAL(RIG_RUN(vm, 1000000, 0xa1, 0, 0xb0, 0, 0, 0xa3, 0, 0xc0, 0, 0, 0xa3, 0, 0xb0, 0, 0, 0xf4), VM_HALTED);
		digest[i] = vm_digest(vm);
		CU_ASSERT_EQUAL(digest[i], digest[0]);
		vm_free(vm);
	}
}

static bool due_always(void)
{
#ifdef RINGSIDE_HOSTILE
	return true;
#else
	return false;
#endif
}

/* A page taken away behind the VMM's back: no trace told of it. What check-shadow is for finds it, after every exit or after
 * some, and a guest that is looked at is the guest that is not. */
static void test_sampled_comparison(void)
{
	static const unsigned every[] = {0, 1, 2, 3}; /* 0: never */
	const uint32_t entry = rig_entry_at(RIG_DATA);
	struct vm *vm[4];

	for (unsigned way = RIG_TRAP; way < RIG_WAYS; way++) {
		for (unsigned i = 0; i < 4; i++) {
			vm[i] = rig_new(&rig_ways[way], NULL);
			CU_ASSERT_PTR_NOT_NULL_FATAL(vm[i]);
			rig_paging(vm[i], 0x67);
			vm[i]->config.check_shadow = every[i] != 0;
			vm[i]->config.check_every = every[i] ? every[i] : 1;
			/* mov [RIG_DATA], eax; again: in al, 80h; inc ebx; jmp again */
			CU_ASSERT_EQUAL(RIG_RUN(vm[i], 100000, 0xa3, 0, 0xb0, 0, 0, 0xe4, 0x80, 0x43, 0xeb, 0xfb), VM_RUNNING);
			CU_ASSERT(vm[i]->clock == vm[0]->clock && vm_digest(vm[i]) == vm_digest(vm[0]));
			CU_ASSERT_EQUAL(vm[i]->checks > 3, every[i] != 0 || due_always());
		}
		for (unsigned i = 0; i < 4 && way != RIG_HVM + 1; i++) {
			bool sees = every[i] != 0 || due_always();

			memset(memory_guest_frame(vm[i]->memory, entry >> PAGE_SHIFT) + (entry & 0xfff), 0, 4);
			CU_ASSERT_EQUAL(vm_run(vm[i], 200000), sees ? VM_UNSUPPORTED : VM_RUNNING);
			CU_ASSERT_EQUAL(strstr(vm[i]->message, "the guest maps nothing there") != NULL, sees);
		}
		for (unsigned i = 0; i < 4; i++)
			vm_free(vm[i]);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"a timer's interrupt comes in time", test_timer_in_time},
		{"a stop request reaches the interpreter", test_stop_in_the_interpreter},
		{"a string instruction that ends the run", test_exit_by_string},
		{"one exit for each privileged instruction", test_one_exit_each},
		{"interpreted code flushes the processor's TLB", test_interpreted_flush},
		{"the guest's descriptors behind the VMM's selectors", test_selectors_of_the_vmm},
		{"a kernel in ring 3 knows no alignment check", test_no_alignment_check},
		{"a descriptor table with a gap", test_table_with_a_gap},
		{"page tables in ROM", test_tables_in_rom},
		{"tables compared after some exits", test_sampled_comparison},
		{"exits that cost nothing", test_exits_that_cost_nothing},
		{"a guest is moved between techniques", test_switch},
		{0},
	};
	return harness_main("trap", tests);
}
