/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_system_random.c - random system code over damaged tables: the processor keeps its
 * invariants whatever happens, and blocks with fast paths do what single exact steps do.
 */
#include "tests/cpu/random_system.h"

#include <stdio.h>
#include <string.h>

enum { SLICES = 40, SLICE_CYCLES = 400 };

static bool invariants_hold(const struct cpu_state *state)
{
	if (!(state->eflags & EFLAGS_FIXED) || (state->eflags & ~(uint32_t)(EFLAGS_DEFINED | EFLAGS_FIXED)))
		return false;
	if (!state_protected(state))
		return state->cpl == 0 && !state_v86(state);
	if (state_v86(state))
		return state->cpl == 3;
	return !(state->cr0 & CR0_PG) || (state->cr0 & CR0_PE);
}

static enum cpu_stop slice(struct machine *machine, struct generator *generator)
{
	if (!pick(generator, 8))
		cpu_set_interrupt_line(machine->cpu, true);
	if (!pick(generator, 16))
		cpu_raise_nmi(machine->cpu);
	return cpu_run(machine->cpu, machine->clock + SLICE_CYCLES);
}

static bool equal(const struct machine *a, const struct machine *b)
{
	return a->clock == b->clock && cpu_instructions(a->cpu) == cpu_instructions(b->cpu) &&
	       a->port_accesses == b->port_accesses &&
	       !memcmp(a->state->gpr, b->state->gpr, sizeof a->state->gpr) && a->state->eip == b->state->eip &&
	       a->state->eflags == b->state->eflags && a->state->cr0 == b->state->cr0 &&
	       a->state->cr2 == b->state->cr2 && a->state->cpl == b->state->cpl &&
	       !memcmp(a->state->dr, b->state->dr, sizeof a->state->dr) &&
	       !memcmp(a->state->segment, b->state->segment, sizeof a->state->segment) &&
	       !memcmp(a->ram, b->ram, RAM_SIZE);
}

static void differ(uint64_t seed, unsigned i, const struct machine *a, const struct machine *b)
{
	printf("   seed %#llx slice %u: fast eip %x clock %llu insns %llu eflags %x, exact %x %llu %llu %x\n",
	       (unsigned long long)seed, i, a->state->eip, (unsigned long long)a->clock,
	       (unsigned long long)cpu_instructions(a->cpu), a->state->eflags, b->state->eip,
	       (unsigned long long)b->clock, (unsigned long long)cpu_instructions(b->cpu), b->state->eflags);
	CU_FAIL("the fast processor and the exact one differ");
}

static void run_pair(uint64_t seed)
{
	struct machine *fast = random_system(seed, false), *exact = random_system(seed, true);
	struct generator one = {~seed}, two = {~seed};

	for (unsigned i = 0; i < SLICES; i++) {
		enum cpu_stop stop = slice(fast, &one);

		CU_ASSERT_EQUAL(slice(exact, &two), stop);
		CU_ASSERT(invariants_hold(fast->state));
		if (!equal(fast, exact)) {
			differ(seed, i, fast, exact);
			break;
		}
		if (stop == CPU_STOP_SHUTDOWN)
			break;
	}
	machine_free(fast);
	machine_free(exact);
}

static void test_random(void)
{
	uint64_t state = harness_seed(0x5157), count = harness_count(400);

	while (count--)
		run_pair(harness_random(&state));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"random system code, fast and exact", test_random},
		{0},
	};
	return harness_main("system random", tests);
}
