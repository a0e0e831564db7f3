/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/screen_files.c - the screen's commands that write files: a panel as text, a graph, a recording.
 */
#include "visualizer/screen/dot_of.h"
#include "visualizer/screen/screen_inside.h"

#include <unistd.h>

/* "ringside-code-1.txt": the first that is not there yet. */
static void free_name(char *path, size_t size, const char *what, const char *ending)
{
	for (unsigned i = 1; i < 1000; i++) {
		snprintf(path, size, "ringside-%s-%u.%s", what, i, ending);
		if (access(path, F_OK) != 0)
			return;
	}
}

bool screen_command_save(struct screen *screen, int argc, char **argv)
{
	const char *name = panel_list[screen->choice.focus]->name;
	char path[256];

	free_name(path, sizeof(path), name, "txt");
	if (argc > 1)
		screen_join(argc, argv, 1, path, sizeof(path));
	if (!screen_write_panel(screen, screen->choice.focus, path))
		return false;
	screen_say(screen, "the panel %s is in %s", name, path);
	return true;
}

/* What the focused panel is about, as a graph. */
static const char *usual_graph(const struct screen *screen)
{
	switch (screen->choice.focus) {
	case PANEL_TRANSLATION:
	case PANEL_CACHE:
		return "units";
	case PANEL_EXITS:
		return "exits";
	case PANEL_WALK:
	case PANEL_MEMORY:
	case PANEL_TABLES:
	case PANEL_TLB:
		return "tables";
	default:
		return "trap";
	}
}

bool screen_command_dot(struct screen *screen, int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : usual_graph(screen);
	char path[256], error[300];

	free_name(path, sizeof(path), kind, "dot");
	if (argc > 2)
		screen_join(argc, argv, 2, path, sizeof(path));
	if (!dot_of(screen->debugger, kind, path, error, sizeof(error)))
		return shell_refuse(&screen->shell, "%s", error);
	screen_say(screen, "the graph of %s is in %s; `dot -Tsvg %s` draws it", kind, path, path);
	return true;
}

bool screen_command_record(struct screen *screen, int argc, char **argv)
{
	char path[256];

	if (!screen->record)
		return shell_refuse(&screen->shell, "this screen cannot be recorded; one of `ringside tui` can");
	free_name(path, sizeof(path), "session", "cast");
	if (argc > 1)
		screen_join(argc, argv, 1, path, sizeof(path));
	return screen->record(screen->owner, path);
}
