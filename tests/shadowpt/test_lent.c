/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/shadowpt/test_lent.c - shadow tables that a pager from outside fills: what it may have, what it is refused, and that the check
 * finds what is planted. The pager here is a few lines, and knows one table.
 */
#include "cpu/paging.h"
#include "shadowpt/lent.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <string.h>

enum {
	FIRST_FRAME = 66, FRAMES = 32, HOLE_TABLE = 65,
	RIGHTS = ENTRY_P | ENTRY_RW | ENTRY_US,
	DATA = 0x40000,
};

struct pager {
	struct vmm_pieces pieces;
	struct vm *vm;
	struct shadow *shadow;
	uint32_t directory, table;
	unsigned asked[LENT_FLUSH + 1];
	bool silent; /* gives no answer */
};

static void fill(struct pager *pager, struct lent_request *request)
{
	const struct walk *walk = request->walk;
	uint32_t mfn = 0, entry;
	bool writable, stored;
	char why[LENT_WHY];

	request->verdict = walk->ok ? SHADOW_HIDDEN : SHADOW_TRUE;
	request->error = walk->error;
	if (!walk->ok)
		return;
	for (unsigned i = 0; i < walk->steps; i++)
		CU_ASSERT(lent_mark(pager->shadow, (uint32_t)walk->step[i].entry_address, ENTRY_A | (i ? ENTRY_D : 0), &stored, why) && stored);
	CU_ASSERT(lent_frame(pager->shadow, (uint32_t)(walk->physical >> PAGE_SHIFT), &mfn, &writable));
	entry = mfn << PAGE_SHIFT | ENTRY_P | (walk->user ? ENTRY_US : 0) | (walk->writable && writable ? ENTRY_RW : 0);
	CU_ASSERT(lent_set(pager->shadow, pager->directory, request->linear >> 22, pager->table << PAGE_SHIFT | RIGHTS, why));
	CU_ASSERT(lent_set(pager->shadow, pager->table, request->linear >> PAGE_SHIFT & 1023, entry, why));
}

static void answer(void *owner, struct vm *vm, struct lent_request *request)
{
	struct pager *pager = owner;

	(void)vm;
	pager->asked[request->call]++;
	request->done = !pager->silent;
	if (request->call == LENT_LOAD_CR3) {
		pager->directory = lent_take(request->shadow, 2);
		pager->table = lent_take(request->shadow, 1);
		request->root = pager->directory;
	} else if (request->call == LENT_FILL) {
		fill(pager, request);
	} else if (request->call == LENT_STORED) {
		char why[LENT_WHY];

		lent_set(pager->shadow, pager->table, (uint32_t)request->gpa / 4 & 1023, 0, why);
	}
}

static void pager_begin(struct pager *pager)
{
	*pager = (struct pager){.vm = rig_new(&rig_ways[1], NULL), .pieces = {.owner = pager, .pager = answer}};
	CU_ASSERT_PTR_NOT_NULL_FATAL(pager->vm);
	pager->shadow = shadow_new(&(struct shadow_options){
		.vm = pager->vm,
		.first_frame = FIRST_FRAME,
		.frames = FRAMES,
		.hole_table = (uint64_t)HOLE_TABLE << PAGE_SHIFT,
	});
	CU_ASSERT_PTR_NOT_NULL_FATAL(pager->shadow);
	pager->vm->pieces = &pager->pieces;
	rig_paging(pager->vm, RIGHTS);
}

static void pager_end(struct pager *pager)
{
	shadow_free(pager->shadow);
	pager->vm->pieces = NULL;
	vm_free(pager->vm);
}

static enum shadow_verdict fault(struct pager *pager, uint32_t linear)
{
	struct walk walk;

	return shadow_fault(pager->shadow, linear, ACCESS_READ, false, &walk);
}

static uint32_t leaf(const struct pager *pager, uint32_t linear)
{
	uint32_t entry = 0;
	char why[LENT_WHY];

	CU_ASSERT(lent_get(pager->shadow, pager->table, linear >> PAGE_SHIFT & 1023, &entry, why));
	return entry;
}

/* ---- what is asked ---- */

static void test_life(void)
{
	struct pager pager;
	struct shadow_root root;
	struct walk walk;
	uint64_t gfn = 0;

	pager_begin(&pager);
	CU_ASSERT_EQUAL(fault(&pager, DATA), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(pager.asked[LENT_FLUSH], 1);
	CU_ASSERT_EQUAL(pager.asked[LENT_LOAD_CR3], 1);
	root = shadow_root(pager.shadow, VIEW_KERNEL);
	CU_ASSERT(root.two_levels && root.cr3 == pager.directory << PAGE_SHIFT);
	lent_walk(pager.shadow, pager.directory, DATA, ACCESS_WRITE, true, &walk);
	CU_ASSERT(walk.ok && memory_mfn_to_gfn(pager.vm->memory, walk.physical >> PAGE_SHIFT, &gfn) && gfn == DATA >> PAGE_SHIFT);
	CU_ASSERT_EQUAL(fault(&pager, 0x400000), SHADOW_TRUE);
	CU_ASSERT_EQUAL(fault(&pager, 0xffe00000), SHADOW_TRUE); /* the VMM's: not asked */
	CU_ASSERT_EQUAL(pager.asked[LENT_FILL], 2);
	shadow_invalidate(pager.shadow, DATA);
	CU_ASSERT_EQUAL(pager.asked[LENT_INVLPG], 1);
	rig_state(pager.vm)->cr3 = RIG_TABLES + 0x4000;
	shadow_root(pager.shadow, VIEW_KERNEL);
	CU_ASSERT_EQUAL(pager.asked[LENT_LOAD_CR3], 2);
	pager_end(&pager);
}

static void test_tracing(void)
{
	struct pager pager;
	char why[LENT_WHY];

	pager_begin(&pager);
	fault(&pager, DATA);
	CU_ASSERT(!shadow_stored(pager.shadow, rig_entry_at(DATA), 4));
	CU_ASSERT(lent_trace(pager.shadow, rig_entry_at(DATA) >> PAGE_SHIFT, true, why));
	CU_ASSERT(shadow_stored(pager.shadow, rig_entry_at(DATA), 4));
	CU_ASSERT_EQUAL(leaf(&pager, DATA), 0);
	/* for descriptor tables the VMM takes the right to write by itself */
	fault(&pager, DATA);
	CU_ASSERT(leaf(&pager, DATA) & ENTRY_RW);
	shadow_trace(pager.shadow, DATA >> PAGE_SHIFT);
	CU_ASSERT(!(leaf(&pager, DATA) & ENTRY_RW));
	CU_ASSERT(!lent_trace(pager.shadow, 0xfffff, true, why));
	pager_end(&pager);
}

/* Who does not answer is not asked again, and the processor has a directory with nothing in it. */
static void test_silence(void)
{
	struct pager pager;
	struct walk walk;

	pager_begin(&pager);
	pager.silent = true;
	CU_ASSERT_EQUAL(fault(&pager, DATA), SHADOW_EMULATE);
	CU_ASSERT_EQUAL(pager.asked[LENT_FLUSH] + pager.asked[LENT_LOAD_CR3] + pager.asked[LENT_FILL], 1);
	lent_walk(pager.shadow, shadow_root(pager.shadow, VIEW_KERNEL).cr3 >> PAGE_SHIFT, DATA, ACCESS_READ, false, &walk);
	CU_ASSERT(!walk.ok);
	pager_end(&pager);
}

/* ---- what is refused ---- */

static void test_refusals(void)
{
	struct pager pager;
	char why[LENT_WHY];
	bool stored;
	uint32_t mfn = 0;
	bool writable;

	pager_begin(&pager);
	fault(&pager, DATA);
	CU_ASSERT(lent_frame(pager.shadow, DATA >> PAGE_SHIFT, &mfn, &writable));
	CU_ASSERT(!lent_frame(pager.shadow, 0xfffff, &mfn, &writable));
	for (uint32_t frame = 0; frame < FIRST_FRAME + FRAMES; frame++)
		CU_ASSERT(!lent_set(pager.shadow, pager.table, 5, frame << PAGE_SHIFT | RIGHTS, why));
	CU_ASSERT(!lent_set(pager.shadow, pager.directory, 5, mfn << PAGE_SHIFT | RIGHTS, why));
	CU_ASSERT(!lent_set(pager.shadow, pager.directory, 5, pager.directory << PAGE_SHIFT | RIGHTS, why));
	CU_ASSERT(!lent_set(pager.shadow, pager.directory, 1023, 0, why));
	CU_ASSERT(!lent_set(pager.shadow, pager.table, 1024, 0, why));
	CU_ASSERT(!lent_set(pager.shadow, mfn, 0, 0, why));
	CU_ASSERT(!lent_mark(pager.shadow, rig_entry_at(DATA), ENTRY_RW, &stored, why));
	CU_ASSERT(lent_give(pager.shadow, pager.table, why));
	CU_ASSERT(!lent_give(pager.shadow, pager.table, why));
	CU_ASSERT_EQUAL(lent_entries(pager.shadow, pager.directory)[DATA >> 22], 0); /* nothing leads to it any more */
	while (lent_take(pager.shadow, 1) != LENT_NO_PAGE)
		;
	lent_reset(pager.shadow);
	CU_ASSERT_NOT_EQUAL(lent_take(pager.shadow, 1), LENT_NO_PAGE);
	pager_end(&pager);
}

/* ---- the check is worth something ---- */

static void test_check_finds_errors(void)
{
	static const struct { uint32_t flip; const char *says; } plants[] = {
		{ENTRY_RW, "not dirty"},
		{ENTRY_US, "its ring 3's"},
		{1u << PAGE_SHIFT, "another frame"},
	};
	struct pager pager;
	char message[512];
	uint32_t *at;

	pager_begin(&pager);
	fault(&pager, DATA);
	rig_put(pager.vm, rig_entry_at(DATA), 4, DATA | ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A); /* D is gone */
	at = &lent_entries(pager.shadow, pager.table)[DATA >> PAGE_SHIFT];
	*at &= ~(uint32_t)ENTRY_RW;
	CU_ASSERT(shadow_check(pager.shadow, message, sizeof message));
	for (unsigned i = 0; i < sizeof plants / sizeof *plants; i++) {
		*at ^= plants[i].flip;
		CU_ASSERT(!shadow_check(pager.shadow, message, sizeof message));
		CU_ASSERT_PTR_NOT_NULL(strstr(message, plants[i].says));
		*at ^= plants[i].flip;
	}
	CU_ASSERT(lent_random_walks(pager.shadow, 10000, 1, message, sizeof message));
	for (uint32_t i = 0; i < LENT_ENTRIES; i++) /* frames of the VMM's */
		lent_entries(pager.shadow, pager.table)[i] = 1 << PAGE_SHIFT | RIGHTS;
	CU_ASSERT(!lent_random_walks(pager.shadow, 10000, 1, message, sizeof message));
	pager_end(&pager);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"what a pager from outside is asked", test_life},
		{"stores to what it traces", test_tracing},
		{"a pager that does not answer", test_silence},
		{"what it is refused", test_refusals},
		{"the check finds planted errors", test_check_finds_errors},
		{0},
	};
	return harness_main("shadow pager from outside", tests);
}
