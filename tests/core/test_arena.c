/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_arena.c - the memory of a machine: what is taken and given back, pages behind it that fault, and which pages
 * the kernel says were written.
 */
#include "cpu/arena.h"
#include "tests/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PIECES = 600 };

static bool all_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* ---- taking and giving ---- */

struct piece {
	uint8_t *at;
	size_t size;
	uint8_t mark;
};

static bool still_there(const struct piece *piece)
{
	for (size_t i = 0; i < piece->size; i++)
		if (piece->at[i] != piece->mark)
			return false;
	return true;
}

static size_t some_size(uint64_t *seed)
{
	size_t small = 1 + harness_random(seed) % 2500, large = 1 + harness_random(seed) % 60000;

	return harness_random(seed) % 3 ? small : large;
}

static void take(struct arena *arena, struct piece *piece, uint64_t *seed)
{
	piece->size = some_size(seed);
	piece->mark = (uint8_t)(1 + harness_random(seed) % 255);
	piece->at = arena_take(arena, piece->size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(piece->at);
	CU_ASSERT(!arena || (uintptr_t)piece->at % 64 == 0);
	CU_ASSERT(!arena || piece->size < PAGE || (uintptr_t)piece->at % PAGE == 0);
	CU_ASSERT(all_zero(piece->at, piece->size));
	memset(piece->at, piece->mark, piece->size);
}

/* Pieces come zeroed and aligned, and no two lie over one another, however they come and go. */
static void take_and_give(struct arena *arena)
{
	uint64_t seed = harness_seed(20261122), rounds = harness_count(20000);
	struct piece piece[PIECES] = { { 0 } };

	for (uint64_t i = 0; i < rounds; i++) {
		struct piece *one = &piece[harness_random(&seed) % PIECES];

		if (one->at) {
			CU_ASSERT(still_there(one));
			arena_give(arena, one->at);
			one->at = NULL;
		} else {
			take(arena, one, &seed);
		}
	}
	for (unsigned i = 0; i < PIECES; i++) {
		CU_ASSERT(!piece[i].at || still_there(&piece[i]));
		arena_give(arena, piece[i].at);
	}
}

static void test_take_and_give(void)
{
	struct arena *arena = arena_new(256 << 20, false);

	CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
	take_and_give(arena);
	arena_free(arena);
	arena = arena_new(256 << 20, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
	take_and_give(arena);
	arena_free(arena);
	take_and_give(NULL); /* without an arena */
	arena_free(NULL);
}

/* What was given back is used again: the arena does not grow for ever. */
static void test_given_is_taken_again(void)
{
	struct arena *arena = arena_new(8 << 20, false);
	size_t pages = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
	for (unsigned i = 0; i < 1000; i++) {
		void *a = arena_take(arena, 1 << 20), *b = arena_take(arena, 2 << 20);

		CU_ASSERT(a && b);
		arena_give(arena, i % 2 ? a : b);
		arena_give(arena, i % 2 ? b : a);
		if (i == 0)
			pages = arena_pages(arena);
	}
	CU_ASSERT_EQUAL(arena_pages(arena), pages);
	arena_free(arena);
}

/* Neighbours that were given back are one run, large enough for what neither had room for. */
static void test_joined(void)
{
	struct arena *arena = arena_new(8 << 20, false);
	void *part[4], *whole;
	size_t pages;

	for (unsigned i = 0; i < 4; i++)
		part[i] = arena_take(arena, 16 * PAGE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(arena_take(arena, PAGE));
	pages = arena_pages(arena);
	arena_give(arena, part[1]);
	arena_give(arena, part[3]);
	arena_give(arena, part[0]);
	arena_give(arena, part[2]);
	whole = arena_take(arena, 64 * PAGE);
	CU_ASSERT_PTR_EQUAL(whole, part[0]);
	CU_ASSERT(all_zero(whole, 64 * PAGE));
	CU_ASSERT_EQUAL(arena_pages(arena), pages);
	arena_free(arena);
}

static void test_used_up(void)
{
	struct arena *arena = arena_new(1 << 20, false);
	unsigned count = 0;

	CU_ASSERT_PTR_NULL(arena_take(arena, 2 << 20));
	CU_ASSERT_PTR_NULL(arena_take(arena, SIZE_MAX / 2));
	while (arena_take(arena, 64 << 10))
		count++;
	CU_ASSERT(count >= 10 && count <= 16);
	arena_free(arena);
}

/* ---- guard pages ---- */

static bool faults(volatile uint8_t *at)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		*at = 1;
		_exit(0);
	}
	CU_ASSERT_FATAL(child > 0);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void test_guards(void)
{
	struct arena *arena = arena_new(8 << 20, true);
	uint8_t *a = arena_take(arena, 3 * PAGE), *b = arena_take(arena, PAGE);

	CU_ASSERT(!faults(a + 3 * PAGE - 1));
	CU_ASSERT(faults(a + 3 * PAGE));
	CU_ASSERT(faults(b + PAGE));
	CU_ASSERT(arena_open_all(arena));
	CU_ASSERT(!faults(a + 3 * PAGE));
	CU_ASSERT(arena_guard_again(arena));
	CU_ASSERT(faults(a + 3 * PAGE));
	CU_ASSERT(faults(b + PAGE));
	/* Two runs and the guard between them become one. */
	arena_give(arena, a);
	arena_give(arena, b);
	a = arena_take(arena, 5 * PAGE);
	CU_ASSERT(!faults(a + 4 * PAGE));
	CU_ASSERT(faults(a + 5 * PAGE));
	arena_free(arena);
}

/* ---- generations ---- */

static void test_generation(void)
{
	struct arena *arena = arena_new(8 << 20, true);
	uint8_t *run = arena_take(arena, 4 * PAGE);
	uint64_t generation = arena_generation(arena);

	memset(run, 1, 4 * PAGE);
	CU_ASSERT_EQUAL(arena_generation(arena), generation);
	arena_give(arena, run);
	CU_ASSERT_NOT_EQUAL(arena_generation(arena), generation);
	generation = arena_generation(arena);
	CU_ASSERT_PTR_NOT_NULL(arena_take(arena, 2 * PAGE));
	CU_ASSERT_NOT_EQUAL(arena_generation(arena), generation);
	arena_free(arena);
}

/* ---- which pages were written ---- */

struct seen {
	const struct arena *arena;
	size_t pages, next;
	const uint8_t *looked_for;
	bool found;
};

static void note(void *owner, size_t first, size_t count)
{
	struct seen *seen = owner;
	size_t page = (size_t)(seen->looked_for - arena_page(seen->arena, 0)) / PAGE;

	CU_ASSERT(first >= seen->next && count > 0);
	seen->next = first + count;
	seen->pages += count;
	seen->found |= page >= first && page < first + count;
}

static struct seen look(const struct arena *arena, const uint8_t *looked_for)
{
	struct seen seen = { .arena = arena, .looked_for = looked_for };

	arena_changed(arena, note, &seen);
	return seen;
}

static void settle(void *owner, size_t first, size_t count)
{
	CU_ASSERT(arena_settle(owner, first, count));
}

static void test_changed(void)
{
	uint64_t seed = harness_seed(20261123);
	struct arena *arena = arena_new(64 << 20, true);
	uint8_t *run = arena_take(arena, 1024 * PAGE);
	bool told;

	memset(run, 7, 1024 * PAGE);
	CU_ASSERT(look(arena, run + 100 * PAGE).found);
	arena_changed(arena, settle, arena);
	told = !look(arena, run).found;
	if (!told)
		printf("# this kernel does not tell which pages were written: all count as such\n");
	CU_ASSERT(!told || look(arena, run).pages == 0);
	for (unsigned i = 0; i < 200; i++) {
		uint8_t *page = run + harness_random(&seed) % 1024 * PAGE;

		CU_ASSERT_EQUAL(page[harness_random(&seed) % PAGE], 7); /* reading writes nothing */
		CU_ASSERT(!told || !look(arena, page).found);
		page[5] = 8;
		CU_ASSERT(look(arena, page).found);
		CU_ASSERT(!told || look(arena, page).pages == 1);
		arena_changed(arena, settle, arena);
		CU_ASSERT_EQUAL(page[5], 8);
		CU_ASSERT_EQUAL(page[6], 7);
		page[5] = 7;
		arena_changed(arena, settle, arena);
	}
	arena_free(arena);
}

static const struct harness_test tests[] = {
	{ "pieces come zeroed, aligned, and apart", test_take_and_give },
	{ "what was given back is taken again", test_given_is_taken_again },
	{ "neighbours given back are joined", test_joined },
	{ "an arena that is used up says so", test_used_up },
	{ "behind each run a page faults", test_guards },
	{ "generations change with runs", test_generation },
	{ "written pages are known, and settled ones are not", test_changed },
	{ 0 },
};

int main(void)
{
	return harness_main("arena", tests);
}
