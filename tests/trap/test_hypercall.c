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

int main(void)
{
	static const struct harness_test tests[] = {
		{"CPUID announces the interface", test_announced},
		{"the hypercall page is filled", test_page},
		{"without a page there is nothing", test_without_page},
		{0},
	};

	return harness_main("hypercall", tests);
}
