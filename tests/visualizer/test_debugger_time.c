/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_debugger_time.c - forward and backward visit the same moments, in every mode: steps, stops at
 * breakpoints of every kind, traps; and what goes back with the machine, and what does not.
 */
#include "tests/harness.h"
#include "tests/visualizer/debugger_rig.h"

#include <stdio.h>
#include <string.h>

/* ---- steps ---- */

enum { SPAN = 16000000 };

static bool steps_agree(struct rig *rig, uint64_t clock, uint64_t count)
{
	uint64_t before, behind, begun, ended;

	rig_go(rig, clock);
	begun = rig_clock(rig);
	before = rig_digest(rig);
	rig_move(rig, GOAL_STEP, FORWARD, count);
	if (rig->debugger.stop.kind != STOP_GOAL)
		return true; /* the guest ended here */
	ended = rig_clock(rig);
	behind = rig_digest(rig);
	rig_move(rig, GOAL_STEP, BACKWARD, count);
	if (rig_clock(rig) != begun || rig_digest(rig) != before)
		return false;
	rig_move(rig, GOAL_STEP, FORWARD, count);
	return rig_clock(rig) == ended && rig_digest(rig) == behind;
}

/* Random places and numbers of steps, the longer ones more rarely. */
static void test_steps(void)
{
	uint64_t random = harness_seed(4), rounds = harness_count(6);

	for (size_t i = 0; rig_mode(i); i++) {
		struct rig rig;

		rig_open(&rig, rig_mode(i), NULL, "workload=forkwait", "n=2");
		for (uint64_t round = 0; round < rounds; round++) {
			uint64_t clock = harness_random(&random) % SPAN;
			uint64_t count = 1 + harness_random(&random) % (round % 4 ? 40 : 700);
			bool agree = steps_agree(&rig, clock, count);

			if (!agree)
				printf("%s: %lu steps at %lu\n", rig_mode(i), (unsigned long)count, (unsigned long)clock);
			CU_ASSERT(agree);
		}
		rig_close(&rig);
	}
}

/* ---- stops ---- */

enum { STOPS_MOST = 40 };

struct stops {
	uint64_t clock[STOPS_MOST], story[STOPS_MOST];
	unsigned point[STOPS_MOST];
	size_t count;
};

static void note(struct stops *stops, const struct rig *rig)
{
	stops->clock[stops->count] = rig_clock(rig);
	stops->story[stops->count] = rig->debugger.story;
	stops->point[stops->count++] = rig->debugger.stop.breakpoint;
}

/* Forward from here to the guest's end or STOPS_MOST stops, then back: the same ones in reverse order. */
static void compare_directions(struct rig *rig, const char *what, enum goal_kind kind, size_t least)
{
	struct stops forward = { 0 };
	uint64_t begun = rig_clock(rig);
	size_t wrong = 0, at;

	while (forward.count < STOPS_MOST) {
		enum stop_kind stop = rig_move(rig, kind, FORWARD, 1);

		if (stop != STOP_BREAKPOINT && stop != STOP_GOAL)
			break;
		note(&forward, rig);
	}
	if (forward.count < least)
		printf("%s: %zu stops only\n", what, forward.count);
	CU_ASSERT(forward.count >= least);
	at = forward.count;
	/* At the guest's end the last stop lies before; else the guest stands on it. */
	if (at && rig_clock(rig) == forward.clock[at - 1])
		at--;
	while (at > 0) {
		enum stop_kind stop = rig_move(rig, kind, BACKWARD, 1);

		at--;
		if ((stop == STOP_BREAKPOINT || stop == STOP_GOAL) && rig_clock(rig) == forward.clock[at] &&
		    rig->debugger.stop.breakpoint == forward.point[at] && rig->debugger.story == forward.story[at])
			continue;
		if (wrong++ < 3)
			printf("%s: stop %zu of %zu at %lu, forward %lu (story %ld, %ld; point %u, %u): %s\n", what, at,
			       forward.count, (unsigned long)rig_clock(rig), (unsigned long)forward.clock[at],
			       (long)rig->debugger.story, (long)forward.story[at], rig->debugger.stop.breakpoint,
			       forward.point[at], rig->debugger.stop.text);
		break;
	}
	CU_ASSERT(wrong == 0);
	if (!wrong && forward.count && rig_move(rig, kind, BACKWARD, 1) == STOP_NOT_FOUND)
		CU_ASSERT(rig_clock(rig) == forward.clock[0]);
	CU_ASSERT(wrong || !forward.count || rig_clock(rig) <= begun || rig_clock(rig) == forward.clock[0]);
}

static void set_nothing(struct rig *rig)
{
	(void)rig;
}

static void set_places(struct rig *rig)
{
	rig_break_at(rig, "memcpy", NULL);
	rig_break_at(rig, "call_fork", NULL);
}

static void set_conditions(struct rig *rig)
{
	rig_break_at(rig, "page_entry", "eax & 1");
	rig_break_at(rig, "frame_release", "clock & 2");
}

static void set_watches(struct rig *rig)
{
	rig_watch(rig, rig_symbol(rig, "memcpy") & ~0xfffu, 1, STOP_WRITE); /* nobody writes code */
	rig_watch(rig, rig_symbol(rig, "processes"), 512, STOP_READ | STOP_WRITE);
}

static void set_events(struct rig *rig)
{
	rig_break(rig, &(struct break_point){ .kind = BREAK_EVENT, .kinds = 1ull << EV_PORT });
	rig_break(rig, &(struct break_point){ .kind = BREAK_REASON, .reason = "mov cr" });
}

static void set_modes(struct rig *rig)
{
	rig_break(rig, &(struct break_point){ .kind = BREAK_MODE });
}

static void set_moments(struct rig *rig)
{
	rig_break(rig, &(struct break_point){ .kind = BREAK_TIME, .moment = 12345678 });
	rig_break(rig, &(struct break_point){ .kind = BREAK_TICK, .moment = 2000000 });
	rig_break(rig, &(struct break_point){ .kind = BREAK_TICK, .moment = 2000001 });
}

static const struct setting {
	const char *name;
	void (*set)(struct rig *rig);
	enum goal_kind kind;
	size_t least;
} settings[] = {
	{ "places", set_places, GOAL_CONTINUE, 6 },
	{ "conditions", set_conditions, GOAL_CONTINUE, 2 },
	{ "watches", set_watches, GOAL_CONTINUE, 2 },
	{ "events", set_events, GOAL_CONTINUE, 0 },
	{ "modes", set_modes, GOAL_CONTINUE, 10 },
	{ "moments", set_moments, GOAL_CONTINUE, 1 },
	{ "traps", set_nothing, GOAL_TRAP, 0 },
	{ "blocks", set_nothing, GOAL_BLOCK, 30 },
};

/* Where much happens: a system call in its beginning. */
static void go_near_fork(struct rig *rig)
{
	CU_ASSERT(rig_to(rig, "call_fork", FORWARD) == STOP_GOAL);
	CU_ASSERT(rig_move(rig, GOAL_STEP, BACKWARD, 100) == STOP_GOAL);
}

static void try_setting(const struct setting *setting)
{
	for (size_t i = 0; rig_mode(i); i++) {
		struct rig rig;
		char what[64];

		rig_open(&rig, rig_mode(i), NULL, "workload=forkwait", "n=1");
		snprintf(what, sizeof(what), "%s, %s", setting->name, rig_mode(i));
		if (setting->set != set_moments)
			go_near_fork(&rig);
		setting->set(&rig);
		compare_directions(&rig, what, setting->kind, setting->least);
		rig_close(&rig);
	}
}

#define SETTING_TEST(name, index)            \
	static void test_##name(void)        \
	{                                    \
		try_setting(&settings[index]); \
	}

SETTING_TEST(places, 0)
SETTING_TEST(conditions, 1)
SETTING_TEST(watches, 2)
SETTING_TEST(events, 3)
SETTING_TEST(modes, 4)
SETTING_TEST(moments, 5)
SETTING_TEST(traps, 6)
SETTING_TEST(blocks, 7)

/* ---- stories ---- */

enum { MARKS_MOST = 24 };

/* At a snapshot nothing need be replayed, so nothing has been heard of what came before it. Gives how many there were. */
static size_t stories_at_marks(uint64_t clock[MARKS_MOST], uint64_t story[MARKS_MOST])
{
	struct rig rig;
	size_t count = 0;
	uint64_t at;

	rig_open(&rig, "bt", NULL, "workload=syscall", "n=30000");
	CU_ASSERT(rig_go(&rig, UINT64_MAX / 2) == STOP_GUEST_END);
	at = history_before(rig.debugger.history, rig_clock(&rig) / 2);
	for (; count < MARKS_MOST && at > 0; at = history_before(rig.debugger.history, at)) {
		CU_ASSERT(rig_go(&rig, at) == STOP_GOAL);
		clock[count] = at;
		story[count++] = rig.debugger.story;
	}
	rig_close(&rig);
	return count;
}

/* The exit told of at a moment is the same one whichever way one came, although the log had dropped it meanwhile. */
static void test_stories(void)
{
	uint64_t clock[MARKS_MOST], story[MARKS_MOST];
	size_t count = stories_at_marks(clock, story), told = 0;
	struct rig rig;

	rig_open(&rig, "bt", NULL, "workload=syscall", "n=30000");
	while (count-- > 0) {
		CU_ASSERT(rig_go(&rig, clock[count]) == STOP_GOAL);
		CU_ASSERT(rig.debugger.story == story[count]);
		told += story[count] != EVENT_NONE_SELECTED;
	}
	CU_ASSERT(told > 0);
	rig_close(&rig);
}

static const struct harness_test tests[] = {
	{ "as many steps back as forward lead to the same machine", test_steps },
	{ "breakpoints stop at the same moments in both directions", test_places },
	{ "so do those with conditions", test_conditions },
	{ "so do watchpoints", test_watches },
	{ "so do events and exit reasons", test_events },
	{ "so do changes of the guest's mode", test_modes },
	{ "so do moments of time and of retired instructions", test_moments },
	{ "traps are visited alike in both directions", test_traps },
	{ "blocks are visited alike in both directions", test_blocks },
	{ "the story told of a moment is the same one whichever way one came", test_stories },
	{ 0 },
};

int main(void)
{
	return harness_main("debugger: time", tests);
}
