/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_tables.c - page tables of guest and VMM side by side, all 4 GiB: for each run of alike pages the
 * guest's entry, the frame behind it, what the hardware walks instead, and why the two differ (docs/architecture.md,
 * "Page faults, hidden and true"). With room below, both walks of the address under the cursor, entry by entry.
 */
#include "visualizer/screen/page_rows.h"
#include "visualizer/screen/tab.h"
#include "visualizer/walk_text.h"

#include <inttypes.h>
#include <string.h>

enum {
	HEADING_FROM = 3,
	DETAIL_FROM = 10, /* rows from which on the two walks are below, unless told otherwise (state->view) */
	DETAIL_ROWS = 6,
	SEARCH_ROWS = 4096,
	ROWS_MOST = 128, /* that are shown at once */
};

/* state->mark: first and end of the pages that are shown one by one. */
static struct page_rows rows_of(const struct panel_view *view)
{
	return (struct page_rows){
		.vm = view->debugger->vm,
		.open_first = (uint32_t)view->state->mark[0],
		.open_end = (uint32_t)view->state->mark[1],
	};
}

/* ---- where it stands ---- */

/* Until it is led somewhere the panel follows what the story is about, or else the guest. */
static uint32_t place_of_story(const struct debugger *debugger)
{
	const struct event *event = debugger_story(debugger);

	if (event && event->address)
		switch ((enum event_kind)event->kind) {
		case EV_HIDDEN_FAULT:
		case EV_TRUE_FAULT:
		case EV_TRACE:
		case EV_SHADOW_FILL:
			return event->address >> PAGE_SHIFT;
		default:
			break;
		}
	return debugger_linear_eip(debugger) >> PAGE_SHIFT;
}

static uint32_t cursor_of(const struct panel_view *view)
{
	return view->state->placed ? (uint32_t)view->state->cursor % PAGES_ALL : place_of_story(view->debugger);
}

struct shown {
	struct page_row row[ROWS_MOST];
	int count;
};

/* The rows from one on; false: the cursor's is not among them. */
static bool collect(const struct page_rows *rows, const struct page_row *first, int height, uint32_t cursor,
		    struct shown *shown)
{
	bool has_cursor = false;

	shown->row[0] = *first;
	shown->count = 0;
	do {
		const struct page_row *row = &shown->row[shown->count++];

		has_cursor = has_cursor || cursor - row->range.page < row->range.pages;
	} while (shown->count < height &&
		 page_row_behind(rows, &shown->row[shown->count - 1], &shown->row[shown->count]));
	return has_cursor;
}

/* The rows that are to be seen: as before if the cursor is among them, else around it. */
static void choose_rows(struct panel_view *view, const struct page_rows *rows, int height, struct shown *shown)
{
	struct panel_state *state = view->state;
	uint32_t cursor = cursor_of(view);
	struct page_row first = page_row_of(rows, (uint32_t)state->top % PAGES_ALL);
	int above = cursor < first.range.page ? 0 : state->placed ? height - 1 : height / 2;

	state->cursor = cursor;
	if (!collect(rows, &first, height, cursor, shown)) {
		first = page_row_of(rows, cursor);
		while (above-- > 0 && page_row_before(rows, &first, &first))
			;
		collect(rows, &first, height, cursor, shown);
	}
	state->top = first.range.page;
}

/* ---- a row ---- */

static const char *level_text(const struct page_view *view, const struct page_rows *rows)
{
	if (!view->mapped)
		return "--";
	if (view->level == 2)
		return vm_guest_state(rows->vm)->cr4 & CR4_PAE ? "2M" : "4M";
	return view->level ? "4K" : "no";
}

/* "512 as the guest's, 3 traced": what a run has on the hardware's side. */
static void state_text(const struct page_range *range, bool compared, bool wide, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	if (!compared && range->view.has_frame)
		return;
	if (page_range_uniform(range)) {
		enum page_state state = (enum page_state)range->view.state;

		if (wide && state != PAGE_SAME)
			snprintf(text, size, "%s: %s", page_state_name(state), page_state_text(state));
		else
			snprintf(text, size, "%s", state == PAGE_SAME ? "same" : page_state_name(state));
		return;
	}
	for (unsigned state = 0; state < PAGE_STATES && used < size; state++)
		if (range->in_state[state])
			used += (size_t)snprintf(text + used, size - used, "%s%" PRIu32 " %s", used ? ", " : "",
			                         range->in_state[state], page_state_name((enum page_state)state));
}

static void print_hardware(const struct page_range *range, bool compared, struct row *row)
{
	const struct page_view *view = &range->view;
	enum role role = view->state == PAGE_SAME ? ROLE_HARDWARE : ROLE_DIFFERENT;
	char rights[PAGE_RIGHTS_TEXT];

	if (!compared)
		return;
	if (view->held)
		row_print(row, 53, role, "%05" PRIx64 " %-8s", view->held_mfn, page_rights(view->hardware_rights, rights));
	else
		row_print(row, 53, role, "%-5s %-8s", "-", "");
}

static void make_row(const struct page_rows *rows, const struct page_row *item, bool wide, struct row *row)
{
	const struct page_range *range = &item->range;
	const struct page_view *view = &range->view;
	bool compared = page_look_begin(rows->vm).compared;
	char rights[PAGE_RIGHTS_TEXT] = "", state[120];

	row_begin(row);
	row_print(row, 1, ROLE_TEXT, "%08" PRIx32 "-%08" PRIx32 " %7" PRIu32, range->page << PAGE_SHIFT,
	          (page_row_end(item) << PAGE_SHIFT) - 1, range->pages);
	if (!item->there) {
		row_print(row, 27, ROLE_DIM, state_paging(vm_guest_state(rows->vm)) ? "not mapped" : "no memory");
		return;
	}
	if (view->mapped)
		row_print(row, 27, ROLE_GUEST, "%s %-8s %05" PRIx64, level_text(view, rows), page_rights(view->rights, rights),
		          view->gfn);
	else
		row_print(row, 27, ROLE_GUEST, "-- %-8s %-5s", "", "-");
	if (view->has_frame)
		row_print(row, 45, ROLE_TEXT, "%05" PRIx64, view->mfn);
	else
		row_print(row, 45, ROLE_TEXT, "-");
	print_hardware(range, compared, row);
	state_text(range, compared, wide, state, sizeof(state));
	row_print(row, 68, view->state == PAGE_SAME ? ROLE_DIM : ROLE_DIFFERENT, "%s", state);
}

static void draw_heading(const struct panel_view *view, const struct area *area)
{
	const struct vm *vm = view->debugger->vm;
	struct page_look look = page_look_begin(vm);
	struct row row;

	row_begin(&row);
	row_print(&row, 1, ROLE_DIM, "gla                 pages guest's     gfn   mfn");
	if (look.compared)
		row_print(&row, 53, ROLE_DIM, "%s", look.nested ? "nested" : "shadow's");
	row_print(&row, 68, ROLE_DIM, look.compared ? "differs" : "");
	row_draw(&row, area, 0, view->state->left);
}

/* ---- both walks of the cursor's address ---- */

/* Gives how many rows they took. */
static int draw_walks(const struct two_walks *walks, const struct area *area)
{
	unsigned steps = walks->guest.steps > walks->shadow.steps ? walks->guest.steps : walks->shadow.steps;
	int half = area->width / 2;
	char text[WALK_TEXT];

	for (unsigned step = 0; step < steps; step++) {
		walk_step_text(&walks->guest, step, text);
		area_print(area, 1, (int)step + 1, ROLE_GUEST, "%.*s", half > 2 ? half - 2 : 0, text);
		walk_step_text(&walks->shadow, step, text);
		if (walks->shadowed)
			area_print(area, half, (int)step + 1, ROLE_HARDWARE, "%s", text);
	}
	return (int)steps;
}

static void draw_detail(const struct panel_view *view, const struct area *area)
{
	const struct vm *vm = view->debugger->vm;
	struct walk_request request = {.linear = cursor_of(view) << PAGE_SHIFT, .user = vm_guest_state(vm)->cpl == 3};
	struct two_walks walks = walk_both(vm, &request);
	struct walk_differences differences;
	char text[WALK_TEXT];
	int half = area->width / 2, y;

	area_fill(area, 0, 0, area->width, ROLE_FRAME, GLYPH_HORIZONTAL);
	walk_result_text(&walks.guest, walks.direct ? "ma" : "gpa", text);
	area_print(area, 1, 0, ROLE_GUEST, " guest %08" PRIx32 ": %s ", request.linear, text);
	if (walks.shadowed) {
		walk_result_text(&walks.shadow, "ma", text);
		area_print(area, half, 0, ROLE_HARDWARE, " %s: %s ", walks.nested ? "over nested tables" : "shadow", text);
	}
	y = draw_walks(&walks, area) + 1;
	walk_compare(&walks, &differences);
	for (unsigned i = 0; i < differences.count; i++)
		area_print(area, 1, y++, ROLE_TEXT, "- %s", differences.text[i]);
}

/* ---- the panel ---- */

static int detail_rows(const struct panel_view *view, int height)
{
	bool usual = height >= DETAIL_FROM;

	if (usual == (view->state->view % 2 == 1))
		return 0;
	return height < DETAIL_ROWS ? height : DETAIL_ROWS;
}

static void draw(struct panel_view *view, const struct area *area)
{
	bool wide = area->width >= ROW_WIDE;
	int detail = detail_rows(view, area->height);
	bool heading = area->height - detail >= HEADING_FROM;
	struct area body = area_inside(area, 0, heading, area->width, area->height - heading - detail);
	struct page_rows rows = rows_of(view);
	struct shown shown;
	struct row row;

	if (detail) {
		struct area below = area_inside(area, 0, area->height - detail, area->width, detail);

		draw_detail(view, &below);
	}
	if (heading)
		draw_heading(view, area);
	if (body.height < 1)
		return;
	choose_rows(view, &rows, body.height < ROWS_MOST ? body.height : ROWS_MOST, &shown);
	for (int y = 0; y < shown.count; y++) {
		const struct page_row *item = &shown.row[y];

		make_row(&rows, item, wide, &row);
		row_draw_item(&row, view, &body, y, (uint32_t)view->state->cursor - item->range.page < item->range.pages);
	}
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;
	const struct cpu_state *guest = vm_guest_state(vm);

	if (!state_paging(guest))
		snprintf(text, size, "the guest's paging is off");
	else
		snprintf(text, size, "%s, CR3 %08" PRIx32 ", %s", guest->cr4 & CR4_PAE ? "PAE" : "two levels", guest->cr3,
		         vm->technique->vmm ? paging_name(vm->paging) : "no VMM");
}

/* ---- keys ---- */

static void select_page(struct panel_view *view, uint32_t page)
{
	view->state->cursor = page;
	view->state->placed = true;
}

static bool move(struct panel_view *view, int lines)
{
	struct page_rows rows = rows_of(view);
	struct page_row row = page_row_of(&rows, cursor_of(view));

	for (; lines > 0 && page_row_behind(&rows, &row, &row); lines--)
		;
	for (; lines < 0 && page_row_before(&rows, &row, &row); lines++)
		;
	select_page(view, row.range.page);
	return true;
}

/* Shows the pages of a row one by one, or folds them again. */
static bool open_row(struct panel_view *view)
{
	struct page_rows rows = rows_of(view), closed = {.vm = rows.vm};
	struct page_row row = page_row_of(&rows, cursor_of(view));
	uint32_t first = page_row_of(&closed, row.range.page).range.page;
	bool is_open = row.range.page >= rows.open_first && row.range.page < rows.open_end;

	view->state->mark[0] = is_open || !row.there ? 0 : row.range.page;
	view->state->mark[1] = is_open || !row.there ? 0 : page_row_end(&row);
	select_page(view, is_open ? first : row.range.page);
	return true;
}

static bool differs(const struct page_row *row)
{
	return row->there && row->range.in_state[PAGE_SAME] != row->range.pages;
}

/* To the next row of which hardware and guest do not agree. */
static bool next_difference(struct panel_view *view, bool back)
{
	struct page_rows rows = rows_of(view);
	struct page_row row = page_row_of(&rows, cursor_of(view));

	while (back ? page_row_before(&rows, &row, &row) : page_row_behind(&rows, &row, &row))
		if (differs(&row)) {
			select_page(view, row.range.page);
			return true;
		}
	panel_say(view, "hardware and guest agree on all pages %s here", back ? "before" : "behind");
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	int page = view->height > 2 ? view->height - 2 : 1;

	switch ((int)key) {
	case K_UP:
	case 'k': return move(view, -1);
	case K_DOWN:
	case 'j': return move(view, 1);
	case K_PAGE_UP: return move(view, -page);
	case K_PAGE_DOWN: return move(view, page);
	case K_HOME: select_page(view, 0); return true;
	case K_END: select_page(view, PAGES_ALL - 1); return move(view, 0);
	case K_ENTER: return open_row(view);
	case 'v':
		view->state->view ^= 1;
		return true;
	case 'd': return next_difference(view, false);
	case 'D': return next_difference(view, true);
	case 'p': lead_panel(view, PANEL_WALK, cursor_of(view) << PAGE_SHIFT); return true;
	case 'm': lead_panel(view, PANEL_MEMORY, cursor_of(view) << PAGE_SHIFT); return true;
	case K_ESCAPE:
		view->state->placed = false;
		return true;
	default: return panel_scroll(view, key, 1);
	}
}

static void go(struct panel_view *view, uint32_t address)
{
	view->state->address = address;
	select_page(view, address >> PAGE_SHIFT);
}

static bool find(struct panel_view *view, bool back)
{
	struct page_rows rows = rows_of(view);
	struct page_row item = page_row_of(&rows, cursor_of(view));
	char text[ROW_COLUMNS];
	struct row row;

	for (int i = 0; i < SEARCH_ROWS; i++) {
		if (back ? !page_row_before(&rows, &item, &item) : !page_row_behind(&rows, &item, &item))
			return false;
		make_row(&rows, &item, true, &row);
		if (text_has(row_text(&row, text), view->state->search)) {
			select_page(view, item.range.page);
			return true;
		}
	}
	return false;
}

const struct panel panel_tables = {
	.name = "tables",
	.title = "Page tables",
	.help = "Enter  shows the pages of a run one by one, or folds them again\n"
		"d D    next and previous run where hardware and guest differ\n"
		"g      to an address; Esc  follow the guest\n"
		"v      both walks of this address, entry by entry, below; or not\n"
		"p m    this address in the page walk, in memory\n"
		"Rights: Write or Read-only, User or Supervisor, Global, NX no execute\n",
	.note = note,
	.draw = draw,
	.key = press,
	.go = go,
	.find = find,
};
