/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_devices.c - the devices: what each is doing, and when it wants to act by itself next (model
 * time: nothing happens before). Enter opens one, register by register.
 */
#include "visualizer/screen/tab.h"

#include <inttypes.h>
#include <string.h>

enum { HEADING_FROM = 3, LINES_MOST = 256 };

/* state->mark[0]: devices that are open, 1 << index. */

/* A device's own line (fact -1), or one of its facts. */
struct line {
	uint8_t device;
	int8_t fact;
};

struct lines {
	const struct board *board;
	struct line line[LINES_MOST];
	int64_t count;
};

static bool is_open(const struct panel_view *view, size_t device)
{
	return view->state->mark[0] >> device & 1;
}

static struct lines lines_of(const struct panel_view *view)
{
	struct lines lines = {.board = view->debugger->vm->board};
	struct board_fact fact[BOARD_FACTS];

	for (size_t device = 0; device < board_devices(lines.board) && device < 64; device++) {
		size_t facts = is_open(view, device) ? board_facts(lines.board, device, fact, BOARD_FACTS) : 0;

		for (int i = -1; i < (int)(facts < BOARD_FACTS ? facts : BOARD_FACTS) && lines.count < LINES_MOST; i++)
			lines.line[lines.count++] = (struct line){.device = (uint8_t)device, .fact = (int8_t)i};
	}
	return lines;
}

/* "in 12 345" cycles, "now", "-". */
static void next_text(const struct panel_view *view, size_t device, char *text, size_t size)
{
	uint64_t next = board_device_next(view->debugger->vm->board, device), now = view->debugger->vm->clock;
	char number[32];

	if (next == BOARD_NEVER)
		snprintf(text, size, "-");
	else if (next <= now)
		snprintf(text, size, "now");
	else
		snprintf(text, size, "in %s", grouped(next - now, number));
}

static void make_row(const struct panel_view *view, const struct lines *lines, int64_t index, struct row *row)
{
	const struct line *line = &lines->line[index];
	struct board_fact fact[BOARD_FACTS];
	char text[256], next[48];

	row_begin(row);
	if (line->fact >= 0) {
		board_facts(lines->board, line->device, fact, BOARD_FACTS);
		row_print(row, 5, ROLE_DIM, "%-13s", fact[line->fact].name);
		row_print(row, 19, ROLE_TEXT, "%s", fact[line->fact].value);
		return;
	}
	board_describe(lines->board, line->device, text, sizeof(text));
	next_text(view, line->device, next, sizeof(next));
	row_print(row, 1, ROLE_KEY, "%c", is_open(view, line->device) ? '-' : '+');
	row_print(row, 3, ROLE_STRONG, "%-8s", board_device_name(lines->board, line->device));
	row_print(row, 12, strcmp(next, "now") == 0 ? ROLE_CURRENT : ROLE_TEXT, "%-14s", next);
	row_print(row, 27, ROLE_TEXT, "%s", text);
}

static void draw(struct panel_view *view, const struct area *area)
{
	bool heading = area->height >= HEADING_FROM;
	struct area body = area_inside(area, 0, heading, area->width, area->height - heading);
	struct lines lines = lines_of(view);
	struct row row;

	row_begin(&row);
	row_print(&row, 3, ROLE_DIM, "device   acts next      state (at its last access)");
	if (heading)
		row_draw(&row, area, 0, view->state->left);
	list_place(view, lines.count, body.height);
	for (int y = 0; y < body.height && view->state->top + y < lines.count; y++) {
		make_row(view, &lines, view->state->top + y, &row);
		row_draw_item(&row, view, &body, y, view->state->top + y == view->state->cursor);
	}
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;
	uint64_t next = board_next(vm->board);
	char number[32];

	if (next == BOARD_NEVER)
		snprintf(text, size, "none wants to act%s", board_interrupt(vm->board) ? ", INTR raised" : "");
	else
		snprintf(text, size, "next in %s cycles%s", grouped(next > vm->clock ? next - vm->clock : 0, number),
		         board_interrupt(vm->board) ? ", INTR raised" : "");
}

/* ---- keys ---- */

static bool open_device(struct panel_view *view, const struct lines *lines)
{
	uint8_t device;

	if (view->state->cursor >= lines->count)
		return true;
	device = lines->line[view->state->cursor].device;
	view->state->mark[0] ^= UINT64_C(1) << device;
	/* The cursor stays on the device. */
	while (view->state->cursor > 0 && lines->line[view->state->cursor].fact >= 0)
		view->state->cursor--;
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	struct lines lines = lines_of(view);

	if (key == K_ENTER)
		return open_device(view, &lines);
	if (key == 'v') {
		view->state->mark[0] = view->state->mark[0] ? 0 : UINT64_MAX;
		view->state->cursor = view->state->top = 0;
		return true;
	}
	return panel_scroll(view, key, lines.count);
}

static bool find(struct panel_view *view, bool back)
{
	struct lines lines = lines_of(view);
	char text[ROW_COLUMNS];
	struct row row;

	for (int64_t i = view->state->cursor + (back ? -1 : 1); i >= 0 && i < lines.count; i += back ? -1 : 1) {
		make_row(view, &lines, i, &row);
		if (text_has(row_text(&row, text), view->state->search)) {
			view->state->cursor = i;
			return true;
		}
	}
	return false;
}

const struct panel panel_devices = {
	.name = "devices",
	.title = "Devices",
	.help = "Enter  opens a device, register by register, or closes it\n"
		"v      opens or closes all\n",
	.note = note,
	.draw = draw,
	.key = press,
	.find = find,
};
