/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/shadowpt/test_nested.c - nested page tables by themselves: violations put to them as the hardware would,
 * and their entries read back by the processor's own walk.
 */
#include "cpu/vmx.h"
#include "shadowpt/nested.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_FRAME = 1, FRAMES = 32 };

struct tables {
	struct vm *vm;
	struct nested *nested;
};

static struct tables tables_new(unsigned levels, uint32_t frames)
{
	struct tables tables = {.vm = rig_new(&rig_ways[1], NULL)};

	CU_ASSERT_PTR_NOT_NULL_FATAL(tables.vm);
	tables.nested = nested_new(&(struct nested_options){
		.vm = tables.vm, .first_frame = FIRST_FRAME, .frames = frames, .levels = levels});
	CU_ASSERT_PTR_NOT_NULL_FATAL(tables.nested);
	return tables;
}

static void tables_free(struct tables *tables)
{
	nested_free(tables->nested);
	vm_free(tables->vm);
}

static bool agrees(const struct tables *tables)
{
	char message[256];
	bool ok = nested_check(tables->nested, message, sizeof message);

	if (!ok)
		printf("# %s\n", message);
	return ok;
}

/* Where the hardware arrives from a linear address without paging: gpa and gla are the same. */
static struct nested_walk walk(const struct tables *tables, uint32_t gpa, enum access access)
{
	struct nested_walk walk;

	cpu_nested_walk(tables->vm->processor, rig_state(tables->vm), nested_pointer(tables->nested), gpa, access, false,
	                &walk);
	return walk;
}

/* ---- tests ---- */

static void test_fill(void)
{
	for (unsigned levels = 2; levels <= 4; levels++) {
		struct tables tables = tables_new(levels, FRAMES);
		uint64_t clock = tables.vm->clock, mfn = 0;
		struct nested_walk found = walk(&tables, RIG_DATA + 4, ACCESS_WRITE);

		CU_ASSERT(found.violation);
		CU_ASSERT_EQUAL(found.violated, RIG_DATA + 4);
		CU_ASSERT_EQUAL(nested_violation(tables.nested, RIG_DATA + 4, true), NESTED_FILLED);
		CU_ASSERT_EQUAL(tables.vm->clock - clock, levels * tables.vm->costs.cycles[COST_nested_fill]);
		found = walk(&tables, RIG_DATA + 4, ACCESS_WRITE);
		CU_ASSERT_FALSE(found.violation);
		CU_ASSERT_EQUAL(found.steps, levels);
		CU_ASSERT(memory_gfn_to_mfn(tables.vm->memory, RIG_DATA >> PAGE_SHIFT, &mfn));
		CU_ASSERT_EQUAL(found.ma, (mfn << PAGE_SHIFT) + 4);
		CU_ASSERT(walk(&tables, RIG_DATA + PAGE_SIZE, ACCESS_READ).violation);
		CU_ASSERT(agrees(&tables));
		tables_free(&tables);
	}
}

/* ROM is read and run, not written; beyond memory, and beyond what the levels reach, there is nothing. */
static void test_what_is_not_mapped(void)
{
	struct tables tables = tables_new(2, FRAMES);

	CU_ASSERT_EQUAL(nested_violation(tables.nested, 0xc8000, true), NESTED_EMULATE);
	CU_ASSERT_EQUAL(nested_violation(tables.nested, 0xc8000, false), NESTED_FILLED);
	CU_ASSERT_FALSE(walk(&tables, 0xc8000, ACCESS_READ).violation);
	CU_ASSERT_FALSE(walk(&tables, 0xc8000, ACCESS_EXECUTE).violation);
	CU_ASSERT(walk(&tables, 0xc8000, ACCESS_WRITE).violation);
	CU_ASSERT_EQUAL(nested_violation(tables.nested, RIG_MEMORY, false), NESTED_EMULATE);
	CU_ASSERT_EQUAL(nested_violation(tables.nested, 0xfffff000, false), NESTED_EMULATE);
	CU_ASSERT_EQUAL(nested_violation(tables.nested, UINT64_C(0xffffff000), true), NESTED_EMULATE);
	CU_ASSERT(walk(&tables, 0xfffff000, ACCESS_READ).violation);
	CU_ASSERT_EQUAL(nested_reach(2), UINT64_C(1) << 30);
	CU_ASSERT_EQUAL(nested_reach(3), UINT64_C(512) << 30);
	CU_ASSERT(agrees(&tables));
	tables_free(&tables);
}

static void big(struct config *config)
{
	config->memory = 64 << 20;
}

/* With the fewest frames everything is thrown out and comes back, and INVEPT is due. */
static void test_smallest_pool(void)
{
	struct tables tables = {.vm = rig_new(&rig_ways[1], big)};
	uint64_t flushes;

	tables.nested = nested_new(&(struct nested_options){
		.vm = tables.vm, .first_frame = FIRST_FRAME, .frames = NESTED_MINIMUM, .levels = 4});
	CU_ASSERT(nested_take_flush(tables.nested));
	CU_ASSERT_FALSE(nested_take_flush(tables.nested));
	for (uint64_t gpa = 0; gpa < 64 << 20; gpa += 1 << 20) {
		CU_ASSERT_EQUAL(nested_violation(tables.nested, gpa, true), NESTED_FILLED);
		CU_ASSERT_FALSE(walk(&tables, (uint32_t)gpa, ACCESS_WRITE).violation);
		CU_ASSERT(nested_counters(tables.nested)->tables_used <= NESTED_MINIMUM);
	}
	flushes = nested_counters(tables.nested)->flushes;
	CU_ASSERT(flushes > 3 && flushes < 16);
	CU_ASSERT(nested_take_flush(tables.nested));
	CU_ASSERT(walk(&tables, 0, ACCESS_READ).violation);
	CU_ASSERT(agrees(&tables));
	CU_ASSERT_PTR_NULL(nested_new(&(struct nested_options){
		.vm = tables.vm, .first_frame = FIRST_FRAME, .frames = NESTED_MINIMUM - 1, .levels = 4}));
	tables_free(&tables);
}

/* The check sees an entry that says something else than the memory map. */
static void test_check(void)
{
	static const uint64_t damage[] = {EPT_WRITE, EPT_READ, UINT64_C(1) << 13};
	struct tables tables = tables_new(3, FRAMES);
	uint64_t *entry;
	char message[256];

	nested_violation(tables.nested, 0xc8000, false);
	entry = (uint64_t *)(void *)memory_machine_frame(tables.vm->memory, FIRST_FRAME + 2) + 0xc8;
	for (unsigned i = 0; i < sizeof damage / sizeof *damage; i++) {
		*entry ^= damage[i];
		CU_ASSERT_FALSE(nested_check(tables.nested, message, sizeof message));
		CU_ASSERT_PTR_NOT_NULL(strstr(message, "0000c8000"));
		*entry ^= damage[i];
	}
	*entry |= EPT_A | EPT_D; /* hardware's */
	CU_ASSERT(agrees(&tables));
	tables_free(&tables);
}

/* ---- by hand ---- */

static uint64_t frame_entry(const struct tables *tables, uint64_t gpa)
{
	uint64_t mfn = 0;

	CU_ASSERT(memory_gfn_to_mfn(tables->vm->memory, gpa >> PAGE_SHIFT, &mfn));
	return mfn << PAGE_SHIFT | EPT_WRITE_BACK << 3 | EPT_READ | EPT_WRITE | EPT_EXECUTE;
}

static bool by_hand(const struct tables *tables, uint64_t table, unsigned slot, uint64_t entry, const char *expected)
{
	char why[256] = "";
	bool done = nested_hand_write(tables->nested, table, slot, entry, why, sizeof why);

	if (!done == !expected || !strstr(why, expected ? expected : ""))
		printf("# %016llx: %s\n", (unsigned long long)entry, why);
	return done == !expected && strstr(why, expected ? expected : "");
}

/* From the top down; what would lead out of the guest, or into a circle, is not written. */
static void test_by_hand(void)
{
	struct tables tables = tables_new(2, FRAMES);
	uint64_t root = (uint64_t)FIRST_FRAME << PAGE_SHIFT, table = nested_hand_table(tables.nested), entry;
	uint64_t right = frame_entry(&tables, RIG_DATA), rights = EPT_READ | EPT_WRITE | EPT_EXECUTE;
	unsigned slot = RIG_DATA >> PAGE_SHIFT & 511;

	CU_ASSERT(by_hand(&tables, table, slot, right, "first put it into its place"));
	CU_ASSERT(by_hand(&tables, root, 0, table | rights | 0x30, "reserved bits"));
	CU_ASSERT(by_hand(&tables, root, 0, (table + PAGE_SIZE) | rights, "must refer to a table"));
	CU_ASSERT(by_hand(&tables, root, 512, table | rights, "there is no entry"));
	CU_ASSERT(by_hand(&tables, root, 0, table | rights, NULL));
	CU_ASSERT(by_hand(&tables, root, 1, table | rights, "has its place already"));
	CU_ASSERT(by_hand(&tables, root, 1, root | rights, "has its place already"));
	CU_ASSERT(by_hand(&tables, root, 0, 0, "it would be lost"));
	CU_ASSERT(by_hand(&tables, table, slot, right & ~(uint64_t)EPT_READ, "misconfiguration"));
	CU_ASSERT(by_hand(&tables, table, slot, right | UINT64_C(1) << 40, "reserved address bits"));
	CU_ASSERT(by_hand(&tables, table, slot, right & 0xffffff007, "memory type 0"));
	CU_ASSERT(by_hand(&tables, table, slot, root | EPT_WRITE_BACK << 3 | rights, "is not the guest's"));
	CU_ASSERT(by_hand(&tables, table, slot, right, NULL));
	CU_ASSERT_EQUAL(nested_hand_done(tables.nested, RIG_DATA), rights);
	CU_ASSERT_EQUAL(nested_hand_done(tables.nested, RIG_DATA + PAGE_SIZE), 0);
	CU_ASSERT(nested_hand_read(tables.nested, table, slot, &entry) && entry == right);
	CU_ASSERT_FALSE(nested_hand_read(tables.nested, table + PAGE_SIZE, slot, &entry));
	CU_ASSERT_FALSE(walk(&tables, RIG_DATA, ACCESS_WRITE).violation);
	CU_ASSERT(agrees(&tables));
	CU_ASSERT(by_hand(&tables, table, slot, right & ~(uint64_t)EPT_WRITE, NULL)); /* narrower is fine, another frame is not */
	CU_ASSERT(agrees(&tables));
	CU_ASSERT(by_hand(&tables, table, slot, right + PAGE_SIZE, NULL));
	CU_ASSERT_FALSE(agrees(&tables));
	while (nested_hand_table(tables.nested))
		;
	CU_ASSERT_EQUAL(nested_counters(tables.nested)->tables_used, FRAMES);
	tables_free(&tables);
}

static void aligned(struct config *config)
{
	config->memory = 64 << 20;
	config->vmm_frames = 512; /* the guest's first frame lies at 2 MiB */
}

/* 2 MiB with one entry where 512 frames are alike; small ones elsewhere: in the first 2 MiB there is ROM. */
static void test_large(void)
{
	struct tables tables = {.vm = rig_new(&rig_ways[1], aligned)};
	struct nested_walk found;

	tables.nested = nested_new(&(struct nested_options){
		.vm = tables.vm, .first_frame = FIRST_FRAME, .frames = FRAMES, .levels = 4, .large = true});
	CU_ASSERT_EQUAL(nested_violation(tables.nested, 0x600000, false), NESTED_FILLED);
	found = walk(&tables, 0x7ff000, ACCESS_WRITE);
	CU_ASSERT_FALSE(found.violation);
	CU_ASSERT_EQUAL(found.steps, 3);
	CU_ASSERT_EQUAL(found.page_size, 2 << 20);
	CU_ASSERT_EQUAL(nested_violation(tables.nested, 0x1000, false), NESTED_FILLED);
	CU_ASSERT_EQUAL(walk(&tables, 0x1000, ACCESS_READ).steps, 4);
	CU_ASSERT(walk(&tables, 0x2000, ACCESS_READ).violation);
	CU_ASSERT(agrees(&tables));
	tables_free(&tables);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"entries are made where violations ask", test_fill},
		{"ROM, devices, and what no level reaches", test_what_is_not_mapped},
		{"the smallest pool", test_smallest_pool},
		{"the check finds planted errors", test_check},
		{"entries by hand", test_by_hand},
		{"large pages", test_large},
		{0},
	};
	return harness_main("nested tables", tests);
}
