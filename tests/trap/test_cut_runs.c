/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_cut_runs.c - a run that an onlooker cuts into pieces, or goes step by step, is the run that nobody looks at: the
 * same clock, the same guest, the same events. Travel in time stands on it (core/history.h).
 */
#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT = 14000000, MODES = 32 };

struct outcome {
	uint64_t clock, digest, events, sequence;
};

static uint64_t mix(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * UINT64_C(0x100000001b3);
}

static void hear(void *owner, const struct event *event)
{
	struct outcome *outcome = owner;

	outcome->events = mix(outcome->events, event->sequence);
	outcome->events = mix(outcome->events, event->cycle);
	outcome->events = mix(outcome->events, event->kind);
	outcome->events = mix(outcome->events, event->eip);
	outcome->events = mix(outcome->events, event->cycles);
	outcome->events = mix(outcome->events, event->instruction);
}

/* Some steps, or a run to somewhere not far, or a little further, or far. */
static enum vm_end go_on(struct vm *vm, uint64_t *random)
{
	static const uint64_t reach[] = { 1, 16, 3000, 100000 };
	uint64_t dice = harness_random(random), far = reach[dice % 4], until = vm->clock + 1 + (dice >> 8) % far;
	enum vm_end end = VM_RUNNING;

	if (far > 1)
		return vm_run(vm, until < LIMIT ? until : LIMIT);
	for (uint64_t steps = (dice >> 8) % 20; steps > 0 && end == VM_RUNNING && vm->clock < LIMIT; steps--)
		end = vm_step(vm);
	return end;
}

static bool run(const struct vm_mode *mode, const char *words, uint64_t *random, struct outcome *outcome)
{
	struct vm *vm = lab_kernel_new(mode, words, NULL);
	struct event_reader reader = { .owner = outcome, .kinds = EVENT_KINDS_ALL, .read = hear };
	enum vm_end end = VM_RUNNING;

	*outcome = (struct outcome){ 0 };
	if (!vm)
		return false;
	event_add_reader(&vm->events, &reader);
	if (!random)
		end = vm_run(vm, LIMIT);
	while (random && end == VM_RUNNING && vm->clock < LIMIT)
		end = go_on(vm, random);
	outcome->clock = vm->clock;
	outcome->digest = vm_digest(vm);
	outcome->sequence = vm->events.sequence;
	vm_free(vm);
	return true;
}

static void compare(const char *words)
{
	uint64_t random = harness_seed(3), rounds = harness_count(2);
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES);

	for (size_t i = 0; i < count; i++) {
		struct outcome whole, cut;
		char name[24];

		if (!run(&modes[i], words, NULL, &whole))
			return;
		for (uint64_t round = 0; round < rounds; round++) {
			run(&modes[i], words, &random, &cut);
			if (memcmp(&whole, &cut, sizeof(whole)) != 0)
				printf("%s, %s: clock %llu, in pieces %llu\n", words, mode_text(&modes[i], name, sizeof(name)),
				       (unsigned long long)whole.clock, (unsigned long long)cut.clock);
			CU_ASSERT(memcmp(&whole, &cut, sizeof(whole)) == 0);
		}
	}
}

static void test_processes(void)
{
	compare("workload=forkwait n=3");
}

/* Page tables are stored into by repeated string instructions, one exit for many. */
static void test_page_tables(void)
{
	compare("workload=ptchurn n=3");
}

static const struct harness_test tests[] = {
	{ "pieces and steps leave no trace: processes", test_processes },
	{ "pieces and steps leave no trace: page tables", test_page_tables },
	{ 0 },
};

int main(void)
{
	return harness_main("runs cut into pieces", tests);
}
