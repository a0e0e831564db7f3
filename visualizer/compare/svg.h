/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/svg.h - the pieces of a picture that stands inside a page: 400 units wide, so that its text can be read on
 * a telephone; colours come from the page's style sheet by class. The caller ends it with "</svg>".
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_SVG_H
#define RINGSIDE_VISUALIZER_COMPARE_SVG_H

#include <stdio.h>

enum { SVG_WIDTH = 400 };

/* `what` is read out in the place of the picture. */
void svg_begin(FILE *out, unsigned height, const char *what);
void svg_text(FILE *out, double x, double y, const char *class, const char *text);
void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *class);
void svg_box(FILE *out, double x, double y, double width, double height, const char *class);

#endif
