/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_breakpoint_data.c - stops behind accesses to data: each is met as often in every mode, whoever makes the
 * access for the guest, and a run that stands still at them is the run that does not.
 */
#include "tests/core/stop_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char WORDS[] = "hz=0 workload=syscall,forkwait n=3";

static uint32_t memory_at(const struct vm *vm, uint32_t linear, unsigned size)
{
	uint32_t value = 0;

	CU_ASSERT_EQUAL(cpu_peek(vm_guest_state(vm), &vm->guest_bus, linear, &value, size), size);
	return value;
}

/* Behind a store memory holds what was stored; behind a load what was loaded, unless the same instruction has stored too. */
static void look_at_access(struct vm *vm, const struct stop_place *place, const struct stop_hit *hit)
{
	CU_ASSERT(place[hit->place].access & hit->access);
	if (hit->access == STOP_WRITE)
		CU_ASSERT_EQUAL(memory_at(vm, hit->linear, hit->size), hit->value);
}

/* ---- variables of the kernel ---- */

static size_t variables(const struct vm_mode *mode, struct stop_place *place)
{
	uint32_t next = kernel_symbol(mode, "next"), free_count = kernel_symbol(mode, "free_count");
	uint32_t current = kernel_symbol(mode, "current"), number = kernel_symbol(mode, "last_number");

	place[0] = (struct stop_place){SPACE_LINEAR, STOP_WRITE, next, 4};
	place[1] = (struct stop_place){SPACE_LINEAR, STOP_READ, free_count + 3,
				       1}; /* its last byte: as good as all */
	place[2] = (struct stop_place){SPACE_LINEAR, STOP_WRITE, current, 4};
	place[3] = (struct stop_place){SPACE_LINEAR, STOP_READ | STOP_WRITE, number, 4};
	return 4;
}

static struct counted variable_counts; /* of the first mode, while the suite runs */

static void watch_variables(const struct vm_mode *mode, const char *name)
{
	struct stop_place place[STOPS_MAX];
	size_t count = variables(mode, place);
	struct counted counted = compare_runs(mode, name, WORDS, place, count, look_at_access, NULL);

	check_counts(mode, name, &variable_counts, &counted, count);
	for (size_t i = 0; i < count; i++)
		CU_ASSERT(counted.hits[i] > 2);
}

static void test_variables(void)
{
	in_every_mode(watch_variables);
}

/* By the names that frames have. */
static void watch_frames(const struct vm_mode *mode, const char *name)
{
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	struct stop_place place[STOPS_MAX];
	size_t count = variables(mode, place);
	struct counted counted;

	CU_ASSERT_FATAL(vm != NULL);
	for (size_t i = 0; i < count; i++) {
		name_by_frame(vm, &place[i], i % 2 ? SPACE_MACHINE : SPACE_PHYSICAL);
	}
	vm_free(vm);
	counted = compare_runs(mode, name, WORDS, place, count, NULL, NULL);
	if (mode->paging != PAGING_DIRECT) /* a domain's frames are where its builder put them */
		check_counts(mode, name, &variable_counts, &counted, count);
}

static void test_frames(void)
{
	in_every_mode(watch_frames);
}

/* ---- stacks: calls, interrupts and what else pushes ---- */

static struct counted stack_counts;

/* Interrupt frames are pushed by the hardware under one technique and by the VMM's virtual CPU under another. */
static void watch_stack(const struct vm_mode *mode, const char *name)
{
	struct stop_place place[] = {
		{SPACE_LINEAR, STOP_WRITE, kernel_symbol(mode, "boot_stack_top") - 64, 4},
		{SPACE_LINEAR, STOP_WRITE, 0xbfffffb0, 8},
	};
	struct counted counted = compare_runs(mode, name, WORDS, place, 2, look_at_access, NULL);

	check_counts(mode, name, &stack_counts, &counted, 2);
	CU_ASSERT(counted.hits[1] > 0);
}

static void test_stack(void)
{
	in_every_mode(watch_stack);
}

/* ---- page tables: stores that the VMM makes for the guest ---- */

static struct counted table_counts;

static void watch_tables(const struct vm_mode *mode, const char *name)
{
	struct stop_place place[] = {
		{SPACE_LINEAR, STOP_WRITE, kernel_symbol(mode, "boot_directory"), PAGE_SIZE},
		{SPACE_LINEAR, STOP_WRITE, kernel_symbol(mode, "users") + 2 * 0x600,
		 256}, /* of frames, two bytes each */
	};
	struct counted counted = compare_runs(mode, name, WORDS, place, 2, look_at_access, NULL);

	check_counts(mode, name, &table_counts, &counted, 2);
}

static void test_tables(void)
{
	in_every_mode(watch_tables);
}

/* ---- steps ---- */

/* They stop for nothing, and tell what was accessed. */
static void step_over_access(const struct vm_mode *mode, const char *name)
{
	struct stop_place code = {SPACE_LINEAR, STOP_EXECUTE, kernel_symbol(mode, "frame_allocate"), 1};
	struct stop_place data = {SPACE_LINEAR, STOP_WRITE, kernel_symbol(mode, "next"), 4};
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	unsigned steps = 0;

	(void)name;
	CU_ASSERT_FATAL(vm && vm_set_stops(vm, &code, 1));
	CU_ASSERT_EQUAL(vm_run(vm, STOP_RUN_LIMIT), VM_STOPPED);
	CU_ASSERT(vm_set_stops(vm, &data, 1));
	while (vm_step(vm) == VM_RUNNING && vm_stop_hit(vm).place < 0 && steps < 100000)
		steps++;
	CU_ASSERT_EQUAL(vm_stop_hit(vm).place, 0);
	CU_ASSERT_EQUAL(vm_stop_hit(vm).access, STOP_WRITE);
	CU_ASSERT_EQUAL(vm_stop_hit(vm).linear, data.address);
	CU_ASSERT_EQUAL(vm_stop_hit(vm).value, memory_at(vm, (uint32_t)data.address, 4));
	CU_ASSERT(vm_set_stops(vm, NULL, 0));
	CU_ASSERT_EQUAL(vm_run(vm, STOP_RUN_LIMIT), VM_EXITED);
	vm_free(vm);
}

static void test_steps(void)
{
	in_every_mode(step_over_access);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"variables of the kernel", test_variables},
		{"the same by guest-physical and machine addresses", test_frames},
		{"stacks", test_stack},
		{"page tables and what lies near them", test_tables},
		{"steps stop for nothing", test_steps},
		{0},
	};

	return harness_main("breakpoint data", tests);
}
