/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/screen_commands.c - the commands of the shell's table that are a screen's own.
 */
#include "visualizer/screen/screen_inside.h"

#include "core/number.h"
#include "visualizer/story.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool refuse(struct screen *screen, const char *text)
{
	return shell_refuse(&screen->shell, "%s", text);
}

void screen_join(int argc, char **argv, int first, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = first; i < argc && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > first ? " " : "", argv[i]);
}

/* ---- focus, tabs, zoom ---- */

void screen_focus(struct screen *screen, unsigned panel)
{
	struct layout_choice *choice = &screen->choice;

	if (panel == PANEL_CONSOLE && choice->focus != PANEL_CONSOLE)
		screen->before_console = choice->focus;
	choice->focus = panel;
	if (panel == PANEL_TRANSLATION || panel == PANEL_CPU)
		choice->top_right = panel;
	if (panel == PANEL_EXITS || panel == PANEL_WALK)
		choice->lower_right = panel;
	if (panel >= PANEL_CONSOLE)
		choice->tab = panel;
	screen->escape = false;
}

unsigned screen_panel_by_name(const struct screen *screen, const char *name)
{
	unsigned found = PANELS, count = 0;

	if (isdigit((unsigned char)name[0]) && !name[1]) {
		unsigned digit = (unsigned)(name[0] - '1');

		if (digit > PANEL_CONSOLE)
			return PANELS;
		return digit == PANEL_CONSOLE ? screen->choice.tab : digit;
	}
	for (unsigned i = 0; i < PANELS; i++) {
		if (strcasecmp(panel_list[i]->name, name) == 0)
			return i;
		if (name[0] && strncasecmp(panel_list[i]->name, name, strlen(name)) == 0) {
			found = i;
			count++;
		}
	}
	return count == 1 ? found : PANELS;
}

static bool refuse_panel(struct screen *screen, const char *name)
{
	char names[200] = "";

	for (unsigned i = 0; i < PANELS; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s", panel_list[i]->name);
	return shell_refuse(&screen->shell, "no panel '%.30s'; there are%s", name, names);
}

static bool command_focus(struct screen *screen, int argc, char **argv)
{
	unsigned panel = screen_panel_by_name(screen, argv[argc - 1]);

	if (panel == PANELS)
		return refuse_panel(screen, argv[argc - 1]);
	screen_focus(screen, panel);
	return true;
}

/* Shows it, without giving it the focus: on the console, that would take the next keys. */
static void show_tab(struct screen *screen, unsigned panel)
{
	bool focused = screen->choice.focus >= PANEL_CONSOLE;

	screen->choice.tab = panel;
	if (focused && panel != PANEL_CONSOLE)
		screen_focus(screen, panel);
	else if (focused)
		screen->choice.focus = screen->choice.zoom ? panel : screen->before_console;
}

static bool command_tab(struct screen *screen, int argc, char **argv)
{
	unsigned panel = screen_panel_by_name(screen, argv[argc - 1]);

	if (panel == PANELS)
		return refuse_panel(screen, argv[argc - 1]);
	if (panel < PANEL_CONSOLE)
		return shell_refuse(&screen->shell, "%s is no tab of the last panel; `focus %s` gives it the keys",
				    panel_list[panel]->name, panel_list[panel]->name);
	show_tab(screen, panel);
	return true;
}

static bool turn_tab(struct screen *screen, unsigned step)
{
	unsigned tabs = PANELS - PANEL_CONSOLE;

	show_tab(screen, PANEL_CONSOLE + (screen->choice.tab - PANEL_CONSOLE + step) % tabs);
	return true;
}

static bool command_next_tab(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	return turn_tab(screen, 1);
}

static bool command_previous_tab(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	return turn_tab(screen, PANELS - PANEL_CONSOLE - 1);
}

static bool command_zoom(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	screen->choice.zoom = !screen->choice.zoom;
	return true;
}

/* ---- the story ---- */

/* The next micro-step, or the one before; beyond its ends the next or the previous exit is told. */
static bool walk_story(struct screen *screen, int further)
{
	struct debugger *debugger = screen->debugger;
	const struct event *event = debugger_story(debugger);
	struct event_step steps[EVENT_STEPS];
	unsigned count;

	if (!event)
		return refuse(screen, "no exit is told yet; t runs to the next one");
	count = event_steps(event, steps);
	if (further > 0 && debugger->story_step + 1 >= count)
		return refuse(screen, "this is the story's last step; t runs to the next exit");
	if (further < 0 && debugger->story_step == 0)
		return refuse(screen, "this is the story's first step; T goes back to the exit before");
	debugger->story_step += (unsigned)further;
	screen->states[PANEL_STORY].placed = false;
	debugger->changed = true;
	return true;
}

static bool command_next_story(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	return walk_story(screen, 1);
}

static bool command_previous_story(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	return walk_story(screen, -1);
}

static bool command_mode(struct screen *screen, int argc, char **argv)
{
	const char *name = argv[argc - 1];

	if (argc > 1 && strcmp(name, "story") == 0)
		screen->choice.story = true;
	else if (argc > 1 && strcmp(name, "debug") == 0)
		screen->choice.story = false;
	else if (argc == 1)
		screen->choice.story = !screen->choice.story;
	else
		return shell_refuse(&screen->shell, "no mode '%.30s'; there are story and debug", name);
	screen_say(screen, screen->choice.story ? "story: every exit is told; t the next, T the one before, } its steps" :
						  "debug: c runs to a breakpoint, s steps");
	return true;
}

/* ---- finding ---- */

static bool find(struct screen *screen, bool back)
{
	unsigned panel = screen->choice.focus;
	struct panel_view view = screen_view(screen, panel);

	if (!panel_list[panel]->find)
		return shell_refuse(&screen->shell, "there is nothing to search in this panel (%s)", panel_list[panel]->title);
	if (!view.state->search[0])
		return refuse(screen, "find what? / and a text");
	if (panel_list[panel]->find(&view, back))
		return true;
	return shell_refuse(&screen->shell, "'%s' is not found %s here", view.state->search, back ? "before" : "behind");
}

static bool command_find(struct screen *screen, int argc, char **argv)
{
	struct panel_state *state = &screen->states[screen->choice.focus];

	if (argc > 1)
		screen_join(argc, argv, 1, state->search, sizeof(state->search));
	return find(screen, false);
}

static bool command_find_back(struct screen *screen, int argc, char **argv)
{
	struct panel_state *state = &screen->states[screen->choice.focus];

	if (argc > 1)
		screen_join(argc, argv, 1, state->search, sizeof(state->search));
	return find(screen, true);
}

/* Events are what is filtered, whichever panel has the focus. */
static bool command_filter(struct screen *screen, int argc, char **argv)
{
	static const unsigned filtered[] = {PANEL_EVENTS, PANEL_TIMELINE};
	char text[64], error[300];
	uint64_t kinds;

	screen_join(argc, argv, 1, text, sizeof(text));
	if (text[0] && !event_parse_kinds(text, &kinds, error, sizeof(error)))
		return refuse(screen, error);
	for (size_t i = 0; i < sizeof(filtered) / sizeof(filtered[0]); i++) {
		strcpy(screen->states[filtered[i]].filter, text);
		screen->states[filtered[i]].placed = false;
	}
	if (screen->choice.focus != PANEL_TIMELINE)
		show_tab(screen, PANEL_EVENTS);
	screen_say(screen, text[0] ? "events: %s" : "events: the usual ones", text);
	return true;
}

/* `goto ADDRESS`: the focused panel if it shows addresses, else the code. */
static bool command_goto(struct screen *screen, int argc, char **argv)
{
	unsigned panel = panel_list[screen->choice.focus]->go ? screen->choice.focus : PANEL_CODE;
	struct panel_view view = screen_view(screen, panel);
	char text[200], error[EXPRESSION_ERROR];
	struct expression *expression;
	uint64_t address;
	bool fine;

	screen_join(argc, argv, 1, text, sizeof(text));
	expression = expression_parse_address(screen->debugger, text[0] == '*' ? text + 1 : text, error, sizeof(error));
	if (!expression)
		return refuse(screen, error);
	fine = expression_value(expression, screen->debugger, &address, error, sizeof(error));
	expression_free(expression);
	if (!fine)
		return refuse(screen, error);
	view.state->address = (uint32_t)address;
	view.state->placed = true;
	if (panel_list[panel]->go)
		panel_list[panel]->go(&view, (uint32_t)address);
	screen_say(screen, "%s: %08x", panel_list[panel]->title, (unsigned)address);
	return true;
}

/* ---- how it looks and what keys do ---- */

static bool command_theme(struct screen *screen, int argc, char **argv)
{
	const struct theme *theme = argc > 1 ? theme_find(argv[1]) : NULL;
	char names[120] = "";

	if (theme) {
		screen->theme = theme;
		screen->wants_redraw = true;
		screen_say(screen, "theme %s: %s", theme->name, theme->summary);
		return true;
	}
	for (size_t i = 0; theme_at(i); i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s", theme_at(i)->name);
	return shell_refuse(&screen->shell, "themes:%s", names);
}

static bool command_mouse(struct screen *screen, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "on") != 0 && strcmp(argv[1], "off") != 0)
		return refuse(screen, "mouse on, or mouse off");
	screen->mouse = argc > 1 ? strcmp(argv[1], "on") == 0 : !screen->mouse;
	screen_say(screen, screen->mouse ? "the mouse chooses panels and scrolls" : "the mouse is the terminal's: select text with it");
	return true;
}

static bool command_speed(struct screen *screen, int argc, char **argv)
{
	if (strcmp(argv[argc - 1], "real") == 0)
		screen->speed = screen->debugger->vm->costs.frequency;
	else if (!number_parse_count(argv[argc - 1], &screen->speed))
		return shell_refuse(&screen->shell, "'%.30s' is no number of cycles a second; write it like 20k or 3M; real: as the machine; 0: as fast as "
				    "it goes",
				    argv[argc - 1]);
	if (screen->speed)
		screen_say(screen, "the guest runs %s cycles in a second", argv[argc - 1]);
	else
		screen_say(screen, "the guest runs as fast as it goes");
	return true;
}

static bool command_rebind(struct screen *screen, int argc, char **argv)
{
	char line[200], error[160];
	enum key key;

	if (argc < 2 || !key_parse(argv[1], &key))
		return shell_refuse(&screen->shell, "'%.30s' is no key; keys are written s, F8, C-c, Up, PgDn, Space",
				    argc > 1 ? argv[1] : "");
	screen_join(argc, argv, 2, line, sizeof(line));
	if (!bindings_set(&screen->bindings, key, line, error, sizeof(error)))
		return refuse(screen, error);
	screen_say(screen, line[0] ? "%s now performs: %s" : "%s does nothing now", argv[1], line);
	return true;
}

/* `key NAME...`: as if they were pressed; for scripts. */
static bool command_key(struct screen *screen, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		enum key key;

		if (!key_parse(argv[i], &key))
			return shell_refuse(&screen->shell, "'%.30s' is no key; keys are written s, F8, C-c, Up, PgDn, Space", argv[i]);
		screen_key(screen, key);
	}
	return true;
}

static bool command_keys(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	screen_show_keys(screen);
	return true;
}

static bool command_redraw(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	screen->wants_redraw = true;
	return true;
}

static bool command_suspend(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	screen->wants_suspend = true;
	return true;
}

static bool command_line_of_commands(struct screen *screen, int argc, char **argv)
{
	(void)argc, (void)argv;
	screen_ask(screen, "");
	return true;
}

/* `pause [TEXT]`: a lecture's script waits for a key, and says so below the panels. */
static bool command_pause(struct screen *screen, int argc, char **argv)
{
	char text[300];

	screen_join(argc, argv, 1, text, sizeof(text));
	screen_say(screen, "%s%s", text, text[0] ? "" : "the script goes on with any key");
	screen->pausing = true;
	return true;
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	bool (*perform)(struct screen *screen, int argc, char **argv);
} table[] = {
	{"focus", command_focus}, {"tab", command_tab}, {"next-tab", command_next_tab},
	{"previous-tab", command_previous_tab}, {"zoom", command_zoom}, {"next-story", command_next_story},
	{"previous-story", command_previous_story}, {"mode", command_mode}, {"find", command_find},
	{"find-back", command_find_back}, {"filter", command_filter}, {"goto", command_goto}, {"theme", command_theme},
	{"mouse", command_mouse}, {"speed", command_speed}, {"rebind", command_rebind}, {"key", command_key},
	{"keys", command_keys}, {"redraw", command_redraw}, {"suspend", command_suspend},
	{"command", command_line_of_commands}, {"panel-save", screen_command_save}, {"dot", screen_command_dot},
	{"record-cast", screen_command_record}, {"pause", command_pause},
};

const char *screen_panel_name(void *owner, size_t index)
{
	(void)owner;
	return index < PANELS ? panel_list[index]->name : NULL;
}

bool screen_command(void *owner, const char *command, int argc, char **argv)
{
	struct screen *screen = owner;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, command) == 0)
			return table[i].perform(screen, argc, argv);
	return shell_refuse(&screen->shell, "%s: this screen cannot do that", command);
}
