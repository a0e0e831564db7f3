/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/screen.c - the screen as a whole: status, panels with their titles, the line of messages, the line of
 * keys.
 */
#include "visualizer/screen/screen_inside.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- beginning and end ---- */

struct screen *screen_new(struct debugger *debugger, bool story)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	screen->debugger = debugger;
	screen->shell.debugger = debugger;
	screen->shell.background = true;
	screen->shell.screen =
		(struct shell_screen){.owner = screen, .perform = screen_command, .panel_name = screen_panel_name};
	screen->theme = theme_at(0);
	screen->mouse = true;
	screen->choice = (struct layout_choice){
		.focus = story ? PANEL_STORY : PANEL_CODE,
		.tab = PANEL_CONSOLE,
		.top_right = PANEL_CPU,
		.lower_right = PANEL_EXITS,
		.story = story,
	};
	bindings_usual(&screen->bindings);
	return screen;
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	for (unsigned i = 0; i < PANELS; i++)
		free(screen->states[i].kept);
	pager_close(&screen->pager);
	free(screen);
}

void screen_say(struct screen *screen, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(screen->message, sizeof(screen->message), format, arguments);
	va_end(arguments);
	screen->message_is_error = false;
}

/* ---- panels ---- */

struct panel_view screen_view(struct screen *screen, unsigned panel)
{
	return (struct panel_view){
		.debugger = screen->debugger,
		.state = &screen->states[panel],
		.states = screen->states,
		.focused = screen->choice.focus == panel,
		.story = screen->choice.story,
		.height = screen->heights[panel],
	};
}

bool screen_types(const struct screen *screen)
{
	return screen->choice.focus == PANEL_CONSOLE;
}

/* The digit that gives a panel the focus: all tabs have that of the last place. */
static unsigned digit_of(unsigned panel)
{
	return panel < PANEL_CONSOLE ? panel + 1 : PANEL_CONSOLE + 1;
}

static int draw_name(const struct area *line, int x, enum role role, const char *name)
{
	x = area_text(line, x, 0, role, " ");
	x = area_text(line, x, 0, role, name);
	return area_text(line, x, 0, role, " ");
}

/* Text at the right end of a title, when there is room behind `x`. */
static void draw_right(const struct area *line, int x, enum role role, const char *text)
{
	int columns = 0;

	for (const char *at = text; *at; at++)
		columns += ((unsigned char)*at & 0xc0) != 0x80;
	if (columns && line->width - columns - 1 > x)
		draw_name(line, line->width - columns - 2, role, text);
}

static void panel_note(struct screen *screen, unsigned panel, char *text, size_t size)
{
	struct panel_view view = screen_view(screen, panel);

	text[0] = '\0';
	if (panel == PANEL_CONSOLE && view.focused)
		snprintf(text, size, "typing goes to the guest; C-a, then a key of the screen");
	else if (panel_list[panel]->note)
		panel_list[panel]->note(&view, text, size);
}

/* "1 Guest code", with a mark when it has the focus: not by colour alone. */
static int draw_own_title(struct screen *screen, unsigned panel, const struct area *line)
{
	bool focused = screen->choice.focus == panel;
	enum role role = focused ? ROLE_FOCUS : ROLE_TITLE;
	int x = area_print(line, 0, 0, role, focused ? "▶%u" : " %u", digit_of(panel));

	return draw_name(line, x, role, panel_list[panel]->title);
}

static void draw_title(struct screen *screen, const struct layout_place *place, const struct area *line)
{
	char text[120], behind[80];
	int x = draw_own_title(screen, place->panel, line), room;

	panel_note(screen, place->panel, text, sizeof(text));
	if (text[0])
		x = draw_name(line, x - 1, ROLE_DIM, text);
	if (place->behind == place->panel)
		return;
	snprintf(behind, sizeof(behind), "%u %s", digit_of(place->behind), panel_list[place->behind]->title);
	room = line->width - x - 3;
	if (room < (int)strlen(behind))
		snprintf(behind, sizeof(behind), "%u", digit_of(place->behind));
	draw_right(line, x, ROLE_DIM, behind);
}

/* All tabs by their short names, the shown one by its title. */
static void draw_tabs(struct screen *screen, const struct layout_place *place, const struct area *line)
{
	char note[120];
	int x, width = 0;

	for (unsigned panel = PANEL_CONSOLE; panel < PANELS; panel++)
		width += (int)strlen(panel_list[panel]->name) + 1;
	x = draw_own_title(screen, place->panel, line);
	panel_note(screen, place->panel, note, sizeof(note));
	if (note[0])
		x = draw_name(line, x - 1, ROLE_DIM, note);
	if (x + width + 2 > line->width)
		return draw_right(line, x, ROLE_DIM, "[ ] tabs");
	x = line->width - width - 1;
	x = area_text(line, x, 0, ROLE_DIM, " ");
	for (unsigned panel = PANEL_CONSOLE; panel < PANELS; panel++) {
		bool shown = panel == place->panel;

		x = area_text(line, x, 0, shown ? ROLE_STRONG : ROLE_DIM, panel_list[panel]->name);
		x = area_text(line, x, 0, ROLE_DIM, " ");
	}
}

static void draw_panel(struct screen *screen, const struct layout_place *place, const struct area *all)
{
	struct area inside = area_inside(all, place->x, place->y, place->width, place->height);
	struct area line = area_inside(all, place->x, place->y - 1, place->width, 1);
	struct panel_view view;

	screen->heights[place->panel] = place->height;
	view = screen_view(screen, place->panel);
	if (place->y - 1 != screen->layout.status_row) {
		if (place->panel >= PANEL_CONSOLE)
			draw_tabs(screen, place, &line);
		else
			draw_title(screen, place, &line);
	}
	panel_list[place->panel]->draw(&view, &inside);
}

/* ---- the lines around them ---- */

/* How the guest stands, and at the right end what is special about this viewer. */
static void draw_status(struct screen *screen, const struct area *all)
{
	struct area line = area_inside(all, 0, screen->layout.status_row, all->width, 1);
	char text[300], state[80];
	int margin = line.width < LAYOUT_FULL_WIDTH ? 0 : 1, room;

	if (screen->layout.status_row < 0)
		return;
	snprintf(state, sizeof(state), "%s%s", screen->recording ? "recording " : "",
		 screen->readonly || screen->debugger->readonly ? "read-only " : "");
	room = line.width - 2 * margin - (int)strlen(state);
	if (room < 20) {
		state[0] = '\0';
		room = line.width - 2 * margin;
	}
	debugger_status(screen->debugger, text, room < (int)sizeof(text) ? (size_t)room + 1 : sizeof(text));
	area_fill(&line, 0, 0, line.width, ROLE_STATUS, ' ');
	area_text(&line, margin, 0, ROLE_STATUS, text);
	area_text(&line, line.width - margin - (int)strlen(state), 0, ROLE_KEY, state);
}

/* What to press, for those who follow a story. */
static const char *usual_message(const struct screen *screen)
{
	if (!screen->choice.story)
		return "";
	return screen->debugger->running ? "C-c interrupts" : "} { steps of the story   t next exit   T the one before   ? keys";
}

/* What stands on the line of messages, and in which role. */
static const char *message_text(const struct screen *screen, enum role *role)
{
	*role = screen->message_is_error ? ROLE_ERROR : ROLE_STRONG;
	if (screen->message[0])
		return screen->message;
	*role = ROLE_DIM;
	return screen->layout.form == LAYOUT_ONE ? "one panel: all of them from 80x24 on" : usual_message(screen);
}

/* In a frame the message stands on its last line. Gives what had no room: it goes on in the line of keys. */
static const char *draw_message(struct screen *screen, const struct area *all)
{
	struct area line = area_inside(all, 0, screen->layout.message_row, all->width, 1);
	int margin = screen->layout.form == LAYOUT_TWO || screen->layout.form == LAYOUT_THREE ? 2 : 0;
	enum role role;
	const char *text = message_text(screen, &role);
	size_t length = strcspn(text, "\n"), taken;

	if (screen->layout.message_row < 0)
		return screen->message;
	if (!text[0])
		return "";
	taken = text_fitting(text, length, line.width - 2 * margin - 2);
	area_print(&line, margin, 0, role, " %.*s ", (int)taken, text);
	return taken < length ? text + taken + strspn(text + taken, " ") : "";
}

/* What the function keys do, as far as the row reaches. */
static const struct {
	const char *key, *text;
} hints[] = {
	{"F1", "Help"}, {"F3", "Find"}, {"F4", "Filter"}, {"F5", "Run"}, {"F6", "Technique"}, {"F7", "Back"},
	{"F8", "Step"}, {"F9", "Break"}, {"F10", "Quit"},
};

enum { HINTS = sizeof(hints) / sizeof(hints[0]) };

static int hint_width(unsigned i, bool spacious)
{
	return (int)(strlen(hints[i].key) + strlen(hints[i].text)) + (spacious ? 3 : 2);
}

static bool hints_spacious(int width)
{
	int all = 12;

	for (unsigned i = 0; i < HINTS; i++)
		all += hint_width(i, true);
	return all <= width;
}

enum key screen_hint_at(const struct screen *screen, int width, int x)
{
	bool spacious = hints_spacious(width);
	enum key key = K_NONE;
	int left = 0;

	(void)screen;
	for (unsigned i = 0; i < HINTS; i++) {
		int next = left + hint_width(i, spacious);

		if (x >= left && x < next)
			key_parse(hints[i].key, &key);
		left = next;
	}
	return key;
}

static void draw_hints(const struct area *line)
{
	bool spacious = hints_spacious(line->width);
	int x = 0;

	for (unsigned i = 0; i < HINTS; i++) {
		int begin = x;

		if (x + hint_width(i, spacious) - 1 > line->width)
			return;
		x = area_text(line, x, 0, ROLE_KEY, hints[i].key);
		area_print(line, x, 0, ROLE_STATUS, spacious ? " %s" : "%s", hints[i].text);
		x = begin + hint_width(i, spacious);
	}
	if (x + 11 <= line->width) {
		area_text(line, line->width - 10, 0, ROLE_KEY, ":");
		area_text(line, line->width - 9, 0, ROLE_STATUS, " command");
	}
}

struct offers {
	char text[512];
	size_t used;
};

static void offer_word(void *owner, const char *word)
{
	struct offers *offers = owner;

	if (offers->used < sizeof(offers->text))
		offers->used += (size_t)snprintf(offers->text + offers->used, sizeof(offers->text) - offers->used, "%s%s",
						 offers->used ? " " : "", word);
}

/* The line being typed, and behind it what could stand at its end. */
static void draw_prompt(struct screen *screen, const struct area *line)
{
	struct offers offers = {.used = 0};
	int x = area_text(line, 0, 0, ROLE_KEY, screen->prompt_label);

	shell_complete(&screen->shell, screen->prompt.text, offer_word, &offers);
	x = prompt_draw(&screen->prompt, line, x, 0);
	if (offers.used && x + 6 < line->width) {
		x = area_print(line, x + 3, 0, ROLE_DIM, "%s", offers.text);
		if (x > line->width)
			area_text(line, line->width - 1, 0, ROLE_DIM, "…");
	}
}

/* `rest`: of a message that has no room above. */
static void draw_keys(struct screen *screen, const struct area *all, const char *rest)
{
	struct area line = area_inside(all, 0, screen->layout.key_row, all->width, 1);
	int length = (int)strcspn(rest, "\n"), x;

	if (screen->layout.key_row < 0)
		return;
	if (screen->prompt.open) {
		draw_prompt(screen, &line);
		return;
	}
	area_fill(&line, 0, 0, line.width, ROLE_STATUS, ' ');
	if (!length) {
		draw_hints(&line);
		return;
	}
	x = area_print(&line, screen->layout.message_row < 0 ? 0 : 3, 0, ROLE_STATUS, "%.*s", length, rest);
	if (x > line.width)
		area_text(&line, line.width - 1, 0, ROLE_STATUS, "…");
}

void screen_draw(struct screen *screen, struct grid *grid)
{
	struct area all = grid_area(grid);

	grid_clear(grid);
	screen->layout = layout_make(grid->width, grid->height, &screen->choice);
	layout_draw(&screen->layout, &all);
	for (unsigned i = 0; i < screen->layout.places; i++)
		draw_panel(screen, &screen->layout.place[i], &all);
	if (screen->pager.text)
		pager_draw(&screen->pager, &all);
	draw_status(screen, &all);
	draw_keys(screen, &all, draw_message(screen, &all));
	/* A panel's cursor may lie in what was cut off. */
	if (grid->cursor_x >= grid->width || grid->cursor_y >= grid->height)
		grid->cursor_x = grid->cursor_y = -1;
}
