/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_exits.c - exits by reason, counted live as `perf kvm stat live` does: how often, what they
 * cost. Rows with an asterisk are other work of the VMM, no exits.
 */
#include "visualizer/screen/panel_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum column { BY_TIME, BY_COUNT, BY_REASON, BY_AVERAGE, BY_MOST, BY_LEAST, SORTS };

struct table {
	const struct counters *counters;
	unsigned order[COUNTERS_MAX], rows;
};

/* ---- order ---- */

static bool comes_before(const struct counter *a, const struct counter *b, enum column by)
{
	uint64_t left = a->cycles, right = b->cycles;

	if (by == BY_COUNT) {
		left = a->count;
		right = b->count;
	} else if (by == BY_AVERAGE) {
		left = counter_average(a);
		right = counter_average(b);
	} else if (by == BY_MOST) {
		left = a->most;
		right = b->most;
	} else if (by == BY_LEAST) {
		left = a->least;
		right = b->least;
	}
	if (by != BY_REASON && left != right)
		return left > right;
	return strcmp(a->reason, b->reason) < 0;
}

static struct table table_of(const struct panel_view *view)
{
	const struct counters *counters = view->debugger->counters;
	struct table table = {.counters = counters, .rows = counters->rows};
	enum column by = (enum column)(view->state->view % SORTS);

	for (unsigned i = 0; i < table.rows; i++) {
		unsigned place = i;

		for (;
		     place > 0 && comes_before(&counters->row[i], &counters->row[table.order[place - 1]], by);
		     place--)
			table.order[place] = table.order[place - 1];
		table.order[place] = i;
	}
	return table;
}

/* The cursor stays with its reason while rows change places: it is kept by the counter's own number. */
static unsigned place_of_cursor(const struct panel_view *view, const struct table *table)
{
	for (unsigned i = 0; view->state->placed && i < table->rows; i++)
		if (table->order[i] == view->state->address)
			return i;
	return 0;
}

/* ---- columns ---- */

enum { MARGIN = 1, BAR_LEAST = 8, REASON_LEAST = 8, REASON_SHORT = 13, REASON_USUAL = 19 };

typedef void cell_text(const struct counters *counters, const struct counter *row, char text[24]);

/* Columns have room for seven digits: what has more is said in thousands, millions and so on. */
static void number(uint64_t value, char text[24])
{
	static const char units[] = "kMGTPE";
	unsigned unit = 0;

	if (value < 10000000) {
		snprintf(text, 24, "%" PRIu64, value);
		return;
	}
	for (value /= 1000; value >= 1000000; value /= 1000)
		unit++;
	snprintf(text, 24, "%" PRIu64 "%c", value, units[unit]);
}

static void count_text(const struct counters *counters, const struct counter *row, char text[24])
{
	(void)counters;
	number(row->count, text);
}

static void percent(unsigned tenths, char text[24])
{
	snprintf(text, 24, "%u.%u", tenths / 10, tenths % 10);
}

/* Both shares are of all rows, so that each column sums up to 100. */
static void count_share(const struct counters *counters, const struct counter *row, char text[24])
{
	percent((unsigned)((double)row->count * 1000 / (double)counters->count + 0.5), text);
}

static void time_share(const struct counters *counters, const struct counter *row, char text[24])
{
	percent(counter_share(counters, row), text);
}

static void average_text(const struct counters *counters, const struct counter *row, char text[24])
{
	(void)counters;
	number(counter_average(row), text);
}

static void least_text(const struct counters *counters, const struct counter *row, char text[24])
{
	(void)counters;
	number(row->least, text);
}

static void most_text(const struct counters *counters, const struct counter *row, char text[24])
{
	(void)counters;
	number(row->most, text);
}

static void cycles_text(const struct counters *counters, const struct counter *row, char text[24])
{
	(void)counters;
	if (row->cycles < 100000000000)
		snprintf(text, 24, "%" PRIu64, row->cycles);
	else
		number(row->cycles, text);
}

/* In their order on the screen; the lower the rank, the sooner a column gets room. */
static const struct column_kind {
	const char *head;
	int width, rank;
	enum column sort;
	cell_text *write;
} kinds[] = {
	{"count", 8, 0, BY_COUNT, count_text}, {"count%", 7, 3, SORTS, count_share},
	{"time%", 7, 1, BY_TIME, time_share},  {"cycles", 12, 6, SORTS, cycles_text},
	{"min", 8, 5, BY_LEAST, least_text},   {"avg", 8, 2, BY_AVERAGE, average_text},
	{"max", 8, 4, BY_MOST, most_text},
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

struct columns {
	bool shown[KINDS];
	int reason, bar; /* widths */
};

/* What reasons must keep when a column of this rank is to be shown. */
static int reason_beside(int rank)
{
	return rank < 2 ? REASON_LEAST : rank == 2 ? REASON_SHORT : REASON_USUAL;
}

static struct columns columns_of(int width)
{
	struct columns columns = {.reason = REASON_LEAST};
	int left = width - MARGIN - REASON_LEAST;

	for (int rank = 0; rank < KINDS; rank++)
		for (int i = 0; i < KINDS; i++)
			if (kinds[i].rank == rank &&
			    kinds[i].width <= left - reason_beside(rank) + REASON_LEAST) {
				columns.shown[i] = true;
				left -= kinds[i].width;
			}
	columns.reason += left < REASON_USUAL - REASON_LEAST ? left : REASON_USUAL - REASON_LEAST;
	left -= columns.reason - REASON_LEAST;
	columns.bar = left > BAR_LEAST ? left - 1 : 0;
	columns.reason += columns.bar ? 0 : left;
	if (columns.reason > width - MARGIN)
		columns.reason = width - MARGIN;
	return columns;
}

/* ---- drawing ---- */

/* The column by which rows are sorted stands in brackets. */
static void draw_head(const struct area *area, const struct columns *columns, enum column by)
{
	int x = MARGIN + columns->reason;
	bool sorted = by == BY_REASON;

	parts_text(area, MARGIN, 0, columns->reason, sorted ? ROLE_STRONG : ROLE_TITLE,
		   sorted ? "[reason]" : "reason");
	for (int i = 0; i < KINDS; i++) {
		char head[16];

		if (!columns->shown[i])
			continue;
		sorted = kinds[i].sort == by;
		snprintf(head, sizeof(head), sorted ? "[%s]" : "%s", kinds[i].head);
		parts_right(area, x, 0, kinds[i].width, sorted ? ROLE_STRONG : ROLE_TITLE, head);
		x += kinds[i].width;
	}
}

static void draw_bar(const struct area *area, int x, int y, int width, uint64_t part, uint64_t whole)
{
	int filled = whole ? (int)((double)part * width / (double)whole + 0.5) : 0;

	area_fill(area, x, y, filled < width ? filled : width, ROLE_VMM, GLYPH_BLOCK);
}

static void draw_row(const struct area *area, int y, const struct columns *columns,
		     const struct counters *counters, const struct counter *row)
{
	int x = MARGIN + columns->reason;
	char text[COUNTER_NAME + 4];

	snprintf(text, sizeof(text), "%s%s", row->reason, row->work ? " *" : "");
	parts_text(area, MARGIN, y, columns->reason - 1, row->work ? ROLE_DIM : ROLE_TEXT, text);
	for (int i = 0; i < KINDS; i++) {
		char cell[24];

		if (!columns->shown[i])
			continue;
		kinds[i].write(counters, row, cell);
		parts_right(area, x, y, kinds[i].width, row->work ? ROLE_DIM : ROLE_TEXT, cell);
		x += kinds[i].width;
	}
	if (columns->bar)
		draw_bar(area, x + 1, y, columns->bar, row->cycles, counters->cycles);
}

static void draw_rows(struct panel_view *view, const struct area *area, const struct table *table,
		      const struct columns *columns)
{
	struct panel_state *state = view->state;

	for (int y = 0; y < area->height && state->top + y < table->rows; y++) {
		unsigned at = (unsigned)state->top + (unsigned)y;

		draw_row(area, y, columns, table->counters, &table->counters->row[table->order[at]]);
		if (!view->focused || at != (unsigned)state->cursor)
			continue;
		area_paint(area, 0, y, area->width, ROLE_SELECTED);
		area_fill(area, 0, y, 1, ROLE_SELECTED, GLYPH_POINTER);
	}
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct table table = table_of(view);
	struct columns columns = columns_of(area->width);
	bool head = area->height > 1;
	struct area body = area_inside(area, 0, head, area->width, area->height - head);

	if (area->width < 1 || area->height < 1)
		return;
	if (table.rows == 0) {
		parts_text(area, 0, 0, area->width, ROLE_DIM,
			   view->debugger->vm->technique->vmm ? "no exits yet" : "no VMM, no exits");
		return;
	}
	view->state->cursor = place_of_cursor(view, &table);
	panel_follow(view->state, table.rows, body.height);
	if (head)
		draw_head(area, &columns, (enum column)(view->state->view % SORTS));
	draw_rows(view, &body, &table, &columns);
}

/* ---- keys ---- */

static void select_row(struct panel_view *view, const struct table *table)
{
	if (view->state->cursor >= 0 && view->state->cursor < table->rows)
		view->state->address = table->order[view->state->cursor];
	view->state->placed = true;
}

static void go_to_next(struct panel_view *view, const struct table *table)
{
	struct goal goal = {.kind = GOAL_EVENT, .direction = FORWARD, .kinds = EVENT_KINDS_ALL};
	unsigned at = place_of_cursor(view, table);

	if (at >= table->rows)
		return;
	snprintf(goal.reason, sizeof(goal.reason), "%s", table->counters->row[table->order[at]].reason);
	debugger_begin(view->debugger, &goal);
}

static bool key(struct panel_view *view, enum key key)
{
	struct table table = table_of(view);

	view->state->cursor = place_of_cursor(view, &table);
	if (key == '>')
		view->state->view = (view->state->view + 1) % SORTS;
	else if (key == '<')
		view->state->view = (view->state->view + SORTS - 1) % SORTS;
	else if (key == K_ENTER)
		go_to_next(view, &table);
	else if (panel_scroll(view, key, table.rows))
		select_row(view, &table);
	else
		return false;
	return true;
}

static bool find(struct panel_view *view, bool back)
{
	struct table table = table_of(view);
	unsigned at = place_of_cursor(view, &table);

	for (unsigned i = 1; i <= table.rows; i++) {
		unsigned next = (at + (back ? table.rows - i : i)) % table.rows;

		if (!parts_matches(table.counters->row[table.order[next]].reason, view->state->search))
			continue;
		view->state->cursor = next;
		select_row(view, &table);
		return true;
	}
	return false;
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64, view->debugger->counters->exits);
}

const struct panel panel_exits = {
	.name = "exits",
	.title = "Exits",
	.help = "j k PgUp PgDn   move\n"
		"> <             sort by time, count, reason, average, max or min\n"
		"Enter           run to the next exit of this reason\n"
		"/               search for a reason\n"
		"* other work of the VMM, no exit; shares are of all rows",
	.note = note,
	.draw = draw,
	.key = key,
	.find = find,
};
