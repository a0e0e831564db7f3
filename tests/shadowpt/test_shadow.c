/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/shadowpt/test_shadow.c - the shadow pager by itself: a guest's tables in memory, faults put to it
 * as the hardware would, and its entries read back as the hardware would walk them.
 */
#include "cpu/paging.h"
#include "shadowpt/pages.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

enum {
	FIRST_FRAME = 66, FRAMES = 64, HOLE_TABLE = 65,
	RIGHTS = ENTRY_P | ENTRY_RW | ENTRY_US,
	DATA = 0x40000,
};

struct pager {
	struct vm *vm;
	struct shadow *shadow;
};

/* The interpreter's machine has a virtual CPU and no pager of its own. */
static struct pager pager_new(uint32_t frames, bool separate_views)
{
	struct pager pager = {.vm = rig_new(&rig_ways[1], NULL)};

	CU_ASSERT_PTR_NOT_NULL_FATAL(pager.vm);
	pager.shadow = shadow_new(&(struct shadow_options){
		.vm = pager.vm,
		.first_frame = FIRST_FRAME,
		.frames = frames,
		.separate_views = separate_views,
		.hole_table = (uint64_t)HOLE_TABLE << PAGE_SHIFT,
	});
	CU_ASSERT_PTR_NOT_NULL_FATAL(pager.shadow);
	return pager;
}

static void pager_free(struct pager *pager)
{
	shadow_free(pager->shadow);
	vm_free(pager->vm);
}

static enum shadow_verdict fault_as(struct pager *pager, uint32_t linear, enum access access, bool user)
{
	struct walk walk;

	return shadow_fault(pager->shadow, linear, access, user, &walk);
}

static enum shadow_verdict fault(struct pager *pager, uint32_t linear, enum access access)
{
	return fault_as(pager, linear, access, false);
}

/* The leaf that hardware would find; 0: it would fault. */
static uint64_t leaf_in(struct pager *pager, uint32_t linear, enum shadow_view view)
{
	struct shadow_root root = shadow_root(pager->shadow, view);
	uint64_t entry = root.pointer[linear >> 30];

	for (unsigned shift = 21; (entry & ENTRY_P) && shift >= PAGE_SHIFT; shift -= 9) {
		const uint8_t *table = memory_machine_frame(pager->vm->memory, (entry & PAE_ADDRESS) >> PAGE_SHIFT);

		memcpy(&entry, table + (linear >> shift & 511) * 8, sizeof entry);
	}
	return entry & ENTRY_P ? entry : 0;
}

static uint64_t leaf(struct pager *pager, uint32_t linear)
{
	return leaf_in(pager, linear, VIEW_KERNEL);
}

static uint64_t frame_of(const struct pager *pager, uint64_t entry)
{
	uint64_t gfn = 0;

	CU_ASSERT(memory_mfn_to_gfn(pager->vm->memory, (entry & PAE_ADDRESS) >> PAGE_SHIFT, &gfn));
	return gfn << PAGE_SHIFT;
}

/* The guest stores an entry, as the emulation of its instruction would. */
static void store(struct pager *pager, uint32_t gpa, uint32_t value)
{
	uint64_t mfn = 0;

	memory_gfn_to_mfn(pager->vm->memory, gpa >> PAGE_SHIFT, &mfn);
	rig_put(pager->vm, gpa, 4, value);
	if (memory_flags(pager->vm->memory, mfn) & FRAME_TRACED)
		shadow_stored(pager->shadow, gpa, 4);
}

static bool agrees(const struct pager *pager)
{
	char message[256];
	bool ok = shadow_check(pager->shadow, message, sizeof message);

	if (!ok)
		printf("# %s\n", message);
	return ok;
}

/* ---- faults ---- */

static void test_verdicts(void)
{
	struct pager pager = pager_new(FRAMES, false);

	rig_paging(pager.vm, RIGHTS);
	store(&pager, rig_entry_at(DATA + 0x1000), 0);
	store(&pager, rig_entry_at(DATA + 0x2000), (DATA + 0x2000) | ENTRY_P);
	store(&pager, rig_entry_at(DATA + 0x3000), 0x7ffff000 | RIGHTS); /* nothing is there */
	store(&pager, rig_entry_at(DATA + 0x4000), 0xc8000 | RIGHTS);    /* ROM */
	rig_state(pager.vm)->cr0 |= CR0_WP;
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, DATA)), DATA);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x1000, ACCESS_READ), SHADOW_TRUE);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x2000, ACCESS_WRITE), SHADOW_TRUE);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x3000, ACCESS_READ), SHADOW_EMULATE);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x4000, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x4000, ACCESS_WRITE), SHADOW_EMULATE);
	CU_ASSERT_EQUAL(fault(&pager, 0x400000, ACCESS_READ), SHADOW_TRUE);
	CU_ASSERT_EQUAL(fault(&pager, RIG_TABLES, ACCESS_WRITE), SHADOW_EMULATE); /* traced */
	CU_ASSERT(agrees(&pager));
	CU_ASSERT_EQUAL(shadow_counters(pager.shadow)->true_faults, 3);
	CU_ASSERT_EQUAL(shadow_counters(pager.shadow)->hidden, 2);
	pager_free(&pager);
}

static void test_accessed_and_dirty(void)
{
	struct pager pager = pager_new(FRAMES, false);
	uint32_t at = rig_entry_at(DATA);

	rig_paging(pager.vm, RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(rig_get(pager.vm, at) & (ENTRY_A | ENTRY_D), ENTRY_A);
	CU_ASSERT_EQUAL(rig_get(pager.vm, RIG_TABLES) & ENTRY_A, ENTRY_A);
	CU_ASSERT(!(leaf(&pager, DATA) & ENTRY_RW)); /* the first store must be seen */
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(rig_get(pager.vm, at) & (ENTRY_A | ENTRY_D), ENTRY_A | ENTRY_D);
	CU_ASSERT(leaf(&pager, DATA) & ENTRY_RW);
	store(&pager, at, DATA | RIGHTS); /* the guest clears both: they must come back */
	CU_ASSERT_EQUAL(leaf(&pager, DATA), 0);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(rig_get(pager.vm, at) & (ENTRY_A | ENTRY_D), ENTRY_A | ENTRY_D);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* CR0.WP clear: the guest's kernel may store, hardware (whose WP is set) must not let it pass. */
static void test_write_protection(void)
{
	struct pager pager = pager_new(FRAMES, false);

	rig_paging(pager.vm, RIGHTS);
	store(&pager, rig_entry_at(DATA), DATA | ENTRY_P | ENTRY_US);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_EMULATE);
	CU_ASSERT_EQUAL(rig_get(pager.vm, rig_entry_at(DATA)) & ENTRY_D, ENTRY_D);
	CU_ASSERT_EQUAL(fault_as(&pager, DATA, ACCESS_WRITE, true), SHADOW_TRUE);
	rig_state(pager.vm)->cr0 |= CR0_WP;
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_TRUE);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* ---- large pages ---- */

static void test_large_pages(void)
{
	struct pager pager = pager_new(FRAMES, false);

	rig_paging(pager.vm, RIGHTS);
	rig_state(pager.vm)->cr4 |= CR4_PSE;
	store(&pager, RIG_TABLES + 4, RIGHTS | ENTRY_PS);
	CU_ASSERT_EQUAL(fault(&pager, 0x400000 + DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, 0x400000 + DATA)), DATA);
	CU_ASSERT(!(leaf(&pager, 0x400000 + DATA) & ENTRY_RW));
	CU_ASSERT_EQUAL(fault(&pager, 0x400000 + DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT(leaf(&pager, 0x400000 + DATA) & ENTRY_RW);
	CU_ASSERT_EQUAL(rig_get(pager.vm, RIG_TABLES + 4) & (ENTRY_A | ENTRY_D), ENTRY_A | ENTRY_D);
	CU_ASSERT_EQUAL(fault(&pager, 0x400000 + RIG_TABLES, ACCESS_WRITE), SHADOW_EMULATE);
	CU_ASSERT(agrees(&pager));
	store(&pager, RIG_TABLES + 4, ENTRY_P | ENTRY_PS); /* read-only now */
	CU_ASSERT_EQUAL(leaf(&pager, 0x400000 + DATA), 0);
	CU_ASSERT_EQUAL(fault_as(&pager, 0x400000 + DATA, ACCESS_READ, true), SHADOW_TRUE);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* PAE: pointers at RIG_TABLES, a directory behind them, a table behind that. */
static void make_pae(struct pager *pager)
{
	struct cpu_state *state = rig_state(pager->vm);

	memset(state->pae_pointer, 0, sizeof state->pae_pointer);
	state->pae_pointer[0] = (RIG_TABLES + 0x1000) | ENTRY_P;
	rig_put(pager->vm, RIG_TABLES + 0x1000, 8, (RIG_TABLES + 0x2000) | RIGHTS);
	rig_put(pager->vm, RIG_TABLES + 0x1008, 8, RIGHTS | ENTRY_PS);
	for (uint32_t page = 0; page < 512; page++)
		rig_put(pager->vm, RIG_TABLES + 0x2000 + 8 * page, 8, page << PAGE_SHIFT | RIGHTS);
	rig_put(pager->vm, RIG_TABLES + 0x2000 + 8 * (DATA >> PAGE_SHIFT), 8, DATA | RIGHTS | ENTRY_NX);
	state->cr3 = RIG_TABLES;
	state->cr4 |= CR4_PAE;
	state->efer = EFER_NXE;
	state->cr0 |= CR0_PG;
}

static void test_pae(void)
{
	struct pager pager = pager_new(FRAMES, false);

	make_pae(&pager);
	CU_ASSERT_EQUAL(fault(&pager, 0x200000 + DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, 0x200000 + DATA)), DATA);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT((leaf(&pager, DATA) & ENTRY_NX) != 0);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_EXECUTE), SHADOW_TRUE);
	CU_ASSERT_EQUAL(fault(&pager, 0x40000000, ACCESS_READ), SHADOW_TRUE);
	CU_ASSERT(agrees(&pager));
	/* the pointers are what CR3 loaded, not what memory says: a new one needs a reload */
	rig_state(pager.vm)->pae_pointer[1] = (RIG_TABLES + 0x1000) | ENTRY_P;
	CU_ASSERT_EQUAL(fault(&pager, 0x40000000 + 0x1000, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, 0x40001000)), 0x1000);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* ---- tracing ---- */

static void test_tracing(void)
{
	struct pager pager = pager_new(FRAMES, false);

	rig_paging(pager.vm, RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT(leaf(&pager, DATA) & ENTRY_RW);
	shadow_take_flush(pager.shadow);
	shadow_trace(pager.shadow, DATA >> PAGE_SHIFT);
	CU_ASSERT(!(leaf(&pager, DATA) & ENTRY_RW));
	CU_ASSERT(shadow_take_flush(pager.shadow));
	CU_ASSERT(!shadow_take_flush(pager.shadow));
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_EMULATE);
	shadow_trace(pager.shadow, DATA >> PAGE_SHIFT); /* counted */
	shadow_untrace(pager.shadow, DATA >> PAGE_SHIFT);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_EMULATE);
	shadow_untrace(pager.shadow, DATA >> PAGE_SHIFT);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT(leaf(&pager, DATA) & ENTRY_RW);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* Two addresses of one frame: both lose their write access when it becomes a table. */
static void test_aliases_are_protected(void)
{
	struct pager pager = pager_new(FRAMES, false);

	rig_paging(pager.vm, RIGHTS);
	store(&pager, rig_entry_at(DATA + 0x1000), DATA | RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x1000, ACCESS_WRITE), SHADOW_HIDDEN);
	store(&pager, RIG_TABLES + 4, DATA | RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, 0x400000, ACCESS_READ), SHADOW_TRUE); /* its entries are 0: no shadow yet */
	store(&pager, DATA, DATA | RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, 0x400000, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT(!(leaf(&pager, DATA) & ENTRY_RW));
	CU_ASSERT(!(leaf(&pager, DATA + 0x1000) & ENTRY_RW));
	CU_ASSERT(!(leaf(&pager, 0x400000) & ENTRY_RW)); /* the table maps itself */
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* A table that is stored to all the time and not used is one no longer. */
static void test_flood(void)
{
	struct pager pager = pager_new(FRAMES, false);
	uint32_t at = rig_entry_at(0x1ff000);
	uint32_t used;

	rig_paging(pager.vm, RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	used = shadow_counters(pager.shadow)->pages_used;
	for (unsigned i = 0; i <= pager.vm->config.trace_limit; i++)
		store(&pager, at, 0x1ff000 | RIGHTS);
	CU_ASSERT_EQUAL(shadow_counters(pager.shadow)->pages_used, used - 1);
	CU_ASSERT_EQUAL(leaf(&pager, DATA), 0);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* A directory that maps itself: its pages show as pages, read-only. */
static void test_recursive_tables(void)
{
	struct pager pager = pager_new(FRAMES, false);

	rig_paging(pager.vm, RIGHTS);
	store(&pager, RIG_TABLES + 4 * 1022, RIG_TABLES | RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, 0xff800000, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, 0xff800000)), RIG_TABLES + 0x1000);
	CU_ASSERT_EQUAL(fault(&pager, 0xffbfe000, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, 0xffbfe000)), RIG_TABLES);
	CU_ASSERT_EQUAL(fault(&pager, 0xffbfe000, ACCESS_WRITE), SHADOW_EMULATE);
	CU_ASSERT(agrees(&pager));
	store(&pager, RIG_TABLES + 4 * 1022, 0);
	CU_ASSERT_EQUAL(leaf(&pager, 0xffbfe000), 0);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* ---- the VMM's window ---- */

static void test_window(void)
{
	struct pager pager = pager_new(FRAMES, false);
	struct shadow_root root;
	uint64_t entry;

	rig_paging(pager.vm, RIGHTS);
	store(&pager, RIG_TABLES + 4 * 1023, (RIG_TABLES + 0x1000) | RIGHTS); /* the guest maps something there */
	CU_ASSERT_EQUAL(fault(&pager, 0xffc00000 + DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(fault(&pager, SHADOW_HOLE, ACCESS_READ), SHADOW_EMULATE);
	CU_ASSERT_EQUAL(fault(&pager, 0xfffff000, ACCESS_WRITE), SHADOW_EMULATE);
	store(&pager, RIG_TABLES + 4 * 1023, 0);
	root = shadow_root(pager.shadow, VIEW_KERNEL);
	memcpy(&entry, memory_machine_frame(pager.vm->memory, (root.pointer[3] & PAE_ADDRESS) >> PAGE_SHIFT) + 511 * 8, 8);
	CU_ASSERT_EQUAL(entry & PAE_ADDRESS, (uint64_t)HOLE_TABLE << PAGE_SHIFT);
	CU_ASSERT_EQUAL(entry & (ENTRY_P | ENTRY_US), ENTRY_P | ENTRY_US); /* the window's own table says who may */
	CU_ASSERT_EQUAL(leaf(&pager, 0xffc00000 + DATA), 0);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* Under hardware assist there is none: the guest has all of its address space, and no directory before it asks. */
static void test_no_window(void)
{
	struct pager pager = {.vm = rig_new(&rig_ways[1], NULL)};

	CU_ASSERT_PTR_NOT_NULL_FATAL(pager.vm);
	pager.shadow = shadow_new(&(struct shadow_options){.vm = pager.vm, .first_frame = FIRST_FRAME, .frames = FRAMES});
	CU_ASSERT_PTR_NOT_NULL_FATAL(pager.shadow);
	rig_paging(pager.vm, RIGHTS);
	store(&pager, RIG_TABLES + 4 * 1023, (RIG_TABLES + 0x1000) | RIGHTS);
	store(&pager, rig_entry_at(0x205000), DATA | RIGHTS); /* the same table: 4 MiB further down */
	store(&pager, rig_entry_at(0x3ff000), DATA | RIGHTS);
	CU_ASSERT_EQUAL(shadow_root(pager.shadow, VIEW_KERNEL).pointer[3], 0);
	CU_ASSERT_EQUAL(fault(&pager, SHADOW_HOLE + 0x5000, ACCESS_WRITE), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(fault(&pager, 0xfffff000, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, SHADOW_HOLE + 0x5000)), DATA);
	CU_ASSERT(agrees(&pager));
	store(&pager, RIG_TABLES + 4 * 1023, 0);
	CU_ASSERT_EQUAL(leaf(&pager, 0xfffff000), 0);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* ---- views ---- */

static void test_views_of_ring3(void)
{
	struct pager pager = pager_new(FRAMES, true);

	rig_paging(pager.vm, ENTRY_P | ENTRY_RW);
	store(&pager, RIG_TABLES, (RIG_TABLES + 0x1000) | RIGHTS);
	store(&pager, rig_entry_at(DATA), DATA | RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA + 0x1000, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT(leaf_in(&pager, DATA + 0x1000, VIEW_KERNEL) & ENTRY_US); /* the kernel is a user there */
	CU_ASSERT_EQUAL(leaf_in(&pager, DATA + 0x1000, VIEW_USER), 0);
	CU_ASSERT_EQUAL(fault_as(&pager, DATA + 0x1000, ACCESS_READ, true), SHADOW_TRUE);
	CU_ASSERT_EQUAL(fault_as(&pager, DATA, ACCESS_READ, true), SHADOW_HIDDEN);
	CU_ASSERT(leaf_in(&pager, DATA, VIEW_USER) & ENTRY_US);
	CU_ASSERT_EQUAL(leaf_in(&pager, DATA, VIEW_KERNEL), 0);
	store(&pager, rig_entry_at(DATA), DATA | ENTRY_P | ENTRY_RW); /* both views hear of it */
	CU_ASSERT_EQUAL(leaf_in(&pager, DATA, VIEW_USER), 0);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* ---- the cache ---- */

static void test_roots(void)
{
	struct pager pager = pager_new(FRAMES, false);
	const struct shadow_counters *counters = shadow_counters(pager.shadow);
	uint64_t made;

	rig_paging(pager.vm, RIGHTS);
	rig_put(pager.vm, 0x38000, 4, (RIG_TABLES + 0x1000) | RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	made = counters->roots_made;
	rig_state(pager.vm)->cr3 = 0x38000;
	CU_ASSERT_EQUAL(leaf(&pager, DATA), 0);
	CU_ASSERT_EQUAL(counters->roots_made, made + 1);
	CU_ASSERT(shadow_take_flush(pager.shadow));
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	rig_state(pager.vm)->cr3 = RIG_TABLES;
	CU_ASSERT(leaf(&pager, DATA)); /* nothing to be made again */
	CU_ASSERT_EQUAL(counters->roots_made, made + 1);
	CU_ASSERT_EQUAL(counters->roots_found, 1);
	CU_ASSERT(agrees(&pager));
	pager_free(&pager);
}

/* As few frames as there may be: everything is thrown out when they are used up, and comes back. */
static void test_small_pool(void)
{
	struct pager pager = pager_new(SHADOW_MINIMUM, false);
	const struct shadow_counters *counters = shadow_counters(pager.shadow);

	rig_paging(pager.vm, RIGHTS);
	for (uint32_t i = 1; i < 1024; i++)
		rig_put(pager.vm, RIG_TABLES + 4 * i, 4, (RIG_TABLES + 0x1000) | RIGHTS);
	for (uint32_t i = 0; i < 400; i++) {
		uint32_t linear = (i * 37 % 1000) << 22 | DATA;

		CU_ASSERT_EQUAL(fault(&pager, linear, i & 1 ? ACCESS_WRITE : ACCESS_READ), SHADOW_HIDDEN);
		CU_ASSERT_EQUAL(frame_of(&pager, leaf(&pager, linear)), DATA);
		CU_ASSERT(counters->pages_used <= counters->pages);
	}
	for (uint32_t i = 0; i < 60; i++) { /* more tables than the pool has room for */
		uint32_t table = 0x100000 + i % 20 * PAGE_SIZE;

		store(&pager, table + 4 * (DATA >> PAGE_SHIFT), DATA | RIGHTS);
		store(&pager, RIG_TABLES + 4 * (i + 1), table | RIGHTS);
		CU_ASSERT_EQUAL(fault(&pager, (i + 1) << 22 | DATA, ACCESS_WRITE), SHADOW_HIDDEN);
		CU_ASSERT(leaf(&pager, (i + 1) << 22 | DATA) & ENTRY_RW);
		CU_ASSERT(agrees(&pager));
	}
	CU_ASSERT(counters->flushes > 0);
	CU_ASSERT_PTR_NULL(shadow_new(&(struct shadow_options){.vm = pager.vm, .first_frame = FIRST_FRAME,
	                                                       .frames = SHADOW_MINIMUM - 1}));
	pager_free(&pager);
}

static void test_flush(void)
{
	struct pager pager = pager_new(FRAMES, false);
	uint64_t mfn = 0;

	rig_paging(pager.vm, RIGHTS);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_WRITE), SHADOW_HIDDEN);
	shadow_take_flush(pager.shadow);
	pages_flush_all(pager.shadow);
	CU_ASSERT(shadow_take_flush(pager.shadow));
	CU_ASSERT_EQUAL(leaf(&pager, DATA), 0);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	CU_ASSERT(leaf(&pager, DATA) & ENTRY_RW); /* D is set in the guest's entry */
	shadow_free(pager.shadow);
	memory_gfn_to_mfn(pager.vm->memory, RIG_TABLES >> PAGE_SHIFT, &mfn);
	CU_ASSERT(!(memory_flags(pager.vm->memory, mfn) & FRAME_TRACED));
	vm_free(pager.vm);
}

/* The check is worth something: it finds what is planted. */
static void test_check_finds_errors(void)
{
	static const struct { uint64_t flip; const char *says; } plants[] = {
		{ENTRY_RW, "writable, but"},
		{ENTRY_US, "user bit"},
		{UINT64_C(1) << PAGE_SHIFT, "another frame"},
		{ENTRY_NX, "execute-disable"},
	};
	struct pager pager = pager_new(FRAMES, false);
	uint64_t entry;
	uint8_t *at;

	rig_paging(pager.vm, RIGHTS);
	store(&pager, rig_entry_at(DATA), DATA | ENTRY_P | ENTRY_US);
	CU_ASSERT_EQUAL(fault(&pager, DATA, ACCESS_READ), SHADOW_HIDDEN);
	entry = shadow_root(pager.shadow, VIEW_KERNEL).pointer[0];
	memcpy(&entry, memory_machine_frame(pager.vm->memory, (entry & PAE_ADDRESS) >> PAGE_SHIFT), 8);
	at = memory_machine_frame(pager.vm->memory, (entry & PAE_ADDRESS) >> PAGE_SHIFT) + (DATA >> PAGE_SHIFT) * 8;
	for (unsigned i = 0; i < sizeof plants / sizeof *plants; i++) {
		char message[256] = "";
		uint64_t wrong;

		memcpy(&entry, at, 8);
		wrong = entry ^ plants[i].flip;
		memcpy(at, &wrong, 8);
		CU_ASSERT(!shadow_check(pager.shadow, message, sizeof message));
		CU_ASSERT_PTR_NOT_NULL(strstr(message, plants[i].says));
		memcpy(at, &entry, 8);
		CU_ASSERT(agrees(&pager));
	}
	/* behind the pager's back: an entry of the guest's that nobody traced */
	rig_put(pager.vm, rig_entry_at(DATA), 4, 0);
	CU_ASSERT(!shadow_check(pager.shadow, (char[64]){0}, 64));
	pager_free(&pager);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"hidden, true, emulated", test_verdicts},
		{"A and D stand in the guest's entries", test_accessed_and_dirty},
		{"CR0.WP is emulated", test_write_protection},
		{"4 MiB pages", test_large_pages},
		{"PAE: 2 MiB pages, NX, pointers", test_pae},
		{"traces count and protect", test_tracing},
		{"every mapping of a table is protected", test_aliases_are_protected},
		{"a flood of stores ends a shadow", test_flood},
		{"tables that map themselves", test_recursive_tables},
		{"the VMM's window stays", test_window},
		{"no window where none is asked for", test_no_window},
		{"kernel and users have their own views in ring 3", test_views_of_ring3},
		{"roots are made and found", test_roots},
		{"the smallest pool", test_small_pool},
		{"a flush throws all out", test_flush},
		{"the check finds planted errors", test_check_finds_errors},
		{0},
	};
	return harness_main("shadow pager", tests);
}
