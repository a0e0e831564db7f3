/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_tables.c - the guest's page tables as a picture: page directory, tables, and the machine frames that
 * they end in; in each row the guest's entries beside those that hardware walks, and what differs named. Alike entries
 * are one row. What has no room is counted: in the directory's rows, in each table's last row, in the title.
 */
#include "visualizer/dot.h"
#include "visualizer/graph.h"
#include "visualizer/graph_path.h"
#include "visualizer/message.h"
#include "visualizer/page_map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_USUAL = 5, TABLE_ROWS = 8, LEGEND_COLUMNS = 44, FRAME_ROWS = 1024, CELL = 160, NAME = 32 };

/* Ranges that lie in one page table, or large pages in a row of the directory, or what no table of the guest's maps. */
struct part {
	size_t first, ranges; /* in the map */
	uint32_t page, pages; /* reach of the directory's entries */
	uint32_t mapped, held;
	bool shown;
};

struct frames {
	uint64_t mfn, gfn;
	uint32_t pages;
	bool guests; /* has a gfn */
};

struct drawing {
	const struct graph *graph;
	struct page_map map;
	struct part *part;
	size_t parts, tables, tables_shown;
	struct frames frames[FRAME_ROWS];
	size_t frame_rows;
	uint32_t pages_left_out;
	FILE *edges; /* to the frames: written when the nodes have been */
	char *edge_text;
	size_t edge_size;
};

/* ---- parts ---- */

static uint32_t reach(const struct page_map *map)
{
	return map->large ? 1024 : 512;
}

static bool is_table(const struct page_map *map, const struct part *part)
{
	return map->range[part->first].view.level == 1;
}

/* A page table is one directory entry's; large pages, and what the hardware alone maps, go together as they come. */
static bool belongs(const struct page_map *map, const struct part *part, const struct page_range *range)
{
	const struct page_view *first = &map->range[part->first].view;

	if (first->level != range->view.level || first->mapped != range->view.mapped)
		return false;
	return first->level != 1 || range->page / reach(map) == part->page / reach(map);
}

static void add_to_part(const struct page_map *map, struct part *part, const struct page_range *range)
{
	part->ranges++;
	part->pages = range->page + range->pages - part->page;
	if (is_table(map, part))
		part->pages = reach(map);
	part->mapped += range->view.mapped ? range->pages : 0;
	part->held += range->view.held ? range->pages : 0;
}

static bool make_parts(struct drawing *drawing)
{
	const struct page_map *map = &drawing->map;
	struct part *part = NULL;

	drawing->part = calloc(map->ranges ? map->ranges : 1, sizeof(*drawing->part));
	if (!drawing->part)
		return false;
	for (size_t i = 0; i < map->ranges; i++) {
		const struct page_range *range = &map->range[i];

		if (!part || !belongs(map, part, range)) {
			part = &drawing->part[drawing->parts++];
			*part = (struct part){.first = i, .page = range->page};
			if (range->view.level == 1)
				part->page &= ~(reach(map) - 1);
			drawing->tables += range->view.level == 1;
		}
		add_to_part(map, part, range);
	}
	return true;
}

/* Tables that the hardware has made the most use of come first; then those that map the most. */
static bool before(const struct part *a, const struct part *b)
{
	return a->held != b->held ? a->held > b->held : a->mapped > b->mapped;
}

static void choose_tables(struct drawing *drawing, size_t most)
{
	while (drawing->tables_shown < most && drawing->tables_shown < drawing->tables) {
		struct part *best = NULL;

		for (size_t i = 0; i < drawing->parts; i++) {
			struct part *part = &drawing->part[i];

			if (is_table(&drawing->map, part) && !part->shown && (!best || before(part, best)))
				best = part;
		}
		best->shown = true;
		drawing->tables_shown++;
	}
}

/* ---- cells ---- */

static void guest_text(const struct page_range *range, char *text)
{
	char rights[PAGE_RIGHTS_TEXT];
	const struct page_view *view = &range->view;

	if (!view->mapped)
		snprintf(text, CELL, "not mapped");
	else if (range->pages == 1)
		snprintf(text, CELL, "gfn %05" PRIx64 "  %s", view->gfn, page_rights(view->rights, rights));
	else
		snprintf(text, CELL, "gfn %05" PRIx64 "-%05" PRIx64 "  %s", view->gfn, view->gfn + range->pages - 1,
		         page_rights(view->rights, rights));
}

static void held_text(const struct page_range *range, char *text)
{
	const struct page_view *view = &range->view;
	char rights[PAGE_RIGHTS_TEXT];

	page_rights(view->hardware_rights, rights);
	if (range->pages == 1)
		snprintf(text, CELL, "mfn %05" PRIx64 "  %s", view->held_mfn, rights);
	else
		snprintf(text, CELL, "mfn %05" PRIx64 "-%05" PRIx64 "  %s", view->held_mfn, view->held_mfn + range->pages - 1,
		         rights);
}

/* "10 as the guest's, 3 traced, 2 missing". */
static void mixed_text(const struct page_range *range, char *text)
{
	size_t used = 0;
	unsigned items = 0;

	text[0] = '\0';
	for (unsigned state = 0; state < PAGE_STATES && used < CELL; state++) {
		if (!range->in_state[state])
			continue;
		used += (size_t)snprintf(text + used, CELL - used, "%s%" PRIu32 " %s", !items ? "" : items % 2 ? ", " : ",\n",
		                         range->in_state[state], page_state_name((enum page_state)state));
		items++;
	}
}

static void hardware_text(const struct page_range *range, char *text)
{
	enum page_state state = (enum page_state)range->view.state;
	size_t used;

	if (!page_range_uniform(range)) {
		mixed_text(range, text);
		return;
	}
	text[0] = '\0';
	if (range->view.held)
		held_text(range, text);
	used = strlen(text);
	if (state != PAGE_SAME)
		snprintf(text + used, CELL - used, "%s%s", used ? "  " : "", page_state_name(state));
}

static const char *fill_of(const struct page_range *range, char fill[DOT_COLOR_TEXT])
{
	static const enum dot_color colors[PAGE_STATES] = {
		[PAGE_SAME] = DOT_GREEN, [PAGE_MISSING] = DOT_WHITE, [PAGE_TRACED] = DOT_ORANGE, [PAGE_CLEAN] = DOT_YELLOW,
		[PAGE_HELD] = DOT_PURPLE, [PAGE_MORE] = DOT_SKY, [PAGE_STALE] = DOT_VERMILLION, [PAGE_NO_FRAME] = DOT_GREY,
		[PAGE_VMM] = DOT_GREY,
	};

	if (!page_range_uniform(range))
		return dot_color(DOT_WHITE);
	return dot_tint(colors[range->view.state], range->view.state == PAGE_SAME ? 20 : 45, fill);
}

/* ---- frames ---- */

static unsigned frames_row(struct drawing *drawing, const struct page_range *range)
{
	struct frames row = {.pages = range->pages, .gfn = range->view.gfn, .mfn = range->view.mfn,
	                     .guests = range->view.mapped && range->view.has_frame};

	if (!row.guests)
		row.mfn = range->view.held_mfn;
	for (size_t i = 0; i < drawing->frame_rows; i++)
		if (drawing->frames[i].mfn == row.mfn && drawing->frames[i].pages == row.pages)
			return (unsigned)i;
	if (drawing->frame_rows == FRAME_ROWS)
		return FRAME_ROWS;
	drawing->frames[drawing->frame_rows] = row;
	return (unsigned)drawing->frame_rows++;
}

/* Solid where the hardware goes there, dashed where only the guest's tables do. */
static void edge_to_frames(struct drawing *drawing, const struct page_range *range, const char *from)
{
	struct dot dot = {.out = drawing->edges, .depth = 1};
	bool reached = range->view.held || !drawing->map.compared || !page_range_uniform(range);
	char to[NAME];
	unsigned row;

	if (!range->view.has_frame && !range->view.held)
		return;
	row = frames_row(drawing, range);
	if (row == FRAME_ROWS)
		return;
	snprintf(to, sizeof(to), "frames:f%u:w", row);
	dot_edge(&dot, from, to, NULL, "style=%s, arrowhead=%s, color=\"%s\"", reached ? "solid" : "dashed",
	         reached ? "normal" : "empty", dot_color(reached ? DOT_BLUE : DOT_GREY));
}

static int by_mfn(const void *a, const void *b)
{
	const struct frames *const *left = a, *const *right = b;

	if ((*left)->mfn != (*right)->mfn)
		return (*left)->mfn < (*right)->mfn ? -1 : 1;
	return (*left)->pages < (*right)->pages ? -1 : 1;
}

static void draw_frame_row(const struct drawing *drawing, struct dot *dot, const struct frames *row)
{
	char port[NAME], text[CELL], of[40] = "the VMM's", end[24] = "";
	struct dot_cell cell = {.port = port}, plain = {0};

	snprintf(port, sizeof(port), "f%zu", (size_t)(row - drawing->frames));
	if (row->pages > 1)
		snprintf(end, sizeof(end), "-%05" PRIx64, row->mfn + row->pages - 1);
	snprintf(text, sizeof(text), "mfn %05" PRIx64 "%s", row->mfn, end);
	end[0] = '\0';
	if (row->pages > 1)
		snprintf(end, sizeof(end), "-%05" PRIx64, row->gfn + row->pages - 1);
	if (row->guests)
		snprintf(of, sizeof(of), "gfn %05" PRIx64 "%s", row->gfn, end);
	dot_open_row(dot);
	dot_cell(dot, &cell, text);
	dot_cell(dot, &plain, of);
	snprintf(text, sizeof(text), "%" PRIu32 " x 4 KiB", row->pages);
	dot_cell(dot, &plain, text);
	dot_close_row(dot);
}

static void draw_frames(struct drawing *drawing, struct dot *dot)
{
	const struct frames *order[FRAME_ROWS];
	char fill[DOT_COLOR_TEXT];
	struct dot_cell head = {.strong = true, .columns = 3, .fill = dot_tint(DOT_GREY, 30, fill)};

	for (size_t i = 0; i < drawing->frame_rows; i++)
		order[i] = &drawing->frames[i];
	qsort(order, drawing->frame_rows, sizeof(order[0]), by_mfn);
	dot_open_table(dot, "frames");
	dot_open_row(dot);
	dot_cell(dot, &head, "machine frames");
	dot_close_row(dot);
	for (size_t i = 0; i < drawing->frame_rows; i++)
		draw_frame_row(drawing, dot, order[i]);
	dot_close_table(dot);
}

/* ---- tables ---- */

/* `table` NULL: the row is a part of another, which has the way to the frames. */
static void draw_row(struct drawing *drawing, struct dot *dot, const char *table, const struct page_range *range)
{
	char port[NAME], from[3 * NAME], text[CELL], fill[DOT_COLOR_TEXT];
	struct dot_cell plain = {0}, hardware = {.port = table ? port : NULL};
	const char *of = table ? "" : "of it ";

	snprintf(port, sizeof(port), "p%05" PRIx32, range->page);
	snprintf(from, sizeof(from), "%s:%s:e", table ? table : "", port);
	dot_open_row(dot);
	if (range->pages == 1)
		snprintf(text, sizeof(text), "%s%08" PRIx32, of, range->page << PAGE_SHIFT);
	else
		snprintf(text, sizeof(text), "%s%08" PRIx32 "-%08" PRIx32, of, range->page << PAGE_SHIFT,
		         ((range->page + range->pages) << PAGE_SHIFT) - 1);
	dot_cell(dot, &plain, text);
	guest_text(range, text);
	if (!drawing->map.compared) {
		hardware.fill = fill_of(range, fill);
		dot_cell(dot, &hardware, text);
	} else {
		dot_cell(dot, &plain, text);
		hardware_text(range, text);
		hardware.fill = fill_of(range, fill);
		dot_cell(dot, &hardware, text);
	}
	dot_close_row(dot);
	if (table)
		edge_to_frames(drawing, range, from);
}

/* The row that says what the table had no room for. */
static void draw_rest(struct drawing *drawing, struct dot *dot, size_t rows, uint32_t pages)
{
	struct dot_cell cell = {.columns = drawing->map.compared ? 3 : 2};
	char text[CELL];

	snprintf(text, sizeof(text), "left out: %zu more ranges, %" PRIu32 " pages", rows, pages);
	dot_open_row(dot);
	dot_cell(dot, &cell, text);
	dot_close_row(dot);
	drawing->pages_left_out += pages;
}

/* Ranges as they are when there is room for them, else joined where the guest's side goes on. */
static size_t joined_ranges(const struct drawing *drawing, const struct part *part, struct page_range *joined)
{
	const struct page_range *range = &drawing->map.range[part->first];
	bool join = part->ranges > TABLE_ROWS;
	size_t count = 0;

	for (size_t i = 0; i < part->ranges; i++) {
		if (join && count && page_range_continues(&joined[count - 1], &range[i]))
			page_range_join(&joined[count - 1], &range[i]);
		else
			joined[count++] = range[i];
	}
	return count;
}

/* Where a joined row is mixed, the room that is left shows parts of it: those that differ most first. */
static void draw_samples(struct drawing *drawing, struct dot *dot, const struct part *part, size_t room)
{
	static const enum page_state order[] = {PAGE_STALE, PAGE_TRACED, PAGE_HELD, PAGE_MORE, PAGE_NO_FRAME, PAGE_CLEAN,
	                                        PAGE_SAME};
	enum { ORDER = sizeof(order) / sizeof(order[0]), EACH = 3 };

	for (unsigned i = 0; i < ORDER; i++) {
		unsigned shown = 0;

		for (size_t k = 0; k < part->ranges && room && shown < EACH; k++) {
			const struct page_range *range = &drawing->map.range[part->first + k];

			if (range->view.state != order[i])
				continue;
			draw_row(drawing, dot, NULL, range);
			shown++;
			room--;
		}
	}
}

static void draw_rows(struct drawing *drawing, struct dot *dot, const char *table, const struct part *part)
{
	struct page_range *joined = calloc(part->ranges, sizeof(*joined));
	size_t count, most;
	uint32_t pages = 0;

	if (!joined)
		return;
	count = joined_ranges(drawing, part, joined);
	most = count > TABLE_ROWS ? TABLE_ROWS - 1 : count;
	for (size_t i = 0; i < count; i++) {
		if (i < most)
			draw_row(drawing, dot, table, &joined[i]);
		else
			pages += joined[i].pages;
	}
	if (count > most)
		draw_rest(drawing, dot, count - most, pages);
	else if (count < part->ranges)
		draw_samples(drawing, dot, part, TABLE_ROWS - count);
	free(joined);
}

/* Of the shadow tables beside a guest's one: a guest table of 1024 entries has two of 512. */
static void hardware_tables(const struct drawing *drawing, const struct part *part, char *text)
{
	uint64_t seen[2];
	unsigned count = 0;

	snprintf(text, CELL, "%s", drawing->map.vm->paging == PAGING_NESTED ? "nested: gpa to ma" : "shadow");
	for (size_t i = part->first; i < part->first + part->ranges && count < 2; i++) {
		uint64_t table = drawing->map.range[i].view.hardware_table;

		if (table && (count == 0 || seen[0] != table))
			seen[count++] = table;
	}
	for (unsigned i = 0; i < count; i++)
		snprintf(text + strlen(text), CELL - strlen(text), "%s %08" PRIx64, i ? "," : " ma", seen[i]);
}

static void draw_table(struct drawing *drawing, struct dot *dot, const struct part *part, const char *name)
{
	const struct page_view *view = &drawing->map.range[part->first].view;
	char text[CELL], fill[DOT_COLOR_TEXT];
	struct dot_cell head = {.strong = true, .fill = dot_tint(DOT_SKY, 45, fill)};

	dot_open_table(dot, name);
	dot_open_row(dot);
	dot_cell(dot, &head, "gla");
	if (view->level == 1)
		snprintf(text, sizeof(text), "page table, %s %08" PRIx64,
		         drawing->map.vm->paging == PAGING_DIRECT ? "ma" : "gpa", view->table);
	else
		snprintf(text, sizeof(text), view->level == 2 ? "large pages" : view->mapped ? "no paging" : "no table");
	dot_cell(dot, &head, text);
	if (drawing->map.compared) {
		hardware_tables(drawing, part, text);
		dot_cell(dot, &head, text);
	}
	dot_close_row(dot);
	draw_rows(drawing, dot, name, part);
	dot_close_table(dot);
}

/* ---- the directory ---- */

static void draw_directory_row(const struct drawing *drawing, struct dot *dot, const struct part *part, bool shown,
                               uint32_t pages, size_t tables)
{
	char port[NAME], text[CELL];
	struct dot_cell cell = {.port = port}, plain = {0};
	const struct page_view *view = &drawing->map.range[part->first].view;
	uint64_t entry = view->directory_entry;

	snprintf(port, sizeof(port), "d%05" PRIx32, part->page);
	dot_open_row(dot);
	snprintf(text, sizeof(text), "%08" PRIx32 "-%08" PRIx32, part->page << PAGE_SHIFT,
	         ((part->page + pages) << PAGE_SHIFT) - 1);
	dot_cell(dot, &plain, text);
	if (!shown)
		snprintf(text, sizeof(text), "left out: %zu table%s", tables, tables == 1 ? "" : "s");
	else if (view->level == 1)
		snprintf(text, sizeof(text), "PDE %08" PRIx64 "  %s %s", entry & ~UINT64_C(0xfff), entry & 2 ? "W" : "R",
		         entry & 4 ? "U" : "S");
	else
		snprintf(text, sizeof(text), "%s", view->level == 2 ? "large pages" : view->mapped ? "paging is off"
		         : "hardware only");
	dot_cell(dot, &cell, text);
	dot_close_row(dot);
}

static bool is_shown(const struct drawing *drawing, const struct part *part)
{
	return part->shown || !is_table(&drawing->map, part);
}

/* Tables that are left out side by side are one row. */
static void draw_directory(struct drawing *drawing, struct dot *dot)
{
	char text[CELL], fill[DOT_COLOR_TEXT];
	struct dot_cell head = {.strong = true, .columns = 2, .fill = dot_tint(DOT_SKY, 45, fill)};
	const struct vm *vm = drawing->map.vm;

	dot_open_table(dot, "directory");
	dot_open_row(dot);
	snprintf(text, sizeof(text), "guest CR3 %08" PRIx32, vm_guest_state(vm)->cr3);
	if (drawing->map.compared)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "\nprocessor's CR3 %08" PRIx32,
		         vm->paging == PAGING_NESTED ? vm_guest_state(vm)->cr3 : cpu_state_const(vm->processor)->cr3);
	dot_cell(dot, &head, text);
	dot_close_row(dot);
	for (size_t i = 0; i < drawing->parts; i++) {
		const struct part *part = &drawing->part[i];
		uint32_t pages = part->pages;
		size_t tables = 1;

		if (!is_shown(drawing, part)) {
			drawing->pages_left_out += part->mapped;
			while (i + 1 < drawing->parts && !is_shown(drawing, part + tables)) {
				pages = part[tables].page + part[tables].pages - part->page;
				drawing->pages_left_out += part[tables++].mapped;
				i++;
			}
		}
		draw_directory_row(drawing, dot, part, is_shown(drawing, part), pages, tables);
	}
	dot_close_table(dot);
}

static void draw_tables(struct drawing *drawing, struct dot *dot)
{
	char name[NAME], from[NAME];

	for (size_t i = 0; i < drawing->parts; i++) {
		const struct part *part = &drawing->part[i];

		if (!is_shown(drawing, part))
			continue;
		snprintf(name, sizeof(name), "t%05" PRIx32, part->page);
		draw_table(drawing, dot, part, name);
		snprintf(from, sizeof(from), "directory:d%05" PRIx32 ":e", part->page);
		dot_edge(dot, from, name, NULL, "penwidth=1.5");
	}
}

/* Only states that are there. */
static void draw_legend(const struct drawing *drawing, struct dot *dot)
{
	struct page_range sample = {.pages = 1};
	bool there[PAGE_STATES] = {false};
	char text[CELL], fill[DOT_COLOR_TEXT];
	struct dot_cell cell = {0};

	for (size_t i = 0; i < drawing->map.ranges; i++)
		there[drawing->map.range[i].view.state] = true;
	dot_open_table(dot, "legend");
	for (unsigned state = PAGE_SAME; state < PAGE_STATES; state++) {
		if (!there[state] || !drawing->map.compared)
			continue;
		sample.view.state = (uint8_t)state;
		memset(sample.in_state, 0, sizeof(sample.in_state));
		sample.in_state[state] = 1;
		dot_open_row(dot);
		cell.fill = fill_of(&sample, fill);
		snprintf(text, sizeof(text), "%s: %s", page_state_name((enum page_state)state),
		         page_state_text((enum page_state)state));
		dot_wrap(text, LEGEND_COLUMNS);
		dot_cell(dot, &cell, text);
		dot_close_row(dot);
	}
	dot_open_row(dot);
	cell.fill = NULL;
	dot_cell(dot, &cell, "W writable, R read-only, U user,\nS supervisor, G global, NX no execute");
	dot_close_row(dot);
	dot_close_table(dot);
}

/* ---- the picture ---- */

static const char *other_tables(const struct drawing *drawing)
{
	switch (drawing->map.vm->paging) {
	case PAGING_SHADOW: return drawing->map.compared ? "the guest's page tables beside their shadow" : "page tables of the guest";
	case PAGING_NESTED: return "the guest's page tables over the nested ones";
	case PAGING_DIRECT: return "the guest's page tables, which hold machine addresses";
	default: return "the guest's page tables, with no others beside them";
	}
}

static void write_all(struct drawing *drawing, FILE *body, size_t *left_out)
{
	struct dot dot = {.out = body, .depth = 1};

	draw_directory(drawing, &dot);
	draw_tables(drawing, &dot);
	draw_frames(drawing, &dot);
	draw_legend(drawing, &dot);
	dot_open_rank(&dot, "same");
	dot_edge(&dot, "directory", "legend", NULL, "style=invis");
	dot_close(&dot);
	*left_out = drawing->pages_left_out;
}

/* The title says what was left out, which is known when the rest is written. */
static bool write_picture(struct drawing *drawing)
{
	char title[512], moment[96], *body = NULL;
	size_t size = 0, left_out = 0;
	FILE *text = open_memstream(&body, &size);
	bool fine = text;
	struct dot dot;

	drawing->edges = open_memstream(&drawing->edge_text, &drawing->edge_size);
	if (text && drawing->edges)
		write_all(drawing, text, &left_out);
	fine = text && fclose(text) == 0;
	fine = drawing->edges && fclose(drawing->edges) == 0 && fine;
	if (fine) {
		snprintf(title, sizeof(title), "%s (%s)\n%zu of %zu page tables shown; %zu pages left out%s",
		         other_tables(drawing), graph_moment(drawing->graph, moment, sizeof(moment)), drawing->tables_shown,
		         drawing->tables, left_out, left_out ? " (--top shows more tables, --at-address the way of one address)" : "");
		dot = dot_begin(drawing->graph->out, "tables", title, "rankdir=LR, ranksep=1.2, nodesep=0.15, ordering=out");
		dot_default(&dot, "node", "fontname=\"monospace\", fontsize=11");
		fwrite(body, 1, size, drawing->graph->out);
		fwrite(drawing->edge_text, 1, drawing->edge_size, drawing->graph->out);
		dot_end(&dot);
	}
	free(body);
	free(drawing->edge_text);
	return fine;
}

static bool draw_map(struct graph *graph)
{
	struct drawing *drawing = calloc(1, sizeof(*drawing));
	bool fine = false;

	if (drawing && page_map_make(&drawing->map, graph->session.vm)) {
		drawing->graph = graph;
		fine = make_parts(drawing);
		if (fine) {
			choose_tables(drawing, graph_top(graph, TABLES_USUAL));
			fine = write_picture(drawing);
		}
		page_map_free(&drawing->map);
	}
	if (!fine)
		message("not enough memory to draw page tables; close other programs");
	free(drawing ? drawing->part : NULL);
	free(drawing);
	return fine;
}

static bool draw(struct graph *graph)
{
	return graph->options.at_address ? graph_path_draw(graph) : draw_map(graph);
}

const struct graph_kind graph_tables = {
	.name = "tables", .summary = "page tables beside shadow or nested ones", .draw = draw,
	.takes = GRAPH_TOP | GRAPH_ADDRESS,
};
