/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_breakpoint_random.c - stops at instructions chosen by chance, wherever the guest came by: middles of blocks and
 * units, users' code, what faults. Single steps on bare hardware say how often each begins.
 */
#include "tests/core/stop_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char WORDS[] = "hz=0 workload=syscall,forkwait,crash n=2";
enum { TABLE = 1 << 16, PLACES = 48 };

/* How often the instruction at a linear address began. */
struct begun {
	uint32_t linear;
	uint64_t count;
};

static struct begun *find(struct begun *table, uint32_t linear)
{
	uint32_t at = linear * 0x9e3779b1u >> 16;

	while (table[at].count && table[at].linear != linear)
		at = (at + 1) % TABLE;
	table[at].linear = linear;
	return &table[at];
}

static bool can_fetch(const struct vm *vm, uint32_t linear)
{
	const struct cpu_state *guest = vm_guest_state(vm);
	struct walk walk;

	cpu_walk(guest, &vm->guest_bus, linear, ACCESS_EXECUTE, guest->cpl == 3, &walk);
	return walk.ok;
}

/* With no timer nothing comes between: each step begins an instruction, but those of a repetition after the first one. */
static struct begun *count_by_steps(const struct vm_mode *mode)
{
	struct begun *table = calloc(TABLE, sizeof *table);
	struct vm *vm = lab_kernel_new(mode, WORDS, NULL);
	uint32_t last = 0;
	uint64_t retired = UINT64_MAX;
	enum vm_end end = VM_RUNNING;

	CU_ASSERT_FATAL(table && vm);
	while (end == VM_RUNNING && vm->clock < STOP_RUN_LIMIT) {
		uint32_t linear = linear_eip(vm);

		if ((linear != last || retired != vm_instructions(vm)) && can_fetch(vm, linear))
			find(table, linear)->count++;
		last = linear;
		retired = vm_instructions(vm);
		end = vm_step(vm);
	}
	CU_ASSERT_EQUAL(end, VM_EXITED);
	vm_free(vm);
	return table;
}

/* Rare ones and frequent ones alike, but none so frequent that the test takes long. */
static void choose(const struct begun *table, uint64_t *random, struct stop_place *place, uint64_t *expected)
{
	enum { FREQUENT = 3000 };

	for (size_t i = 0; i < PLACES;) {
		const struct begun *begun = &table[harness_random(random) % TABLE];

		if (!begun->count || begun->count > FREQUENT)
			continue;
		place[i] = (struct stop_place){SPACE_LINEAR, STOP_EXECUTE, begun->linear, 1};
		expected[i++] = begun->count;
	}
}

/* Twice the same place is met by its first index. */
static uint64_t hits_of(const struct counted *counted, const struct stop_place *place, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (place[i].address == place[index].address)
			return counted->hits[i];
	return counted->hits[index];
}

static struct begun *table; /* while the suite runs */
static uint64_t seed;

static void meet_by_chance(const struct vm_mode *mode, const char *name)
{
	struct stop_place place[PLACES];
	uint64_t expected[PLACES], random = seed;
	struct counted counted;

	if (!runs_usual_kernel(mode))
		return;
	choose(table, &random, place, expected);
	counted = compare_runs(mode, name, WORDS, place, PLACES, NULL, random & 1 ? &random : NULL);
	for (size_t i = 0; i < PLACES; i++) {
		uint64_t hits = hits_of(&counted, place, i);

		CU_ASSERT_EQUAL(hits, expected[i]);
		if (hits != expected[i])
			printf("# %s: %08" PRIx64 " was met %" PRIu64 " times, begun %" PRIu64 " times\n",
			       name, place[i].address, hits, expected[i]);
	}
}

static void test_by_chance(void)
{
	struct vm_mode native = {.technique = &technique_native, .paging = PAGING_GUEST, .ring = 1};
	uint64_t random = harness_seed(20261121), rounds = harness_count(2);

	table = count_by_steps(&native);
	for (uint64_t round = 0; round < rounds; round++) {
		seed = harness_random(&random);
		in_every_mode(meet_by_chance);
	}
	free(table);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"instructions by chance", test_by_chance},
		{0},
	};

	return harness_main("breakpoint random", tests);
}
