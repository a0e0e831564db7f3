/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/test_kernel_programs.c - techniques as each other's oracle: random kernel programs (see
 * kernel_program.h) leave the same registers, memory and log in native and in every other mode; those with
 * sensitive unprivileged instructions and interrupts in every one but plain trap.
 *
 * RINGSIDE_COUNT rounds are half as many programs with sensitive instructions, an eighth without, and a few that are
 * moved about. RINGSIDE_SEED and RINGSIDE_COUNT otherwise as for other random tests: the first program has the seed itself. RINGSIDE_MODE:
 * one mode alone.
 */
#include "tests/harness.h"
#include "tests/oracle/kernel_search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROGRAMS = SLOW_BUILD ? 1600 : 10000 };

struct search {
	struct machines machines[2]; /* roomy, tight */
	struct program program;
	uint64_t made, ended;
};

/* False: a program has been found. */
static bool try_program(struct search *search, enum program_kind kind, uint64_t seed)
{
	struct machine *machine;
	bool astray;

	program_make(&search->program, kind, seed);
	search->made++;
	machine = program_disagrees(&search->machines[search->program.tight], &search->program, &astray);
	search->ended += !astray;
	if (!machine)
		return true;
	program_report(&search->machines[search->program.tight], &search->program, machine);
	CU_FAIL("techniques differ");
	return false;
}

static bool try_moved(struct search *search, enum program_kind kind, uint64_t seed)
{
	bool astray, agrees;

	program_make(&search->program, kind, seed);
	search->made++;
	agrees = program_moved_agrees(&search->machines[search->program.tight], &search->program, &astray);
	search->ended += !astray;
	CU_ASSERT(agrees);
	return agrees;
}

typedef bool try(struct search *search, enum program_kind kind, uint64_t seed);

static void search_programs(enum program_kind kind, uint64_t seed, uint64_t count, try *try)
{
	struct search *search = calloc(1, sizeof *search);

	CU_ASSERT_PTR_NOT_NULL_FATAL(search);
	CU_ASSERT_FATAL(machines_begin(&search->machines[0], kind, false));
	CU_ASSERT_FATAL(machines_begin(&search->machines[1], kind, true));
	while (count-- && try(search, kind, seed))
		harness_random(&seed);
	printf("# %" PRIu64 " of %" PRIu64 " programs came to their end\n", search->ended, search->made);
	CU_ASSERT(search->ended * 2 >= search->made);
	machines_end(&search->machines[0]);
	machines_end(&search->machines[1]);
	free(search);
}

static void test_innocuous(void)
{
	search_programs(PROGRAM_INNOCUOUS, harness_seed(0x7ec4), (harness_count(PROGRAMS) + 7) / 8, try_program);
}

static void test_sensitive(void)
{
	search_programs(PROGRAM_SENSITIVE, harness_seed(0x5e45), (harness_count(PROGRAMS) + 1) / 2, try_program);
}

static void test_moved(void)
{
	search_programs(PROGRAM_SENSITIVE, harness_seed(0x90fed), (harness_count(PROGRAMS) + 19) / 20, try_moved);
}

static void test_moved_innocuous(void)
{
	search_programs(PROGRAM_INNOCUOUS, harness_seed(0x90fee), (harness_count(PROGRAMS) + 39) / 40, try_moved);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"programs without sensitive unprivileged instructions end alike in every mode", test_innocuous},
		{"programs with them end alike in every mode but trap", test_sensitive},
		{"so do programs that are moved among them at random", test_moved},
		{"and among all modes", test_moved_innocuous},
		{0},
	};
	return harness_main("kernel programs", tests);
}
