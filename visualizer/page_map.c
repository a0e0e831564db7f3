/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/page_map.c - see page_map.h. Each page is walked twice, by the rules of the processor (SDM vol. 3, 4.3 and
 * 4.4; 28.2 for nested tables); a directory entry that is not present answers for all pages under it.
 */
#include "visualizer/page_map.h"

#include "cpu/paging.h"
#include "shadowpt/shadowpt.h"
#include "trap/hvm.h"
#include "trap/techniques.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { RANGES_FIRST = 64 };

static const struct {
	const char *name, *text;
} states[PAGE_STATES] = {
	[PAGE_SAME] = {"as the guest's", "the hardware's entry gives what the guest's gives"},
	[PAGE_MISSING] = {"missing", "no entry yet: the next access leaves the guest, the VMM fills it"},
	[PAGE_TRACED] = {"traced", "write-protected, so that the VMM sees each store: guest tables, or translated code"},
	[PAGE_CLEAN] = {"D clear", "write-protected until the first store, when the guest's D bit is set"},
	[PAGE_HELD] = {"held back", "write-protected: the VMM wants to see the next store"},
	[PAGE_MORE] = {"more", "writable although the guest's is not: its CR0.WP is clear"},
	[PAGE_STALE] = {"stale", "not what the guest's tables say now: until the guest flushes"},
	[PAGE_NO_FRAME] = {"no frame", "the guest has no such frame: no entry can be made"},
	[PAGE_VMM] = {"VMM", "the VMM's own window"},
};

const char *page_state_name(enum page_state state)
{
	return states[state].name;
}

const char *page_state_text(enum page_state state)
{
	return states[state].text;
}

const char *page_rights(unsigned rights, char text[PAGE_RIGHTS_TEXT])
{
	text[0] = rights & PAGE_WRITE ? 'W' : 'R';
	text[1] = ' ';
	text[2] = rights & PAGE_USER ? 'U' : 'S';
	text[3] = '\0';
	if (rights & PAGE_GLOBAL)
		strcat(text, " G");
	if (rights & PAGE_NO_EXECUTE)
		strcat(text, " NX");
	return text;
}

/* ---- one page ---- */

static uint8_t rights_of(const struct walk *walk)
{
	return (uint8_t)((walk->writable ? PAGE_WRITE : 0) | (walk->user ? PAGE_USER : 0) |
	                 (walk->global ? PAGE_GLOBAL : 0) | (walk->executable ? 0 : PAGE_NO_EXECUTE));
}

static uint32_t absent_until(const struct walk *walk, const struct cpu_state *state, uint32_t page)
{
	uint32_t under = state->cr4 & CR4_PAE ? 512 : 1024; /* pages under a directory's entry */

	if (walk->ok || walk->error & PF_PRESENT || !walk->steps || walk->step[walk->steps - 1].level < 2)
		return page;
	return (page | (under - 1)) + 1;
}

static void look_at_guest(struct page_look *looking, uint32_t page, struct page_view *view, struct walk *walk)
{
	const struct walk_step *last;

	*view = (struct page_view){0};
	walk->ok = false;
	if (page < looking->guest_absent)
		return;
	cpu_walk(looking->guest, &looking->vm->guest_bus, page << PAGE_SHIFT, ACCESS_READ, false, walk);
	looking->guest_absent = absent_until(walk, looking->guest, page);
	if (!walk->ok)
		return;
	view->gfn = walk->physical >> PAGE_SHIFT;
	view->mapped = true;
	view->rights = rights_of(walk);
	for (unsigned i = 0; i < walk->steps; i++)
		if (walk->step[i].level == 2)
			view->directory_entry = walk->step[i].entry;
	last = walk->steps ? &walk->step[walk->steps - 1] : NULL;
	view->level = last ? last->level : 0;
	view->table = last ? last->entry_address & ~(uint64_t)PAGE_MASK : 0;
	if (looking->vm->paging == PAGING_DIRECT) {
		view->mfn = view->gfn;
		view->has_frame = memory_mfn_to_gfn(looking->vm->memory, view->mfn, &view->gfn);
	} else {
		view->has_frame = memory_gfn_to_mfn(looking->vm->memory, view->gfn, &view->mfn);
	}
}

static void look_at_shadow(struct page_look *looking, uint32_t page, struct page_view *view)
{
	struct walk walk;
	const struct walk_step *last;

	if (page < looking->hardware_absent)
		return;
	cpu_walk(&looking->hardware, &looking->vm->machine_bus, page << PAGE_SHIFT, ACCESS_READ, false, &walk);
	looking->hardware_absent = absent_until(&walk, &looking->hardware, page);
	view->held = walk.ok;
	if (!walk.ok || !walk.steps)
		return;
	last = &walk.step[walk.steps - 1];
	view->held_mfn = walk.physical >> PAGE_SHIFT;
	view->hardware_rights = rights_of(&walk);
	view->hardware_table = last->level == 1 ? last->entry_address & ~(uint64_t)PAGE_MASK : 0;
}

/* Rights of the guest's tables are hardware's own matter here; the nested ones can only take some away. */
static void look_at_nested(const struct page_look *looking, uint32_t page, struct page_view *view)
{
	struct nested_walk walk;

	if (!view->mapped)
		return;
	cpu_nested_walk(looking->vm->processor, looking->guest, looking->nested_pointer, page << PAGE_SHIFT, ACCESS_READ,
	                false, &walk);
	view->held = walk.walk.ok && !walk.violation && !walk.misconfiguration;
	if (!view->held)
		return;
	view->held_mfn = walk.ma >> PAGE_SHIFT;
	view->hardware_rights = walk.permitted & EPT_WRITE ? view->rights : view->rights & ~PAGE_WRITE;
}

/* Under hardware assist the VMM needs none. */
static bool in_window(const struct page_look *looking, uint32_t page)
{
	return page >= SHADOW_HOLE >> PAGE_SHIFT && strcmp(looking->vm->technique->name, "hvm") != 0;
}

static enum page_state state_of(const struct page_look *looking, uint32_t page, const struct page_view *view,
                                const struct walk *walk)
{
	bool held_back = view->rights & PAGE_WRITE && !(view->hardware_rights & PAGE_WRITE);

	if (!looking->compared)
		return view->has_frame ? PAGE_SAME : PAGE_NO_FRAME;
	if (in_window(looking, page))
		return PAGE_VMM;
	if (!view->mapped)
		return PAGE_STALE;
	if (!view->held)
		return view->has_frame ? PAGE_MISSING : PAGE_NO_FRAME;
	if (!view->has_frame || view->held_mfn != view->mfn)
		return PAGE_STALE;
	if (held_back && memory_flags(looking->vm->memory, view->mfn) & FRAME_TRACED)
		return PAGE_TRACED;
	if (held_back && !looking->nested && walk->steps && !walk->dirty)
		return PAGE_CLEAN;
	if (held_back)
		return PAGE_HELD;
	return view->hardware_rights & PAGE_WRITE && !(view->rights & PAGE_WRITE) ? PAGE_MORE : PAGE_SAME;
}

/* ---- ranges ---- */

static bool same_kind(const struct page_range *range, const struct page_view *view)
{
	const struct page_view *first = &range->view;

	return first->state == view->state && first->held == view->held &&
	       (!view->held || (view->held_mfn == first->held_mfn + range->pages &&
	                        view->hardware_rights == first->hardware_rights));
}

bool page_range_continues(const struct page_range *range, const struct page_range *next)
{
	const struct page_view *a = &range->view, *b = &next->view;

	if (next->page != range->page + range->pages || a->mapped != b->mapped || a->level != b->level)
		return false;
	if (!a->mapped)
		return a->state == b->state;
	return b->rights == a->rights && b->gfn == a->gfn + range->pages && b->table == a->table &&
	       a->has_frame == b->has_frame && (!b->has_frame || b->mfn == a->mfn + range->pages);
}

/* Ranges end with the tables that they lie in. */
bool page_range_alike(const struct page_range *range, const struct page_range *next, uint32_t under)
{
	bool other_table = next->view.level == 1 && next->page % under == 0;

	return page_range_continues(range, next) && same_kind(range, &next->view) && !other_table;
}

void page_range_join(struct page_range *range, const struct page_range *next)
{
	range->pages += next->pages;
	for (unsigned i = 0; i < PAGE_STATES; i++)
		range->in_state[i] += next->in_state[i];
}

bool page_range_uniform(const struct page_range *range)
{
	return range->in_state[range->view.state] == range->pages;
}

/* ---- looking ---- */

struct cpu_state page_hardware(const struct vm *vm)
{
	struct cpu_state state = *cpu_state_const(vm->processor);

	if (vm->technique == &technique_hvm && hvm(vm) && !cpu_vmx_non_root(vm->processor))
		vmcs_get_guest(hvm(vm)->vmcs, &state);
	return state;
}

struct page_look page_look_begin(const struct vm *vm)
{
	struct page_look look = {.vm = vm, .guest = vm_guest_state(vm), .hardware = page_hardware(vm)};

	look.nested = vm->paging == PAGING_NESTED;
	look.compared = look.nested || (vm->technique->vmm && vm->paging == PAGING_SHADOW &&
	                                state_paging(&look.hardware));
	if (look.nested)
		look.nested_pointer = nested_pointer(hvm(vm)->nested);
	look.under = look.guest->cr4 & CR4_PAE ? 512 : 1024;
	return look;
}

bool page_look_at(struct page_look *look, uint32_t page, struct page_range *range)
{
	struct page_view *view = &range->view;
	struct walk walk;

	*range = (struct page_range){.page = page, .pages = 1};
	look_at_guest(look, page, view, &walk);
	if (look->nested)
		look_at_nested(look, page, view);
	else if (look->compared)
		look_at_shadow(look, page, view);
	/* With paging off every address is mapped: what is no memory is not told. */
	if (!state_paging(look->guest) && !view->has_frame && !view->held)
		return false;
	if (!view->mapped && !view->held)
		return false;
	view->state = (uint8_t)state_of(look, page, view, &walk);
	range->in_state[view->state] = 1;
	return true;
}

uint32_t page_look_next(const struct page_look *look, uint32_t page)
{
	uint32_t guest = look->guest_absent, hardware = look->hardware_absent;

	if (!state_paging(look->guest) && page >= memory_guest_size(look->vm->memory) >> PAGE_SHIFT)
		guest = PAGES_ALL;
	if (!look->compared || look->nested)
		hardware = PAGES_ALL;
	guest = guest < hardware ? guest : hardware;
	return guest > page ? guest : page + 1;
}

/* ---- all pages ---- */

static bool add(struct page_map *map, const struct page_range *next, uint32_t under)
{
	struct page_range *last = map->ranges ? &map->range[map->ranges - 1] : NULL;

	if (last && page_range_alike(last, next, under)) {
		page_range_join(last, next);
		return true;
	}
	if (map->ranges == map->room) {
		size_t room = map->room ? 2 * map->room : RANGES_FIRST;
		struct page_range *larger = realloc(map->range, room * sizeof(*larger));

		if (!larger)
			return false;
		map->range = larger;
		map->room = room;
	}
	assert(map->range);
	map->range[map->ranges++] = *next;
	return true;
}

bool page_map_make(struct page_map *map, const struct vm *vm)
{
	struct page_look look = page_look_begin(vm);
	uint32_t page = 0;

	*map = (struct page_map){.vm = vm, .compared = look.compared, .large = look.under == 1024};
	while (page < PAGES_ALL) {
		struct page_range range;

		if (!page_look_at(&look, page, &range)) {
			page = page_look_next(&look, page);
			continue;
		}
		if (!add(map, &range, look.under)) {
			page_map_free(map);
			return false;
		}
		page++;
	}
	return true;
}

void page_map_free(struct page_map *map)
{
	free(map->range);
	map->range = NULL;
	map->ranges = 0;
}
