/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visualizer/compare/report.h"
void report_html(const struct plan *plan, FILE *out) { (void)plan; (void)out; }
void report_gnuplot(const struct plan *plan, FILE *out) { (void)plan; (void)out; }
