/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_breakpoint.c - stops at whole runs of the lab kernel, in every mode: each is met as often as the others
 * meet it, and a run that stands still at them is the run that does not.
 */
#include "core/breakpoint.h"
#include "core/file.h"
#include "core/symbols.h"
#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MODES = 16, MOST_STOPS = 200000 };

static const uint64_t LIMIT = UINT64_C(4000000000);
static const char WORDS[] = "hz=100 workload=syscall,forkwait n=5";

typedef void test_mode(const struct vm_mode *mode, const char *name);

static void in_every_mode(test_mode *test)
{
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES);
	char name[24];

	CU_ASSERT_FATAL(count > 8 && count <= MODES);
	for (size_t i = 0; i < count; i++)
		test(&modes[i], mode_text(&modes[i], name, sizeof name));
}

/* ---- what a run is known by ---- */

struct tale {
	struct event_reader reader;
	uint64_t digest, events;
};

static void mix(struct tale *tale, uint64_t value)
{
	tale->digest = (tale->digest ^ value) * UINT64_C(0x100000001b3);
	tale->digest ^= tale->digest >> 29;
}

static void mix_text(struct tale *tale, const char *text)
{
	for (; text && *text; text++)
		mix(tale, (uint8_t)*text);
}

static void hear(void *owner, const struct event *event)
{
	struct tale *tale = owner;

	tale->events++;
	mix(tale, event->sequence);
	mix(tale, event->cycle);
	mix(tale, (uint64_t)event->kind << 32 | event->eip);
	mix(tale, event->instruction);
	mix(tale, event->cycles);
	mix(tale, event->address);
	mix_text(tale, event->reason);
	mix_text(tale, event->action);
	for (unsigned i = 0; i < event->changes; i++)
		mix(tale, (uint64_t)event->change[i].before << 32 | event->change[i].after);
	for (unsigned i = 0; i < event->phases; i++)
		mix(tale, event->phase[i].cycles);
}

static struct vm *new_machine(const struct vm_mode *mode, struct tale *tale)
{
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);

	*tale = (struct tale){.reader = {.owner = tale, .kinds = EVENT_KINDS_ALL, .read = hear}};
	if (vm)
		event_add_reader(&vm->events, &tale->reader);
	return vm;
}

/* ---- places ---- */

static uint32_t symbol(const struct vm *vm, const char *name)
{
	char error[256] = "";
	struct symbols *symbols = symbols_read(NULL, vm->config.kernel, error, sizeof error);
	uint32_t address = 0;

	CU_ASSERT_FATAL(symbols != NULL);
	CU_ASSERT(symbols_find(symbols, name, &address));
	symbols_free(symbols);
	return address;
}

static uint32_t linear_eip(const struct vm *vm)
{
	const struct cpu_state *guest = vm_guest_state(vm);

	return guest->segment[CS].base + guest->eip;
}

/* ---- counted ---- */

struct counted {
	uint64_t hits[STOPS_MAX];
	uint64_t stops;
	enum vm_end end;
};

static void check_stop(const struct vm *vm, const struct stop_place *place, struct counted *counted)
{
	struct stop_hit hit = vm_stop_hit(vm);

	counted->stops++;
	CU_ASSERT_FATAL(hit.place >= 0);
	counted->hits[hit.place]++;
	if (hit.access == STOP_EXECUTE && place[hit.place].space == SPACE_LINEAR) {
		CU_ASSERT_EQUAL(linear_eip(vm), place[hit.place].address);
		CU_ASSERT_EQUAL(hit.linear, place[hit.place].address);
	}
}

static struct counted run_with_stops(struct vm *vm, const struct stop_place *place, size_t count)
{
	struct counted counted = {0};

	CU_ASSERT_FATAL(vm_set_stops(vm, place, count));
	while ((counted.end = vm_run(vm, LIMIT)) == VM_STOPPED && counted.stops < MOST_STOPS)
		check_stop(vm, place, &counted);
	return counted;
}

static void check_same(const char *name, const struct vm *whole, const struct tale *whole_tale, const struct vm *cut,
                       const struct tale *cut_tale)
{
	CU_ASSERT_EQUAL(cut->clock, whole->clock);
	CU_ASSERT_EQUAL(vm_instructions(cut), vm_instructions(whole));
	CU_ASSERT_EQUAL(vm_digest(cut), vm_digest(whole));
	CU_ASSERT_EQUAL(cut_tale->events, whole_tale->events);
	CU_ASSERT_EQUAL(cut_tale->digest, whole_tale->digest);
	if (cut->clock != whole->clock || cut_tale->digest != whole_tale->digest)
		printf("# %s: %" PRIu64 " cycles and %" PRIu64 " events, %" PRIu64 " and %" PRIu64 " at once\n", name, cut->clock,
		       cut_tale->events, whole->clock, whole_tale->events);
}

/* The same run, with places and without. */
static struct counted compare_runs(const struct vm_mode *mode, const char *name, const struct stop_place *place, size_t count)
{
	struct tale plain_tale, stopped_tale;
	struct vm *plain = new_machine(mode, &plain_tale), *stopped = new_machine(mode, &stopped_tale);
	struct counted counted = {0};

	CU_ASSERT_FATAL(plain && stopped);
	CU_ASSERT_EQUAL(vm_run(plain, LIMIT), VM_EXITED);
	counted = run_with_stops(stopped, place, count);
	CU_ASSERT_EQUAL(counted.end, VM_EXITED);
	check_same(name, plain, &plain_tale, stopped, &stopped_tale);
	printf("# %s: %s", name, vm_end_name(counted.end));
	for (size_t i = 0; i < count; i++)
		printf(" %" PRIu64, counted.hits[i]);
	printf("\n");
	vm_free(plain);
	vm_free(stopped);
	return counted;
}

/* ---- execution ---- */

static void functions(const struct vm_mode *mode, const char *name)
{
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	struct stop_place place[] = {
		{SPACE_LINEAR, STOP_EXECUTE, symbol(vm, "call_getpid"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, symbol(vm, "memcpy"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, symbol(vm, "call_fork"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, symbol(vm, "multiboot_read"), 1},
		{SPACE_LINEAR, STOP_EXECUTE, symbol(vm, "frame_allocate"), 1},
	};

	vm_free(vm);
	compare_runs(mode, name, place, sizeof place / sizeof *place);
}

static void test_functions(void)
{
	in_every_mode(functions);
}

/* ---- slices, steps and requests are no stops, but they leave no trace either ---- */

static void slices(const struct vm_mode *mode, const char *name)
{
	struct tale whole_tale, cut_tale;
	struct vm *whole = new_machine(mode, &whole_tale), *cut = new_machine(mode, &cut_tale);
	uint64_t random = harness_seed(1971);
	enum vm_end end = VM_RUNNING;

	CU_ASSERT_FATAL(whole && cut);
	CU_ASSERT_EQUAL(vm_run(whole, LIMIT), VM_EXITED);
	while ((end == VM_RUNNING || end == VM_STOPPED) && cut->clock < LIMIT) {
		uint64_t choice = harness_random(&random), length = choice >> 8 & (choice & 1 ? 0xff : 0xffff);

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
		{"slices, steps and requests to stop leave no trace", test_slices},
		{0},
	};

	return harness_main("breakpoint", tests);
}
