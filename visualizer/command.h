/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/command.h - one table of commands: dispatch, help, shell completion and the manual page
 * are all made from it (GNU Coding Standards, 4.8: standards for command line interfaces).
 */
#ifndef RINGSIDE_VISUALIZER_COMMAND_H
#define RINGSIDE_VISUALIZER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct options;

/* Which options a command takes: the mask in each row of the option table (options.c). */
enum command_mask {
	FOR_RUN = 1 << 0,
	FOR_TRACE = 1 << 1,
	FOR_STATS = 1 << 2,
	FOR_DISAS = 1 << 3,
	FOR_WALK = 1 << 4,
	FOR_DEMO = 1 << 5,
	FOR_DOCTOR = 1 << 6,
	FOR_HELP = 1 << 7,
	FOR_CLASSIFY = 1 << 8,
	FOR_TRANSLATE = 1 << 9,
	FOR_GRAPH = 1 << 10,
	FOR_GUESTS = FOR_RUN | FOR_TRACE | FOR_STATS | FOR_WALK | FOR_TRANSLATE | FOR_GRAPH, /* those that run a guest */
	FOR_TUI = 1 << 11,
	FOR_SHELL = 1 << 12,
	FOR_REPLAY = 1 << 13,
	FOR_DEBUGGER = FOR_TUI | FOR_SHELL | FOR_REPLAY, /* those that look at one (debugger/debugger.h) */
	FOR_ATTACH = 1 << 14,
	FOR_COMPARE = 1 << 15,
	FOR_GRADE = 1 << 16,
	FOR_LAB = 1 << 17,
	FOR_FLAME = 1 << 18,
	FOR_QUIZ = 1 << 19,
	FOR_ALL = 0xfffff,
};

enum { COMMAND_EXAMPLES = 5 };

struct example {
	const char *line; /* after "ringside " */
	const char *text;
};

struct command {
	const char *name;
	unsigned mask;           /* one bit of enum command_mask */
	const char *arguments;   /* "[OPTION]... GUEST [WORD]..." */
	const char *summary;     /* one line */
	const char *description; /* a paragraph or two */
	struct example example[COMMAND_EXAMPLES];
	bool settings; /* takes the machine's settings (core/config.h) as options */
	int (*perform)(const struct options *options); /* gives the exit status */
};

/* The table; NULL past the end. */
const struct command *command_at(size_t index);
const struct command *command_find(const char *name);

/* Splits the command line and performs it. Gives the exit status. */
int command_line(int argc, char **argv);

/* The performers, each in the file of its name. */
int run_command(const struct options *options);
int trace_command(const struct options *options);
int flame_command(const struct options *options);
int stats_command(const struct options *options);
int disas_command(const struct options *options);
int walk_command(const struct options *options);
int compare_command(const struct options *options);
int classify_command(const struct options *options);
int translate_command(const struct options *options);
int graph_command(const struct options *options);
int shell_command(const struct options *options);
int tui_command(const struct options *options);
int replay_command(const struct options *given);
int attach_command(const struct options *options);
int demo_command(const struct options *options);
int grade_command(const struct options *options);
int lab_command(const struct options *options);
int quiz_command(const struct options *options);
int doctor_command(const struct options *options);
int help_command(const struct options *options);

#endif
