/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_exits.c - exits by reason and code site: reasons on the left, the guest's instructions that they came
 * from on the right, a line for each pair with its count, the thicker the more. What is cut is summed up, not dropped.
 */
#include "visualizer/dot.h"
#include "visualizer/event_text.h"
#include "visualizer/filter.h"
#include "visualizer/graph.h"
#include "visualizer/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_USUAL = 12, PAIRS_FIRST = 256, SITE_TEXT = 64, NAME = 24, REASONS = 128 };

/* One reason at one site. */
struct pair {
	const char *reason; /* static string of the event; NULL: the slot is empty */
	uint32_t linear;
	char instruction[SITE_TEXT];
	uint64_t count, cycles;
};

struct exits {
	struct event_reader reader;
	struct session *session;
	struct pair *slot; /* by hash of reason and address, open addressing */
	size_t slots, used;
	bool short_of_memory;
};

/* A part of the pairs, summed up. */
struct sum {
	uint64_t count, cycles;
	size_t pairs;
};

struct drawing {
	const struct exits *exits;
	const struct symbols *symbols;
	struct pair *pair; /* in order, the most frequent first */
	size_t pairs, shown;
	const char *reason[REASONS];
	unsigned reasons;
	struct sum all, left_out;
};

/* ---- counting ---- */

static size_t place(const struct exits *exits, const char *reason, uint32_t linear)
{
	uint32_t hash = linear;

	for (const char *c = reason; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u; /* FNV-1a */
	for (size_t i = hash & (exits->slots - 1);; i = (i + 1) & (exits->slots - 1))
		if (!exits->slot[i].reason || (exits->slot[i].linear == linear && strcmp(exits->slot[i].reason, reason) == 0))
			return i;
}

static bool grow(struct exits *exits)
{
	struct exits larger = {.slots = exits->slots ? 2 * exits->slots : PAIRS_FIRST};

	larger.slot = calloc(larger.slots, sizeof(*larger.slot));
	if (!larger.slot)
		return false;
	for (size_t i = 0; i < exits->slots; i++)
		if (exits->slot[i].reason)
			larger.slot[place(&larger, exits->slot[i].reason, exits->slot[i].linear)] = exits->slot[i];
	free(exits->slot);
	exits->slot = larger.slot;
	exits->slots = larger.slots;
	return true;
}

static void read_event(void *owner, const struct event *event)
{
	struct exits *exits = owner;
	struct pair *pair;

	if (!event->reason || exits->short_of_memory)
		return;
	if (exits->used * 2 >= exits->slots && !grow(exits)) {
		exits->short_of_memory = true;
		session_enough(exits->session);
		return;
	}
	pair = &exits->slot[place(exits, event->reason, event->linear)];
	if (!pair->reason) {
		*pair = (struct pair){.reason = event->reason, .linear = event->linear};
		event_instruction(event, pair->instruction, sizeof(pair->instruction));
		exits->used++;
	}
	pair->count++;
	pair->cycles += event->cycles;
}

static bool begin(struct graph *graph)
{
	struct exits *exits = calloc(1, sizeof(*exits));
	uint64_t kinds;

	if (!exits) {
		message("not enough memory; close other programs");
		return false;
	}
	/* Unless told otherwise exits only, not the work that is done in them. */
	if (!filter_parse(graph->options.filter, filter_all() & ~EVENT_WORK, &kinds)) {
		free(exits);
		return false;
	}
	graph->state = exits;
	exits->session = &graph->session;
	exits->reader = (struct event_reader){.owner = exits, .kinds = kinds, .read = read_event};
	event_add_reader(&graph->session.vm->events, &exits->reader);
	return true;
}

static void hear(struct graph *graph, const struct event *event)
{
	struct exits *exits = graph->state;

	if (exits->reader.kinds >> event->kind & 1)
		read_event(exits, event);
}

static void end(struct graph *graph)
{
	struct exits *exits = graph->state;

	event_remove_reader(&graph->session.vm->events, &exits->reader);
	free(exits->slot);
	free(exits);
}

/* ---- choosing ---- */

/* The same order each time: by count, then by address, then by reason. */
static int by_count(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	if (left->linear != right->linear)
		return left->linear < right->linear ? -1 : 1;
	return strcmp(left->reason, right->reason);
}

static void add_to(struct sum *sum, const struct pair *pair)
{
	sum->count += pair->count;
	sum->cycles += pair->cycles;
	sum->pairs++;
}

static unsigned reason_number(const struct drawing *drawing, const char *reason)
{
	unsigned i = 0;

	while (i < drawing->reasons && strcmp(drawing->reason[i], reason) != 0)
		i++;
	return i;
}

static bool choose(struct drawing *drawing, size_t most)
{
	const struct exits *exits = drawing->exits;

	drawing->pair = calloc(exits->used ? exits->used : 1, sizeof(*drawing->pair));
	if (!drawing->pair) {
		message("not enough memory; close other programs");
		return false;
	}
	for (size_t i = 0; i < exits->slots; i++)
		if (exits->slot[i].reason)
			drawing->pair[drawing->pairs++] = exits->slot[i];
	qsort(drawing->pair, drawing->pairs, sizeof(*drawing->pair), by_count);
	drawing->shown = most < drawing->pairs ? most : drawing->pairs;
	for (size_t i = 0; i < drawing->pairs; i++) {
		const struct pair *pair = &drawing->pair[i];

		add_to(&drawing->all, pair);
		if (i >= drawing->shown)
			add_to(&drawing->left_out, pair);
		else if (reason_number(drawing, pair->reason) == drawing->reasons && drawing->reasons < REASONS)
			drawing->reason[drawing->reasons++] = pair->reason;
	}
	return true;
}

/* ---- drawing ---- */

static double percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

/* So many reasons can be told apart by colour; their names are in the nodes anyway. */
static enum dot_color color_of(unsigned reason)
{
	static const enum dot_color colors[] = {DOT_BLUE, DOT_VERMILLION, DOT_GREEN, DOT_PURPLE, DOT_ORANGE, DOT_SKY, DOT_BLACK};

	return colors[reason % (sizeof(colors) / sizeof(colors[0]))];
}

/* All of a reason's exits; `hidden`: those whose sites are not shown. */
static struct sum sum_of(const struct drawing *drawing, const char *reason, bool hidden)
{
	struct sum sum = {0};

	for (size_t i = hidden ? drawing->shown : 0; i < drawing->pairs; i++)
		if (strcmp(drawing->pair[i].reason, reason) == 0)
			add_to(&sum, &drawing->pair[i]);
	return sum;
}

static void draw_reasons(const struct drawing *drawing, struct dot *dot)
{
	char name[NAME], label[160], fill[DOT_COLOR_TEXT];

	for (unsigned i = 0; i < drawing->reasons; i++) {
		struct sum sum = sum_of(drawing, drawing->reason[i], false);

		snprintf(name, sizeof(name), "r%u", i);
		snprintf(label, sizeof(label), "%s\n%" PRIu64 " exit%s\n%.1f%% of all cycles", drawing->reason[i], sum.count,
		         sum.count == 1 ? "" : "s", percent(sum.cycles, drawing->all.cycles));
		dot_node(dot, name, label, "fillcolor=\"%s\", color=\"%s\", penwidth=2", dot_tint(color_of(i), 25, fill),
		         dot_color(color_of(i)));
	}
}

static void draw_site(const struct drawing *drawing, const struct pair *pair, struct dot *dot)
{
	char name[NAME], label[200], where[80];

	symbols_describe(drawing->symbols, pair->linear, where, sizeof(where));
	snprintf(name, sizeof(name), "s%08" PRIx32, pair->linear);
	snprintf(label, sizeof(label), "%s%s%08" PRIx32 "\n%s", where, where[0] ? "  " : "", pair->linear, pair->instruction);
	dot_node(dot, name, label, "fontname=\"monospace\", fontsize=11");
}

static bool is_first_of_site(const struct drawing *drawing, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (drawing->pair[i].linear == drawing->pair[index].linear)
			return false;
	return true;
}

/* The most frequent above: edges that are not seen hold them in this order. */
static void order_reasons(const struct drawing *drawing, struct dot *dot)
{
	char above[NAME], below[NAME];

	if (drawing->reasons < 2)
		return;
	dot_open_rank(dot, "same");
	for (unsigned i = 0; i + 1 < drawing->reasons; i++) {
		snprintf(above, sizeof(above), "r%u", i);
		snprintf(below, sizeof(below), "r%u", i + 1);
		dot_edge(dot, above, below, NULL, "style=invis");
	}
	dot_close(dot);
}

/* 1 to 6, by the share of the greatest count. */
static double width_of(const struct drawing *drawing, uint64_t count)
{
	return 1 + 5.0 * (double)count / (double)drawing->pair[0].count;
}

static void draw_pairs(const struct drawing *drawing, struct dot *dot)
{
	char from[NAME], to[NAME], label[32];

	for (size_t i = 0; i < drawing->shown; i++) {
		const struct pair *pair = &drawing->pair[i];
		unsigned reason = reason_number(drawing, pair->reason);

		if (is_first_of_site(drawing, i))
			draw_site(drawing, pair, dot);
		snprintf(from, sizeof(from), "r%u", reason);
		snprintf(to, sizeof(to), "s%08" PRIx32, pair->linear);
		snprintf(label, sizeof(label), "%" PRIu64, pair->count);
		dot_edge(dot, from, to, label, "penwidth=%.1f, color=\"%s\"", width_of(drawing, pair->count),
		         dot_color(color_of(reason)));
	}
}

/* Sites of shown reasons that had no room, reason by reason. */
static void draw_others(const struct drawing *drawing, struct dot *dot)
{
	char from[NAME], to[NAME], label[64];

	for (unsigned i = 0; i < drawing->reasons; i++) {
		struct sum sum = sum_of(drawing, drawing->reason[i], true);

		if (!sum.pairs)
			continue;
		snprintf(from, sizeof(from), "r%u", i);
		snprintf(to, sizeof(to), "o%u", i);
		snprintf(label, sizeof(label), "%zu more site%s", sum.pairs, sum.pairs == 1 ? "" : "s");
		dot_node(dot, to, label, "style=\"rounded,dashed\", fontsize=11");
		snprintf(label, sizeof(label), "%" PRIu64, sum.count);
		dot_edge(dot, from, to, label, "style=dashed, penwidth=%.1f, color=\"%s\"", width_of(drawing, sum.count),
		         dot_color(color_of(i)));
	}
}

/* Reasons none of whose sites is shown are in the title's sum only. */
static struct dot begin_dot(const struct graph *graph, const struct drawing *drawing)
{
	struct sum unseen = drawing->left_out;
	char title[400], rest[160] = "", moment[96];

	for (unsigned i = 0; i < drawing->reasons; i++) {
		struct sum sum = sum_of(drawing, drawing->reason[i], true);

		unseen.count -= sum.count;
		unseen.pairs -= sum.pairs;
	}
	if (unseen.pairs)
		snprintf(rest, sizeof(rest), "\nleft out: %" PRIu64 " exit%s for other reasons, at sites too rare to be "
		         "shown (--top)", unseen.count, unseen.count == 1 ? "" : "s");
	snprintf(title, sizeof(title), "%" PRIu64 " exits by reason and code site (%s)\n%zu of %zu pairs of reason and site: "
	         "%.1f%% of the exits%s", drawing->all.count, graph_moment(graph, moment, sizeof(moment)), drawing->shown,
	         drawing->pairs, percent(drawing->all.count - drawing->left_out.count, drawing->all.count), rest);
	return dot_begin(graph->out, "exits", title, "rankdir=LR, ranksep=1.6, nodesep=0.15");
}

static bool draw(struct graph *graph)
{
	struct drawing drawing = {.exits = graph->state, .symbols = graph->session.symbols};
	struct dot dot;

	if (drawing.exits->short_of_memory) {
		message("not enough memory to count exits by site; look at a shorter run with --limit");
		return false;
	}
	if (!drawing.exits->used)
		message("graph: no exits to draw; %s has none, or the run was too short", graph->session.vm->technique->name);
	if (!choose(&drawing, graph_top(graph, PAIRS_USUAL)))
		return false;
	dot = begin_dot(graph, &drawing);
	dot_default(&dot, "node", "shape=box, style=filled, fillcolor=\"#ffffff\"");
	draw_reasons(&drawing, &dot);
	order_reasons(&drawing, &dot);
	draw_pairs(&drawing, &dot);
	draw_others(&drawing, &dot);
	dot_end(&dot);
	free(drawing.pair);
	return true;
}

const struct graph_kind graph_exits = {
	.name = "exits", .summary = "exits by reason and code site", .begin = begin, .hear = hear, .end = end, .draw = draw,
	.takes = GRAPH_TOP | GRAPH_FILTER,
};
