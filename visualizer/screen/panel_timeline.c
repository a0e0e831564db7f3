/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_timeline.c - model time from left to right: when the guest ran in which of its rings, when the
 * VMM did, what devices and interrupts did, and each exit as a mark; two markers and what lies between them (the idea is
 * KernelShark's). The event under the cursor can become the moment that all panels show.
 */
#include "visualizer/event_text.h"
#include "visualizer/screen/event_filter.h"
#include "visualizer/screen/tab.h"
#include "visualizer/screen/time_columns.h"

#include <inttypes.h>
#include <string.h>

enum {
	LABEL = 8,
	ZOOM_USUAL = 9, /* index into the ladder 1, 2, 5, 10...: 1,000 cycles a column */
	ZOOM_MOST = 30,
	HEADING_FROM = 5, /* rows from which on there is one for words, */
	DEVICES_FROM = 6, /* one for devices, */
	RINGS_FROM = 9,   /* and one for each ring */
};

/* ---- what is seen ---- */

static int zoom_of(const struct panel_view *view)
{
	int zoom = ZOOM_USUAL + view->state->left;

	return zoom < 0 ? 0 : zoom > ZOOM_MOST ? ZOOM_MOST : zoom;
}

static uint64_t per_column(const struct panel_view *view)
{
	static const uint64_t step[] = {1, 2, 5};
	int zoom = zoom_of(view);
	uint64_t per = step[zoom % 3];

	for (; zoom >= 3; zoom -= 3)
		per *= 10;
	return per;
}

static bool known(const struct event_log *log, uint64_t sequence)
{
	return sequence >= event_log_first(log) && sequence < event_log_end(log);
}

/* Events that have a mark: exits and what devices do, or what the filter says. */
static struct event_filter marked_events(const struct panel_view *view)
{
	if (view->state->filter[0])
		return event_filter_parse(view->state->filter, view->debugger->vm->technique->name);
	return (struct event_filter){.kinds = EVENT_KINDS_ALL & ~EVENT_WORK};
}

static uint64_t next_event(const struct panel_view *view, uint64_t from, bool back)
{
	struct event_filter marked = marked_events(view);
	uint64_t budget = UINT64_MAX;

	return event_filter_next(&marked, view->debugger->log, from, back, &budget);
}

/* The selected event: of the cursor, or else the one that is told, or the latest. */
static const struct event *selected(const struct panel_view *view)
{
	const struct debugger *debugger = view->debugger;
	const struct event_log *log = debugger->log;
	uint64_t at = (uint64_t)view->state->cursor;

	if (view->state->placed && known(log, at))
		return event_log_at(log, at);
	if (!debugger->running && known(log, debugger->story))
		return event_log_at(log, debugger->story);
	at = next_event(view, event_ending_after(log, debugger->vm->clock), true);
	return at == EVENT_NONE_SELECTED ? NULL : event_log_at(log, at);
}

/* The left side: the selected event stays inside. */
static uint64_t begin_of(struct panel_view *view, uint64_t per, int count)
{
	const struct event *event = selected(view);
	uint64_t width = per * (uint64_t)count, clock = view->debugger->vm->clock;
	uint64_t at = event && (view->state->placed || !view->debugger->running) ? event->cycle : clock;
	uint64_t top = (uint64_t)view->state->top / per * per;

	if (!view->state->placed || at < top || at - top >= width)
		top = at > width / 4 * 3 ? (at - width / 4 * 3) / per * per : 0;
	view->state->top = (int64_t)top;
	return top;
}

/* ---- rows ---- */

struct picture {
	const struct panel_view *view;
	const struct area *area;
	struct time_columns columns;
	int y;
};

static void draw_share(const struct picture *picture, int x, uint64_t cycles, enum role role)
{
	if (cycles)
		area_fill(picture->area, LABEL + x, picture->y, 1, role,
		          2 * cycles >= picture->columns.per ? GLYPH_BLOCK : GLYPH_SHADE);
}

static void draw_row(struct picture *picture, const char *label, unsigned row, enum role role)
{
	area_text(picture->area, 0, picture->y, role, label);
	for (int x = 0; x < picture->columns.count; x++)
		draw_share(picture, x, picture->columns.column[x].cycles[row], role);
	picture->y++;
}

/* All rings in one row: the digit of the one that had most of the column. */
static void draw_guest(struct picture *picture)
{
	area_text(picture->area, 0, picture->y, ROLE_GUEST, "guest");
	for (int x = 0; x < picture->columns.count; x++) {
		const uint64_t *cycles = picture->columns.column[x].cycles;
		unsigned most = 0;

		for (unsigned ring = 1; ring < TIME_VMM; ring++)
			if (cycles[ring] > cycles[most])
				most = ring;
		if (cycles[most])
			area_fill(picture->area, LABEL + x, picture->y, 1, ROLE_GUEST, '0' + most);
	}
	picture->y++;
}

static void draw_rings(struct picture *picture)
{
	static const char *const labels[TIME_VMM] = {"ring 0", "ring 1", "ring 2", "ring 3"};
	bool used[TIME_VMM] = {true, false, false, true};

	for (int x = 0; x < picture->columns.count; x++)
		for (unsigned ring = 0; ring < TIME_VMM; ring++)
			used[ring] = used[ring] || picture->columns.column[x].cycles[ring];
	for (unsigned ring = TIME_VMM; ring-- > 0;)
		if (used[ring])
			draw_row(picture, labels[ring], ring, ROLE_GUEST);
}

/* A letter where there was one event, their number up to 9, then '+'. */
static uint32_t mark_glyph(uint32_t count, uint8_t kind)
{
	if (count == 1)
		return (uint32_t)event_letter((enum event_kind)kind);
	return count > 9 ? '+' : '0' + count;
}

static void draw_marks(struct picture *picture, bool devices)
{
	area_text(picture->area, 0, picture->y, ROLE_TEXT, devices ? "devices" : "exits");
	for (int x = 0; x < picture->columns.count; x++) {
		const struct time_column *column = &picture->columns.column[x];
		uint32_t count = devices ? column->devices : column->exits;
		uint8_t kind = devices ? column->device_kind : column->exit_kind;

		if (count)
			area_fill(picture->area, LABEL + x, picture->y, 1,
			          count == 1 && kind == EV_SENSITIVE ? ROLE_HOLE : ROLE_TEXT, mark_glyph(count, kind));
	}
	picture->y++;
}

static void draw_point(const struct picture *picture, uint64_t cycle, enum role role, uint32_t glyph)
{
	const struct time_columns *columns = &picture->columns;
	uint64_t x = (cycle - columns->begin) / columns->per;

	if (cycle >= columns->begin && x < (uint64_t)columns->count)
		area_fill(picture->area, LABEL + (int)x, picture->y, 1, role, glyph);
}

static void draw_axis(struct picture *picture)
{
	const struct panel_view *view = picture->view;
	const struct event *event = selected(view);

	area_fill(picture->area, LABEL, picture->y, picture->columns.count, ROLE_FRAME, GLYPH_HORIZONTAL);
	for (int x = 0; x < picture->columns.count; x += 10)
		area_fill(picture->area, LABEL + x, picture->y, 1, ROLE_FRAME, GLYPH_CROSS);
	draw_point(picture, view->debugger->vm->clock, ROLE_CURRENT, GLYPH_VERTICAL);
	if (event)
		draw_point(picture, event->cycle, ROLE_SELECTED, GLYPH_ARROW_UP);
	for (unsigned i = 0; i < 2; i++)
		if (view->state->mark[i])
			draw_point(picture, view->state->mark[i], ROLE_FOUND, 'A' + i);
	picture->y++;
}

/* ---- words ---- */

static void event_words(const struct panel_view *view, const struct event *event, char *text, size_t size)
{
	char instruction[96], where[80];

	event_instruction(event, instruction, sizeof(instruction));
	address_text(view->debugger->symbols, event->linear, where, sizeof(where));
	snprintf(text, size, "#%" PRIu64 " at %" PRIu64 ": %s (%s), %" PRIu32 " cycles: %s at %s", event->sequence, event->cycle,
	         event_kind_name((enum event_kind)event->kind), event_reason(event), event->cycles, instruction, where);
}

static void markers_text(const struct panel_view *view, char *text, size_t size)
{
	const struct event_log *log = view->debugger->log;
	uint64_t a = view->state->mark[0], b = view->state->mark[1], low = a < b ? a : b, high = a < b ? b : a;

	if (a && b)
		snprintf(text, size, "A %" PRIu64 "  B %" PRIu64 "  between: %" PRIu64 " cycles, %" PRIu64 " events", a, b, high - low,
		         event_ending_after(log, high) - event_ending_after(log, low));
	else
		snprintf(text, size, "%c %" PRIu64 " (now the other one)", a ? 'A' : 'B', a ? a : b);
}

static void draw_heading(struct picture *picture)
{
	const struct panel_view *view = picture->view;
	const struct event *event = selected(view);
	char words[256] = "";
	int x;

	x = area_print(picture->area, 0, picture->y, ROLE_DIM, "%" PRIu64 "+  %" PRIu64 " a column  ", picture->columns.begin,
	               picture->columns.per);
	if (view->state->mark[0] || view->state->mark[1])
		markers_text(view, words, sizeof(words));
	else if (event)
		event_words(view, event, words, sizeof(words));
	area_text(picture->area, x, picture->y++, ROLE_TEXT, words);
}

/* Below, where there is room: the selected event, and what the marks mean. */
static void draw_words(struct picture *picture)
{
	const struct event *event = selected(picture->view);
	char words[256];

	if (!event)
		return;
	event_words(picture->view, event, words, sizeof(words));
	area_text(picture->area, 0, picture->y++, ROLE_TEXT, words);
	event_changes(event, words, sizeof(words));
	area_print(picture->area, 0, picture->y++, ROLE_TEXT, "%s%s%s", event->action ? event->action : "",
	           event->action && words[0] ? "; " : "", words);
	picture->y++;
	area_text(picture->area, 0, picture->y++, ROLE_DIM,
	          "exits: T trap, h hidden fault, F true fault, t trace, C callout, X VM exit, H hypercall, R reflected, ! hole");
	area_text(picture->area, 0, picture->y++, ROLE_DIM,
	          "devices: I interrupt, J injected, D delivered, P port; a digit: so many in this column, +: more than 9");
}

/* ---- the panel ---- */

static void draw(struct panel_view *view, const struct area *area)
{
	struct picture picture = {.view = view, .area = area};
	int count = area->width - LABEL;

	if (count < 1 || area->height < 1)
		return;
	picture.columns.count = count < TIME_COLUMNS_MOST ? count : TIME_COLUMNS_MOST;
	picture.columns.per = per_column(view);
	picture.columns.begin = begin_of(view, picture.columns.per, picture.columns.count);
	picture.columns.marked = marked_events(view);
	time_columns_fill(&picture.columns, view->debugger);
	if (area->height >= HEADING_FROM)
		draw_heading(&picture);
	if (area->height >= RINGS_FROM)
		draw_rings(&picture);
	else
		draw_guest(&picture);
	draw_row(&picture, view->debugger->vm->technique->vmm ? "VMM" : "no VMM", TIME_VMM, ROLE_VMM);
	if (area->height >= DEVICES_FROM)
		draw_marks(&picture, true);
	draw_marks(&picture, false);
	draw_axis(&picture);
	draw_words(&picture);
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct event *event = selected(view);
	const uint64_t *mark = view->state->mark;

	if (mark[0] && mark[1])
		snprintf(text, size, "A to B: %" PRIu64 " cycles", mark[0] < mark[1] ? mark[1] - mark[0] : mark[0] - mark[1]);
	else if (event)
		snprintf(text, size, "#%" PRIu64 " %s, %" PRIu32 " cycles", event->sequence, event_reason(event), event->cycles);
	else
		snprintf(text, size, "no events yet");
}

/* ---- keys ---- */

static bool select_event(struct panel_view *view, uint64_t sequence)
{
	if (sequence == EVENT_NONE_SELECTED)
		return true;
	view->state->cursor = (int64_t)sequence;
	view->state->placed = true;
	return true;
}

/* To the next event with a mark that stands in another column (or `single`: the next one). */
static bool move(struct panel_view *view, bool back, bool single)
{
	const struct event *event = selected(view);
	uint64_t per = per_column(view), at, found;

	if (!event)
		return true;
	found = at = event->sequence;
	while ((at = next_event(view, at, back)) != EVENT_NONE_SELECTED) {
		found = at;
		if (single || event_log_at(view->debugger->log, at)->cycle / per != event->cycle / per)
			break;
	}
	return select_event(view, found);
}

static bool move_page(struct panel_view *view, bool back)
{
	const struct event *event = selected(view);
	const struct event_log *log = view->debugger->log;
	uint64_t far = per_column(view) * 50, to, at;

	if (!event)
		return true;
	to = back ? event->cycle - (event->cycle < far ? event->cycle : far) : event->cycle + far;
	at = event_ending_after(log, to);
	if (at >= event_log_end(log))
		at = event_log_end(log) - 1;
	return select_event(view, at);
}

static bool zoom(struct panel_view *view, int by)
{
	const struct event *event = selected(view);
	int to = zoom_of(view) + by;

	view->state->left = (to < 0 ? 0 : to > ZOOM_MOST ? ZOOM_MOST : to) - ZOOM_USUAL;
	/* Begins anew around the selected event. */
	view->state->top = INT64_MAX;
	if (view->state->placed && event)
		view->state->cursor = (int64_t)event->sequence;
	return true;
}

static bool set_marker(struct panel_view *view, unsigned which)
{
	const struct event *event = selected(view);

	if (event)
		view->state->mark[which] = event->cycle ? event->cycle : 1;
	return true;
}

static bool go_there(struct panel_view *view)
{
	const struct event *event = selected(view);

	if (event && debugger_go_event(view->debugger, event->sequence))
		view->state->placed = false;
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	const struct event_log *log = view->debugger->log;

	switch ((int)key) {
	case K_LEFT:
	case 'h': return move(view, true, false);
	case K_RIGHT:
	case 'l': return move(view, false, false);
	case K_UP:
	case 'k':
	case ',': return move(view, true, true);
	case K_DOWN:
	case 'j':
	case '.': return move(view, false, true);
	case K_PAGE_UP: return move_page(view, true);
	case K_PAGE_DOWN: return move_page(view, false);
	case K_HOME: return select_event(view, next_event(view, EVENT_NONE_SELECTED, false));
	case K_END: return select_event(view, next_event(view, event_log_end(log), true));
	case '+':
	case '=': return zoom(view, -1);
	case '-': return zoom(view, 1);
	case 'A': return set_marker(view, 0);
	case 'B': return set_marker(view, 1);
	case 'x':
		view->state->mark[0] = view->state->mark[1] = 0;
		return true;
	case K_ENTER: return go_there(view);
	case K_ESCAPE:
		view->state->placed = false;
		return true;
	default: return false;
	}
}

const struct panel panel_timeline = {
	.name = "timeline",
	.title = "Timeline",
	.help = "Left Right  the event in the next column; Up Down  the next event\n"
		"+ -    fewer or more cycles a column\n"
		"A B    put a marker at the event; x  takes both away\n"
		"Enter  go to the moment before the event: all panels show it\n"
		"Esc    follow the guest again; F4 chooses which events have marks\n",
	.note = note,
	.draw = draw,
	.key = press,
};
