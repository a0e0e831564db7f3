/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_pv_kernel.c - the lab kernel's paravirtual build: its hypercalls' cycles are all told, single steps are the
 * run, and it can be moved at any moment among all techniques and pv/shadow.
 */
#include "core/counters.h"
#include "cpu/insn.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"
#include "trap/hypercall.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct way {
	const struct technique *technique;
	const char *paging;
	unsigned ring;
} ways[] = {
	{&technique_pv, "shadow", 1}, {&technique_pv, "direct", 1}, {&technique_trap, "shadow", 1}, {&technique_trap, "shadow", 3},
	{&technique_bt, "shadow", 1}, {&technique_bt, "shadow", 3}, {&technique_emulate, "auto", 1},
	{&technique_hvm, "shadow", 1}, {&technique_hvm, "nested", 1},
};
enum { WAYS = sizeof ways / sizeof *ways, TOLD = 6, EMULATE = 6 };

static struct vm *start(const struct way *way, const char *words)
{
	struct config config;
	char error[256];
	struct vm *vm;

	config_default(&config);
	config.ring = way->ring;
	config.memory = 16 << 20;
	strcpy(config.technique, way->technique->name);
	strcpy(config.paging, way->paging);
	strcpy(config.kernel, "build/guests/kernel-pv.elf");
	strcpy(config.cmdline, words);
	vm = vm_new(&config, way->technique, NULL, error, sizeof error);
	if (!vm)
		printf("skipped the lab kernel: %s\n", error);
	return vm;
}

/* ---- time ---- */

static void price_one(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct vm *vm = owner;

	(void)two_byte, (void)opcode, (void)reg;
	vm->costs.cycles[row->cost] = 1;
}

/* Every instruction that runs directly costs 1, and nothing else does; the VMM's work as ever. */
static void make_prices(struct vm *vm)
{
	for (unsigned cost = 0; cost < COST_monitor_entry; cost++)
		vm->costs.cycles[cost] = 0;
	insn_for_each(price_one, vm);
	vm->costs.cycles[COST_string_iteration] = 0;
	vm->costs.cycles[COST_string_setup] = 1;
	vm->costs.cycles[COST_walk_reference] = 0;
	vm->costs.cycles[COST_interrupt_delivery] = 0; /* of gates that go straight: the INT has been paid */
	cpu_set_costs(vm->processor, &vm->costs);
}

static void test_cycles_add_up(void)
{
	for (unsigned i = 0; i < TOLD; i++) {
		struct vm *vm = start(&ways[i], "hz=0 workload=syscall,forkwait,ptchurn,crash n=3");
		struct counters counters;
		uint64_t before;

		if (!vm)
			return;
		make_prices(vm);
		while (!state_paging(vm_guest_state(vm)) && vm_run(vm, vm->clock + 1000) == VM_RUNNING)
			;
		before = vm->clock - cpu_instructions(vm->processor);
		counters_begin(&counters, EVENT_KINDS_ALL);
		event_add_reader(&vm->events, &counters.reader);
		CU_ASSERT_EQUAL(vm_run(vm, UINT64_C(4000000000)), VM_EXITED);
		CU_ASSERT(counters.count > 300);
		if (before + counters.cycles + cpu_instructions(vm->processor) != vm->clock)
			printf("%s/%u: %" PRId64 " cycles are told by nobody\n", ways[i].technique->name, ways[i].ring,
			       (int64_t)(vm->clock - before - counters.cycles - cpu_instructions(vm->processor)));
		CU_ASSERT_EQUAL(before + counters.cycles + cpu_instructions(vm->processor), vm->clock);
		vm_free(vm);
	}
}

/* Running by single steps is the same run. */
static void test_steps_are_the_run(void)
{
#ifdef RINGSIDE_HOSTILE
	const unsigned most = 20000;
#else
	const unsigned most = UINT32_MAX;
#endif

	for (unsigned i = 0; i < 2; i++) {
		struct vm *whole = start(&ways[i], "hz=1000 workload=syscall,forkwait n=2");
		struct vm *steps = start(&ways[i], "hz=1000 workload=syscall,forkwait n=2");
		enum vm_end end = VM_RUNNING;
		unsigned done = 0;

		if (!whole || !steps)
			return;
		while (end == VM_RUNNING && done++ < most)
			end = vm_step(steps);
		vm_run(whole, most == UINT32_MAX ? UINT64_C(4000000000) : steps->clock);
		if (most == UINT32_MAX) {
			CU_ASSERT_EQUAL(end, VM_EXITED);
			CU_ASSERT_EQUAL(whole->clock, steps->clock);
			CU_ASSERT_EQUAL(vm_digest(whole), vm_digest(steps));
		}
		vm_free(whole);
		vm_free(steps);
	}
}

/* ---- moving ---- */

static uint64_t unmoved_digest(const char *words)
{
	struct vm *vm = start(&ways[EMULATE], words);
	uint64_t digest;

	if (!vm)
		return 0;
	CU_ASSERT_EQUAL(vm_run(vm, UINT64_C(20000000000)), VM_EXITED);
	digest = vm_digest(vm);
	vm_free(vm);
	return digest;
}

static void move(struct vm *vm, uint64_t *seed, unsigned *moves)
{
	const struct way *way = &ways[harness_random(seed) % WAYS];
	struct vm_mode mode = {.technique = way->technique, .ring = way->ring};
	char error[256];
	const char *reason;

	if (strcmp(way->paging, "direct") == 0)
		way = &ways[0]; /* pv more often than the others */
	mode.technique = way->technique;
	CU_ASSERT_TRUE(mode_paging(way->technique, way->paging, &mode.paging, error, sizeof error));
	if (vm_switch(vm, &mode)) {
		++*moves;
		return;
	}
	CU_ASSERT(way->technique == &technique_pv && !hypercall_guest_speaks(vm, &reason));
}

static void test_moves(void)
{
	static const char words[] = "hz=0 workload=syscall,forkwait,ptchurn,ctxswitch,crash n=3";
	uint64_t seed = harness_seed(5), rounds = harness_count(1500) / 500, want = unmoved_digest(words);

	for (uint64_t round = 0; want && round < rounds; round++) {
		struct vm *vm = start(&ways[EMULATE], words);
		enum vm_end end = VM_RUNNING;
		unsigned moves = 0;

		if (!vm)
			return;
		while (end == VM_RUNNING) {
			end = vm_run(vm, vm->clock + 1 + harness_random(&seed) % 60000);
			if (end == VM_RUNNING)
				move(vm, &seed, &moves);
		}
		CU_ASSERT_EQUAL(end, VM_EXITED);
		CU_ASSERT(moves > 20);
		CU_ASSERT_EQUAL(vm_digest(vm), want);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the cycles of hypercalls, exits and direct execution are all that there are", test_cycles_add_up},
		{"steps are the run", test_steps_are_the_run},
		{"moved among all techniques", test_moves},
		{0},
	};

	return harness_main("pv kernel", tests);
}
