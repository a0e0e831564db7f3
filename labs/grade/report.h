/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/report.h - a report whose numbers regenerate: what it cites, the comparisons that it stands on, run anew, and their
 * tables. Read report_text.c (marks), report_plan.c (what a comparison file may ask for), report_table.c (running it).
 *
 *	{{fork trap exits n=10}} = 1058                        a number: file, mode, measure (cycles), conditions
 *	{{fork bt n=10}} beats {{fork trap n=10}}              a claim; also < and >
 */
#ifndef RINGSIDE_LABS_GRADE_REPORT_H
#define RINGSIDE_LABS_GRADE_REPORT_H

#include "labs/grade/judges.h"

enum { REPORT_SIZE = 1 << 18, REPORT_CITATIONS = 256, REPORT_FILES = 8, REPORT_RUNS = 240, CITED_WORDS = 160, FILE_STEM = 32 };

/* ---- report_text.c ---- */

struct cited {
	char file[FILE_STEM];    /* "fork": fork.ini */
	char words[CITED_WORDS]; /* the rest */
};

struct citation {
	unsigned line;
	bool claim;               /* else a number */
	bool beats;               /* a claim about modes: all else is the same */
	struct cited left, right; /* right: of a claim */
	bool more;                /* a claim that the left one is the greater */
	char value[32];           /* the number as cited, without commas; "?": not filled in */
	size_t value_at, value_length; /* in the text */
};

struct report {
	char folder[LAB_PATH];
	char *text;
	struct citation *citation;
	unsigned count;
};

/* Reads the report at `path`. False: `error` names the line. report_free in either case. */
bool report_read(struct report *report, const char *path, char *error, size_t error_size);
void report_free(struct report *report);

/* ---- report_plan.c ---- */

/* Copies a comparison file for `ringside compare`, as far as it asks for nothing but runs of the lab's guests within limits; names of
 * guests become the lab's own files. *runs: how many. False: `error`. */
bool report_plan(const struct lab_description *lab, const char *from, const char *to, unsigned *runs, char *error, size_t error_size);

/* ---- report_table.c ---- */

struct run_table;

/* The table of a comparison file, whose runs are made unless they have been in `work` already. NULL: `error`. */
struct run_table *run_table_make(const struct lab_description *lab, const char *folder, const char *file, const char *work, char *error,
                         size_t error_size);
void run_table_free(struct run_table *table);
/* The cell that the words choose. False: `error`: none, or several. `mode` and `load` (what the guest was told to do) are set, too, when
 * not NULL, and live as long as the table. */
bool run_table_find(const struct run_table *table, const char *words, const char **value, const char **mode, const char **load, char *error,
                size_t error_size);

/* ---- judge_report.c ---- */

/* Writes into `folder` the solution's comparison files and its report with the numbers of today's runs where it has "= ?". False:
 * `error`. */
bool report_fill(const struct lab_description *lab, const char *folder, char *error, size_t error_size);

#endif
