/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/runner.h - makes the runs of a plan, several at a time: each is a process of its own, this program
 * again with `run --json`, so that a run that dies is one row and nothing is shared.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_RUNNER_H
#define RINGSIDE_VISUALIZER_COMPARE_RUNNER_H

#include "visualizer/compare/plan.h"

#include <signal.h>

struct runner_options {
	unsigned jobs;      /* at a time; 0: as many as there are processors */
	const char *folder; /* of results (store.h); NULL: none are kept */
	bool shuffle;       /* in a random order, which changes nothing */
	uint64_t seed;      /* of that */
};

enum runner_end {
	RUNNER_DONE,
	RUNNER_INTERRUPTED, /* by a signal: `*caught` */
	RUNNER_FAILED,      /* results could not be kept, or a process not be made: after a message */
};

/* Fills the results of all runs. Shows progress where standard error is a terminal. */
enum runner_end runner_run(struct plan *plan, const struct runner_options *options, int *caught);

/* Puts numbers into an order that depends on the seed alone. */
void runner_shuffle(unsigned *order, unsigned count, uint64_t seed);

/* Adds the signals that end a comparison to `held`, and holds all of these; `before`: what was held before. */
void runner_hold_signals(sigset_t *held, sigset_t *before);

/* Says what is kept, and ends as the caller's shell expects of a program that was interrupted. Gives a status, should it go on. */
int runner_interrupted(int caught, const char *folder);

/* ---- progress.c ---- */

/* How far it is, in one line that is written over again, on a terminal alone. */
struct progress {
	bool shown;
	unsigned runs, known, done; /* known: from the folder */
	double begin, said;         /* host seconds */
};

void progress_begin(struct progress *progress, unsigned runs);
void progress_tell(struct progress *progress);
void progress_end(struct progress *progress);

/* "3 min", "2 h 5 min": for so many seconds, as exactly as it can be known. */
const char *progress_duration(double seconds, char *text, size_t size);

#endif
