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
	COMPLETE_REGISTER,
	COMPLETE_SUBJECT, /* of `info` */
	COMPLETE_PLACE,   /* what `break` takes: a word of its own, or an address */
};

/* Commands in groups, as help shows them. */
enum command_group { GROUP_MOVE, GROUP_STOP, GROUP_LOOK, GROUP_CHANGE, GROUP_FILE, GROUP_SCREEN, GROUPS };

struct shell_command {
	const char *name, *alias; /* alias NULL: none */
	const char *key; /* on a screen, in the notation of screen/key.h: "s", "S", "F8", "C-c", several with blanks between; NULL:
	                    none */
	enum command_group group;
	const char *arguments; /* "[COUNT]"; what does not begin with [ is needed; "": none */
	const char *summary;   /* one line */
	const char *text;      /* more, for help; NULL */
	enum completion completion;
	bool moves; /* moves or changes the guest: refused when readonly */
	/* False: shell->message says why. Output goes to shell->out. NULL: a screen's command. */
	bool (*perform)(struct shell *shell, int argc, char **argv);
};

/* What commands may ask of a screen. In a shell without one all are NULL, and such commands say so. */
struct shell_screen {
	void *owner;
	/* Commands of GROUP_SCREEN (argv[0] is the name), and `goto ADDRESS`. False: shell->message, or the one it had. */
	bool (*perform)(void *owner, const char *command, int argc,
			char **argv); /* focus, zoom, tab, find, theme, ... */
	const char *(*panel_name)(void *owner, size_t index); /* for completion; NULL past the end. May be NULL itself */
};

struct shell {
	struct debugger *debugger;
	struct shell_screen screen;
	FILE *out;
	bool quit;
	bool background; /* motions are only begun: the screen runs them in slices */
	bool flat;       /* each stop is told in sentences (tell.h) */
	bool (*interrupted)(void *owner);
	void *owner;
	char last[256]; /* what an empty line repeats */
	char message[400]; /* a sentence; lines after it show the place of a mistake */
	/* The shell's own memory, 0 at its beginning: */
	unsigned depth;             /* of scripts that read scripts */
	uint64_t examined;          /* where `x` and `disas` go on */
	char format[4];             /* of the last `x` */
	char reason[COUNTER_NAME];  /* of the last `next-exit` */
	struct shell_seen {         /* what the last stop was told with, for what changed since */
		bool any;
		struct cpu_state guest;
		uint64_t sequence, instructions, exits, written;
	} seen;
};

/* Performs one line: a command by name, alias, one-letter key or unambiguous beginning; `#` begins a comment; "..." holds
 * blanks. An empty line does nothing. False: shell->message. */
bool shell_perform(struct shell *shell, const char *line);
/* What an empty line does at a prompt: the last command again. */
bool shell_repeat(struct shell *shell);
/* A file of them ("-": standard input). False: `message` names file and line. Stops at the first error. */
bool shell_script(struct shell *shell, const char *path);

/* A person at the terminal visits a guest that runs elsewhere (visualizer/shell.c): commands until `continue` or the end of
 * input. Gives whether `quit` was typed. SIGINT must be held back. */
bool shell_visit(struct debugger *debugger);

/* The next line of a file, without its end; however long the file's lines are, no more than this is kept of one. False: the
 * file's end, or `trouble` (else NULL): what follows is no text. */
enum { SHELL_LINE = 2048 };
bool shell_read_line(FILE *file, char line[SHELL_LINE], const char **trouble);

const struct shell_command *shell_command_at(size_t index); /* NULL past the end */
const struct shell_command *shell_command_find(const char *name);
/* The command that a key of a screen performs; NULL: none. One that needs arguments (they begin with no [) wants a line
 * to be typed. */
const struct shell_command *shell_command_for_key(const char *key);
const char *command_group_title(enum command_group group);

/* The words that could stand at the end of `line`, in place of what stands behind its last blank: calls `offer` for each. */
void shell_complete(const struct shell *shell, const char *line, void (*offer)(void *owner, const char *word),
		    void *owner);

/* All commands for people (`help`), or one; and as the reference in docs/shell.md. */
void shell_help(FILE *out);
void shell_help_command(FILE *out, const struct shell_command *command);
void shell_help_markdown(FILE *out);

/* Says no: fills shell->message and gives false. */
bool shell_refuse(struct shell *shell, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
