/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/store.h - a folder that keeps what came of each finished run, so that an interrupted comparison goes
 * on where it stopped. A run is known by all that it depends on: this program, its command line, the files named there.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_STORE_H
#define RINGSIDE_VISUALIZER_COMPARE_STORE_H

#include "visualizer/compare/plan.h"

struct store;

/* Makes the folder if it is not there; `folder` NULL: nothing is kept. NULL: `error` says why. The caller closes it. */
struct store *store_open(const char *folder, char *error, size_t error_size);
void store_close(struct store *store);

/* Takes the run's result from the folder. False: it is not there, or of no use. */
bool store_load(struct store *store, struct plan_run *run);
/* Keeps it: the file is there as a whole or not at all. `line`: what the run printed. False: `error`. */
bool store_save(struct store *store, const struct plan_run *run, const char *line, char *error, size_t error_size);

#endif
