/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_process.h - one process from its start to its end, by the clock on the wall.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_PROCESS_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_PROCESS_H

#include "visualizer/compare/peers_console.h"

#include <signal.h>

struct process {
	const char *program;     /* as exec has it; looked for in PATH */
	char *const *arguments;
	bool console_apart;      /* the console is descriptor 3, what stands on standard output is of no interest */
	bool ends;               /* by itself; else it is ended when the console is complete */
	double timeout;          /* seconds */
	const sigset_t *held;    /* signals that end all; they are blocked */
	const sigset_t *before;  /* what was blocked when they were not */
};

enum process_end { PROCESS_ENDED, PROCESS_STOPPED /* by us, at its end */, PROCESS_TIMEOUT, PROCESS_CAUGHT, PROCESS_FAILED };

struct process_result {
	enum process_end end;
	struct peers_sample sample;
	int caught;              /* signal; PROCESS_CAUGHT */
	char complaint[160];     /* the first line on its standard error; or why there is no process */
};

/* Runs it to its end and gives `console` what it says. */
void process_run(const struct process *process, struct console *console, struct process_result *result);

#endif
