/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plan.h - what is compared: guests, ways to run them, cost profiles, parameters and seeds; and the
 * runs that follow. A *case* is one guest with one profile and one value of each parameter: what stands in it differs in
 * the mode alone, and so may be compared.
 *
 *   plan_begin; plan_read (an experiment file), plan_add_...; plan_make; plan_free
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PLAN_H
#define RINGSIDE_VISUALIZER_COMPARE_PLAN_H

#include "core/config.h"
#include "core/mode.h"
#include "visualizer/compare/result.h"

#include <stdio.h>

enum {
	PLAN_GUESTS = 16, PLAN_MODES = 16, PLAN_PROFILES = 16, PLAN_PARAMETERS = 6, PLAN_VALUES = 32, PLAN_SETTINGS = 32,
	PLAN_NAME = 64, PLAN_TEXT = 4096, PLAN_RUNS = 20000,
};

struct plan_guest {
	char name[PLAN_NAME];
	char file[CONFIG_TEXT];
	char pv[CONFIG_TEXT];    /* its build for pv; "": the same file */
	char words[CONFIG_TEXT]; /* kernel command line; {name} is a parameter's value */
};

/* One that runs through values: the seeds are one, called "seed". */
struct plan_parameter {
	char name[PLAN_NAME];
	char value[PLAN_VALUES][PLAN_NAME];
	unsigned values;
};

struct plan_setting {
	char name[PLAN_NAME];
	char value[CONFIG_TEXT]; /* {name} as above */
};

/* Who runs a guest: the model; in wall time (peers.h) others, too. */
enum plan_engine { ENGINE_MODEL, ENGINE_QEMU_TCG, ENGINE_QEMU_KVM, ENGINE_BOCHS, ENGINE_COUNT };
const char *engine_name(enum plan_engine engine);

struct plan_case {
	unsigned guest, profile, value[PLAN_PARAMETERS]; /* indices */
	char name[256];                                  /* of what varies in the plan */
};

struct plan_run {
	unsigned number; /* its place in the plan */
	unsigned which_case, mode, seed; /* indices */
	enum plan_engine engine;
	char **arguments;  /* of the program: "run", ..., NULL */
	char *command;     /* the same, to be typed */
	struct result *result;
};

struct plan {
	char title[256], text[PLAN_TEXT];
	struct plan_guest guest[PLAN_GUESTS];
	unsigned guests;
	struct vm_mode mode[PLAN_MODES];
	unsigned modes;
	bool all_modes; /* those that a guest refuses are left out */
	char profile[PLAN_PROFILES][CONFIG_TEXT];
	unsigned profiles;
	struct plan_parameter parameter[PLAN_PARAMETERS];
	unsigned parameters;
	struct plan_parameter seed;
	struct plan_setting setting[PLAN_SETTINGS]; /* of all machines */
	unsigned settings;
	char baseline_text[32], x_text[PLAN_NAME];
	char less[2 * PLAN_NAME]; /* "n=0": figures are those beyond the runs with this; "": whole runs */
	int less_parameter;       /* -1: none */
	int baseline; /* index of a mode; -1: none */
	int x;        /* parameter on the horizontal axis of plots; -1: none */
	enum measure plot; /* the measure on the vertical one */
	bool plot_ratio;   /* CYCLES as a ratio to the baseline */
	bool plot_given;
	struct plan_case *cases;
	unsigned case_count;
	struct plan_run *runs; /* case by case, mode by mode, seed by seed */
	unsigned run_count;
};

/* Empties it. The caller ends it with plan_free, whatever else fails. */
void plan_begin(struct plan *plan);
void plan_free(struct plan *plan);

/* Each false: `error` says what is wrong and what would be right. */
bool plan_add_guest(struct plan *plan, const char *name, const char *file, char *error, size_t error_size);
bool plan_add_modes(struct plan *plan, const char *list, char *error, size_t error_size);    /* "bt hvm/nested", "all" */
bool plan_add_profiles(struct plan *plan, const char *list, char *error, size_t error_size);
bool plan_add_parameter(struct plan *plan, const char *name, const char *list, char *error, size_t error_size);
bool plan_add_seeds(struct plan *plan, const char *list, char *error, size_t error_size);
bool plan_add_setting(struct plan *plan, const char *name, const char *value, char *error, size_t error_size);
bool plan_set_plot(struct plan *plan, const char *name, char *error, size_t error_size);

/* Reads an experiment file (docs/compare.md). */
bool plan_read(struct plan *plan, const char *path, char *error, size_t error_size);

/* Checks that everything fits together, and makes cases and runs. */
bool plan_make(struct plan *plan, char *error, size_t error_size);

/* A word as a shell wants it. */
void plan_write_quoted(FILE *out, const char *text);

/* ---- plan_less.c ---- */

/* Part of plan_make: adds the value whose runs are taken off, as the last of its parameter. */
bool plan_less_begin(struct plan *plan, char *error, size_t error_size);
/* When all runs have been made: takes it off the others, and removes it. */
void plan_less_end(struct plan *plan);
void plan_free_run(struct plan_run *run); /* what it points to */

struct plan_run *plan_run(const struct plan *plan, unsigned which_case, unsigned mode, unsigned seed);
/* The mode as people write it, in `text`. */
const char *plan_mode_text(const struct plan *plan, unsigned mode, char *text, size_t size);

#endif
