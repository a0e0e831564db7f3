/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plots.h - plots as SVG that stands inside a page: colours come from the page's style sheet by class, so
 * that one picture is right on light and dark; 400 units wide, so that its text can be read on a telephone.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PLOTS_H
#define RINGSIDE_VISUALIZER_COMPARE_PLOTS_H

#include "visualizer/compare/axis.h"
#include "visualizer/compare/report.h"

/* One case: each mode's ratio to the baseline, as a bar from 1. */
void plot_ratios(const struct plan *plan, unsigned which_case, FILE *out);
/* One case: shares of the clock's parts, stacked, a bar a mode. */
void plot_parts(const struct plan *plan, unsigned which_case, FILE *out);
/* What is plotted over the parameter x, a line a mode: the cases that differ from this one in x alone, of which it must be the
 * first. */
void plot_lines(const struct plan *plan, unsigned first_case, FILE *out);
/* Is the case the first of those that plot_lines joins? */
bool plot_begins(const struct plan *plan, unsigned which_case);
/* Names the cases of plot_lines: what does not vary among them. */
const char *plot_name(const struct plan *plan, unsigned first_case, char *text, size_t size);
/* The axes of plot_lines. False: there is nothing to plot. */
bool plot_axes(const struct plan *plan, unsigned first_case, struct axis *x, struct axis *y);
/* From one of its cases to the next. */
unsigned plot_stride(const struct plan *plan);

/* The number that the style sheet knows a mode by: its technique's, and which of the technique's modes it is. */
unsigned plot_color(const struct plan *plan, unsigned mode);
unsigned plot_variant(const struct plan *plan, unsigned mode);

#endif
