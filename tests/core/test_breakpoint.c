/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_breakpoint.c - stops before instructions: each is met as often in every mode, and a run that stands still
 * at them is the run that does not.
 */
#include "cpu/insn.h"
#include "tests/core/stop_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#if SLOW_BUILD
static const char WORDS[] = "hz=100 workload=syscall,forkwait n=1";
#else
static const char WORDS[] = "hz=100 workload=syscall,forkwait n=5";
#endif

/* ---- functions ---- */

static size_t functions(const struct vm_mode *mode, struct stop_place *place)
{
	static const char *const names[] = {"call_getpid", "memcpy", "call_fork", "multiboot_read",
					    "frame_allocate"};
	size_t count = sizeof names / sizeof *names;

	for (size_t i = 0; i < count; i++)
		place[i] = (struct stop_place){SPACE_LINEAR, STOP_EXECUTE, kernel_symbol(mode, names[i]), 1};
	return count;
}

static struct counted linear_counts; /* of the first mode, while the suite runs */

static void meet_functions(const struct vm_mode *mode, const char *name)
{
	struct stop_place place[STOPS_MAX];
	size_t count = functions(mode, place);
	struct counted counted = compare_runs(mode, name, WORDS, place, count, NULL, NULL);

	check_counts(mode, name, &linear_counts, &counted, count);
	for (size_t i = 0; i < count; i++)
		CU_ASSERT(counted.hits[i] > 0 || place[i].address == kernel_symbol(mode, "multiboot_read"));
}

static void test_functions(void)
{
	in_every_mode(meet_functions);
}

/* The same places by other names. What runs before paging is on is at another linear address, and nowhere else. */
static void meet_frames(const struct vm_mode *mode, const char *name)
{
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	struct stop_place place[STOPS_MAX];
	size_t count = functions(mode, place);
	struct counted counted;

	CU_ASSERT_FATAL(vm != NULL);
	for (size_t i = 0; i < count; i++) {
		bool machine = i % 2 && mode->technique != &technique_bt; /* where nothing is executed at the machine address */

		name_by_frame(vm, &place[i], machine ? SPACE_MACHINE : SPACE_PHYSICAL);
	}
	vm_free(vm);
	counted = compare_runs(mode, name, WORDS, place, count, NULL, NULL);
	if (mode->paging != PAGING_DIRECT) /* a domain's frames are where its builder put them */
		check_counts(mode, name, &linear_counts, &counted, count);
}

static void test_frames(void)
{
	in_every_mode(meet_frames);
}

/* ---- users ---- */

/* Where the first program begins, by bare hardware. */
static uint32_t user_entry(void)
{
	struct vm_mode native = {.technique = &technique_native, .paging = PAGING_GUEST, .ring = 1};
	struct vm *vm = lab_kernel_new(&native, WORDS, NULL);
	uint32_t entry = 0;

	CU_ASSERT_FATAL(vm != NULL);
	while (vm_guest_state(vm)->cpl != 3 && vm_step(vm) == VM_RUNNING)
		;
	entry = linear_eip(vm);
	CU_ASSERT(entry < KERNEL_BASE);
	vm_free(vm);
	return entry;
}

static struct counted user_counts;

static void meet_users(const struct vm_mode *mode, const char *name)
{
	uint32_t entry = user_entry();
	struct stop_place place[] = {
		{SPACE_LINEAR, STOP_EXECUTE, entry, 1},
		{SPACE_LINEAR, STOP_EXECUTE, kernel_symbol(mode, "memcpy") + 1,
		 1}, /* the middle of an instruction begins none */
	};
	struct counted counted = compare_runs(mode, name, WORDS, place, 2, NULL, NULL);

	check_counts(mode, name, &user_counts, &counted, 2);
	CU_ASSERT(counted.hits[0] > 0);
	CU_ASSERT_EQUAL(counted.hits[1], 0);
}

static void test_users(void)
{
	in_every_mode(meet_users);
}

/* ---- repetition ---- */

/* The first repeated instruction of a function of the kernel's. */
static uint32_t repeated_in(const struct vm_mode *mode, const char *function)
{
	uint32_t address = kernel_symbol(mode, function);
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	uint8_t bytes[128];
	struct insn insn = {0};
	size_t at = 0;

	CU_ASSERT_FATAL(vm && memory_read(vm->memory, address - KERNEL_BASE, bytes, sizeof bytes));
	while (insn_decode(&insn, bytes + at, sizeof bytes - at, true) > 0 && !insn.repeat)
		at += insn.length;
	CU_ASSERT(insn.repeat);
	vm_free(vm);
	return address + (uint32_t)at;
}

/* A timer that ticks so often that it interrupts repetitions: they go on without being met again. */
static void meet_repetitions(const struct vm_mode *mode, const char *name)
{
	static const char words[] = "hz=8000 workload=forkwait n=2";
	struct stop_place place[] = {
		{SPACE_LINEAR, STOP_EXECUTE, kernel_symbol(mode, "memset"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, repeated_in(mode, "memset"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, kernel_symbol(mode, "memcpy"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, repeated_in(mode, "memcpy"), 1},
	};
	struct counted counted;

	if (mode->paging == PAGING_DIRECT)
		return; /* its kernel writes page tables by hypercalls, and its memset may fault */
	counted = compare_runs(mode, name, words, place, 4, NULL, NULL);
	CU_ASSERT(counted.hits[0] > 20);
	CU_ASSERT_EQUAL(counted.hits[1], counted.hits[0]);
	CU_ASSERT_EQUAL(counted.hits[3], counted.hits[2]);
	if (counted.hits[1] != counted.hits[0] || counted.hits[3] != counted.hits[2])
		printf("# %s: memset %" PRIu64 ", its repetition %" PRIu64 "; memcpy %" PRIu64 ", %" PRIu64
		       "\n",
		       name, counted.hits[0], counted.hits[1], counted.hits[2], counted.hits[3]);
}

static void test_repetitions(void)
{
	in_every_mode(meet_repetitions);
}

/* ---- how a run begins ---- */

static void begin_runs(const struct vm_mode *mode, const char *name)
{
	uint32_t address = kernel_symbol(mode, "frame_allocate");
	struct stop_place place[] = {{SPACE_LINEAR, STOP_EXECUTE, address, 1}};
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	uint64_t clock;

	(void)name;
	CU_ASSERT_FATAL(vm && vm_set_stops(vm, place, 1));
	CU_ASSERT_EQUAL(vm_run(vm, STOP_RUN_LIMIT), VM_STOPPED);
	CU_ASSERT_EQUAL(linear_eip(vm), address);
	clock = vm->clock;
	CU_ASSERT(vm_set_stops(vm, place, 1)); /* a run begins here: it is not stopped here */
	CU_ASSERT_EQUAL(vm_run(vm, STOP_RUN_LIMIT), VM_STOPPED);
	CU_ASSERT(vm->clock > clock);
	vm_stops_go_on(vm); /* one that comes here is */
	clock = vm->clock;
	CU_ASSERT_EQUAL(vm_run(vm, STOP_RUN_LIMIT), VM_STOPPED);
	CU_ASSERT_EQUAL(vm->clock, clock);
	CU_ASSERT_EQUAL(vm_stop_hit(vm).place, 0);
	CU_ASSERT_EQUAL(vm_step(vm), VM_RUNNING); /* a step goes over it */
	CU_ASSERT(linear_eip(vm) != address);
	CU_ASSERT_EQUAL(vm_stop_hit(vm).place, -1);
	CU_ASSERT(vm_set_stops(vm, NULL, 0));
	CU_ASSERT_EQUAL(vm_run(vm, STOP_RUN_LIMIT), VM_EXITED);
	vm_free(vm);
}

static void test_begin_runs(void)
{
	in_every_mode(begin_runs);
}

static void test_refused(void)
{
	struct vm_mode native = {.technique = &technique_native, .paging = PAGING_GUEST, .ring = 1};
	struct stop_place many[STOPS_MAX + 1], none = {SPACE_LINEAR, 0, 0, 1},
					       far = {SPACE_LINEAR, STOP_EXECUTE, 1ull << 32, 1},
					       empty = {SPACE_PHYSICAL, STOP_WRITE, 0, 0};
	struct vm *vm = lab_kernel_new(&native, WORDS, NULL);

	CU_ASSERT_FATAL(vm != NULL);
	for (size_t i = 0; i <= STOPS_MAX; i++)
		many[i] = (struct stop_place){SPACE_LINEAR, STOP_EXECUTE, i, 1};
	CU_ASSERT(!vm_set_stops(vm, many, STOPS_MAX + 1));
	CU_ASSERT(vm_set_stops(vm, many, STOPS_MAX));
	CU_ASSERT(!vm_set_stops(vm, &none, 1));
	CU_ASSERT(!vm_set_stops(vm, &far, 1));
	CU_ASSERT(!vm_set_stops(vm, &empty, 1));
	CU_ASSERT(vm->message[0] != '\0');
	vm_free(vm);
}

/* ---- slices, steps and requests are no stops, but they leave no trace either ---- */

static void slices(const struct vm_mode *mode, const char *name)
{
	struct tale whole_tale, cut_tale;
	struct vm *whole = stop_machine(mode, WORDS, &whole_tale),
		  *cut = stop_machine(mode, WORDS, &cut_tale);
	uint64_t random = harness_seed(1971);
	enum vm_end end = VM_RUNNING;

	CU_ASSERT_FATAL(whole && cut);
	CU_ASSERT_EQUAL(vm_run(whole, STOP_RUN_LIMIT), VM_EXITED);
	while ((end == VM_RUNNING || end == VM_STOPPED) && cut->clock < STOP_RUN_LIMIT) {
		uint64_t choice = harness_random(&random),
			 length = choice >> 8 & (choice & 1 ? 0xff : 0xffff);

		if ((choice & 0xf0) == 0)
			vm_request_stop(cut);
		end = (choice & 0xe) == 0 ? vm_step(cut) : vm_run(cut, cut->clock + length);
	}
	CU_ASSERT_EQUAL(end, VM_EXITED);
	check_same(name, whole, &whole_tale, cut, &cut_tale);
	vm_free(whole);
	vm_free(cut);
}

static void test_slices(void)
{
	in_every_mode(slices);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"functions of the kernel", test_functions},
		{"the same by guest-physical and machine addresses", test_frames},
		{"programs", test_users},
		{"repetitions that interrupts cut", test_repetitions},
		{"how a run begins", test_begin_runs},
		{"what is no stop", test_refused},
		{"slices, steps and requests to stop leave no trace", test_slices},
		{0},
	};

	return harness_main("breakpoint", tests);
}
