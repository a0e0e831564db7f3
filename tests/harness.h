/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/harness.h - one suite is one program: a table of tests, run in order and reported line by line.
 * Assertions are CUnit's (CU_ASSERT and its kin, CU_ASSERT_FATAL leaves the test).
 *
 *     static const struct harness_test tests[] = {{"adds carry", test_adds_carry}, {0}};
 *     int main(void) { return harness_main("flags", tests); }
 */
#ifndef RINGSIDE_TESTS_HARNESS_H
#define RINGSIDE_TESTS_HARNESS_H

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

struct harness_test {
	const char *name;
	void (*function)(void);
};

/*
 * Runs the table, up to the entry without a name. Prints `== suite`, then a line a test (`ok NAME`, or `FAILED
 * NAME file:line: condition` for each failed assertion), last `N passed, N failed`. Gives main's status.
 */
int harness_main(const char *suite, const struct harness_test *tests);

/* The seed of random tests: RINGSIDE_SEED, else `usual`. Printed, so that a failure can be repeated. */
uint64_t harness_seed(uint64_t usual);
/* Does everything take many times as long in this build: under sanitizers, or with limits as small as they go? Tests then do less of the same. */
#if defined(__SANITIZE_ADDRESS__) || defined(RINGSIDE_HOSTILE)
#define SLOW_BUILD 1
#else
#define SLOW_BUILD 0
#endif

/* How many rounds a random test makes: RINGSIDE_COUNT, else `usual`, of which slow builds make a quarter. */
uint64_t harness_count(uint64_t usual);
/* The next number of a small generator (splitmix64): good enough for tests, the same everywhere. */
uint64_t harness_random(uint64_t *state);

#endif
