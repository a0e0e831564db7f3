/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_snapshot.c - machines put back as they stood, against whole copies of their memory: after runs of pages came,
 * went and were joined meanwhile, in any order, and where the kernel does not tell what was written.
 *
 * The machine is the least one that snapshots look at: an arena, a clock, and an event stream.
 */
#include "core/snapshot.h"
#include "cpu/arena.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PAGE = 4096, SLOTS = 40, MOMENTS = 12 };

/* What the machine owns; it lies in the arena like all that a machine owns. */
struct guest {
	uint8_t *slot[SLOTS];
	size_t size[SLOTS];
};

struct machine {
	struct arena *arena;
	struct vm *vm;
	struct guest *guest;
	struct snapshots *snapshots;
	uint64_t seed;
};

/* A kernel that hides /proc/self/pagemap looks like one that has no descriptor left to open it with. */
static struct arena *new_arena(bool told)
{
	struct rlimit usual, low;
	struct arena *arena;
	int next;

	if (told)
		return arena_new(64 << 20, true);
	next = dup(0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &usual);
	low = (struct rlimit){ .rlim_cur = (rlim_t)next + 1, .rlim_max = usual.rlim_max }; /* room for the arena's file */
	setrlimit(RLIMIT_NOFILE, &low);
	arena = arena_new(64 << 20, true);
	setrlimit(RLIMIT_NOFILE, &usual);
	return arena;
}

static void count_pages(void *owner, size_t first, size_t count)
{
	(void)first;
	*(size_t *)owner += count;
}

static bool tells(const struct arena *arena)
{
	size_t pages = 0;

	arena_changed(arena, count_pages, &pages);
	return pages == 0;
}

static void open_machine(struct machine *machine, bool told, uint64_t seed)
{
	machine->seed = seed;
	machine->arena = new_arena(told);
	CU_ASSERT_PTR_NOT_NULL_FATAL(machine->arena);
	machine->vm = arena_take(machine->arena, sizeof(*machine->vm));
	machine->guest = arena_take(machine->arena, sizeof(*machine->guest));
	machine->vm->arena = machine->arena;
	machine->snapshots = snapshots_new(machine->vm);
	CU_ASSERT_PTR_NOT_NULL_FATAL(machine->snapshots);
}

static void close_machine(struct machine *machine)
{
	snapshots_free(machine->snapshots);
	arena_free(machine->arena);
}

/* ---- living ---- */

static void live(struct machine *machine)
{
	struct guest *guest = machine->guest;

	for (unsigned i = 0; i < 30; i++) {
		unsigned at = (unsigned)(harness_random(&machine->seed) % SLOTS);

		if (!guest->slot[at]) {
			guest->size[at] = harness_random(&machine->seed) % 2 ? harness_random(&machine->seed) % 1500 + 1
			                                                     : harness_random(&machine->seed) % 200000 + 1;
			guest->slot[at] = arena_take(machine->arena, guest->size[at]);
			CU_ASSERT_PTR_NOT_NULL_FATAL(guest->slot[at]);
		} else if (harness_random(&machine->seed) % 4 == 0) {
			arena_give(machine->arena, guest->slot[at]);
			guest->slot[at] = NULL;
			continue;
		}
		for (unsigned k = 0; k < 20; k++)
			guest->slot[at][harness_random(&machine->seed) % guest->size[at]] = (uint8_t)harness_random(&machine->seed);
	}
	machine->vm->clock += 1 + harness_random(&machine->seed) % 1000;
	machine->vm->events.sequence += harness_random(&machine->seed) % 10;
}

/* All that the machine can know of itself. */
struct moment {
	struct snapshot *snapshot;
	struct guest guest;
	uint8_t *copy[SLOTS];
	uint64_t clock, sequence, generation;
};

static void remember(const struct machine *machine, struct moment *moment)
{
	moment->guest = *machine->guest;
	moment->clock = machine->vm->clock;
	moment->sequence = machine->vm->events.sequence;
	moment->generation = arena_generation(machine->arena);
	for (unsigned i = 0; i < SLOTS; i++) {
		moment->copy[i] = NULL;
		if (!moment->guest.slot[i])
			continue;
		moment->copy[i] = malloc(moment->guest.size[i]);
		memcpy(moment->copy[i], moment->guest.slot[i], moment->guest.size[i]);
	}
}

static void forget(struct moment *moment)
{
	for (unsigned i = 0; i < SLOTS; i++)
		free(moment->copy[i]);
}

static bool stands_as(const struct machine *machine, const struct moment *moment)
{
	if (memcmp(machine->guest, &moment->guest, sizeof(moment->guest)) != 0 || machine->vm->clock != moment->clock ||
	    machine->vm->events.sequence != moment->sequence || arena_generation(machine->arena) != moment->generation)
		return false;
	for (unsigned i = 0; i < SLOTS; i++)
		if (moment->copy[i] && memcmp(moment->guest.slot[i], moment->copy[i], moment->guest.size[i]) != 0)
			return false;
	return true;
}

/* ---- to and fro ---- */

static void travel(bool told)
{
	uint64_t seed = harness_seed(20261124), rounds = harness_count(500);
	struct moment moment[MOMENTS];
	struct machine machine;

	open_machine(&machine, told, seed);
	for (unsigned i = 0; i < MOMENTS; i++) {
		live(&machine);
		remember(&machine, &moment[i]);
		moment[i].snapshot = snapshot_take(machine.snapshots);
		CU_ASSERT_PTR_NOT_NULL_FATAL(moment[i].snapshot);
		CU_ASSERT_EQUAL(snapshot_clock(moment[i].snapshot), moment[i].clock);
	}
	CU_ASSERT_EQUAL(tells(machine.arena), told);
	for (uint64_t i = 0; i < rounds; i++) {
		struct moment *to = &moment[harness_random(&machine.seed) % MOMENTS];

		if (harness_random(&machine.seed) % 2)
			live(&machine);
		CU_ASSERT(snapshot_restore(machine.snapshots, to->snapshot));
		CU_ASSERT(stands_as(&machine, to));
		if (harness_random(&machine.seed) % 4)
			continue;
		/* A life of its own from there, and a snapshot of that in the place of this one. */
		live(&machine);
		snapshot_drop(machine.snapshots, to->snapshot);
		forget(to);
		remember(&machine, to);
		to->snapshot = snapshot_take(machine.snapshots);
		CU_ASSERT_PTR_NOT_NULL_FATAL(to->snapshot);
	}
	for (unsigned i = 0; i < MOMENTS; i++) {
		snapshot_drop(machine.snapshots, moment[i].snapshot);
		forget(&moment[i]);
	}
	close_machine(&machine);
}

static void test_travel(void)
{
	travel(true);
}

static void test_without_pagemap(void)
{
	travel(false);
}

/* Runs that were there are given back, joined and cut anew: what was a guard page is memory then, and the other way round. */
static void test_joined_runs(void)
{
	struct machine machine;
	uint8_t *a, *b, *c, *whole;
	struct snapshot *apart, *joined;

	open_machine(&machine, true, 1);
	a = arena_take(machine.arena, 8 * PAGE);
	b = arena_take(machine.arena, 8 * PAGE);
	c = arena_take(machine.arena, 8 * PAGE);
	memset(a, 'a', 8 * PAGE);
	memset(b, 'b', 8 * PAGE);
	memset(c, 'c', 8 * PAGE);
	apart = snapshot_take(machine.snapshots);
	arena_give(machine.arena, a);
	arena_give(machine.arena, b);
	whole = arena_take(machine.arena, 17 * PAGE);
	CU_ASSERT_PTR_EQUAL(whole, a);
	memset(whole, 'w', 17 * PAGE);
	joined = snapshot_take(machine.snapshots);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(snapshot_restore(machine.snapshots, apart));
		CU_ASSERT(a[0] == 'a' && a[8 * PAGE - 1] == 'a' && b[0] == 'b' && b[8 * PAGE - 1] == 'b' && c[0] == 'c');
		CU_ASSERT(snapshot_restore(machine.snapshots, joined));
		CU_ASSERT(whole[0] == 'w' && whole[8 * PAGE] == 'w' && whole[17 * PAGE - 1] == 'w' && c[0] == 'c');
	}
	/* And it goes on as any arena does. */
	arena_give(machine.arena, whole);
	CU_ASSERT(snapshot_restore(machine.snapshots, apart));
	arena_give(machine.arena, c);
	CU_ASSERT_PTR_EQUAL(arena_take(machine.arena, 8 * PAGE), c);
	snapshot_drop(machine.snapshots, apart);
	snapshot_drop(machine.snapshots, joined);
	close_machine(&machine);
}

/* ---- memory ---- */

/* What did not change is kept once, zeros not at all, and what nobody holds goes. */
static void test_shared(void)
{
	struct machine machine;
	struct snapshot *snapshot[20];
	uint8_t *big;
	size_t one;

	open_machine(&machine, true, 1);
	big = arena_take(machine.arena, 1024 * PAGE);
	for (size_t i = 0; i < 512; i++)
		big[i * PAGE] = (uint8_t)(i + 1);
	snapshot[0] = snapshot_take(machine.snapshots);
	one = snapshots_bytes(machine.snapshots);
	CU_ASSERT(one > 510 * PAGE && one < 700 * PAGE);
	for (unsigned i = 1; i < 20; i++) {
		big[0]++;
		machine.vm->clock++;
		snapshot[i] = snapshot_take(machine.snapshots);
	}
	CU_ASSERT(snapshots_bytes(machine.snapshots) < one + 19 * 6 * PAGE);
	for (unsigned i = 0; i < 19; i++)
		snapshot_drop(machine.snapshots, snapshot[i]);
	CU_ASSERT(snapshots_bytes(machine.snapshots) < one + 6 * PAGE);
	CU_ASSERT(snapshot_restore(machine.snapshots, snapshot[19]));
	CU_ASSERT_EQUAL(big[0], 20);
	snapshot_drop(machine.snapshots, snapshot[19]);
	close_machine(&machine);
}

static void hear(void *owner, const struct event *event)
{
	(void)owner;
	(void)event;
}

/* Those who look on are those of now; the number of the next event is the machine's. */
static void test_readers_stay(void)
{
	struct event_reader reader = { .kinds = EVENT_KINDS_ALL, .read = hear };
	struct machine machine;
	struct snapshot *snapshot;

	open_machine(&machine, true, 1);
	machine.vm->events.sequence = 7;
	snapshot = snapshot_take(machine.snapshots);
	machine.vm->events.sequence = 9;
	machine.vm->stop_requested = true;
	event_add_reader(&machine.vm->events, &reader);
	CU_ASSERT(snapshot_restore(machine.snapshots, snapshot));
	CU_ASSERT_PTR_EQUAL(machine.vm->events.readers, &reader);
	CU_ASSERT_EQUAL(machine.vm->events.sequence, 7);
	CU_ASSERT(!machine.vm->stop_requested);
	snapshot_drop(machine.snapshots, snapshot);
	snapshot_drop(machine.snapshots, NULL);
	close_machine(&machine);
}

static const struct harness_test tests[] = {
	{ "any moment again, however one comes to it", test_travel },
	{ "the same where the kernel does not tell what was written", test_without_pagemap },
	{ "runs that were given back and joined come apart again", test_joined_runs },
	{ "pages are kept once, and go with the last who holds them", test_shared },
	{ "who looks on does not travel", test_readers_stay },
	{ 0 },
};

int main(void)
{
	return harness_main("snapshot", tests);
}
