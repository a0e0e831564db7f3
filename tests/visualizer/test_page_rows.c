/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_page_rows.c - rows of page tables: they cover all 4 GiB without a gap, are the same forward and
 * backward and from any page, and say what the whole map says.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"
#include "visualizer/screen/page_rows.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MOST = 1 << 16 };

/* All rows from page 0 on. */
static size_t all_rows(const struct page_rows *rows, struct page_row *row)
{
	size_t count = 0;

	row[count++] = page_row_of(rows, 0);
	while (count < ROWS_MOST && page_row_behind(rows, &row[count - 1], &row[count]))
		count++;
	return count;
}

static bool same_row(const struct page_row *a, const struct page_row *b)
{
	return a->there == b->there && a->range.page == b->range.page && a->range.pages == b->range.pages &&
	       memcmp(a->range.in_state, b->range.in_state, sizeof(a->range.in_state)) == 0;
}

static void check_cover(const struct page_row *row, size_t count)
{
	CU_ASSERT(row[0].range.page == 0);
	for (size_t i = 1; i < count; i++)
		CU_ASSERT(row[i].range.page == page_row_end(&row[i - 1]) && row[i].range.pages > 0);
	CU_ASSERT(page_row_end(&row[count - 1]) == PAGES_ALL);
	for (size_t i = 1; i < count; i++)
		CU_ASSERT(row[i].there || row[i - 1].there); /* what nobody maps is one row */
}

static void check_backward(const struct page_rows *rows, const struct page_row *row, size_t count)
{
	struct page_row at = page_row_of(rows, PAGES_ALL - 1);

	for (size_t i = count; i-- > 0;) {
		CU_ASSERT(same_row(&at, &row[i]));
		CU_ASSERT(page_row_before(rows, &at, &at) == (i > 0));
	}
}

static void check_anywhere(const struct page_rows *rows, const struct page_row *row, size_t count, uint64_t *seed)
{
	for (unsigned i = 0; i < 200; i++) {
		const struct page_row *wanted = &row[harness_random(seed) % count];
		uint32_t page = wanted->range.page + (uint32_t)(harness_random(seed) % wanted->range.pages);
		struct page_row found = page_row_of(rows, page);

		CU_ASSERT(same_row(&found, wanted));
	}
}

/* Pages by state, as the map of everything has them. */
static void check_map(const struct vm *vm, const struct page_row *row, size_t count)
{
	uint64_t here[PAGE_STATES] = {0}, there[PAGE_STATES] = {0};
	struct page_map map;

	CU_ASSERT_FATAL(page_map_make(&map, vm));
	for (size_t i = 0; i < count; i++)
		for (unsigned state = 0; state < PAGE_STATES; state++)
			here[state] += row[i].range.in_state[state];
	for (size_t i = 0; i < map.ranges; i++)
		for (unsigned state = 0; state < PAGE_STATES; state++)
			there[state] += map.range[i].in_state[state];
	CU_ASSERT(memcmp(here, there, sizeof(here)) == 0);
	page_map_free(&map);
}

/* Pages that are shown one by one. */
static void check_open(const struct vm *vm, const struct page_row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct page_rows open = {.vm = vm, .open_first = row[i].range.page, .open_end = page_row_end(&row[i])};
		struct page_row at = page_row_of(&open, row[i].range.page);

		if (!row[i].there || row[i].range.pages < 3)
			continue;
		for (uint32_t page = open.open_first; page < open.open_end; page++) {
			CU_ASSERT(at.range.page == page && at.range.pages == 1);
			if (!page_row_behind(&open, &at, &at))
				CU_ASSERT(page == PAGES_ALL - 1);
		}
		return;
	}
}

static void check_rows(const struct vm *vm)
{
	struct page_row *row = calloc(ROWS_MOST + 1, sizeof(*row));
	uint64_t seed = harness_seed(77);
	struct page_rows rows = {.vm = vm};
	size_t count;

	CU_ASSERT_FATAL(row != NULL);
	count = all_rows(&rows, row);
	check_cover(row, count);
	check_backward(&rows, row, count);
	check_anywhere(&rows, row, count, &seed);
	check_map(rows.vm, row, count);
	check_open(rows.vm, row, count);
	free(row);
}

static void try_mode(const char *mode, const char *guest, const char *word, uint64_t clock)
{
	struct panel_scene scene;

	scene_begin_workload(&scene, mode, guest, word);
	scene_go(&scene, clock, 0);
	check_rows(scene.debugger.vm);
	scene_free(&scene);
}

static void test_modes(void)
{
	static const char *const modes[] = {"native", "emulate", "trap", "trap/3", "bt", "hvm/shadow", "hvm/nested"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		try_mode(modes[i], KERNEL, "workload=forkwait", 13000000);
	try_mode("pv", KERNEL_PV, "workload=forkwait", 13000000);
	try_mode("pv/direct", KERNEL_PV, "workload=forkwait", 13000000);
}

static void test_large_pages(void)
{
	try_mode("native", KERNEL, "pse", 12000000);
	try_mode("trap", KERNEL, "pse", 12000000);
	try_mode("hvm/nested", KERNEL, "pse", 12000000);
}

/* Paging is off at the guest's beginning. */
static void test_no_paging(void)
{
	static const char *const modes[] = {"native", "trap", "bt", "hvm/shadow", "hvm/nested"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		try_mode(modes[i], KERNEL, "workload=forkwait", 20000);
}

/* To where a guest that tries everything has its PAE tables in use: some way into the function of this name. */
static bool reach_pae(struct panel_scene *scene)
{
	struct goal goal = {.kind = GOAL_ADDRESS};

	CU_ASSERT_FATAL(symbols_find(scene->debugger.symbols, "pae", &goal.address));
	CU_ASSERT_FATAL(debugger_move(&scene->debugger, &goal, NULL, NULL));
	for (unsigned i = 0; i < 1000; i++) {
		const struct cpu_state *guest = vm_guest_state(scene->debugger.vm);

		if (guest->cr4 & CR4_PAE && state_paging(guest))
			return true;
		scene_go(scene, scene->debugger.vm->clock + 200, 0);
	}
	return false;
}

static void test_pae(void)
{
	static const char *const modes[] = {"native", "trap", "hvm/nested"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct panel_scene scene;
		struct page_rows rows = {0};

		scene_begin_workload(&scene, modes[i], "build/guests/privileged.elf", "paging");
		CU_ASSERT_FATAL(reach_pae(&scene));
		check_rows(scene.debugger.vm);
		rows.vm = scene.debugger.vm;
		CU_ASSERT(page_row_of(&rows, vm_guest_state(rows.vm)->eip >> 12).there);
		scene_free(&scene);
	}
}

static const struct harness_test tests[] = {
	{"rows of PAE tables", test_pae},
	{"rows cover all pages in every mode", test_modes},
	{"rows of large pages", test_large_pages},
	{"rows without paging", test_no_paging},
	{0},
};

int main(void)
{
	return harness_main("page rows", tests);
}
