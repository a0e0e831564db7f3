/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_spending.c - the parts of the clock add up to it: in every mode and with every cost profile, for a
 * guest that is moved about, and as the events tell it.
 */
#include "core/counters.h"
#include "core/profile.h"
#include "core/spending.h"
#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MODES = 16 };

static const uint64_t LIMIT = UINT64_C(20000000000);

static size_t all_modes(struct vm_mode *modes)
{
	size_t count = mode_list(technique_list(), modes, MODES);

	CU_ASSERT_FATAL(count > 8 && count <= MODES);
	return count;
}

static uint64_t sum(const struct spending *spending)
{
	uint64_t sum = 0;

	for (unsigned part = 0; part < SPENDING_COUNT; part++)
		sum += spending->cycles[part];
	return sum;
}

static void check_sum(const struct vm *vm, const char *name)
{
	struct spending spending = spending_of(vm);

	CU_ASSERT_EQUAL(sum(&spending), vm->clock);
	if (sum(&spending) != vm->clock)
		printf("# %s, %s: the parts miss %" PRId64 " of %" PRIu64 " cycles\n", name, vm->costs.name,
		       (int64_t)(vm->clock - sum(&spending)), vm->clock);
}

/* ---- every mode, every profile ---- */

/* The small build is slow, and is after other things than prices. */
#if SLOW_BUILD
#define WORDS "hz=1000 workload=syscall,crash n=1"
#define PROFILE_STEP 8
#else
#define WORDS "hz=1000 workload=syscall,forkwait,ptchurn,ctxswitch,portio,vmstat,crash n=2"
#define PROFILE_STEP 1
#endif

static const char *profile;

static void with_profile(struct config *config)
{
	strcpy(config->profile, profile);
}

static void run_one(const struct vm_mode *mode)
{
	struct vm *vm = lab_kernel_new(mode, WORDS, with_profile);
	char name[32];

	if (!vm)
		return;
	mode_text(mode, name, sizeof name);
	/* Looked at on the way, too. */
	for (unsigned slices = 0; slices < 20; slices++) {
		vm_run(vm, vm->clock + 1009 * (slices + 1));
		check_sum(vm, name);
	}
	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	check_sum(vm, name);
	vm_free(vm);
}

static void test_modes_and_profiles(void)
{
	struct vm_mode modes[MODES];
	size_t count = all_modes(modes);

	for (size_t number = 0; (profile = profile_known(number)) != NULL; number += PROFILE_STEP)
		for (size_t i = 0; i < count; i++)
			run_one(&modes[i]);
}

/* ---- a guest that is moved about ---- */

static void test_moves(void)
{
	struct vm_mode modes[MODES];
	size_t count = all_modes(modes);
	uint64_t random = harness_seed(20061);
	struct vm *vm;
	unsigned moves = 0;

	for (size_t i = 0; i < count; i++)
		if (modes[i].technique == &technique_bt)
			modes[0] = modes[i]; /* to begin with: there is a VMM to go on with */
	vm = lab_kernel_new(&modes[0], "hz=1000 workload=forkwait,ptchurn,crash n=3", NULL);
	if (!vm)
		return;
	while (vm_run(vm, vm->clock + 1000 + harness_random(&random) % 100000) == VM_RUNNING) {
		moves += vm_switch(vm, &modes[harness_random(&random) % count]);
		check_sum(vm, vm->technique->name);
	}
	CU_ASSERT(moves > 10);
	check_sum(vm, vm->technique->name);
	vm_free(vm);
}

/* ---- the events tell the same ---- */

static uint64_t paid_by_vmm(const struct vm *vm)
{
	struct spending spending = spending_of(vm);

	return spending.cycles[SPENDING_VMM] + spending.cycles[SPENDING_MEMORY] + spending.cycles[SPENDING_TRANSLATION] +
	       spending.cycles[SPENDING_INTERPRETER];
}

/* Under hvm the events of entries tell the hardware's deliveries to the guest, too. */
static void check_events(const struct vm_mode *mode)
{
	struct vm *vm = lab_kernel_new(mode, "hz=0 workload=forkwait,ptchurn,crash n=3", NULL);
	struct counters counters;
	uint64_t before;

	if (!vm)
		return;
	while (!state_paging(vm_guest_state(vm)) && vm_run(vm, vm->clock + 1000) == VM_RUNNING)
		;
	before = paid_by_vmm(vm);
	counters_begin(&counters, EVENT_KINDS_ALL);
	event_add_reader(&vm->events, &counters.reader);
	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	CU_ASSERT(counters.cycles > 100000);
	CU_ASSERT_EQUAL(paid_by_vmm(vm) - before, counters.cycles);
	vm_free(vm);
}

static void test_events(void)
{
	struct vm_mode modes[MODES];
	size_t count = all_modes(modes);

	for (size_t i = 0; i < count; i++)
		if (modes[i].paging != PAGING_GUEST && modes[i].technique != &technique_hvm)
			check_events(&modes[i]);
}

static const struct harness_test tests[] = {
	{"the parts add up to the clock in every mode, with every profile", test_modes_and_profiles},
	{"they do for a guest that is moved about", test_moves},
	{"the events tell the same cycles", test_events},
	{0},
};

int main(void)
{
	return harness_main("spending", tests);
}
