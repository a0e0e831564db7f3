/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_console.c - what the guest shows: the text that it has written to its serial port (and to port
 * 0xE9), with what went before; or its VGA text screen as it is now, whichever of them it uses.
 */
#include "visualizer/screen/tab.h"
#include "visualizer/screen_text.h"

#include <inttypes.h>
#include <string.h>

enum { VIEW_AUTO, VIEW_SERIAL, VIEW_SCREEN, VIEWS };

/* state->top: lines (of the screen: rows) scrolled back from the end. state->mark[0]: bytes that the guest had written
 * when that was so, so that new lines do not move what is being read. */

static bool screen_has_text(const struct screen *screen)
{
	for (unsigned row = 0; row < screen->rows; row++)
		for (unsigned column = 0; column < screen->columns; column++) {
			uint8_t character = screen->cell[row][column].character;

			if (character != 0 && character != ' ')
				return true;
		}
	return false;
}

static bool shows_screen(const struct panel_view *view, const struct screen *screen)
{
	if (view->state->view % VIEWS == VIEW_AUTO)
		return view->debugger->console->written == 0 && screen_has_text(screen);
	return view->state->view % VIEWS == VIEW_SCREEN;
}

/* ---- the serial port ---- */

static uint64_t lines_since(const struct console *console, uint64_t written)
{
	uint64_t lines = 0;

	if (console->written - written > CONSOLE_BYTES)
		written = console->written - CONSOLE_BYTES;
	for (uint64_t at = written; at < console->written; at++)
		lines += console->text[at % CONSOLE_BYTES] == '\n';
	return lines;
}

/* Lines scrolled back, brought up to date with what has been written since. */
static uint64_t lines_back(const struct panel_view *view, int height)
{
	const struct console *console = view->debugger->console;
	struct panel_state *state = view->state;
	uint64_t lines = console_lines(console), most = lines > (uint64_t)height ? lines - (uint64_t)height : 0;

	if (state->top > 0 && console->written > state->mark[0])
		state->top += (int64_t)lines_since(console, state->mark[0]);
	state->mark[0] = console->written;
	if (state->top > (int64_t)most)
		state->top = (int64_t)most;
	if (state->top < 0)
		state->top = 0;
	return (uint64_t)state->top;
}

/* Where the guest writes next: behind the last line, when that is not ended. */
static void put_cursor(const struct panel_view *view, const struct area *area, int x, int y)
{
	if (!view->focused || x < 0 || x >= area->width || y < 0 || y >= area->height)
		return;
	area->grid->cursor_x = area->x + x;
	area->grid->cursor_y = area->y + y;
}

static void draw_serial(const struct panel_view *view, const struct area *area)
{
	const struct console *console = view->debugger->console;
	uint64_t back = lines_back(view, area->height), lines = console_lines(console);
	bool ended = console->written && console->text[(console->written - 1) % CONSOLE_BYTES] == '\n';
	int shown = lines - back < (uint64_t)area->height ? (int)(lines - back) : area->height;
	char text[ROW_COLUMNS];
	struct row row;

	if (!lines)
		area_text(area, 1, 0, ROLE_DIM, "nothing written yet (v: the guest's text screen)");
	for (int y = shown - 1; y >= 0; y--, back++) {
		if (console_line(console, back, text, sizeof(text)) < 0)
			break;
		row_begin(&row);
		row_print(&row, 0, ROLE_TEXT, "%s", text);
		row_draw(&row, area, y, view->state->left);
		if (back == 0 && !ended)
			put_cursor(view, area, (int)strlen(text) - view->state->left, y);
		else if (back == 0)
			put_cursor(view, area, 0, y + 1);
	}
}

/* ---- the text screen ---- */

static enum role role_of(uint8_t attribute)
{
	if (attribute & 0x70)
		return ROLE_STATUS;
	return attribute & 8 ? ROLE_STRONG : ROLE_TEXT;
}

static int last_row_used(const struct screen *screen)
{
	for (int row = (int)screen->rows - 1; row > 0; row--)
		for (unsigned column = 0; column < screen->columns; column++) {
			uint8_t character = screen->cell[row][column].character;

			if (character != 0 && character != ' ')
				return row;
		}
	return 0;
}

/* The first row shown: what was written last is in sight, less what has been scrolled back. */
static int first_row(const struct panel_view *view, const struct screen *screen, int height)
{
	int last = last_row_used(screen), most;

	if (screen->cursor_visible && (int)screen->cursor_row > last)
		last = (int)screen->cursor_row;
	most = last + 1 > height ? last + 1 - height : 0;
	if (view->state->top > most)
		view->state->top = most;
	if (view->state->top < 0)
		view->state->top = 0;
	return most - (int)view->state->top;
}

static void draw_screen(const struct panel_view *view, const struct screen *screen, const struct area *area)
{
	int first = first_row(view, screen, area->height), left = view->state->left;

	for (int y = 0; y < area->height && first + y < (int)screen->rows; y++)
		for (int x = 0; x < area->width && left + x < (int)screen->columns; x++) {
			const struct screen_cell *cell = &screen->cell[first + y][left + x];

			area_text(area, x, y, role_of(cell->attribute), screen_character(cell->character, true));
		}
	if (screen->cursor_visible)
		put_cursor(view, area, (int)screen->cursor_column - left, (int)screen->cursor_row - first);
}

/* ---- the panel ---- */

static void draw(struct panel_view *view, const struct area *area)
{
	struct screen screen;

	if (area->height < 1)
		return;
	screen_read(&screen, view->debugger->vm);
	if (shows_screen(view, &screen))
		draw_screen(view, &screen, area);
	else
		draw_serial(view, area);
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	struct screen screen;
	int used;

	screen_read(&screen, view->debugger->vm);
	if (shows_screen(view, &screen))
		used = snprintf(text, size, "text screen %ux%u", screen.columns, screen.rows);
	else
		used = snprintf(text, size, "serial, %" PRIu64 " bytes", view->debugger->console->written);
	if (view->state->top > 0 && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", %" PRId64 " lines back", view->state->top);
}

/* ---- keys ---- */

static bool scroll(struct panel_view *view, int64_t back)
{
	view->state->top += back;
	if (view->state->top < 0)
		view->state->top = 0;
	view->state->mark[0] = view->debugger->console->written;
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	int64_t page = view->height > 1 ? view->height - 1 : 1;

	switch ((int)key) {
	case 'v': {
		struct screen screen;

		screen_read(&screen, view->debugger->vm);
		view->state->view = shows_screen(view, &screen) ? VIEW_SERIAL : VIEW_SCREEN;
		view->state->top = 0;
		return true;
	}
	case K_UP:
	case 'k': return scroll(view, 1);
	case K_DOWN:
	case 'j': return scroll(view, -1);
	case K_PAGE_UP: return scroll(view, page);
	case K_PAGE_DOWN: return scroll(view, -page);
	case K_HOME: return scroll(view, CONSOLE_BYTES);
	case K_END:
		view->state->top = 0;
		return true;
	default: return panel_scroll(view, key, 1);
	}
}

/* `back` is to older lines, which is upward. Searches what the serial port has. */
static bool find(struct panel_view *view, bool back)
{
	const struct console *console = view->debugger->console;
	int64_t lines = (int64_t)console_lines(console), step = back ? 1 : -1;
	char text[ROW_COLUMNS];

	for (int64_t at = lines_back(view, 1) + step; at >= 0 && at < lines; at += step)
		if (console_line(console, (uint64_t)at, text, sizeof(text)) >= 0 && text_has(text, view->state->search)) {
			view->state->top = at;
			return true;
		}
	return false;
}

const struct panel panel_console = {
	.name = "console",
	.title = "Console",
	.help = "Keys go to the guest; after C-a to the panel or the screen:\n"
		"C-a v  serial port, or the text screen\n"
		"PgUp   back to what was written before; End  to the end\n",
	.note = note,
	.draw = draw,
	.key = press,
	.find = find,
};
