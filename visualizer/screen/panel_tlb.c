/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_tlb.c - what the processor remembers of page walks, beside what a walk would find now. An
 * entry that says something else is stale: that is lawful until software flushes it (SDM vol. 3, 4.10.4), and why
 * INVLPG exists. Guest and VMM can each be behind: the hardware's tables against the TLB, the guest's against both.
 */
#include "shadowpt/shadowpt.h"
#include "trap/techniques.h"
#include "visualizer/screen/tab.h"

#include <inttypes.h>
#include <string.h>

enum { HEADING_FROM = 3, ENTRIES_MOST = 4096 };
enum { VIEW_ALL, VIEW_STALE, VIEWS };

/* Why an entry is not what a walk would find. */
enum staleness { FRESH, GONE, MOVED, RIGHTS, GUEST_GONE, GUEST_MOVED, STALENESSES };

static const struct {
	const char *name, *text;
} words[STALENESSES] = {
	[FRESH] = {"", ""},
	[GONE] = {"stale", "the tables map nothing here now"},
	[MOVED] = {"stale", "the tables map another frame now"},
	[RIGHTS] = {"stale", "the tables forbid now what the entry allows"},
	[GUEST_GONE] = {"guest", "the guest's tables map nothing here now: it has not flushed yet"},
	[GUEST_MOVED] = {"guest", "the guest's tables map another frame now: it has not flushed yet"},
};

struct entry_list {
	const struct vm *vm;
	const struct cpu *processor;
	struct {
		uint16_t index;
		uint8_t staleness;
		bool fetch; /* of the TLB for instructions */
	} entry[ENTRIES_MOST];
	int64_t count;
	unsigned valid, stale;
};

/* ---- one entry ---- */

static bool in_window(const struct vm *vm, uint32_t linear)
{
	return vm->technique != &technique_hvm && vm->paging == PAGING_SHADOW && linear >= SHADOW_HOLE;
}

/* The guest's own tables against the frame that the entry leads to. */
static enum staleness against_guest(const struct vm *vm, const struct tlb_view *entry)
{
	uint64_t mfn;
	struct walk walk;

	if (!vm->technique->vmm || vm->paging == PAGING_DIRECT || in_window(vm, entry->linear))
		return FRESH;
	cpu_walk(vm_guest_state(vm), &vm->guest_bus, entry->linear, ACCESS_READ, false, &walk);
	if (!walk.ok)
		return GUEST_GONE;
	if (!memory_gfn_to_mfn(vm->memory, walk.physical >> PAGE_SHIFT, &mfn) || mfn != entry->physical >> PAGE_SHIFT)
		return GUEST_MOVED;
	return FRESH;
}

static enum staleness staleness_of(const struct vm *vm, const struct cpu *processor, const struct tlb_view *entry)
{
	struct translation now = hardware_translation(vm, processor, entry->linear, ACCESS_READ, false);

	if (!now.ok)
		return GONE;
	if (now.physical >> PAGE_SHIFT != entry->physical >> PAGE_SHIFT)
		return MOVED;
	if ((entry->writable && !now.writable) || (entry->user && !now.user) || (entry->executable && !now.executable))
		return RIGHTS;
	return processor == vm->processor ? against_guest(vm, entry) : FRESH;
}

static void list_one(struct entry_list *list, const struct tlb_view *entry, size_t index, bool fetch, bool stale_only)
{
	enum staleness staleness;

	if (!entry->valid || list->count == ENTRIES_MOST)
		return;
	staleness = staleness_of(list->vm, list->processor, entry);
	list->valid++;
	list->stale += staleness != FRESH;
	if (stale_only && staleness == FRESH)
		return;
	list->entry[list->count].index = (uint16_t)index;
	list->entry[list->count].fetch = fetch;
	list->entry[list->count++].staleness = (uint8_t)staleness;
}

static void list_entries(struct entry_list *list, const struct panel_view *view)
{
	bool stale_only = view->state->view % VIEWS == VIEW_STALE;

	*list = (struct entry_list){.vm = view->debugger->vm, .processor = walking_processor(view->debugger->vm)};
	for (size_t i = 0; i < cpu_tlb_size(list->processor); i++) {
		struct tlb_view entry = cpu_tlb_entry(list->processor, i);

		list_one(list, &entry, i, false, stale_only);
	}
	for (size_t i = 0; i < cpu_fetch_tlb_size(list->processor); i++) {
		struct tlb_view entry = cpu_fetch_tlb_entry(list->processor, i);

		list_one(list, &entry, i, true, stale_only);
	}
}

static struct tlb_view entry_at(const struct entry_list *list, int64_t line)
{
	size_t index = list->entry[line].index;

	return list->entry[line].fetch ? cpu_fetch_tlb_entry(list->processor, index) : cpu_tlb_entry(list->processor, index);
}

/* ---- drawing ---- */

/* Where a walk now leads, in a few columns. */
static void now_text(const struct entry_list *list, const struct tlb_view *entry, char *text, size_t size)
{
	struct translation now = hardware_translation(list->vm, list->processor, entry->linear, ACCESS_READ, false);

	if (!now.ok)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%08" PRIx64 " %c%c", now.physical & ~(uint64_t)PAGE_MASK, now.writable ? 'W' : 'R',
		         now.user ? 'U' : 'S');
}

static void gfn_text(const struct entry_list *list, const struct tlb_view *entry, char *text, size_t size)
{
	uint64_t gfn;

	text[0] = '\0';
	if (list->processor != list->vm->processor || list->vm->paging == PAGING_GUEST)
		return;
	if (memory_mfn_to_gfn(list->vm->memory, entry->physical >> PAGE_SHIFT, &gfn))
		snprintf(text, size, "gfn %05" PRIx64, gfn);
	else
		snprintf(text, size, "VMM's");
}

static void entry_row(const struct entry_list *list, int64_t line, struct row *row)
{
	struct tlb_view entry = entry_at(list, line);
	enum staleness staleness = (enum staleness)list->entry[line].staleness;
	enum role role = staleness == FRESH ? ROLE_TEXT : ROLE_DIFFERENT;
	char now[32], gfn[16], size[16];

	now_text(list, &entry, now, sizeof(now));
	gfn_text(list, &entry, gfn, sizeof(gfn));
	row_begin(row);
	row_print(row, 1, role, "%c%4u %08" PRIx32 " %08" PRIx64 " %-9s %c%c%c%c%c %-4s | %-11s %-5s %s",
	          list->entry[line].fetch ? 'i' : 'd', list->entry[line].index,
	          entry.linear, entry.physical, gfn, entry.writable ? 'W' : 'R', entry.user ? 'U' : 'S',
	          entry.executable ? 'X' : '-', entry.dirty ? 'D' : '-', entry.global ? 'G' : '-',
	          size_short(entry.page_size ? entry.page_size : PAGE_SIZE, size), now, words[staleness].name,
	          words[staleness].text);
}

static void draw_heading(const struct entry_list *list, const struct area *area, int left)
{
	bool guest_physical = list->processor != list->vm->processor || list->vm->paging == PAGING_GUEST;
	struct row row;

	row_begin(&row);
	row_print(&row, 1, ROLE_DIM, "    # gla      %-8s %-9s right size | walk now    differs", guest_physical ? "gpa" : "ma", "");
	row_draw(&row, area, 0, left);
}

static void draw_nothing(const struct entry_list *list, const struct area *area)
{
	if (list->valid)
		area_print(area, 1, 0, ROLE_DIM, "none of %u entries is stale (v: all)", list->valid);
	else
		area_text(area, 1, 0, ROLE_DIM,
		          state_paging(cpu_state_const(list->processor)) ? "empty: just flushed" : "empty: paging is off");
}

static void draw(struct panel_view *view, const struct area *area)
{
	bool heading = area->height >= HEADING_FROM;
	struct area body = area_inside(area, 0, heading, area->width, area->height - heading);
	struct entry_list list;
	struct row row;

	list_entries(&list, view);
	if (heading)
		draw_heading(&list, area, view->state->left);
	list_place(view, list.count, body.height);
	if (!list.count)
		draw_nothing(&list, &body);
	for (int y = 0; y < body.height && view->state->top + y < list.count; y++) {
		entry_row(&list, view->state->top + y, &row);
		row_draw_item(&row, view, &body, y, view->state->top + y == view->state->cursor);
	}
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	struct entry_list list;

	list_entries(&list, view);
	snprintf(text, size, "%s%u of %zu, %u stale", list.processor == list.vm->vcpu ? "virtual CPU's: " : "", list.valid,
	         cpu_tlb_size(list.processor) + cpu_fetch_tlb_size(list.processor), list.stale);
}

/* ---- keys ---- */

static bool lead(const struct panel_view *view, const struct entry_list *list, unsigned panel)
{
	if (view->state->cursor < list->count)
		lead_panel(view, panel, entry_at(list, view->state->cursor).linear);
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	struct entry_list list;

	list_entries(&list, view);
	switch ((int)key) {
	case 'v':
		view->state->view = (view->state->view + 1) % VIEWS;
		return true;
	case K_ENTER: return lead(view, &list, PANEL_WALK);
	case 'm': return lead(view, &list, PANEL_MEMORY);
	default: return panel_scroll(view, key, list.count);
	}
}

static void go(struct panel_view *view, uint32_t address)
{
	struct entry_list list;

	view->state->view = VIEW_ALL;
	list_entries(&list, view);
	for (int64_t i = 0; i < list.count; i++) {
		struct tlb_view entry = entry_at(&list, i);

		if ((entry.linear ^ address) < PAGE_SIZE)
			view->state->cursor = i;
	}
}

static bool find(struct panel_view *view, bool back)
{
	struct entry_list list;
	char text[ROW_COLUMNS];
	struct row row;

	list_entries(&list, view);
	for (int64_t i = view->state->cursor + (back ? -1 : 1); i >= 0 && i < list.count; i += back ? -1 : 1) {
		entry_row(&list, i, &row);
		if (text_has(row_text(&row, text), view->state->search)) {
			view->state->cursor = i;
			return true;
		}
	}
	return false;
}

const struct panel panel_tlb = {
	.name = "tlb",
	.title = "TLB",
	.help = "v      all entries, or those that are stale\n"
		"Enter  walk this address in the page walk panel\n"
		"m      its memory\n"
		"d: of the TLB for data, i: of the one for instructions\n"
		"Rights: Write or Read-only, User or Supervisor, X execute, Dirty, Global\n",
	.note = note,
	.draw = draw,
	.key = press,
	.go = go,
	.find = find,
};
