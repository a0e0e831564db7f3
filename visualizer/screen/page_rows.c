/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/page_rows.c - see page_rows.h. A row never leaves the reach of one directory entry, so finding one
 * costs 1024 walks at most, whatever the guest maps; stretches without entries are crossed a directory entry at a time.
 */
#include "visualizer/screen/page_rows.h"

static bool is_open(const struct page_rows *rows, uint32_t page)
{
	return page >= rows->open_first && page < rows->open_end;
}

/* From `page` on, as far as nobody maps anything, to `end` at most. */
static uint32_t nothing_until(struct page_look *look, uint32_t page, uint32_t end)
{
	struct page_range range;

	while (page < end && !page_look_at(look, page, &range))
		page = page_look_next(look, page);
	return page < end ? page : end;
}

/* The row that begins at this page. */
static struct page_row row_from(const struct page_rows *rows, uint32_t page)
{
	struct page_look look = page_look_begin(rows->vm);
	uint32_t end = page - page % look.under + look.under;
	struct page_row row = {0};
	struct page_range next;

	row.there = page_look_at(&look, page, &row.range);
	if (!row.there) {
		row.range.pages = nothing_until(&look, page, PAGES_ALL) - page;
		return row;
	}
	if (is_open(rows, page))
		return row;
	while (page_row_end(&row) < end && !is_open(rows, page_row_end(&row))) {
		if (!page_look_at(&look, page_row_end(&row), &next) || !page_range_alike(&row.range, &next, look.under))
			break;
		page_range_join(&row.range, &next);
	}
	return row;
}

/* Where the stretch without entries begins that reaches to `page`, the beginning of a directory entry's reach. */
static uint32_t nothing_since(const struct page_rows *rows, uint32_t page, uint32_t under)
{
	while (page) {
		struct page_look look = page_look_begin(rows->vm);
		uint32_t begin = page - under;
		struct page_row row;

		if (nothing_until(&look, begin, page) == page) {
			page = begin;
			continue;
		}
		for (row = row_from(rows, begin); page_row_end(&row) < page; row = row_from(rows, page_row_end(&row)))
			;
		return row.there ? page : row.range.page;
	}
	return 0;
}

struct page_row page_row_of(const struct page_rows *rows, uint32_t page)
{
	uint32_t under = page_look_begin(rows->vm).under, begin = page - page % under;
	struct page_row row = row_from(rows, begin);

	while (page_row_end(&row) <= page)
		row = row_from(rows, page_row_end(&row));
	if (!row.there && row.range.page == begin) {
		row.range.page = nothing_since(rows, begin, under);
		row.range.pages += begin - row.range.page;
	}
	return row;
}

bool page_row_before(const struct page_rows *rows, const struct page_row *row, struct page_row *before)
{
	if (row->range.page == 0)
		return false;
	*before = page_row_of(rows, row->range.page - 1);
	return true;
}

bool page_row_behind(const struct page_rows *rows, const struct page_row *row, struct page_row *behind)
{
	if (page_row_end(row) >= PAGES_ALL)
		return false;
	*behind = row_from(rows, page_row_end(row));
	return true;
}
