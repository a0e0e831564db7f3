/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/shell.h - the commands for a guest that is being looked at: one table makes the shell, the
 * screen's keys and its `:` line, script files, completion, help and the manual page.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_SHELL_H
#define RINGSIDE_VISUALIZER_DEBUGGER_SHELL_H

#include "visualizer/debugger/debugger.h"

#include <stdio.h>

struct shell;

/* What a word of a command completes to. */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_COMMAND,
	COMPLETE_ADDRESS,
	COMPLETE_EXPRESSION,
	COMPLETE_EVENT,
	COMPLETE_REASON,
	COMPLETE_MODE,
	COMPLETE_FILE,
	COMPLETE_BREAK,
	COMPLETE_PANEL,
	COMPLETE_REGISTER
};

struct shell_command {
	const char *name, *alias; /* alias NULL: none */
	const char *key; /* on a screen, in the notation of screen/key.h: "s", "S", "F8", "C-c"; NULL: none */
	const char *arguments; /* "[COUNT]" */
	const char *summary;   /* one line */
	const char *text;      /* more, for help; NULL */
	enum completion completion;
	bool moves; /* moves or changes the guest: refused when readonly */
	/* False: shell->message says why. Output goes to shell->out. */
	bool (*perform)(struct shell *shell, int argc, char **argv);
};

/* What commands may ask of a screen. In a shell without one all are NULL, and such commands say so. */
struct shell_screen {
	void *owner;
	bool (*perform)(void *owner, const char *command, int argc,
			char **argv); /* focus, zoom, tab, find, theme, ... */
};

struct shell {
	struct debugger *debugger;
	struct shell_screen screen;
	FILE *out;
	bool quit;
	bool background; /* motions are only begun: the screen runs them in slices */
	bool (*interrupted)(void *owner);
	void *owner;
	char last[256]; /* what an empty line repeats */
	char message[400];
};

/* Performs one line: a command by name, alias or unambiguous beginning; `#` begins a comment. False: shell->message. */
bool shell_perform(struct shell *shell, const char *line);
/* A file of them ("-": standard input). False: `message` names file and line. Stops at the first error. */
bool shell_script(struct shell *shell, const char *path);

const struct shell_command *shell_command_at(size_t index); /* NULL past the end */
const struct shell_command *shell_command_find(const char *name);

/* The words that could stand at the end of `line`: calls `offer` for each. */
void shell_complete(const struct shell *shell, const char *line, void (*offer)(void *owner, const char *word),
		    void *owner);

#endif
