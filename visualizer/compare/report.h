/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report.h - what is said about the runs of a plan once they are made. Figures first (figures.c), then
 * the tables made of them (content.c) and the words beside (prose.c), then one writer a form. No writer looks at a clock, a folder or this computer: the
 * same runs give the same bytes.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_REPORT_H
#define RINGSIDE_VISUALIZER_COMPARE_REPORT_H

#include "visualizer/compare/plan.h"
#include "visualizer/compare/table.h"

/* ---- figures.c: over the seeds of one case and mode ---- */

struct figure {
	unsigned count; /* of runs that have it; 0: the rest means nothing */
	double mean, deviation, least, median, most; /* deviation: of the sample; 0 for one run */
};

struct figure figure_of(const struct plan *plan, unsigned which_case, unsigned mode, enum measure measure);
/* Of the clock's cycles, 0 to 1. */
struct figure figure_share(const struct plan *plan, unsigned which_case, unsigned mode, enum spending_part part);
/* Exits (or other work) by reason. */
struct figure figure_reason(const struct plan *plan, unsigned which_case, unsigned mode, const char *reason);
/* Mean cycles to those of the baseline. False: one of the two is missing. */
bool figure_ratio(const struct plan *plan, unsigned which_case, unsigned mode, double *ratio);
/* What is plotted: the measure that the plan names, or the ratio. */
bool figure_plotted(const struct plan *plan, unsigned which_case, unsigned mode, double *value);
const char *plotted_text(const struct plan *plan);

/* Has the mode a run with measures in this case; in any? */
bool figure_there(const struct plan *plan, unsigned which_case, unsigned mode);
bool figure_anywhere(const struct plan *plan, unsigned mode);

/* ---- content.c ---- */

/* One case: measures, parts of the clock, reasons; a column a mode. */
void content_case(const struct plan *plan, unsigned which_case, struct table *table);
/* All cases: a row each, a column a mode. `ratio`: to the baseline, else cycles. */
void content_overview(const struct plan *plan, bool ratio, struct table *table);

/* ---- prose.c ---- */

/* Writes one piece of text in a form. */
typedef void prose_writer(FILE *out, const char *text);

/* Each line of `text` is a paragraph. */
void prose_paragraphs(const char *text, prose_writer *write, FILE *out);
/* "Ringside 0.1; profiles: ideal; seeds: 1, 2" - what the figures depend on, in one paragraph. */
void prose_provenance(const struct plan *plan, prose_writer *write, FILE *out);
/* Of each run, a line each. */
void prose_commands(const struct plan *plan, prose_writer *write, FILE *out);

/* What was left out or went wrong, a line each; each line once. */
struct note {
	bool wrong; /* the comparison lacks what was asked for */
	char text[CONFIG_TEXT];
};
/* Fills at most `room` notes, gives how many there are. */
unsigned prose_notes(const struct plan *plan, struct note *notes, unsigned room);

/* Writes one note. False: there was nothing to write. */
typedef bool note_writer(FILE *out, const struct note *note);
/* Each gives how many were written. */
unsigned prose_write_notes(const struct note *notes, unsigned count, note_writer *write, FILE *out);
unsigned prose_tell_notes(const struct plan *plan, note_writer *write, FILE *out);

/* The forms' own ways of writing pieces (report_text.c; HTML's are in page.h). On a terminal what is wrong is a message. */
prose_writer text_paragraph, markdown_paragraph, markdown_plain;
note_writer text_note, markdown_note;

/* ---- writers: each into a stream ---- */

void report_text(const struct plan *plan, bool full, unsigned width, FILE *out);
void report_csv(const struct plan *plan, FILE *out);
void report_reasons(const struct plan *plan, FILE *out); /* CSV of exits by reason */
bool report_json(const struct plan *plan, FILE *out);    /* false: no memory */
void report_markdown(const struct plan *plan, FILE *out);
void report_html(const struct plan *plan, FILE *out);
void report_gnuplot(const struct plan *plan, FILE *out);

/* One field of CSV (RFC 4180), quoted where it must be. */
void csv_field(FILE *out, const char *text);

#endif
