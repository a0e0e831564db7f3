/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/table_parts.h - for the graph of page tables: one of its tables, and the machine frames that rows end in.
 */
#ifndef RINGSIDE_VISUALIZER_TABLE_PARTS_H
#define RINGSIDE_VISUALIZER_TABLE_PARTS_H

#include "visualizer/dot.h"
#include "visualizer/page_map.h"

enum { TABLE_CELL = 160, TABLE_NAME = 32 };

/* ---- table_frames.c: what the rows end in, one node ---- */

enum { FRAME_ROWS = 1024 };

struct frames {
	const struct page_map *map;
	struct {
		uint64_t mfn, gfn;
		uint32_t pages;
		bool guests; /* has a gfn */
	} row[FRAME_ROWS];
	size_t rows;
	bool full;   /* some had no room */
	FILE *edges; /* to the node; they are written when all nodes have been */
};

/* Leads from `from` to the frames of a range: solid where the hardware goes there, dashed where only the guest's tables
 * do. */
void frames_edge(struct frames *frames, const struct page_range *range, const char *from);
void frames_draw(const struct frames *frames, struct dot *dot);

/* ---- table_rows.c: one table ---- */

/* Ranges that lie in one page table, or large pages in a row of the directory, or what no table of the guest's maps. */
struct part {
	size_t first, ranges; /* in the map */
	uint32_t page, pages; /* reach of the directory's entries */
	uint32_t mapped, held;
	bool shown;
};

bool part_is_table(const struct page_map *map, const struct part *part);
/* Gives the number of pages that had no room. */
uint32_t part_draw(const struct page_map *map, const struct part *part, const char *name, struct frames *frames,
                   struct dot *dot);
/* A colour for the hardware's side of a range; `fill` is room for it. */
const char *range_fill(const struct page_range *range, char fill[DOT_COLOR_TEXT]);

#endif
