/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pager.c - lab 4, the solution: a shadow pager for guests with page tables of two levels. After Adams and Agesen 2006, 2.3, and Bugnion
 * et al. 2017, 4.
 *
 * Each shadow page is the shadow of something: of the guest's directory for one CR3, of one of its tables, of a large page, or of 4 MiB
 * of memory while paging is off. Shadows are kept when CR3 changes, and found again by what they are shadows of: that is possible because
 * the guest's tables are traced, so that no shadow says what its table no longer says.
 */
#include "ringside_lab.h"

enum { ENTRIES = 1024, PAGES = 1024, PATIENCE = 64 };
#define RESERVED_IN_LARGE 0x003fe000u

enum kind { FREE, ROOT, TABLE, LARGE, FLAT };

/* What a shadow page is a shadow of. */
struct key {
	enum kind kind;
	uint32_t of;     /* gfn: of the guest's directory or table, or of the first page mapped */
	uint32_t rights; /* LARGE: the entry's RW, US and D. ROOT: how entries are read (CR4.PSE, paging on) */
	uint32_t view;   /* whose: with the kernel in ring 3, its pages are in its own view alone */
};

struct page {
	struct key key;
	uint32_t mfn, stores;
	uint32_t entry[ENTRIES]; /* as in the frame: asking for them is slow */
};

/* The guest's walk. */
struct walk {
	uint32_t entry_at[2], entry[2]; /* gpa and value: PDE, PTE */
	unsigned steps;
	uint32_t rights; /* RW and US of all levels */
	uint32_t error, gpa;
	bool ok, large;
};

static struct page page[PAGES];
static struct page *current; /* root */

/* ---- part A: the guest's walk ---- */

static enum lab_result fault(struct lab_vm *vm, const struct lab_paging *paging, uint32_t cause)
{
	return lab_fault(vm, LAB_PF, cause | (paging->write ? LAB_PF_WRITE : 0) | (paging->user ? LAB_PF_USER : 0));
}

static bool read_entry(struct lab_vm *vm, struct walk *walk, uint32_t table, uint32_t index)
{
	uint32_t *entry = &walk->entry[walk->steps];

	walk->entry_at[walk->steps] = (table & ~0xfffu) + 4 * index;
	vm->call->guest_word(vm, walk->entry_at[walk->steps++], entry);
	walk->rights &= *entry;
	return *entry & LAB_ENTRY_P;
}

static bool read_entries(struct lab_vm *vm, uint32_t gla, struct walk *walk)
{
	if (!read_entry(vm, walk, vm->cpu.cr3, gla >> 22))
		return false;
	walk->large = vm->cpu.cr4 & LAB_CR4_PSE && walk->entry[0] & LAB_ENTRY_PS;
	if (walk->large) {
		walk->gpa = (walk->entry[0] & 0xffc00000u) | (gla & 0x3fffff);
		walk->error = walk->entry[0] & RESERVED_IN_LARGE ? LAB_PF_P | LAB_PF_RESERVED : 0;
		return !walk->error;
	}
	if (!read_entry(vm, walk, walk->entry[0], gla >> 12 & 1023))
		return false;
	walk->gpa = (walk->entry[1] & ~0xfffu) | (gla & 0xfff);
	return true;
}

static void walk_guest(struct lab_vm *vm, const struct lab_paging *paging, struct walk *walk)
{
	bool protected = paging->user || vm->cpu.cr0 & LAB_CR0_WP;

	*walk = (struct walk){.rights = LAB_ENTRY_RW | LAB_ENTRY_US, .gpa = paging->gla, .ok = true};
	if (!(vm->cpu.cr0 & LAB_CR0_PG))
		return;
	walk->ok = read_entries(vm, paging->gla, walk);
	if (!walk->ok)
		return;
	walk->ok = !(paging->user && !(walk->rights & LAB_ENTRY_US)) && !(paging->write && protected && !(walk->rights & LAB_ENTRY_RW));
	walk->error = LAB_PF_P;
}

/* ---- shadow pages ---- */

static bool is_shadow_of(const struct page *a, const struct key *key)
{
	return a->key.kind == key->kind && a->key.of == key->of && a->key.rights == key->rights && a->key.view == key->view;
}

static void set(struct lab_vm *vm, struct page *at, uint32_t index, uint32_t entry)
{
	if (at->entry[index] == entry)
		return;
	at->entry[index] = entry;
	vm->call->shadow_set(vm, at->mfn, index, entry);
}

static void forget_all(void)
{
	for (unsigned i = 0; i < PAGES; i++)
		page[i].key.kind = FREE;
	current = NULL;
}

/* With paging off a directory is no shadow of anything. */
static bool is_of_guest_table(const struct key *key)
{
	return key->kind == TABLE || (key->kind == ROOT && key->rights);
}

static bool is_traced(uint32_t gfn)
{
	for (unsigned i = 0; i < PAGES; i++)
		if (is_of_guest_table(&page[i].key) && page[i].key.of == gfn)
			return true;
	return false;
}

/* From now on each store to the frame must fault: no entry may let one through, nor may the TLB. */
static void protect(struct lab_vm *vm, uint32_t gfn)
{
	uint32_t mfn;
	bool writable;

	if (!vm->call->machine_frame(vm, gfn, &mfn, &writable))
		return;
	vm->call->trace(vm, gfn, true);
	for (unsigned i = 0; i < PAGES; i++) {
		if (page[i].key.kind == FREE || page[i].key.kind == ROOT)
			continue;
		for (unsigned index = 0; index < ENTRIES; index++)
			if (page[i].entry[index] & LAB_ENTRY_RW && page[i].entry[index] >> 12 == mfn)
				set(vm, &page[i], index, page[i].entry[index] & ~(uint32_t)LAB_ENTRY_RW);
	}
	vm->call->tlb_flush(vm);
}

static struct page *make(struct lab_vm *vm, const struct key *key)
{
	struct page *made = page;
	uint32_t mfn;

	while (made < page + PAGES && made->key.kind != FREE)
		made++;
	if (made == page + PAGES)
		return NULL;
	mfn = vm->call->shadow_page(vm, key->kind == ROOT ? LAB_DIRECTORY : LAB_TABLE);
	if (mfn == LAB_NO_SHADOW)
		return NULL;
	*made = (struct page){.mfn = mfn};
	if (is_of_guest_table(key) && !is_traced(key->of))
		protect(vm, key->of);
	made->key = *key;
	return made;
}

/* NULL: everything had to be thrown out, begin again. */
static struct page *find(struct lab_vm *vm, const struct key *key)
{
	struct page *found;

	for (unsigned i = 0; i < PAGES; i++)
		if (is_shadow_of(&page[i], key))
			return &page[i];
	found = make(vm, key);
	if (!found) {
		vm->call->shadow_reset(vm);
		forget_all();
	}
	return found;
}

/* ---- part D: roots ---- */

static struct page *find_root(struct lab_vm *vm, const struct lab_paging *paging)
{
	struct key key = {.kind = ROOT, .view = paging->users_view};
	struct page *root;

	if (vm->cpu.cr0 & LAB_CR0_PG) {
		key.of = vm->cpu.cr3 >> 12;
		key.rights = 1 + (vm->cpu.cr4 & LAB_CR4_PSE);
	}
	do
		root = find(vm, &key);
	while (!root);
	return root;
}

static enum lab_result load_cr3(struct lab_vm *vm, struct lab_paging *paging)
{
	current = find_root(vm, paging);
	paging->root = current->mfn;
	return LAB_DONE;
}

/* ---- part B: the shadow entry ---- */

static struct key table_key(const struct lab_paging *paging, const struct walk *walk)
{
	if (walk->steps == 2)
		return (struct key){TABLE, walk->entry[0] >> 12, 0, paging->users_view};
	return (struct key){
		.kind = walk->steps ? LARGE : FLAT,
		.of = walk->gpa >> 22 << 10,
		.rights = walk->entry[0] & (LAB_ENTRY_RW | LAB_ENTRY_US | LAB_ENTRY_D),
		.view = paging->users_view,
	};
}

/* What the processor would have done to the guest's entries. False: they lie where nothing can be stored. */
static bool mark(struct lab_vm *vm, const struct lab_paging *paging, struct walk *walk)
{
	for (unsigned i = 0; i < walk->steps; i++) {
		uint32_t bits = LAB_ENTRY_A | (paging->write && i == walk->steps - 1 ? LAB_ENTRY_D : 0);

		if ((walk->entry[i] & bits) == bits)
			continue;
		if (!vm->call->guest_mark(vm, walk->entry_at[i], bits))
			return false;
		walk->entry[i] |= bits;
	}
	return true;
}

/* Rights of a shadow entry made from those of the guest's; a kernel in ring 3 is a user for the hardware. */
static uint32_t shadow_rights(const struct lab_paging *paging, uint32_t rights)
{
	return (rights & (LAB_ENTRY_RW | LAB_ENTRY_US)) | (paging->kernel_ring == 3 ? LAB_ENTRY_US : 0) | LAB_ENTRY_P;
}

/* 0: no memory is behind it. */
static uint32_t leaf(struct lab_vm *vm, const struct lab_paging *paging, const struct walk *walk)
{
	uint32_t last = walk->steps ? walk->entry[walk->steps - 1] : LAB_ENTRY_RW | LAB_ENTRY_US | LAB_ENTRY_D;
	uint32_t entry = shadow_rights(paging, last), mfn;
	bool writable;

	if (!vm->call->machine_frame(vm, walk->gpa >> 12, &mfn, &writable))
		return 0;
	if (!writable || !(last & LAB_ENTRY_D) || is_traced(walk->gpa >> 12))
		entry &= ~(uint32_t)LAB_ENTRY_RW;
	return mfn << 12 | entry;
}

static void link(struct lab_vm *vm, const struct lab_paging *paging, const struct walk *walk, const struct page *table)
{
	uint32_t rights = walk->steps == 2 ? walk->entry[0] : LAB_ENTRY_RW | LAB_ENTRY_US, index = paging->gla >> 22;
	uint32_t old = current->entry[index];

	set(vm, current, index, table->mfn << 12 | shadow_rights(paging, rights));
	if (old & LAB_ENTRY_P && old >> 12 != table->mfn)
		vm->call->tlb_flush(vm);
}

static bool map(struct lab_vm *vm, struct lab_paging *paging, const struct walk *walk)
{
	struct key key = table_key(paging, walk);
	struct page *table;

	current = find_root(vm, paging);
	table = find(vm, &key);
	if (!table)
		return false;
	current->stores = table->stores = 0;
	link(vm, paging, walk, table);
	/* Tracing the table may have taken the right to write: what is mapped may be that table. */
	set(vm, table, paging->gla >> 12 & 1023, leaf(vm, paging, walk));
	return true;
}

static enum lab_result fill(struct lab_vm *vm, struct lab_paging *paging)
{
	struct walk walk;
	uint32_t entry;

	walk_guest(vm, paging, &walk);
	if (!walk.ok)
		return fault(vm, paging, walk.error);
	entry = mark(vm, paging, &walk) ? leaf(vm, paging, &walk) : 0;
	if (!(walk.rights & LAB_ENTRY_RW))
		entry &= ~(uint32_t)LAB_ENTRY_RW;
	if (!entry || (paging->write && !(entry & LAB_ENTRY_RW))) {
		paging->emulate = 1;
		return LAB_DONE;
	}
	while (!map(vm, paging, &walk))
		;
	return LAB_DONE;
}

/* ---- part C: the guest changes its tables ---- */

static void give_up(struct lab_vm *vm, struct page *shadow)
{
	uint32_t gfn = shadow->key.of, mfn = shadow->mfn;

	shadow->key.kind = FREE;
	vm->call->shadow_free(vm, mfn);
	for (unsigned i = 0; i < PAGES; i++)
		for (unsigned index = 0; page[i].key.kind == ROOT && index < ENTRIES; index++)
			if (page[i].entry[index] >> 12 == mfn)
				page[i].entry[index] = 0;
	if (!is_traced(gfn))
		vm->call->trace(vm, gfn, false);
}

static void clear(struct lab_vm *vm, struct page *shadow, uint32_t first, uint32_t last)
{
	for (uint32_t index = first; index <= last; index++) {
		if (!(shadow->entry[index] & LAB_ENTRY_P))
			continue;
		set(vm, shadow, index, 0);
		if (shadow->key.kind == ROOT)
			vm->call->tlb_flush(vm);
	}
	/* Many stores and no use between them: it is a page table no longer. */
	if (++shadow->stores > PATIENCE)
		give_up(vm, shadow);
}

static enum lab_result stored(struct lab_vm *vm, struct lab_paging *paging)
{
	uint32_t offset = paging->gpa & 0xfff, gfn = paging->gpa >> 12;

	for (unsigned i = 0; i < PAGES; i++)
		if (is_of_guest_table(&page[i].key) && page[i].key.of == gfn)
			clear(vm, &page[i], offset / 4, (offset + paging->size - 1) / 4);
	return LAB_DONE;
}

static enum lab_result invlpg(struct lab_vm *vm, struct lab_paging *paging)
{
	vm->call->tlb_flush_page(vm, paging->gla);
	return LAB_DONE;
}

static enum lab_result flush(struct lab_vm *vm, struct lab_paging *paging)
{
	(void)vm, (void)paging;
	forget_all();
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "pager",
	.pager = {.fill = fill, .load_cr3 = load_cr3, .stored = stored, .invlpg = invlpg, .flush = flush},
};
