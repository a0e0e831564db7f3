/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/tui_play.c - command lines and files of them, performed on the screen one after the other: lectures, recordings
 * and tests are made of them.
 */
#include "visualizer/tui.h"

#include "visualizer/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* On a terminal the screen itself tells. */
static bool complain(const struct tui *tui, const char *path, unsigned long number)
{
	const char *text = tui->screen->shell.message;

	if (!tui->display && number)
		message("%s:%lu: %.*s", path, number, (int)strcspn(text, "\n"), text);
	else if (!tui->display)
		message("--execute: %.*s", (int)strcspn(text, "\n"), text);
	return false;
}

static bool perform_line(struct tui *tui, const char *path, unsigned long number, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	line += strspn(line, " \t");
	if (!line[0] || line[0] == '#')
		return true;
	if (!screen_perform(tui->screen, line))
		return complain(tui, path, number);
	tui_arrive(tui);
	tui->script_seconds += 1;
	tui_draw(tui); /* without a terminal, too: what PgDn does depends on how much was shown */
	tui_pause(tui);
	return true;
}

static bool perform_script(struct tui *tui, FILE *file, const char *path)
{
	char *line = malloc(SHELL_LINE);
	const char *trouble = NULL;
	unsigned long number = 1;
	bool fine = line != NULL;

	for (; fine && !tui_over(tui) && shell_read_line(file, line, &trouble); number++)
		fine = perform_line(tui, path, number, line);
	free(line);
	if (fine && trouble) {
		shell_refuse(&tui->screen->shell, "%s", trouble);
		return complain(tui, path, number);
	}
	if (fine && ferror(file)) {
		shell_refuse(&tui->screen->shell, "it cannot be read to its end: %s", strerror(errno));
		return complain(tui, path, 1);
	}
	return fine;
}

static bool play_file(struct tui *tui, const char *path)
{
	bool standard = strcmp(path, "-") == 0, fine;
	FILE *file = standard ? stdin : fopen(path, "r");

	if (!file) {
		shell_refuse(&tui->screen->shell, "cannot read the script '%.100s': %s", path, strerror(errno));
		screen_say(tui->screen, "%s", tui->screen->shell.message);
		return complain(tui, path, 0);
	}
	fine = perform_script(tui, file, standard ? "standard input" : path);
	if (!standard)
		fclose(file);
	return fine;
}

static bool play_line(struct tui *tui, const char *text)
{
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	return perform_line(tui, "", 0, line);
}

bool tui_play(struct tui *tui)
{
	const struct tasks *tasks = &tui->options->tasks;
	bool fine = true;

	for (size_t i = 0; fine && i < tasks->count && !tui_over(tui); i++)
		fine = tasks->task[i].script ? play_file(tui, tasks->task[i].text) : play_line(tui, tasks->task[i].text);
	return fine;
}
