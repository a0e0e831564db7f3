/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/page.h - the frame of a page that stands alone: no script, no network, light and dark as the reader has
 * it, from a telephone's width on. What is inside comes from report_html.c and its kin.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PAGE_H
#define RINGSIDE_VISUALIZER_COMPARE_PAGE_H

#include "visualizer/compare/report.h"

/* Everything up to and with the title; then the caller writes content, and page_end closes. */
void page_begin(const char *title, FILE *out);
void page_end(FILE *out);
/* Running text; the same less loud; an item of a list. */
prose_writer page_paragraph, page_soft;
note_writer page_note;

#endif
