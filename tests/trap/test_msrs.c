/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_msrs.c - model-specific registers: every number is read, written and read again by a guest, by several models, and
 * each technique gives it what bare hardware (`native`) does. What there is stands here as a list of its own.
 */
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST = 0x100000, RESULTS = 0x120000, NUMBERS = 0x420, CYCLES = 500000000 };

struct request {
	uint32_t number, low, high;
};

/* What RDMSR, WRMSR and RDMSR gave; `fault`: #GP. */
struct result {
	uint32_t low, high, fault, write_fault, low_after, high_after, fault_after;
};

static const char *model;

static void choose(struct config *config)
{
	strcpy(config->cpu, model);
	strcpy(config->hypervisor, "none");
}

/* ESI: requests, EDI: results, EBP: how many. #GP's handler sets EBX and goes on behind the instruction. */
static const uint8_t program[] = {
	0x8b, 0x0e, 0x31, 0xdb, 0x0f, 0x32, 0x89, 0x07, 0x89, 0x57, 0x04, 0x89, 0x5f, 0x08, /* RDMSR */
	0x8b, 0x46, 0x04, 0x8b, 0x56, 0x08, 0x31, 0xdb, 0x0f, 0x30, 0x89, 0x5f, 0x0c,       /* WRMSR */
	0x31, 0xdb, 0x0f, 0x32, 0x89, 0x47, 0x10, 0x89, 0x57, 0x14, 0x89, 0x5f, 0x18,       /* RDMSR */
	0x83, 0xc6, 0x0c, 0x83, 0xc7, 0x1c, 0x4d, 0x75, 0xcf, 0xf4,
};
static const uint8_t handler[] = {0x43, 0x83, 0x44, 0x24, 0x04, 0x02, 0x83, 0xc4, 0x04, 0xcf};

static void ask(const struct rig_way *way, const struct request *requests, unsigned count, struct result *results)
{
	struct vm *vm = rig_new(way, choose);
	struct cpu_state *state;

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	state = rig_state(vm);
	rig_write(vm, RIG_HANDLER + 16 * VECTOR_GP, handler, sizeof handler);
	rig_write(vm, LIST, requests, count * sizeof *requests);
	state->gpr[ESI] = LIST;
	state->gpr[EDI] = RESULTS;
	state->gpr[EBP] = count;
	rig_changed(vm);
	CU_ASSERT_EQUAL(rig_run(vm, program, sizeof program, CYCLES), VM_HALTED);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + sizeof program);
	memory_read(vm->memory, RESULTS, results, count * sizeof *results);
	vm_free(vm);
}

static bool same(const struct rig_way *way, const struct request *request, const struct result *got, const struct result *wanted)
{
	if (!memcmp(got, wanted, sizeof *got))
		return true;
	printf("# %s, %s: MSR %x := %08x:%08x: read %x:%08x fault %u, write fault %u, then %x:%08x\n", model, way->name, request->number,
	       request->high, request->low, got->high, got->low, got->fault, got->write_fault, got->high_after, got->low_after);
	return false;
}

/* ---- the same in every technique ---- */

static unsigned make_requests(struct request *requests, uint64_t value)
{
	enum { TSC = 0x10 };
	unsigned count = 0;

	for (uint32_t number = 0; number < NUMBERS; number++)
		if (number != TSC) /* other techniques take other times */
			requests[count++] = (struct request){number, (uint32_t)value, value >> 32};
	for (uint32_t number = 0xc0000080; number < 0xc0000085; number++)
		requests[count++] = (struct request){number, (uint32_t)value, value >> 32};
	requests[count++] = (struct request){0x40000000, (uint32_t)value, value >> 32};
	requests[count++] = (struct request){0x4b564d00, (uint32_t)value, value >> 32};
	requests[count++] = (struct request){0xffffffff, (uint32_t)value, value >> 32};
	return count;
}

static void compare_with_native(uint64_t value)
{
	static struct request requests[NUMBERS + 16];
	static struct result native[NUMBERS + 16], other[NUMBERS + 16];
	unsigned count = make_requests(requests, value), different = 0;

	ask(&rig_ways[0], requests, count, native);
	for (unsigned way = 1; way < RIG_WAYS; way++) {
		ask(&rig_ways[way], requests, count, other);
		for (unsigned i = 0; i < count && different < 10; i++)
			different += !same(&rig_ways[way], &requests[i], &other[i], &native[i]);
	}
	CU_ASSERT_EQUAL(different, 0);
}

static void test_same_in_every_technique(void)
{
	static const char *const models[] = {"pentium-mmx", "pentium3", "pentium4", "max"};
	static const uint64_t values[] = {0, 1, ~UINT64_C(0), UINT64_C(0x0606060606060606), UINT64_C(0x800)};

	for (unsigned i = 0; i < sizeof models / sizeof *models; i++)
		for (unsigned v = 0; v < sizeof values / sizeof *values; v++) {
			model = models[i];
			compare_with_native(values[v]);
		}
}

/* ---- what there is ---- */

struct span {
	uint32_t first, last;
};

static bool in(const struct span *spans, uint32_t number)
{
	for (; spans->last; spans++)
		if (number >= spans->first && number <= spans->last)
			return true;
	return false;
}

static void check_which_there_are(const char *name, const struct span *spans)
{
	static struct request requests[NUMBERS + 16];
	static struct result results[NUMBERS + 16];
	unsigned count, wrong = 0;

	model = name;
	count = make_requests(requests, 0);
	ask(&rig_ways[0], requests, count, results);
	for (unsigned i = 0; i < count && wrong < 10; i++)
		if (!results[i].fault != in(spans, requests[i].number)) {
			printf("# %s: MSR %x is %sthere\n", name, requests[i].number, results[i].fault ? "not " : "");
			wrong++;
		}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void test_which_there_are(void)
{
	static const struct span pentium[] = {{0, 1}, {0x11, 0x13}, {0, 0}};
	static const struct span pentium3[] = {
		{0, 1}, {0x17, 0x17}, {0x2a, 0x2a}, {0x8b, 0x8b}, {0xc1, 0xc2}, {0xfe, 0xfe}, {0x174, 0x176}, {0x179, 0x17b},
		{0x186, 0x187}, {0x1d9, 0x1d9}, {0x200, 0x20f}, {0x250, 0x250}, {0x258, 0x259}, {0x268, 0x26f}, {0x277, 0x277},
		{0x2ff, 0x2ff}, {0x400, 0x402}, {0x404, 0x406}, {0x408, 0x40a}, {0x40c, 0x40e}, {0x410, 0x412}, {0, 0}};
	static const struct span pentium4[] = {
		{0, 1}, {0x17, 0x17}, {0x2a, 0x2a}, {0x8b, 0x8b}, {0xfe, 0xfe}, {0x174, 0x176}, {0x179, 0x17b}, {0x1a0, 0x1a0},
		{0x1d9, 0x1d9}, {0x200, 0x20f}, {0x250, 0x250}, {0x258, 0x259}, {0x268, 0x26f}, {0x277, 0x277}, {0x2ff, 0x2ff},
		{0x400, 0x402}, {0x404, 0x406}, {0x408, 0x40a}, {0x40c, 0x40e}, {0, 0}};
	static const struct span bare[] = {{0x17, 0x17}, {0x2a, 0x2a}, {0x8b, 0x8b}, {0xc1, 0xc2}, {0x186, 0x187}, {0x1d9, 0x1d9},
	                                   {0xc0000080, 0xc0000080}, {0, 0}};

	check_which_there_are("pentium", pentium);
	check_which_there_are("pentium3", pentium3);
	check_which_there_are("pentium4", pentium4);
	check_which_there_are("pentium3,+nx,-sep,-mtrr,-mca,-mce,-pat", bare);
}

/* ---- what may be written, and what is read then ---- */

struct value_case {
	uint32_t number;
	uint64_t value;
	bool taken;
	uint64_t after; /* where it is taken, or not */
};

static const struct value_case values[] = {
	{0x10f, 0, false, 0},
	{0x17, 0, false, 0},
	{0xfe, 0, false, 0x508},
	{0x79, 0x1234, true, 0},
	{0x200, 0x06, true, 0x06},
	{0x200, 0x02, false, 0x06}, /* no such type */
	{0x200, 0xfffff106, false, 0x06}, /* a reserved bit */
	{0x200, UINT64_C(0x1000000006), false, 0x06}, /* bit 36 */
	{0x201, UINT64_C(0xff0000800), true, UINT64_C(0xff0000800)},
	{0x201, 0xff0000400, false, UINT64_C(0xff0000800)},
	{0x250, UINT64_C(0x0606060606060600), true, UINT64_C(0x0606060606060600)},
	{0x250, UINT64_C(0x0606060206060600), false, UINT64_C(0x0606060606060600)},
	{0x2ff, 0xc06, true, 0xc06},
	{0x2ff, 0xc03, false, 0xc06},
	{0x2ff, 0x1000, false, 0xc06},
	{0x277, UINT64_C(0x0007040600070406), true, UINT64_C(0x0007040600070406)},
	{0x277, 2, false, UINT64_C(0x0007040600070406)},
	{0x179, 0, false, 0x105},
	{0x17a, 7, true, 7},
	{0x17a, 8, false, 7},
	{0x400, ~UINT64_C(0), true, ~UINT64_C(0)},
	{0x401, 0, true, 0},
	{0x401, 1, false, 0},
	{0x402, 1, false, 0},
	{0xc1, UINT64_C(0x12380000000), true, UINT64_C(0xff80000000)},
	{0xc2, 5, true, 5},
	{0x186, 0x430079, true, 0x430079},
	{0x186, UINT64_C(0x100000000), false, 0x430079},
	{0x1d9, 1, false, 0},
	{0x1d9, 4, true, 4},
	{0x2a, 0xffffffff, true, 0x1de},
	{0x174, UINT64_C(0x500000008), true, 8},
};

static void test_values(void)
{
	enum { COUNT = sizeof values / sizeof *values };
	struct request requests[COUNT];
	struct result results[COUNT];

	model = "pentium3";
	for (unsigned i = 0; i < COUNT; i++)
		requests[i] = (struct request){values[i].number, (uint32_t)values[i].value, values[i].value >> 32};
	ask(&rig_ways[0], requests, COUNT, results);
	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t after = (uint64_t)results[i].high_after << 32 | results[i].low_after;
		bool readable = !results[i].fault_after;

		if (!results[i].write_fault != values[i].taken || (readable && after != values[i].after)) {
			printf("# MSR %x := %llx\n", values[i].number, (unsigned long long)values[i].value);
			CU_FAIL("another value is taken");
		}
	}
}

/* RDPMC reads what WRMSR wrote, in ring 0 of every technique. */
static void test_counters(void)
{
	model = "pentium3";
	for (unsigned way = 0; way < RIG_WAYS; way++) {
		struct vm *vm = rig_new(&rig_ways[way], choose);

		/* mov ecx, c2H; mov eax, 77H; xor edx, edx; wrmsr; mov ecx, 1; rdpmc; hlt */
		CU_ASSERT_EQUAL(RIG_RUN(vm, CYCLES, 0xb9, 0xc2, 0, 0, 0, 0xb8, 0x77, 0, 0, 0, 0x31, 0xd2, 0x0f, 0x30, 0xb8, 0, 0, 0, 0,
		                        0xb9, 1, 0, 0, 0, 0x0f, 0x33, 0xf4), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 0x77);
		/* mov ecx, 2; rdpmc: there is no third one */
		cpu_state(vm->vcpu ? vm->vcpu : vm->processor)->activity = ACTIVITY_ACTIVE;
		RIG_RUN(vm, CYCLES, 0xb9, 2, 0, 0, 0, 0x0f, 0x33, 0xf4);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_HANDLER + 16 * VECTOR_GP + 1);
		vm_free(vm);
	}
}

/* They are part of what a guest is, for digests. */
static void test_digest(void)
{
	struct vm *vm = rig_new(&rig_ways[1], NULL);
	uint64_t before = vm_digest(vm);

	cpu_msrs(vm->vcpu)->mtrr_variable[3] ^= 0x1000;
	CU_ASSERT_NOT_EQUAL(vm_digest(vm), before);
	vm_free(vm);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the same in every technique", test_same_in_every_technique},
		{"which there are", test_which_there_are},
		{"what may be written", test_values},
		{"performance counters", test_counters},
		{"digest", test_digest},
		{0},
	};
	return harness_main("msrs", tests);
}
