/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_pv_kernel.c - the lab kernel's paravirtual build can be moved at any moment among all techniques
 * and pv/shadow.
 */
#include "tests/harness.h"
#include "tests/trap/rig.h"
#include "trap/hypercall.h"

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
	uint64_t seed = harness_seed(5), rounds = (harness_count(1500) + 499) / 500, want = unmoved_digest(words);

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
		{"moved among all techniques", test_moves},
		{0},
	};

	return harness_main("pv kernel", tests);
}
