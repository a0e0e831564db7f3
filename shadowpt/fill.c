/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/fill.c - a page fault of the hardware comes in; a shadow entry, a fault of the guest, or an
 * instruction for the emulator goes out.
 *
 * A and D live in the guest's entries, where the guest looks for them: a shadow entry exists only while
 * A is set there, and is writable only while D is (Adams and Agesen 2006, 2.3; SDM vol. 3, 4.8).
 */
#include "shadowpt/lent.h"

#include <string.h>

static void charge(struct shadow *shadow, enum cost cost, unsigned times)
{
	vm_charge(shadow->vm, cost, times);
}

static const struct cpu_state *guest(const struct shadow *shadow)
{
	return cpu_state_const(shadow->vm->vcpu);
}

/* ---- roots ---- */

static uint8_t paging_mode(const struct cpu_state *state)
{
	if (!state_paging(state))
		return MODE_OFF;
	return (state->cr4 & CR4_PSE ? MODE_PSE : 0) | (state->efer & EFER_NXE ? MODE_NX : 0);
}

struct root root_wanted(const struct shadow *shadow, enum shadow_view view)
{
	const struct cpu_state *state = guest(shadow);
	struct root root = {.used = true, .mode = paging_mode(state), .view = (uint8_t)view};

	if (root.mode & MODE_OFF)
		return root;
	root.pae = state->cr4 & CR4_PAE;
	root.cr3 = state->cr3 & ~(uint32_t)PAGE_MASK;
	if (root.pae)
		memcpy(root.guest_pointer, state->pae_pointer, sizeof root.guest_pointer);
	return root;
}

bool root_same(const struct root *a, const struct root *b)
{
	return a->used && a->mode == b->mode && a->pae == b->pae && a->view == b->view && a->cr3 == b->cr3 &&
	       !memcmp(a->guest_pointer, b->guest_pointer, sizeof a->guest_pointer);
}

/* Empties a root's four slots, so that it can serve another CR3. */
static void release_root(struct shadow *shadow, struct root *root)
{
	uint32_t parent = ROOT_PARENT | (uint32_t)(root - shadow->root);

	for (unsigned slot = 0; slot < 4; slot++)
		root_clear(shadow, parent, slot);
	root->used = false;
}

static struct root *find_root(struct shadow *shadow, const struct root *wanted)
{
	struct root *oldest = shadow->root;

	for (unsigned i = 0; i < SHADOW_ROOTS; i++) {
		struct root *root = &shadow->root[i];

		if (root_same(root, wanted)) {
			shadow->counters.roots_found++;
			return root;
		}
		if (!root->used || (oldest->used && root->last_use < oldest->last_use))
			oldest = root;
	}
	release_root(shadow, oldest);
	*oldest = (struct root){
		.used = true,
		.mode = wanted->mode,
		.pae = wanted->pae,
		.view = wanted->view,
		.cr3 = wanted->cr3,
		.pointer = oldest->pointer,
		.ma = oldest->ma,
	};
	memcpy(oldest->guest_pointer, wanted->guest_pointer, sizeof oldest->guest_pointer);
	shadow->counters.roots_made++;
	return oldest;
}

/* Inside the exit of a page fault (memory was full) it is part of that exit's price, and has no reason. */
void tell_root(struct shadow *shadow, bool made, uint64_t since, uint32_t guest_cr3, uint32_t cr3)
{
	struct vm *vm = shadow->vm;
	struct event event;

	if (!event_wanted(&vm->events, EV_SHADOW_ROOT))
		return;
	vm_event_begin(vm, &event, EV_SHADOW_ROOT);
	event.cycle = since;
	event.reason = shadow->in_fault ? NULL : "shadow root";
	event.action = made ? "made a shadow root" : "found the shadow root in the cache";
	event_add_change(&event, "shadow cr3", guest_cr3, cr3);
	event_add_phase(&event, "shadow root", (uint32_t)(vm->clock - since));
	event_emit(&vm->events, &event);
}

/* ---- the guest's entries ---- */

/* False: it cannot be stored, for it lies in ROM or outside memory. */
static bool store_entry(struct shadow *shadow, const struct walk_step *step, uint64_t entry)
{
	uint64_t gfn = step->entry_address >> PAGE_SHIFT, mfn;

	if (!memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn) || memory_flags(shadow->vm->memory, mfn) & FRAME_ROM)
		return false;
	host_store_entry(memory_guest_frame(shadow->vm->memory, gfn) + (step->entry_address & PAGE_MASK), entry);
	shadow->own_store = true;
	memory_stored(shadow->vm->memory, step->entry_address, 4);
	shadow->own_store = false;
	return true;
}

/*
 * tour 2.3: A and D, where the guest looks for them
 * The walk that has just been made in software stands for the one that hardware would have made in the
 * guest's tables, so it leaves the same marks there. False: they cannot be set, and so no shadow entry may
 * stand for it.
 */
static bool set_accessed(struct shadow *shadow, struct walk *walk, enum access access)
{
	for (unsigned i = 0; i < walk->steps; i++) {
		struct walk_step *step = &walk->step[i];
		bool dirty = i == walk->steps - 1 && access == ACCESS_WRITE;
		uint64_t entry = step->entry | ENTRY_A | (dirty ? ENTRY_D : 0);

		if (entry != step->entry && !store_entry(shadow, step, entry))
			return false;
		step->entry = entry;
	}
	walk->dirty |= access == ACCESS_WRITE;
	return true;
}

/* ---- shadow entries ---- */

static bool frame_writable(const struct shadow *shadow, uint64_t gfn, uint64_t mfn)
{
	return !shadow->traces[gfn] && !(memory_flags(shadow->vm->memory, mfn) & FRAME_ROM);
}

/* The entry that maps what the walk found; 0 when no machine frame is behind it. */
static uint64_t leaf_entry(const struct shadow *shadow, const struct walk *walk)
{
	uint64_t gfn = walk->physical >> PAGE_SHIFT, mfn;
	bool user = shadow->options.separate_views || walk->user;

	if (gfn >= shadow->guest_frames || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn))
		return 0;
	return mfn << PAGE_SHIFT | ENTRY_P | ENTRY_A | ENTRY_D | (user ? ENTRY_US : 0) |
	       (walk->writable && walk->dirty && frame_writable(shadow, gfn, mfn) ? ENTRY_RW : 0) |
	       (walk->executable ? 0 : ENTRY_NX);
}

static uint32_t current_parent(const struct shadow *shadow)
{
	return ROOT_PARENT | (uint32_t)(shadow->current - shadow->root);
}

/* With paging off, or a PDPTE of the guest not present, no guest table is behind it. */
static struct page_key directory_key(const struct shadow *shadow, uint32_t linear)
{
	const struct root *root = shadow->current;
	unsigned slot = linear >> 30;
	struct page_key key = {
		.level = 2,
		.quadrant = (uint8_t)slot,
		.pae = root->pae,
		.mode = root->mode,
		.view = root->view,
		.rights = RIGHT_ALL,
	};

	key.direct = root->mode & MODE_OFF || (root->pae && !(root->guest_pointer[slot] & ENTRY_P));
	if (key.direct)
		key.gfn = (uint64_t)slot << 18;
	else
		key.gfn = (root->pae ? root->guest_pointer[slot] & PAE_ADDRESS : root->cr3) >> PAGE_SHIFT;
	return key;
}

/* A large page's D stands in the PDE, whose stores do not reach the table below: so it is part of the key. */
static struct page_key table_key(const struct shadow *shadow, uint32_t linear, const struct walk *walk)
{
	const struct root *root = shadow->current;
	const struct walk_step *directory = &walk->step[0];
	struct page_key key = {.level = 1, .pae = root->pae, .mode = root->mode, .view = root->view};

	key.direct = walk->steps < 2;
	if (key.direct) {
		key.gfn = (walk->physical & ~UINT64_C(0x1fffff)) >> PAGE_SHIFT;
		key.rights = (walk->writable && walk->dirty ? RIGHT_WRITE : 0) | (walk->user ? RIGHT_USER : 0) |
		             (walk->executable ? RIGHT_EXECUTE : 0);
		return key;
	}
	key.gfn = (directory->entry & (root->pae ? PAE_ADDRESS : UINT64_C(0xfffff000))) >> PAGE_SHIFT;
	key.quadrant = root->pae ? 0 : linear >> 21 & 1;
	key.rights = (directory->entry & ENTRY_RW ? RIGHT_WRITE : 0) | (directory->entry & ENTRY_US ? RIGHT_USER : 0) |
	             (directory->entry & ENTRY_NX ? 0 : RIGHT_EXECUTE);
	return key;
}

/* The shadow page below a parent's slot, made and linked if it is not there. NO_PAGE: everything has just
 * been thrown out, begin again. */
static uint32_t descend(struct shadow *shadow, uint32_t parent, unsigned slot, const struct page_key *key)
{
	bool flushed = false;
	uint32_t child = pages_get(shadow, key, &flushed);
	uint64_t entry = child == NO_PAGE ? 0 : entry_at(shadow, parent, slot);

	if (flushed)
		return NO_PAGE;
	if ((entry & ENTRY_P) && page_of_ma(shadow, entry & PAE_ADDRESS) == child)
		return child;
	if (parent & ROOT_PARENT)
		root_clear(shadow, parent, slot);
	else
		entry_clear(shadow, parent, slot);
	if (!entry_link(shadow, parent, slot, child)) {
		pages_flush_all(shadow);
		return NO_PAGE;
	}
	charge(shadow, COST_shadow_fill, 1);
	return child;
}

/* Makes the root of the virtual CPU's paging the current one. */
static void use_root(struct shadow *shadow, enum shadow_view view)
{
	struct root wanted = root_wanted(shadow, view);

	if (shadow->current && root_same(shadow->current, &wanted))
		return;
	shadow->current = find_root(shadow, &wanted);
	shadow->flush_needed = true; /* loading CR3 flushes the TLB */
	charge(shadow, COST_shadow_root, 1);
}

/* The directory of the last GiB, with the VMM's window in it: hardware needs its IDT at every moment.
 * False: everything has just been thrown out, begin again. */
static bool map_window(struct shadow *shadow)
{
	struct page_key key = directory_key(shadow, SHADOW_HOLE);
	uint32_t page;

	if (!shadow->options.hole_table || (shadow->current->pointer[3] & ENTRY_P))
		return true;
	page = descend(shadow, current_parent(shadow), 3, &key);
	if (page == NO_PAGE)
		return false;
	put_window(shadow, page);
	return true;
}

struct shadow_root shadow_root(struct shadow *shadow, enum shadow_view view)
{
	uint64_t since = shadow->vm->clock, made = shadow->counters.roots_made;
	struct shadow_root result = {0};

	if (lent_wanted(shadow) && lent_root(shadow, view, &result))
		return result;
	do
		use_root(shadow, view);
	while (!map_window(shadow));
	shadow->current->last_use = ++shadow->uses;
	if (shadow->vm->clock != since)
		tell_root(shadow, made != shadow->counters.roots_made, since, shadow->current->cr3, (uint32_t)shadow->current->ma);
	result.cr3 = (uint32_t)shadow->current->ma;
	memcpy(result.pointer, shadow->current->pointer, sizeof result.pointer);
	return result;
}

/*
 * tour 2.4: The shadow entry
 * Root, directory, table: each level is found in the cache by what it is a shadow of, or made, and making
 * the shadow of a guest's table traces that table. The last level's entry has the machine frame, and the rights
 * of all levels of the guest's folded together.
 */
static bool map_once(struct shadow *shadow, uint32_t linear, const struct walk *walk, uint64_t leaf)
{
	struct page_key directory = directory_key(shadow, linear), table = table_key(shadow, linear, walk);
	uint32_t page = descend(shadow, current_parent(shadow), linear >> 30, &directory);

	if (page == NO_PAGE)
		return false;
	shadow->page[page].stores = 0;
	page = descend(shadow, page, linear >> 21 & 511, &table);
	if (page == NO_PAGE)
		return false;
	shadow->page[page].stores = 0;
	entry_set_leaf(shadow, page, linear >> PAGE_SHIFT & 511, leaf);
	return true;
}

void tell_fill(struct shadow *shadow, uint32_t linear, uint64_t leaf)
{
	struct vm *vm = shadow->vm;
	struct event event;

	if (!event_wanted(&vm->events, EV_SHADOW_FILL))
		return;
	vm_event_begin(vm, &event, EV_SHADOW_FILL);
	event.address = linear;
	event.action = leaf & ENTRY_RW ? "mapped writable" : "mapped read-only";
	event_add_change(&event, "shadow entry", 0, (uint32_t)leaf);
	event_add_phase(&event, "fill", vm->costs.cycles[COST_shadow_fill]);
	event_emit(&vm->events, &event);
}

static void map(struct shadow *shadow, uint32_t linear, struct walk *walk)
{
	enum shadow_view view = (enum shadow_view)shadow->current->view;
	uint64_t leaf;

	do {
		shadow_root(shadow, view); /* a flush takes the root too */
		/* tracing a table takes its frame's write access: work the entry out after that */
		leaf = leaf_entry(shadow, walk);
	} while (!map_once(shadow, linear, walk, leaf) || leaf != leaf_entry(shadow, walk));
	charge(shadow, COST_shadow_fill, 1);
	shadow->counters.fills++;
	tell_fill(shadow, linear, leaf);
}

static enum shadow_verdict judge(struct shadow *shadow, uint32_t linear, enum access access, enum shadow_view view,
                                 struct walk *walk)
{
	uint64_t leaf;
	bool accessed;

	if (!walk->ok) {
		shadow->counters.true_faults++;
		return SHADOW_TRUE;
	}
	accessed = set_accessed(shadow, walk, access);
	shadow_root(shadow, view);
	leaf = accessed ? leaf_entry(shadow, walk) : 0;
	if (in_window(shadow, linear) || !leaf || (access == ACCESS_WRITE && !(leaf & ENTRY_RW))) {
		shadow->counters.emulated++;
		return SHADOW_EMULATE;
	}
	map(shadow, linear, walk);
	shadow->counters.hidden++;
	return SHADOW_HIDDEN;
}

enum shadow_verdict shadow_fault(struct shadow *shadow, uint32_t linear, enum access access, bool user,
                                 struct walk *walk)
{
	enum shadow_view view = user && shadow->options.separate_views ? VIEW_USER : VIEW_KERNEL;
	enum shadow_verdict verdict;

	cpu_walk(guest(shadow), &shadow->vm->guest_bus, linear, access, user, walk);
	charge(shadow, COST_shadow_walk_reference, walk->steps);
	shadow->in_fault = true;
	if (!lent_wanted(shadow) || !lent_fault(shadow, linear, access, user, view, walk, &verdict))
		verdict = judge(shadow, linear, access, view, walk);
	shadow->in_fault = false;
	return verdict;
}

void shadow_invalidate(struct shadow *shadow, uint32_t linear)
{
	if (!shadow->lent || !lent_invalidate(shadow, linear))
		cpu_tlb_flush_page(shadow->vm->processor, linear);
}

bool shadow_take_flush(struct shadow *shadow)
{
	bool needed = shadow->flush_needed;

	shadow->flush_needed = false;
	return needed;
}

const struct shadow_counters *shadow_counters(const struct shadow *shadow)
{
	return &shadow->counters;
}
