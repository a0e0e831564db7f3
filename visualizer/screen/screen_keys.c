/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/screen_keys.c - who gets a key: a line being typed, text over the panels, the guest's console, the
 * panel with the focus, and at last the bindings.
 */
#include "visualizer/screen/screen_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- command lines ---- */

/* What a command printed: a line is a message, more lies over the panels. */
static void show_output(struct screen *screen, const char *line, char *text)
{
	size_t length = strlen(text);
	const char *newline;

	while (length && text[length - 1] == '\n')
		text[--length] = '\0';
	newline = strchr(text, '\n');
	if (length && !newline)
		screen_say(screen, "%s", text);
	if (newline)
		pager_show(&screen->pager, line, text);
	else
		free(text);
}

static void say_error(struct screen *screen)
{
	screen_say(screen, "%s", screen->shell.message);
	screen->message_is_error = true;
}

/* The lines of a script come one after the other: each motion must have arrived before the next. */
static bool reads_lines(const char *line)
{
	char word[40];
	const struct shell_command *command;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(line, " \t"), line);
	command = shell_command_find(word);
	return command && strcmp(command->name, "source") == 0;
}

bool screen_perform(struct screen *screen, const char *line)
{
	struct shell *shell = &screen->shell;
	bool was_readonly = screen->debugger->readonly, was_running = screen->debugger->running, fine;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return false;
	shell->out = out;
	screen->message[0] = '\0';
	pager_close(&screen->pager);
	if (screen->readonly)
		screen->debugger->readonly = true;
	shell->background = !reads_lines(line + strspn(line, " \t"));
	fine = shell_perform(shell, line);
	shell->background = true;
	screen->debugger->readonly = was_readonly;
	shell->out = NULL;
	if (fclose(out) == 0 && text)
		show_output(screen, line, text);
	if (!fine)
		say_error(screen);
	else if (was_running && !screen->debugger->running && !screen->message[0])
		screen_arrived(screen);
	screen->quit |= shell->quit;
	return fine;
}

void screen_arrived(struct screen *screen)
{
	static const unsigned following[] = {PANEL_CODE, PANEL_TRANSLATION, PANEL_STORY, PANEL_CONSOLE, PANEL_EVENTS};

	for (size_t i = 0; i < sizeof(following) / sizeof(following[0]); i++)
		screen->states[following[i]].placed = false;
	screen_say(screen, "%s", screen->debugger->stop.text);
}

void screen_ask(struct screen *screen, const char *text)
{
	screen->prompt_label = ":";
	screen->message[0] = '\0';
	prompt_begin(&screen->prompt, text);
}

/* What ends with a blank asks for the rest. */
static void perform_bound(struct screen *screen, const char *line)
{
	if (line[strlen(line) - 1] == ' ')
		screen_ask(screen, line);
	else
		screen_perform(screen, line);
}

/* ---- a line being typed ---- */

struct completed {
	char text[PROMPT_TEXT]; /* what all offers begin with */
	unsigned offers;
};

static void take_offer(void *owner, const char *word)
{
	struct completed *completed = owner;
	size_t same = 0;

	if (completed->offers++ == 0) {
		snprintf(completed->text, sizeof(completed->text), "%s", word);
		return;
	}
	while (completed->text[same] && completed->text[same] == word[same])
		same++;
	completed->text[same] = '\0';
}

/* Puts what all offers have in common in the place of the last word. */
static void complete(struct screen *screen)
{
	struct completed completed = {.offers = 0};
	char line[2 * PROMPT_TEXT];
	const char *text = screen->prompt.text, *last;

	shell_complete(&screen->shell, text, take_offer, &completed);
	if (!completed.offers)
		return;
	last = text + strlen(text);
	while (last > text && last[-1] != ' ')
		last--;
	if (strlen(completed.text) < strlen(last))
		return;
	snprintf(line, sizeof(line), "%.*s%s%s", (int)(last - text), text, completed.text, completed.offers == 1 ? " " : "");
	prompt_replace(&screen->prompt, line);
}

static void take_prompt_key(struct screen *screen, enum key key)
{
	char line[PROMPT_TEXT];

	if (key == K_TAB) {
		complete(screen);
		return;
	}
	if (prompt_key(&screen->prompt, key) != PROMPT_ENTERED)
		return;
	strcpy(line, screen->prompt.text);
	screen_perform(screen, line);
}

/* ---- typing at the guest ---- */

static bool goes_to_guest(enum key key)
{
	return (key < K_UP && key > K_NONE) && key != (enum key)3 && key != (enum key)26;
}

static void type(struct screen *screen, enum key key)
{
	char text[5];
	size_t length = glyph_encode((uint32_t)(key == K_ENTER ? '\n' : key), text);

	if (screen->readonly || screen->debugger->readonly) {
		screen_say(screen, "this view is read-only: the guest cannot be typed at");
		screen->message_is_error = true;
		return;
	}
	if (debugger_type(screen->debugger, text, length))
		return;
	screen_say(screen, "%s", screen->debugger->message);
	screen->message_is_error = true;
}

/* While the console has the focus. False: a key of the screen's. */
static bool take_typed_key(struct screen *screen, enum key key)
{
	if (screen->escape) {
		screen->escape = false;
		if (key == K_ESCAPE || key == K_TAB) {
			screen_focus(screen, screen->before_console);
			return true;
		}
		if (key != (enum key)ESCAPE_KEY && key != (enum key)3 && key != (enum key)26)
			return false;
	} else if (key == (enum key)ESCAPE_KEY) {
		screen->escape = true;
		screen_say(screen, "C-a: a key of the screen now; Esc leaves the console, C-a again sends C-a to the guest");
		return true;
	} else if (!goes_to_guest(key)) {
		return false;
	}
	type(screen, key);
	return true;
}

/* ---- all keys ---- */

/* Tab: the next panel of those that are shown. */
static void cycle_focus(struct screen *screen, int step)
{
	int count = PANEL_CONSOLE + 1;
	int at = screen->choice.focus < PANEL_CONSOLE ? (int)screen->choice.focus : PANEL_CONSOLE;

	at = (at + step + count) % count;
	screen_focus(screen, at == PANEL_CONSOLE ? screen->choice.tab : (unsigned)at);
}

static bool take_panel_key(struct screen *screen, enum key key)
{
	struct panel_view view = screen_view(screen, screen->choice.focus);
	const struct panel *panel = panel_list[screen->choice.focus];
	bool was_readonly = screen->debugger->readonly, taken;

	screen->debugger->message[0] = '\0';
	if (screen->readonly)
		screen->debugger->readonly = true;
	taken = panel->key && panel->key(&view, key);
	screen->debugger->readonly = was_readonly;
	if (!taken)
		return false;
	if (screen->debugger->message[0]) /* why it could not, or what else it has done */
		screen_say(screen, "%s", screen->debugger->message);
	return true;
}

static void take_free_key(struct screen *screen, enum key key)
{
	const char *line = bindings_line(&screen->bindings, key);
	char name[16];

	if (line)
		perform_bound(screen, line);
	else if (key == K_TAB)
		cycle_focus(screen, 1);
	else if (key == K_BACK_TAB)
		cycle_focus(screen, -1);
	else if (key != K_ESCAPE) {
		key_text(key, name, sizeof(name));
		screen_say(screen, "no command for the key %s; ? lists the keys", name);
	}
}

void screen_key(struct screen *screen, enum key key)
{
	if (key == K_NONE || key == K_RESIZE || key == K_MOUSE || key == K_CLOSED)
		return;
	if (screen->prompt.open) {
		take_prompt_key(screen, key);
		return;
	}
	if (screen->pager.text && (pager_key(&screen->pager, key, screen->layout.message_row - 2) || key == K_ESCAPE ||
				   key == 'q' || key == K_ENTER || key == '?' || key == K_F1))
		return;
	screen->message[0] = '\0';
	if (screen_types(screen) && take_typed_key(screen, key))
		return;
	if (!take_panel_key(screen, key))
		take_free_key(screen, key);
}

/* ---- the mouse ---- */

void screen_mouse(struct screen *screen, int x, int y, enum screen_mouse what)
{
	enum { WHEEL_LINES = 3 };
	int i = layout_find(&screen->layout, x, y);
	struct panel_view view;

	if (screen->pager.text) {
		for (int line = 0; what != MOUSE_CLICK && line < WHEEL_LINES; line++)
			pager_key(&screen->pager, what == MOUSE_WHEEL_UP ? K_UP : K_DOWN, screen->layout.message_row - 2);
		return;
	}
	if (what == MOUSE_CLICK && y == screen->layout.key_row && y > 0 && !screen->prompt.open) {
		screen_key(screen, screen_hint_at(screen, screen->layout.width, x));
		return;
	}
	if (i < 0)
		return;
	if (what == MOUSE_CLICK) {
		screen_focus(screen, screen->layout.place[i].panel);
		return;
	}
	view = screen_view(screen, screen->layout.place[i].panel);
	for (int line = 0; line < WHEEL_LINES && panel_list[screen->layout.place[i].panel]->key; line++)
		panel_list[screen->layout.place[i].panel]->key(&view, what == MOUSE_WHEEL_UP ? K_UP : K_DOWN);
}
