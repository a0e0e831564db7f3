/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/page_rows.h - the 4 GiB of linear addresses as rows that can be walked in both directions from
 * anywhere: alike pages of one table are a row, and what nobody maps is a row up to the next page that somebody does.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_PAGE_ROWS_H
#define RINGSIDE_VISUALIZER_SCREEN_PAGE_ROWS_H

#include "visualizer/page_map.h"

struct page_rows {
	const struct vm *vm;
	uint32_t open_first, open_end; /* pages that are rows of their own */
};

struct page_row {
	struct page_range range;
	bool there; /* false: nobody maps it */
};

/* The row that a page lies in. */
struct page_row page_row_of(const struct page_rows *rows, uint32_t page);
/* The row before, or behind. False: there is none. */
bool page_row_before(const struct page_rows *rows, const struct page_row *row, struct page_row *before);
bool page_row_behind(const struct page_rows *rows, const struct page_row *row, struct page_row *behind);

static inline uint32_t page_row_end(const struct page_row *row)
{
	return row->range.page + row->range.pages;
}

#endif
