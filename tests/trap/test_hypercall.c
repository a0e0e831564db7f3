/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_hypercall.c - the paravirtual interface of a guest that boots on bare hardware: found by CPUID and an
 * MSR, the same by every technique; hostile arguments get Xen's errors and change nothing; under pv/shadow a system call goes
 * straight to ring 1.
 */
#include "core/xen.h"
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"
#include "trap/hypercall.h"

#include <stdio.h>
#include <string.h>

static const struct rig_way ways[] = {
	{"emulate", &technique_emulate, 1, NULL},
	{"trap ring 1", &technique_trap, 1, NULL},
	{"trap ring 3", &technique_trap, 3, NULL},
	{"bt ring 1", &technique_bt, 1, NULL},
	{"bt ring 3", &technique_bt, 3, NULL},
	{"hvm", &technique_hvm, 1, NULL},
	{"pv", &technique_pv, 1, NULL},
};
enum { WAYS = sizeof ways / sizeof *ways };
#define FOR_EACH_WAY(way) for (const struct rig_way *way = ways; way < ways + WAYS; way++)

enum { PAGE = 0x50000, LIST = 0x51000, OUT = 0x52000, CYCLES = 3000000 };

/* ---- guest code, a piece at a time ---- */

struct code {
	uint8_t byte[512];
	size_t size;
};

static void emit(struct code *code, const void *bytes, size_t size)
{
	memcpy(code->byte + code->size, bytes, size);
	code->size += size;
}

static void move(struct code *code, enum gpr reg, uint32_t value)
{
	uint8_t opcode = (uint8_t)(0xb8 + reg);

	emit(code, &opcode, 1);
	emit(code, &value, 4);
}

static enum vm_end run(struct vm *vm, struct code *code)
{
	emit(code, "\xf4", 1);
	rig_state(vm)->activity = ACTIVITY_ACTIVE;
	return rig_run(vm, code->byte, code->size, CYCLES);
}

static void set_up_page(struct vm *vm)
{
	struct code code = {.size = 0};

	move(&code, ECX, XEN_HYPERCALL_MSR);
	move(&code, EAX, PAGE);
	move(&code, EDX, 0);
	emit(&code, "\x0f\x30", 2);
	CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
}

/* One hypercall through its entry of the page; what it gives. */
static int32_t call(struct vm *vm, uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	struct code code = {.size = 0};

	move(&code, EBX, a);
	move(&code, ECX, b);
	move(&code, EDX, c);
	move(&code, ESI, d);
	move(&code, EDI, PAGE + 32 * number);
	emit(&code, "\xff\xd7", 2);
	CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
	return (int32_t)rig_state(vm)->gpr[EAX];
}

static struct vm *begin(const struct rig_way *way)
{
	struct vm *vm = rig_new(way, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	set_up_page(vm);
	return vm;
}

/* ---- finding it ---- */

static void cpuid(struct vm *vm, uint32_t leaf)
{
	struct code code = {.size = 0};

	move(&code, EAX, leaf);
	emit(&code, "\x0f\xa2", 2);
	CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
}

static void test_announced(void)
{
	struct vm *native = rig_new(&rig_ways[0], NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(native);
	cpuid(native, 1);
	CU_ASSERT_EQUAL(rig_state(native)->gpr[ECX] >> 31, 0);
	vm_free(native);
	FOR_EACH_WAY(way) {
		struct vm *vm = rig_new(way, NULL);
		const struct cpu_state *state;

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		state = rig_state(vm);
		cpuid(vm, 1);
		CU_ASSERT_EQUAL(state->gpr[ECX] >> 31, 1);
		cpuid(vm, XEN_CPUID_FIRST_LEAF);
		CU_ASSERT_EQUAL(state->gpr[EAX], XEN_CPUID_FIRST_LEAF + 2);
		CU_ASSERT(!memcmp(&state->gpr[EBX], "XenV", 4) && !memcmp(&state->gpr[ECX], "MMXe", 4) &&
		          !memcmp(&state->gpr[EDX], "nVMM", 4));
		cpuid(vm, XEN_CPUID_FIRST_LEAF + 2);
		CU_ASSERT(state->gpr[EAX] == 1 && state->gpr[EBX] == XEN_HYPERCALL_MSR);
		vm_free(vm);
	}
}

static void test_page(void)
{
	static const uint8_t version[] = {0xb8, 17, 0, 0, 0, 0x0f, 0x01, 0xc1, 0xc3};

	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);
		uint8_t bytes[sizeof version];

		memory_read(vm->memory, PAGE + 32 * __HYPERVISOR_xen_version, bytes, sizeof bytes);
		CU_ASSERT(!memcmp(bytes, version, sizeof bytes));
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0), XEN_VERSION_NUMBER);
		vm_free(vm);
	}
}

/* Where no page has been asked for VMCALL is no instruction; MSR values that make no sense are refused. */
static void test_without_page(void)
{
	static const uint32_t bad[] = {PAGE + 1, RIG_MEMORY, 0xfffff000, 0xc8000 /* ROM */};

	FOR_EACH_WAY(way) {
		struct vm *vm = rig_new(way, NULL);
		struct code code = {.size = 0};

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		emit(&code, "\x0f\x01\xc1", 3);
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->eip, RIG_HANDLER + 16 * VECTOR_UD + 1);
		CU_ASSERT_EQUAL(rig_get(vm, rig_state(vm)->gpr[ESP]), RIG_CODE);
		for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
			code.size = 0;
			move(&code, ECX, XEN_HYPERCALL_MSR);
			move(&code, EAX, bad[i]);
			move(&code, EDX, 0);
			emit(&code, "\x0f\x30", 2);
			CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
			CU_ASSERT_EQUAL(rig_state(vm)->eip, RIG_HANDLER + 16 * VECTOR_GP + 1);
		}
		vm_free(vm);
	}
}

/* ---- calls that change the guest ---- */

/* Paging with a directory and table of the rig's; what an entry says is told by where a load comes from. */
static void test_page_tables(void)
{
	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);
		uint32_t entry = rig_entry_at(0x300000);
		struct mmu_update update[3] = {
			{entry, 0x60000 | ENTRY_P | ENTRY_RW},
			{rig_entry_at(0x301000) | MMU_PT_UPDATE_PRESERVE_AD, 0x61000 | ENTRY_P | ENTRY_RW},
			{entry | MMU_MACHPHYS_UPDATE, 0},
		};
		struct code code = {.size = 0};

		rig_paging(vm, ENTRY_P | ENTRY_RW | ENTRY_US);
		rig_put(vm, 0x60000, 4, 0x11111111);
		rig_put(vm, 0x62000, 4, 0x22222222);
		rig_put(vm, rig_entry_at(0x301000), 4, 0x301000 | ENTRY_P | ENTRY_A | ENTRY_D);
		rig_write(vm, LIST, update, sizeof update);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_mmu_update, LIST, 2, OUT, DOMID_SELF), 0);
		CU_ASSERT_EQUAL(rig_get(vm, OUT), 2);
		CU_ASSERT_EQUAL(rig_get(vm, rig_entry_at(0x301000)), 0x61000 | ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D);
		emit(&code, "\xa1\x00\x00\x30\x00", 5); /* mov eax, [300000H] */
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[EAX], 0x11111111);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_update_va_mapping, 0x300000, 0x62000 | ENTRY_P, 0, UVMF_INVLPG), 0);
		code.size = 0;
		emit(&code, "\xa1\x00\x00\x30\x00", 5);
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[EAX], 0x22222222);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_mmu_update, LIST, 3, OUT, DOMID_SELF), -XEN_EINVAL);
		CU_ASSERT_EQUAL(rig_get(vm, OUT), 2);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_mmu_update, LIST, 1, OUT, 5), -XEN_ESRCH);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_mmu_update, LIST, UINT32_MAX, OUT, DOMID_SELF), -XEN_E2BIG);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_mmu_update, 0x500000, 1, OUT, DOMID_SELF), -XEN_EFAULT);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_mmu_update, LIST, 1, 0x500000, DOMID_SELF), -XEN_EFAULT);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_update_va_mapping, 0x500000, 0, 0, 0), -XEN_EINVAL);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_update_va_mapping, 0x300000, 0, 1, 0), -XEN_EINVAL);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_update_va_mapping, 0x300000, 0, 0, 3), -XEN_EINVAL);
		vm_free(vm);
	}
}

static int32_t extended(struct vm *vm, uint32_t command, uint32_t first)
{
	struct mmuext_op op = {.cmd = command, .arg1.mfn = first};

	rig_write(vm, LIST, &op, sizeof op);
	return call(vm, __HYPERVISOR_mmuext_op, LIST, 1, 0, DOMID_SELF);
}

/* Another address space, in which one page is another one. */
static void test_new_base(void)
{
	enum { DIRECTORY = 0x70000, TABLE = 0x71000, RIGHTS = ENTRY_P | ENTRY_RW };

	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);
		struct code code = {.size = 0};

		rig_paging(vm, RIGHTS);
		rig_put(vm, DIRECTORY, 4, TABLE | RIGHTS);
		for (uint32_t page = 0; page < 512; page++)
			rig_put(vm, TABLE + 4 * page, 4, page << PAGE_SHIFT | RIGHTS);
		rig_put(vm, TABLE + 4 * 0x100, 4, 0x60000 | RIGHTS);
		rig_put(vm, 0x60000, 4, 0x33333333);
		emit(&code, "\xa1\x00\x00\x10\x00", 5);
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[EAX], 0);
		CU_ASSERT_EQUAL(extended(vm, MMUEXT_NEW_BASEPTR, DIRECTORY >> PAGE_SHIFT), 0);
		CU_ASSERT_EQUAL(rig_state(vm)->cr3, DIRECTORY);
		code.size = 0;
		emit(&code, "\xa1\x00\x00\x10\x00", 5);
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[EAX], 0x33333333);
		CU_ASSERT_EQUAL(extended(vm, MMUEXT_NEW_BASEPTR, RIG_MEMORY >> PAGE_SHIFT), -XEN_EINVAL);
		CU_ASSERT_EQUAL(extended(vm, MMUEXT_PIN_L1_TABLE, TABLE >> PAGE_SHIFT), 0);
		CU_ASSERT_EQUAL(extended(vm, MMUEXT_PIN_L1_TABLE, UINT32_MAX), -XEN_EINVAL);
		CU_ASSERT_EQUAL(extended(vm, MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
		CU_ASSERT_EQUAL(extended(vm, MMUEXT_SET_LDT, 0), -XEN_ENOSYS);
		CU_ASSERT_EQUAL(rig_state(vm)->cr3, DIRECTORY);
		vm_free(vm);
	}
}

static int32_t set_trap(struct vm *vm, uint32_t vector, uint8_t flags, uint16_t cs, uint32_t address)
{
	struct trap_info table[2] = {{(uint8_t)vector, flags, cs, address}};

	rig_write(vm, LIST, table, sizeof table);
	return call(vm, __HYPERVISOR_set_trap_table, LIST, 0, 0, 0);
}

/* The guest's own IDT and TSS say what was asked for. */
static void test_traps_and_stack(void)
{
	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);

		CU_ASSERT_EQUAL(set_trap(vm, 0x80, 3, RIG_CODE0, 0x12345678), 0);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_IDT + 8 * 0x80), RIG_CODE0 << 16 | 0x5678);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_IDT + 8 * 0x80 + 4), 0x1234ef00);
		CU_ASSERT_EQUAL(set_trap(vm, 0x81, XEN_TI_MASK, RIG_CODE0, 0x12345678), 0);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_IDT + 8 * 0x81 + 4), 0x12348e00);
		CU_ASSERT_EQUAL(set_trap(vm, 0x82, 3, 0, 0x1000), -XEN_EINVAL);
		CU_ASSERT_EQUAL(set_trap(vm, 0x82, 3, RIG_CODE0 | 1, 0x1000), -XEN_EINVAL);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_set_trap_table, 0xfffffff0, 0, 0, 0), -XEN_EFAULT);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_IDT + 8 * 0x82 + 4) >> 8 & 0xff, 0x8e);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_stack_switch, RIG_DATA0, 0x7777, 0, 0), 0);
		CU_ASSERT(rig_get(vm, RIG_TSS + 4) == 0x7777 && (rig_get(vm, RIG_TSS + 8) & 0xffff) == RIG_DATA0);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_stack_switch, 0, 0x7777, 0, 0), -XEN_EPERM);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_stack_switch, RIG_DATA3 | 3, 0x7777, 0, 0), -XEN_EPERM);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_set_gdt, LIST, 1, 0, 0), -XEN_ENOSYS);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_event_channel_op, 0, 0, 0, 0), -XEN_ENOSYS);
		CU_ASSERT_EQUAL(call(vm, 11, 0, 0, 0, 0), -XEN_ENOSYS);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_update_descriptor, RIG_GDT + RIG_FREE, 0, 0xffff, 0xcf9300), 0);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_GDT + RIG_FREE + 4), 0xcf9300);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_update_descriptor, RIG_MEMORY, 0, 0xffff, 0xcf9300), -XEN_EINVAL);
		vm_free(vm);
	}
}

static void test_multicall(void)
{
	struct multicall_entry entry[2] = {
		{.op = __HYPERVISOR_xen_version}, {.op = __HYPERVISOR_multicall, .args = {LIST, 1}},
	};

	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);

		rig_write(vm, LIST, entry, sizeof entry);
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_multicall, LIST, 2, 0, 0), 0);
		CU_ASSERT_EQUAL(rig_get(vm, LIST + 4), XEN_VERSION_NUMBER);
		CU_ASSERT_EQUAL((int32_t)rig_get(vm, LIST + 36), -XEN_EINVAL);
		vm_free(vm);
	}
}

/* ---- the technique ---- */

static void speak(struct vm *vm)
{
	CU_ASSERT_EQUAL(set_trap(vm, 0x80, 3, RIG_CODE0, RIG_HANDLER + 16 * 0x80), 0);
	CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_stack_switch, RIG_DATA0, RIG_STACK0, 0, 0), 0);
}

/* Ring 3 asks twice by INT 80H, whose handler counts in EAX, and then exits by a port that only the kernel reaches. */
static void test_system_call(void)
{
	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);
		struct code code = {.size = 0};

		speak(vm);
		rig_write(vm, RIG_HANDLER + 16 * 0x80, "\x40\x83\xf8\x02\x74\x01\xcf\xf4", 8); /* inc eax; cmp eax, 2; je +1; iret; hlt */
		rig_write(vm, RIG_DATA, "\x31\xc0\xcd\x80\xcd\x80\xeb\xfe", 8);
		for (unsigned i = 0; i < 5; i++) {
			const uint32_t frame[] = {RIG_DATA3 | 3, RIG_STACK3, 0x2, RIG_CODE3 | 3, RIG_DATA};

			emit(&code, "\x68", 1);
			emit(&code, &frame[i], 4);
		}
		emit(&code, "\xcf", 1);
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT(rig_state(vm)->gpr[EAX] == 2 && rig_state(vm)->cpl == 0);
		CU_ASSERT_EQUAL(rig_state(vm)->eip, RIG_HANDLER + 16 * 0x80 + 8);
		CU_ASSERT_EQUAL(rig_state(vm)->gpr[ESP], RIG_STACK0 - 20);
		CU_ASSERT_EQUAL(rig_state(vm)->segment[CS].selector, RIG_CODE0);
		CU_ASSERT_EQUAL(rig_state(vm)->segment[SS].selector, RIG_DATA0);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_STACK0 - 20), RIG_DATA + 6);
		vm_free(vm);
	}
}

struct sum {
	uint64_t cycles;
	unsigned straight, calls, reflected;
};

static void add(void *owner, const struct event *event)
{
	struct sum *sum = owner;
	uint64_t phases = 0;

	for (unsigned i = 0; i < event->phases; i++)
		phases += event->phase[i].cycles;
	CU_ASSERT_EQUAL(phases, event->cycles);
	sum->cycles += event->cycles;
	sum->straight += event->kind == EV_DELIVERED;
	sum->calls += event->kind == EV_HYPERCALL;
	sum->reflected += event->kind == EV_REFLECT;
}

/* Straight: by the hardware, without an exit. And what the events tell of is never more than has passed. */
static void test_straight(void)
{
	struct vm *vm = begin(&ways[WAYS - 1]);
	struct sum sum = {0};
	struct event_reader reader = {.owner = &sum, .kinds = EVENT_KINDS_ALL, .read = add};
	struct cpu_state *state = rig_state(vm);
	uint64_t clock;

	speak(vm);
	rig_write(vm, RIG_HANDLER + 16 * 0x80, "\x40\xcf", 2);
	rig_write(vm, RIG_DATA, "\xcd\x80\xeb\xfc", 4); /* int 80H; jmp -4 */
	rig_segment(vm, CS, RIG_CODE3 | 3);
	rig_segment(vm, SS, RIG_DATA3 | 3);
	state->cpl = 3;
	state->eip = RIG_DATA;
	state->gpr[EAX] = 0;
	state->gpr[ESP] = RIG_STACK3;
	state->activity = ACTIVITY_ACTIVE;
	rig_changed(vm);
	event_add_reader(&vm->events, &reader);
	clock = vm->clock;
	vm_run(vm, clock + 500000);
	CU_ASSERT(sum.straight > 500 && sum.reflected == 0);
	CU_ASSERT(state->gpr[EAX] + 1 >= sum.straight && state->gpr[EAX] <= sum.straight + 1); /* one before hardware could hold it */
	CU_ASSERT(sum.cycles < 50000);
	CU_ASSERT(vm->clock - clock >= sum.cycles);
	vm_free(vm);
}

/* One hypercall's time: the sum of its events, and of the guest's own instructions. */
static void test_time_told(void)
{
	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);
		struct sum sum = {0};
		struct event_reader reader = {.owner = &sum, .kinds = EVENT_KINDS_ALL, .read = add};
		uint64_t clock;

		call(vm, __HYPERVISOR_xen_version, 0, 0, 0, 0); /* whatever has to be made is made */
		event_add_reader(&vm->events, &reader);
		clock = vm->clock;
		call(vm, __HYPERVISOR_xen_version, 0, 0, 0, 0);
		CU_ASSERT_EQUAL(sum.calls, 1);
		CU_ASSERT(vm->clock - clock >= sum.cycles);
		if (way->technique != &technique_emulate) /* the guest itself: some twenty instructions and their walks */
			CU_ASSERT(vm->clock - clock - sum.cycles < 1200);
		vm_free(vm);
	}
}

/* To pv and back, once the guest speaks and not before. */
static void test_switch(void)
{
	struct vm_mode pv = {.technique = &technique_pv, .paging = PAGING_SHADOW, .ring = 1};

	for (unsigned i = 0; i < WAYS - 1; i++) {
		struct vm *vm = rig_new(&ways[i], NULL);
		struct vm_mode before;
		struct code code = {.size = 0};

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		before = vm_mode(vm);
		CU_ASSERT_EQUAL(run(vm, &code), VM_HALTED);
		CU_ASSERT_FALSE(vm_switch(vm, &pv));
		CU_ASSERT_PTR_NOT_NULL(strstr(vm->message, "hypercall page"));
		CU_ASSERT_PTR_EQUAL(vm->technique, before.technique);
		set_up_page(vm);
		CU_ASSERT_FALSE(vm_switch(vm, &pv));
		speak(vm);
		CU_ASSERT_TRUE(vm_switch(vm, &pv));
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_xen_version, 0, 0, 0, 0), XEN_VERSION_NUMBER);
		CU_ASSERT_TRUE(vm_switch(vm, &before));
		CU_ASSERT_EQUAL(call(vm, __HYPERVISOR_xen_version, 0, 0, 0, 0), XEN_VERSION_NUMBER);
		vm_free(vm);
	}
}

/* From ring 3 no call is heard. */
static void test_user(void)
{
	FOR_EACH_WAY(way) {
		struct vm *vm = begin(way);
		struct cpu_state *state = rig_state(vm);

		rig_write(vm, RIG_DATA, "\x0f\x01\xc1\xeb\xfe", 5);
		rig_segment(vm, CS, RIG_CODE3 | 3);
		rig_segment(vm, SS, RIG_DATA3 | 3);
		state->cpl = 3;
		state->eip = RIG_DATA;
		state->gpr[EAX] = __HYPERVISOR_xen_version;
		state->activity = ACTIVITY_ACTIVE;
		rig_changed(vm);
		vm_run(vm, vm->clock + 20000);
		CU_ASSERT_EQUAL((int32_t)rig_state(vm)->gpr[EAX], -XEN_EPERM);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_DATA + 3);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"CPUID announces the interface", test_announced},
		{"the hypercall page is filled", test_page},
		{"without a page there is nothing", test_without_page},
		{"page tables", test_page_tables},
		{"another address space", test_new_base},
		{"trap table and stack", test_traps_and_stack},
		{"lists of calls", test_multicall},
		{"a system call in every technique", test_system_call},
		{"a system call goes straight to ring 1", test_straight},
		{"the time of a call is told", test_time_told},
		{"moving to pv", test_switch},
		{"users may not call", test_user},
		{0},
	};

	return harness_main("hypercall", tests);
}
