/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_tables.c - the guest's page tables as a picture: page directory, tables, and the machine frames that
 * they end in; in each row the guest's entries beside those that hardware walks, and what differs named. Alike entries
 * are one row. What has no room is counted: in the directory's rows, in each table's last row, in the title.
 */
#include "visualizer/graph.h"
#include "visualizer/graph_path.h"
#include "visualizer/message.h"
#include "visualizer/table_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_USUAL = 5, OTHERS_SHOWN = 6, LEGEND_COLUMNS = 44 };

struct drawing {
	const struct graph *graph;
	struct page_map map;
	struct part *part;
	size_t parts, tables, tables_shown;
	struct frames frames;
	size_t pages_left_out;
};

/* ---- parts ---- */

static uint32_t reach(const struct page_map *map)
{
	return map->large ? 1024 : 512;
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
	if (part_is_table(map, part))
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

static struct part *best_table(struct drawing *drawing)
{
	struct part *best = NULL;

	for (size_t i = 0; i < drawing->parts; i++) {
		struct part *part = &drawing->part[i];

		if (part_is_table(&drawing->map, part) && !part->shown && (!best || before(part, best)))
			best = part;
	}
	return best;
}

static void choose_tables(struct drawing *drawing, size_t most)
{
	struct part *best;
	size_t others = 0;

	/* Large pages, and what the hardware alone maps, are few in most guests. */
	for (size_t i = 0; i < drawing->parts && (others < OTHERS_SHOWN || others < most); i++)
		if (!part_is_table(&drawing->map, &drawing->part[i])) {
			drawing->part[i].shown = true;
			others++;
		}
	while (drawing->tables_shown < most && (best = best_table(drawing))) {
		best->shown = true;
		drawing->tables_shown++;
	}
}

/* ---- the directory ---- */

static void draw_directory_row(const struct drawing *drawing, struct dot *dot, const struct part *part, bool shown,
                               uint32_t pages, size_t tables)
{
	char port[TABLE_NAME], text[TABLE_CELL];
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

/* Tables that are left out side by side are one row. */
static void draw_directory(struct drawing *drawing, struct dot *dot)
{
	char text[TABLE_CELL], fill[DOT_COLOR_TEXT];
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

		if (!part->shown) {
			drawing->pages_left_out += part->mapped;
			while (i + 1 < drawing->parts && !part[tables].shown) {
				pages = part[tables].page + part[tables].pages - part->page;
				drawing->pages_left_out += part[tables++].mapped;
				i++;
			}
		}
		draw_directory_row(drawing, dot, part, part->shown, pages, tables);
	}
	dot_close_table(dot);
}

static void draw_tables(struct drawing *drawing, struct dot *dot)
{
	char name[TABLE_NAME], from[TABLE_NAME], to[2 * TABLE_NAME];

	for (size_t i = 0; i < drawing->parts; i++) {
		const struct part *part = &drawing->part[i];

		if (!part->shown)
			continue;
		snprintf(name, sizeof(name), "t%05" PRIx32, part->page);
		drawing->pages_left_out += part_draw(&drawing->map, part, name, &drawing->frames, dot);
		snprintf(from, sizeof(from), "directory:d%05" PRIx32 ":e", part->page);
		snprintf(to, sizeof(to), "%s:top:w", name);
		dot_edge(dot, from, to, NULL, "penwidth=1.5");
	}
}

/* Only states that are there. */
static void draw_legend(const struct drawing *drawing, struct dot *dot)
{
	struct page_range sample = {.pages = 1};
	bool there[PAGE_STATES] = {false};
	char text[TABLE_CELL], fill[DOT_COLOR_TEXT];
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
		cell.fill = range_fill(&sample, fill);
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

static void write_nodes(struct drawing *drawing, FILE *out)
{
	struct dot dot = {.out = out, .depth = 1};

	draw_directory(drawing, &dot);
	draw_tables(drawing, &dot);
	frames_draw(&drawing->frames, &dot);
	draw_legend(drawing, &dot);
	dot_open_rank(&dot, "same");
	dot_edge(&dot, "directory", "legend", NULL, "style=invis");
	dot_close(&dot);
}

static struct dot begin_dot(const struct drawing *drawing)
{
	char title[512], moment[96], cut[200];

	snprintf(cut, sizeof(cut), "%zu of %zu page tables shown; %zu pages left out%s", drawing->tables_shown,
	         drawing->tables, drawing->pages_left_out,
	         drawing->pages_left_out ? " (--top shows more tables, --at-address the way of one address)" : "");
	snprintf(title, sizeof(title), "%s (%s)\n%s", other_tables(drawing),
	         graph_moment(drawing->graph, moment, sizeof(moment)),
	         state_paging(vm_guest_state(drawing->map.vm)) ? cut : "the guest's paging is off: gla is gpa");
	return dot_begin(drawing->graph->out, "tables", title, "rankdir=LR, ranksep=1.2, nodesep=0.15, ordering=out");
}

/* The title says what was left out, which is known when the rest is written: that goes into `nodes` first, and edges into
 * `edges`. */
static bool write_picture(struct drawing *drawing)
{
	char *nodes = NULL, *edges = NULL;
	size_t nodes_size = 0, edges_size = 0;
	FILE *out = open_memstream(&nodes, &nodes_size);
	bool fine;
	struct dot dot;

	drawing->frames.edges = open_memstream(&edges, &edges_size);
	fine = out && drawing->frames.edges;
	if (fine)
		write_nodes(drawing, out);
	fine = out && fclose(out) == 0 && fine;
	fine = drawing->frames.edges && fclose(drawing->frames.edges) == 0 && fine;
	if (fine) {
		dot = begin_dot(drawing);
		dot_default(&dot, "node", "fontname=\"monospace\", fontsize=11");
		fwrite(nodes, 1, nodes_size, drawing->graph->out);
		fwrite(edges, 1, edges_size, drawing->graph->out);
		dot_end(&dot);
	}
	free(nodes);
	free(edges);
	return fine;
}

static bool draw_map(struct graph *graph)
{
	struct drawing *drawing = calloc(1, sizeof(*drawing));
	bool fine = false;

	if (drawing && page_map_make(&drawing->map, graph->session.vm)) {
		drawing->graph = graph;
		drawing->frames.map = &drawing->map;
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
