/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_pv_storm.c - tens of thousands of hypercalls by a domain that means harm, with the invariant walked after each.
 */
#include "tests/harness.h"
#include "tests/trap/hypercall_storm.h"

#include <inttypes.h>
#include <stdio.h>

enum { ACTS = 8 }; /* for each one asked for: they are short */

static uint32_t from_seed(void *owner)
{
	return (uint32_t)(harness_random(owner) >> 16);
}

static void storm(bool pae, uint64_t seed, uint64_t acts)
{
	uint64_t state = seed, domains = 0;
	struct vm *vm = NULL;

	for (uint64_t i = 0; i < acts; i++) {
		bool alive;

		if (!vm) {
			vm = domain_new(pae);
			CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
			domains++;
		}
		alive = storm_act(vm, from_seed, &state);
		if (!domain_sound(vm) || (i % 256 == 0 && !storm_vmm_untouched(vm))) {
			printf("after act %" PRIu64 " of seed %" PRIu64 "\n", i, seed);
			CU_FAIL_FATAL("the invariant is broken");
		}
		if (!alive) {
			CU_ASSERT(storm_vmm_untouched(vm));
			vm_free(vm);
			vm = NULL;
		}
	}
	vm_free(vm);
	CU_ASSERT(domains < acts / 10); /* it does live on, mostly */
}

static void test_storm(void)
{
	storm(false, harness_seed(20), ACTS * harness_count(2000));
}

static void test_storm_pae(void)
{
	storm(true, harness_seed(21), ACTS * harness_count(2000));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"random hypercalls, two levels", test_storm},
		{"random hypercalls, PAE", test_storm_pae},
		{0},
	};

	return harness_main("pv storm", tests);
}
