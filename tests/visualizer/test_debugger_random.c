/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_debugger_random.c - random motions and changes: whoever comes to a moment of a branch again finds the
 * same machine there, whichever way he came.
 */
#include "tests/harness.h"
#include "tests/visualizer/debugger_rig.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KNOWN_MOST = 512, MODES = 32, SPAN = 14000000 };

struct known {
	uint64_t clock[KNOWN_MOST], digest[KNOWN_MOST];
	size_t count;
};

/* The machine at this clock, as it was seen before; or it is taken down. */
static bool agrees(struct known *known, const struct rig *rig)
{
	uint64_t clock = rig_clock(rig), digest = rig_digest(rig);

	for (size_t i = 0; i < known->count; i++)
		if (known->clock[i] == clock)
			return known->digest[i] == digest;
	if (known->count == KNOWN_MOST)
		return true;
	known->clock[known->count] = clock;
	known->digest[known->count++] = digest;
	return true;
}

/* A change was made at this moment: what was seen here or later was of another branch. */
static void forget(struct known *known, uint64_t clock)
{
	size_t kept = 0;

	for (size_t i = 0; i < known->count; i++) {
		if (known->clock[i] >= clock)
			continue;
		known->clock[kept] = known->clock[i];
		known->digest[kept++] = known->digest[i];
	}
	known->count = kept;
}

static void move_somewhere(struct rig *rig, uint64_t dice)
{
	static const enum goal_kind kinds[] = { GOAL_STEP, GOAL_STEP, GOAL_TRAP, GOAL_BLOCK, GOAL_OVER, GOAL_CONTINUE };
	enum goal_kind kind = kinds[(dice >> 8) % 6];

	rig_move(rig, kind, dice >> 16 & 1 ? BACKWARD : FORWARD, 1 + (dice >> 24) % 7);
}

/* To a moment that was seen, so that it is compared; or anywhere. */
static void go_somewhere(struct rig *rig, const struct known *known, uint64_t dice)
{
	if (known->count && dice >> 8 & 1)
		rig_go(rig, known->clock[(dice >> 16) % known->count]);
	else
		rig_go(rig, (dice >> 16) % SPAN);
}

static void change_something(struct rig *rig, struct known *known, uint64_t dice)
{
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES);
	uint64_t clock = rig_clock(rig);
	bool done;

	if (dice >> 8 & 1)
		done = debugger_switch(&rig->debugger, &modes[(dice >> 16) % count]);
	else
		done = debugger_type(&rig->debugger, "x", 1);
	if (done)
		forget(known, clock);
}

static void travel(const char *mode, uint64_t *random, uint64_t rounds)
{
	struct known known = { 0 };
	struct rig rig;

	rig_open(&rig, mode, NULL, "workload=forkwait", "n=2");
	rig_break_at(&rig, "call_fork", NULL);
	for (uint64_t round = 0; round < rounds; round++) {
		uint64_t dice = harness_random(random);
		bool fine;

		if (dice % 8 == 0)
			change_something(&rig, &known, dice);
		else if (dice % 2)
			move_somewhere(&rig, dice);
		else
			go_somewhere(&rig, &known, dice);
		fine = agrees(&known, &rig);
		if (!fine)
			printf("%s, round %" PRIu64 ": another machine at %" PRIu64 " (branch %u)\n", mode, round,
			       rig_clock(&rig), history_branch(rig.debugger.history));
		CU_ASSERT(fine);
		if (!fine)
			break;
	}
	rig_close(&rig);
}

static void test_travel(void)
{
	uint64_t random = harness_seed(11), rounds = harness_count(40);

	for (size_t i = 0; rig_mode(i); i++)
		travel(rig_mode(i), &random, rounds);
}

static const struct harness_test tests[] = {
	{ "a moment is the same, whichever way one comes to it", test_travel },
	{ 0 },
};

int main(void)
{
	return harness_main("debugger: random travel", tests);
}
