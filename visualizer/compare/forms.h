/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/forms.h - in which forms a report is wanted (--format, --output), whatever it is about, and how it gets
 * there.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_FORMS_H
#define RINGSIDE_VISUALIZER_COMPARE_FORMS_H

#include "visualizer/compare/report.h"

struct options;

enum form { FORM_TEXT, FORM_HTML, FORM_MARKDOWN, FORM_REASONS, FORM_CSV, FORM_JSON, FORM_GNUPLOT, FORM_COUNT };

/* What is reported. */
struct form_source {
	const void *of;
	/* Writes it in one form. `full`: all of it; `width`: columns of a terminal. False: no memory. */
	bool (*write)(const void *of, enum form form, bool full, unsigned width, FILE *out);
	unsigned (*notes)(const void *of, struct note *notes, unsigned room); /* as prose_notes */
};

/* Does the path end in ".ending"? */
bool form_ends_with(const char *path, const char *ending);

/* Are all forms ones that there are? `form`: the one for standard output. False after a message. */
bool forms_check(const struct options *options, enum form *form);
/* Is this one among them? They have been checked. */
bool forms_want(const struct options *options, enum form form);

/* Writes all that is wanted, then what is wrong as messages. Gives the exit status: STATUS_OK if nothing is wrong. */
int forms_report(const struct form_source *source, const struct options *options, enum form form);

#endif
