/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce.h - published figures and what this model makes of them, side by side. A paper's tables are
 * data (reproduce_PAPER.c): each row says what was published and how ours is run; a reproduction is a plan of these runs, made
 * by the same runner as every comparison, and then one figure for each published one.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_REPRODUCE_H
#define RINGSIDE_VISUALIZER_COMPARE_REPRODUCE_H

#include "visualizer/compare/forms.h"
#include "visualizer/compare/plan.h"
#include "visualizer/compare/report.h"

enum { REPRODUCE_COLUMNS = 6 };

/* Within this share of the published figure a predicted one counts as right; within this share of each other two
 * techniques count as equal. */
#define REPRODUCE_TOLERANCE 0.30
#define REPRODUCE_TIE 0.05

/* ---- what was published: constant data ---- */

enum published_kind {
	PREDICTED, /* comes out of the mechanism */
	FITTED,    /* the profile has this very figure, or a price made from it */
};

struct published {
	double figure; /* 0: none */
	enum published_kind kind;
	const char *why; /* why ours is another one, where that has been found out; NULL: not off, or not known */
};

/* What a figure is made of. */
enum reproduce_measure {
	REPRODUCE_CYCLES, /* of one operation */
	REPRODUCE_RATIO,  /* those to the first column's; published figures in any unit are divided as well */
	REPRODUCE_WALK,   /* references of one page walk */
	REPRODUCE_PRICES, /* no run: prices of the profile, added up */
};

/* One way to run the operations. */
struct reproduce_column {
	const char *name;
	const char *mode;     /* as --techniques has it */
	const char *profile;
	const char *file;     /* NULL: the section's */
	const char *settings; /* of the machine, with blanks between: "nested-levels=2"; NULL: none */
};

struct reproduce_row {
	const char *name;
	const char *words;   /* for the guest, n=COUNT comes behind them; of prices: their names */
	const char *without; /* words of a run whose cycles are taken off, for what is no part of the operation; NULL: none */
	unsigned count;      /* n */
	unsigned each;       /* operations in one of n; 0: one */
	const char *profile; /* NULL: the column's */
	struct published published[REPRODUCE_COLUMNS];
	const char *known;   /* another technique wins here than in the paper, and why; NULL: the same wins */
};

struct reproduce_section {
	const char *title, *unit;
	enum reproduce_measure measure;
	const char *file;
	const char *words; /* before those of a row; "": none */
	struct reproduce_column column[REPRODUCE_COLUMNS];
	unsigned baseline; /* columns from the left that do not compete: of native, 1 */
	const struct reproduce_row *row;
	unsigned rows;
};

struct reproduce_paper {
	const char *name, *title, *text;
	const struct reproduce_section *section;
	unsigned sections;
	const char *left_out; /* what is not reproduced, and why */
};

extern const struct reproduce_paper paper_adams_agesen, paper_xen, paper_bhargava, paper_exits;
/* NULL past the end. */
const struct reproduce_paper *reproduce_paper(size_t index);

/* ---- what came out ---- */

struct reproduced {
	const struct reproduce_section *section;
	const struct reproduce_row *row;
	unsigned column;
	bool measured, compared; /* ours is there; and a published figure */
	double cycles;           /* of one operation, where it was run */
	double ours, published, ratio;
	bool within;             /* the tolerance */
	struct plan *runs, *without; /* NULL: none were needed */
	char message[256];       /* why there is no figure */
};

/* Of one row: its cells lie side by side. */
struct reproduced_row {
	const struct reproduced *cell; /* one for each column that the paper or we have a figure in */
	unsigned cells;
	char paper_order[128], order[128]; /* "native < VT < BT", "=" between those that are equal */
	const char *paper_winner, *winner; /* names of columns; "tie"; "" where there is nothing to win */
	bool same_winner, same_order;
};

struct reproduction {
	const struct reproduce_paper *paper;
	struct reproduced *cell;
	unsigned cells;
};

/* Rows in the paper's order. False: past the end. `at` is 0 at first. */
bool reproduced_next_row(const struct reproduction *reproduction, unsigned *at, struct reproduced_row *row);

/* How it went as a whole. */
struct reproduce_score {
	unsigned rows, winners;           /* rows that have a winner, and where it is the same one */
	unsigned predicted, within, fitted; /* cells */
	unsigned unexplained;             /* predicted, off, and without a reason */
};
struct reproduce_score reproduce_score(const struct reproduction *reproduction);

/* ---- reproduce_run.c ---- */

/* Makes the plans, has them run, takes the figures. `caught`: the signal that ended it. The caller frees it in any case. */
enum reproduce_end { REPRODUCE_DONE, REPRODUCE_INTERRUPTED, REPRODUCE_FAILED };
struct runner_options;
enum reproduce_end reproduce_run(struct reproduction *reproduction, const struct runner_options *options, int *caught);
void reproduce_free(struct reproduction *reproduction);

struct options;
int reproduce_command(const struct options *options); /* `compare --reproduce` */

/* ---- writers ---- */

/* A figure as people read it: 2,308; 17.3; 0.61. */
const char *reproduce_number(double value, char *text, size_t size);
/* A section as a table; the caller frees it. */
void reproduce_table(const struct reproduction *reproduction, const struct reproduce_section *section, struct table *table);
/* What stands below it, in lines: why ours is another figure, or another technique wins; and what could not be run. */
typedef void reproduce_remark(const char *text, FILE *out);
void reproduce_remarks(const struct reproduction *reproduction, const struct reproduce_section *section,
                       reproduce_remark *put, FILE *out);
/* "12 of 13 winners ..." */
void reproduce_summary(const struct reproduction *reproduction, char *text, size_t size);

/* For forms.h; `of`: a struct reproduction. */
bool reproduce_write(const void *of, enum form form, bool full, unsigned width, FILE *out);
unsigned reproduce_notes(const void *of, struct note *notes, unsigned room);
bool reproduce_csv(const struct reproduction *reproduction, FILE *out);
bool reproduce_json(const struct reproduction *reproduction, FILE *out);
void reproduce_html(const struct reproduction *reproduction, FILE *out);

#endif
