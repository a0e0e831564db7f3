/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_parts.h - what panels of text share: cutting with an ellipsis, wrapping, and pages that are
 * longer than the panel.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_PANEL_PARTS_H
#define RINGSIDE_VISUALIZER_SCREEN_PANEL_PARTS_H

#include "visualizer/screen/panel.h"

/* Text in `width` columns from (x, y), cut with an ellipsis when it has more. Gives the x behind it. */
int parts_text(const struct area *area, int x, int y, int width, enum role role, const char *text);
int parts_print(const struct area *area, int x, int y, int width, enum role role, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* The same, flush right in those columns. */
void parts_right(const struct area *area, int x, int y, int width, enum role role, const char *text);
/* Columns that text takes. */
int parts_columns(const char *text);

/* Writes lines one under another on a page of which the area shows a part: lines above it and below it are cut off. */
struct pen {
	struct area area;
	int line; /* the next one, counted from the page's beginning */
	int top;  /* the page's line that is the area's first */
};

/* One line, cut at the area's edge. */
void pen_line(struct pen *pen, int x, enum role role, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Words wrapped between `x` and the area's edge; lines behind the first begin at `indent`. */
void pen_words(struct pen *pen, int x, int indent, enum role role, const char *text);

/* Draws a page with a pen as far as it fits, and keeps state->top inside. `shown` >= 0: that line comes into sight. */
typedef void page_write(const struct panel_view *view, struct pen *pen, int *shown);
void parts_page(struct panel_view *view, const struct area *area, page_write *write);
/* Arrows, jk, PgUp, PgDn, Home, End on a page that has no cursor. False: another key. */
bool parts_page_key(struct panel_view *view, enum key key);

/* Does `text` have what the viewer searches for, whatever the case of letters? */
bool parts_matches(const char *text, const char *search);

#endif
