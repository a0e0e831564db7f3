/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/options.h - what was asked for on the command line. Options of a machine are the settings
 * of core/config.h by the same names; all others are rows of one table in options.c.
 */
#ifndef RINGSIDE_VISUALIZER_OPTIONS_H
#define RINGSIDE_VISUALIZER_OPTIONS_H

#include "core/config.h"

struct command;

enum { OPTION_MOMENTS = 16, OPTION_TASKS = 32, OPTION_TEXTS = 16, OPTION_SETTINGS = 256 };

/* Command lines of the shell's, and files of them, in the order in which they were given. */
struct tasks {
	struct {
		bool script; /* a file, else a line */
		const char *text;
	} task[OPTION_TASKS];
	size_t count;
};

/* Moments of model time, in cycles. */
struct moments {
	uint64_t cycle[OPTION_MOMENTS];
	size_t count;
};

/* An option that may be given several times. */
struct texts {
	const char *text[OPTION_TEXTS];
	size_t count;
};

/* Settings as they were given; a switch without a value has NULL. */
struct given {
	struct {
		const char *name, *value;
	} setting[OPTION_SETTINGS];
	size_t count;
};

struct number {
	bool given;
	uint64_t value;
};

struct options {
	const struct command *command;
	struct config config;
	char **words; /* what is no option: the guest and its command line, an address, a command */
	int word_count;

	bool help, cpu_help; /* cpu_help: --cpu help, a list of models */

	/* console and input */
	const char *console, *speed, *keys, *record_keys, *record;
	struct moments screen_at;
	const char *switch_at, *switch_random;
	bool screen;

	/* output */
	const char *events, *events_format, *filter, *color;
	bool json, digest, exit_code, time, story;
	struct number count;

	/* a guest that is looked at */
	struct number history; /* bytes */
	bool readonly;
	struct tasks tasks;
	const char *session; /* the file of breakpoints; NULL: the guest's own */
	bool no_session, flat;

	/* the screen */
	const char *dump, *theme, *record_cast; /* dump: its size, "" the usual one; NULL: it is shown on a terminal */
	bool ascii, no_color, no_mouse;

	/* who looks on from outside: where they connect */
	const char *gdb, *socket;
	bool control;

	/* a recording (replay) */
	bool check, info, at_end;
	struct number at_event;

	/* the commands' own */
	const char *config_file, *from, *at, *until, *length;
	const char *at_address, *output, *format;
	struct number top, every;
	bool graph, no_counters;

	/* a comparison */
	struct texts guests, vary, outputs;
	struct given given; /* in this order, after --config; compare applies them itself, for a value may depend on a parameter */
	const char *pv_guest, *techniques, *profiles, *baseline, *seeds, *less, *results, *reproduce;
	struct number jobs, shuffle;
	bool full;

	/* labs */
	struct number seed;
	bool verbose, roster, no_recordings;
	const char *student, *answers; /* a variant's; a file of answers */
	bool correct, worksheet;

	/* a comparison in wall time */
	bool wall;
	const char *peers, *since, *same_lines; /* and `until`, a line too */
	struct number runs, warmup, timeout;

	bool diff;
	bool user, write_access, man, completion, shell, fast, all, umip;
};

/* Reads argv[1] and following for `command`. STATUS_OK, or STATUS_USAGE after a message. */
int options_parse(struct options *options, const struct command *command, int argc, char **argv);

/* Puts what the options and the file of --config say over `config`. False after a message. */
bool options_configure(const struct options *options, struct config *config);

/* A row of the table as help shows it; `name` NULL: no such row. */
struct option_text {
	const char *name;
	char letter; /* 0: none */
	const char *argument;
	const char *text;
	unsigned commands; /* enum command_mask */
};
struct option_text option_text(size_t index);

#endif
