/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_events.c - the list of events, filtered; the one under the cursor becomes the moment that all
 * panels show. Lines are known by sequence number, which neither a replay nor a filter changes.
 */
#include "visualizer/event_text.h"
#include "visualizer/screen/event_filter.h"
#include "visualizer/screen/tab.h"

#include <inttypes.h>
#include <string.h>

enum {
	RUNNING_MOST = 4096, /* events that one drawing looks at while the guest runs */
	HEADING_FROM = 4,      /* rows from which on there is one for the heading */
	ROWS_MOST = 1024,
	NUMBER_AT = 2,   /* column */
	KIND_WIDTH = 12, /* columns */
	TAIL_LEAST = 20, /* columns for what the VMM did, or none */
};

struct events_kept {
	bool typing; /* the filter */
	int width;   /* of the panel when it was drawn last */
};

struct listing {
	const struct panel_view *view;
	const struct event_log *log;
	struct event_filter filter;
	uint64_t budget; /* events that may still be looked at */
};

static bool typing(const struct panel_view *view)
{
	const struct events_kept *kept = view->state->kept;

	return kept && kept->typing;
}

static struct listing listing_of(const struct panel_view *view)
{
	return (struct listing){
		.view = view,
		.log = view->debugger->log,
		.filter = event_filter_parse(view->state->filter, view->debugger->vm->technique->name),
		.budget = view->debugger->running ? RUNNING_MOST : UINT64_MAX,
	};
}

static uint64_t neighbour(struct listing *listing, uint64_t from, bool back)
{
	return event_filter_next(&listing->filter, listing->log, from, back, &listing->budget);
}

/* ---- where the list stands ---- */

static bool known(const struct event_log *log, uint64_t sequence)
{
	return sequence >= event_log_first(log) && sequence < event_log_end(log);
}

/* The event that is told, or else the last one. */
static uint64_t present(struct listing *listing)
{
	const struct debugger *debugger = listing->view->debugger;
	uint64_t at = event_log_end(listing->log);

	if (!debugger->running && known(listing->log, debugger->story))
		return debugger->story;
	return neighbour(listing, at, true);
}

/* The event itself if the filter takes it, else the one before or behind it. */
static uint64_t nearest(struct listing *listing, uint64_t at)
{
	const struct event *event = at == EVENT_NONE_SELECTED ? NULL : event_log_at(listing->log, at);
	uint64_t before;

	if (!event || event_filter_takes(&listing->filter, event))
		return event ? at : EVENT_NONE_SELECTED;
	before = neighbour(listing, at, true);
	return before == EVENT_NONE_SELECTED ? neighbour(listing, at, false) : before;
}

static void place_cursor(struct listing *listing)
{
	struct panel_state *state = listing->view->state;
	uint64_t at = (uint64_t)state->cursor;

	if (!state->placed)
		at = present(listing);
	else if (!known(listing->log, at))
		at = at < event_log_first(listing->log) ? event_log_first(listing->log) : present(listing);
	state->cursor = (int64_t)nearest(listing, at);
}

/* Keeps the cursor among `height` rows from state->top. */
static void place_top(struct listing *listing, int height)
{
	struct panel_state *state = listing->view->state;
	uint64_t cursor = (uint64_t)state->cursor, top = cursor;

	for (int i = 0; i < height - 1 && top != (uint64_t)state->top; i++) {
		uint64_t above = neighbour(listing, top, true);

		if (above == EVENT_NONE_SELECTED)
			break;
		top = above;
	}
	/* top is now the earliest line that may stand first with the cursor still in sight. */
	if ((uint64_t)state->top < top || (uint64_t)state->top > cursor)
		state->top = (int64_t)top;
}

/* ---- a line ---- */

static enum role role_of(const struct listing *listing, const struct event *event)
{
	if (event->sequence == listing->view->debugger->story)
		return ROLE_CURRENT;
	if (event->cycle > listing->view->debugger->vm->clock)
		return ROLE_DIM;
	if (event->kind == EV_SENSITIVE)
		return ROLE_HOLE;
	return ROLE_TEXT;
}

/* '*' is told, '+' has not happened yet: the machine stands before it. */
static char mark_of(const struct listing *listing, const struct event *event)
{
	if (event->sequence == listing->view->debugger->story)
		return '*';
	return event->cycle > listing->view->debugger->vm->clock ? '+' : ' ';
}

/* Columns of a line, 0: not shown; and how wide some are. */
struct columns {
	int number_width, cycle_width, eip, symbol, instruction, reason, tail;
	int symbol_width, instruction_width, reason_width;
};

/* Of the events that may be listed. */
static uint64_t latest_cycle(const struct debugger *debugger)
{
	uint64_t end = event_log_end(debugger->log);
	const struct event *last = end ? event_log_at(debugger->log, end - 1) : NULL;

	return last ? last->cycle : 0;
}

static int digits(uint64_t number, int least)
{
	int count = 1;

	while (number /= 10)
		count++;
	return count > least ? count : least;
}

static struct columns columns_of(const struct panel_view *view)
{
	const struct events_kept *kept = view->state->kept;
	int width = kept ? kept->width + view->state->left : 0;
	bool wide = width >= ROW_WIDE;
	struct columns columns = {
		.symbol_width = wide && view->debugger->symbols ? 22 : 0,
		.instruction_width = wide ? 28 : 16,
		.reason_width = wide ? 14 : 12,
		.number_width = digits(event_log_end(view->debugger->log), 6),
		.cycle_width = digits(latest_cycle(view->debugger), 10),
	};

	columns.eip = NUMBER_AT + columns.number_width + columns.cycle_width + KIND_WIDTH + 3;
	columns.symbol = columns.eip + 9;
	columns.instruction = columns.symbol + columns.symbol_width + (columns.symbol_width > 0);
	columns.reason = columns.instruction + columns.instruction_width + 1;
	columns.tail = columns.reason + columns.reason_width + 9;
	if (columns.tail + TAIL_LEAST > width)
		columns.tail = 0;
	return columns;
}

static void print_tail(struct row *row, int x, enum role role, const struct event *event)
{
	char changes[96];

	event_changes(event, changes, sizeof(changes));
	row_print(row, x, role, "%s%s%s", event->action ? event->action : "", event->action && changes[0] ? "; " : "",
	          changes);
}

static void event_row(const struct listing *listing, const struct event *event, const struct columns *columns,
		      struct row *row)
{
	enum role role = role_of(listing, event);
	char instruction[96], symbol[64];

	row_begin(row);
	event_instruction(event, instruction, sizeof(instruction));
	row_print(row, NUMBER_AT - 1, role, "%c%*" PRIu64 " %*" PRIu64 " %-*.*s %08" PRIx32, mark_of(listing, event),
	          columns->number_width, event->sequence, columns->cycle_width, event->cycle, KIND_WIDTH, KIND_WIDTH,
	          event_kind_name((enum event_kind)event->kind), event->eip);
	if (columns->symbol_width)
		row_print(row, columns->symbol, role, "%.*s", columns->symbol_width,
		          symbol_text(listing->view->debugger, event->linear, symbol, sizeof(symbol)));
	row_print(row, columns->instruction, role, "%.*s", columns->instruction_width, instruction);
	row_print(row, columns->reason, role, "%-*.*s %6" PRIu32, columns->reason_width, columns->reason_width,
	          event_reason(event), event->cycles);
	if (columns->tail)
		print_tail(row, columns->tail, role, event);
}

static void draw_filter(const struct panel_view *view, const struct area *area)
{
	int x = area_print(area, 0, 0, ROLE_KEY, "filter (kinds, reasons, -not, all): %s", view->state->filter);

	area->grid->cursor_x = area->x + x;
	area->grid->cursor_y = area->y;
}

static void draw_heading(const struct panel_view *view, const struct area *area, const struct columns *columns)
{
	struct row row;

	if (typing(view)) {
		draw_filter(view, area);
		return;
	}
	row_begin(&row);
	row_print(&row, NUMBER_AT, ROLE_DIM, "%*s %*s %-*s EIP", columns->number_width, "number", columns->cycle_width, "cycle",
	          KIND_WIDTH, "kind");
	if (columns->symbol_width)
		row_print(&row, columns->symbol, ROLE_DIM, "symbol");
	row_print(&row, columns->instruction, ROLE_DIM, "instruction");
	row_print(&row, columns->reason, ROLE_DIM, "%-*s cycles", columns->reason_width, "reason");
	if (columns->tail)
		row_print(&row, columns->tail, ROLE_DIM, "what the VMM did; what changed");
	row_draw(&row, area, 0, view->state->left);
}

/* ---- the panel ---- */

static void draw_nothing(const struct listing *listing, const struct area *area)
{
	const struct panel_state *state = listing->view->state;

	if (event_log_end(listing->log) == event_log_first(listing->log) || !state->filter[0])
		area_text(area, 1, 0, ROLE_DIM, "no events yet (f all: every kind)");
	else if (listing->view->debugger->running)
		area_print(area, 1, 0, ROLE_DIM, "none of the latest %d events fits '%s'", RUNNING_MOST, state->filter);
	else
		area_print(area, 1, 0, ROLE_DIM, "no event fits '%s' (f: another filter)", state->filter);
}

static void draw_rows(struct listing *listing, const struct area *area, const struct columns *columns)
{
	uint64_t at = nearest(listing, (uint64_t)listing->view->state->top);
	struct row row;

	for (int y = 0; y < area->height && at != EVENT_NONE_SELECTED; y++) {
		const struct event *event = event_log_at(listing->log, at);

		if (!event)
			break;
		event_row(listing, event, columns, &row);
		row_draw_item(&row, listing->view, area, y, at == (uint64_t)listing->view->state->cursor);
		at = neighbour(listing, at, false);
	}
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct events_kept *kept = panel_keep(view->state, sizeof(struct events_kept));
	struct listing listing = listing_of(view);
	bool heading = area->height >= HEADING_FROM || typing(view);
	struct columns columns;
	struct area body = area_inside(area, 0, heading, area->width, area->height - heading);

	if (kept)
		kept->width = area->width;
	columns = columns_of(view);
	if (heading)
		draw_heading(view, area, &columns);
	if (body.height < 1)
		return;
	place_cursor(&listing);
	if ((uint64_t)view->state->cursor == EVENT_NONE_SELECTED) {
		view->state->cursor = 0;
		draw_nothing(&listing, &body);
		return;
	}
	place_top(&listing, body.height < ROWS_MOST ? body.height : ROWS_MOST);
	draw_rows(&listing, &body, &columns);
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct event_log *log = view->debugger->log;

	snprintf(text, size, "%s of %" PRIu64, view->state->filter[0] ? view->state->filter : "the usual ones",
	         event_log_end(log) - event_log_first(log));
}

/* ---- keys ---- */

static bool move(struct panel_view *view, int64_t lines)
{
	struct listing listing = listing_of(view);
	uint64_t at;

	place_cursor(&listing);
	at = (uint64_t)view->state->cursor;
	for (int64_t i = 0; i < (lines < 0 ? -lines : lines); i++) {
		uint64_t next = neighbour(&listing, at, lines < 0);

		if (next == EVENT_NONE_SELECTED)
			break;
		at = next;
	}
	view->state->cursor = at == EVENT_NONE_SELECTED ? 0 : (int64_t)at;
	view->state->placed = true;
	return true;
}

/* To the first event, or the last one. */
static bool jump(struct panel_view *view, uint64_t from, bool back)
{
	struct listing listing = listing_of(view);
	uint64_t at = neighbour(&listing, from, back);

	view->state->cursor = at == EVENT_NONE_SELECTED ? 0 : (int64_t)at;
	view->state->placed = true;
	return true;
}

static bool go_there(struct panel_view *view)
{
	struct listing listing = listing_of(view);

	place_cursor(&listing);
	if (!known(listing.log, (uint64_t)view->state->cursor))
		return true;
	if (debugger_go_event(view->debugger, (uint64_t)view->state->cursor))
		view->state->placed = false;
	return true;
}

static bool begin_filter(struct panel_view *view)
{
	struct events_kept *kept = panel_keep(view->state, sizeof(struct events_kept));

	if (kept)
		kept->typing = true;
	view->state->filter[0] = '\0';
	return true;
}

static bool filter_key(struct panel_view *view, enum key key)
{
	struct events_kept *kept = view->state->kept;

	return typed_key(view->state->filter, sizeof(view->state->filter), &kept->typing, key);
}

static bool press(struct panel_view *view, enum key key)
{
	int64_t page = view->height > 2 ? view->height - 2 : 1;

	if (typing(view) && filter_key(view, key))
		return true;
	switch ((int)key) {
	case K_UP:
	case 'k': return move(view, -1);
	case K_DOWN:
	case 'j': return move(view, 1);
	case K_PAGE_UP: return move(view, -page);
	case K_PAGE_DOWN: return move(view, page);
	case K_HOME: return jump(view, EVENT_NONE_SELECTED, false);
	case K_END: return jump(view, event_log_end(view->debugger->log), true);
	case K_ENTER: return go_there(view);
	case K_ESCAPE:
		view->state->placed = false;
		return true;
	case 'f': return begin_filter(view);
	default: return panel_scroll(view, key, 1);
	}
}

/* ---- search ---- */

static bool fits(const struct panel_view *view, const struct event *event)
{
	const char *search = view->state->search;
	char text[96];

	if (text_has(event_reason(event), search) || text_has(event_kind_name((enum event_kind)event->kind), search) ||
	    (event->action && text_has(event->action, search)))
		return true;
	if (text_has(symbol_text(view->debugger, event->linear, text, sizeof(text)), search))
		return true;
	snprintf(text, sizeof(text), "%08" PRIx32, event->eip);
	if (text_has(text, search))
		return true;
	event_instruction(event, text, sizeof(text));
	return text_has(text, search);
}

static bool find(struct panel_view *view, bool back)
{
	struct listing listing = listing_of(view);
	uint64_t at;

	place_cursor(&listing);
	at = (uint64_t)view->state->cursor;
	while (at != EVENT_NONE_SELECTED) {
		at = neighbour(&listing, at, back);
		if (at != EVENT_NONE_SELECTED && fits(view, event_log_at(listing.log, at))) {
			view->state->cursor = (int64_t)at;
			view->state->placed = true;
			return true;
		}
	}
	return false;
}

const struct panel panel_events = {
	.name = "events",
	.title = "Events",
	.help = "Enter  go to the moment before this event: all panels show it\n"
		"f      filter: kinds (trap, port...) and parts of reasons, -kind without one, all; Esc the usual ones\n"
		"Esc    follow the guest again\n"
		"Marks: * the event that is told, + not yet happened at this moment\n",
	.note = note,
	.draw = draw,
	.key = press,
	.find = find,
};
