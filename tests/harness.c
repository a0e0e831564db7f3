/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/harness.c - the reporter between CUnit's registry and tests/run, which reads the last line.
 * CUnit's own reporters print pages and one of them aborts on a failure, so only its registry is used.
 */
#include "tests/harness.h"

#include <CUnit/TestRun.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void report_test(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failures)
{
	(void)suite;
	if (!failures)
		printf("ok %s\n", test->pName);
	for (const CU_FailureRecord *failure = failures; failure; failure = failure->pNext)
		printf("FAILED %s %s:%u: %s\n", test->pName, failure->strFileName, failure->uiLineNumber,
		       failure->strCondition);
	fflush(stdout); /* a crash in the next test must not swallow this one's line */
}

static int add_tests(const char *name, const struct harness_test *tests)
{
	CU_pSuite suite = CU_add_suite(name, NULL, NULL);

	if (!suite)
		return -1;
	for (; tests->name; tests++)
		if (!CU_add_test(suite, tests->name, tests->function))
			return -1;
	return 0;
}

int harness_main(const char *suite, const struct harness_test *tests)
{
	if (CU_initialize_registry() != CUE_SUCCESS || add_tests(suite, tests)) {
		fprintf(stderr, "%s: CUnit: %s\n", suite, CU_get_error_msg());
		return 2;
	}
	printf("== %s\n", suite);
	CU_set_test_complete_handler(report_test);
	CU_run_all_tests();
	unsigned failed = CU_get_number_of_tests_failed();
	unsigned run = CU_get_number_of_tests_run();
	printf("%u passed, %u failed\n", run - failed, failed);
	CU_cleanup_registry();
	return failed ? 1 : 0;
}

static uint64_t number_from(const char *variable, uint64_t usual)
{
	const char *text = getenv(variable);

	return text && *text ? strtoull(text, NULL, 0) : usual;
}

uint64_t harness_seed(uint64_t usual)
{
	uint64_t seed = number_from("RINGSIDE_SEED", usual);

	printf("# RINGSIDE_SEED=%" PRIu64 "\n", seed);
	return seed;
}

uint64_t harness_count(uint64_t usual)
{
	return number_from("RINGSIDE_COUNT", SLOW_BUILD && usual > 4 ? usual / 4 : usual);
}

uint64_t harness_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}
