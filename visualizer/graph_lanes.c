/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_lanes.c - see graph_lanes.h. dot puts each step on a rank of its own: a box in one lane and points in
 * the others, held in their order by edges that are not seen. An arrow over several lanes goes from point to point, so
 * that it stays level; all flat edges are written from left to right, whichever way they point, for dot orders by them.
 */
#include "visualizer/graph_lanes.h"

#include "visualizer/dot.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS = 30, NAME = 24 };

static const char *const names[LANES] = {"user", "kernel", "hardware", "vmm"};
static const enum dot_color colors[LANES] = {DOT_SKY, DOT_GREEN, DOT_YELLOW, DOT_ORANGE};

/* ---- making the steps ---- */

void lanes_truth(struct lanes_truths *truths, const char *name, uint32_t guest, uint32_t hardware, int digits)
{
	if (truths->count == LANES_TRUTHS)
		return;
	truths->row[truths->count].name = name;
	truths->row[truths->count].guest = guest;
	truths->row[truths->count].hardware = hardware;
	truths->row[truths->count++].digits = digits;
}

static struct lanes_step *add(struct lanes *lanes, enum lane from, enum lane to, const char *text, uint32_t cycles)
{
	struct lanes_step *step;

	if (lanes->steps == LANES_STEPS)
		return NULL;
	step = &lanes->step[lanes->steps++];
	*step = (struct lanes_step){.from = from, .to = to};
	if (cycles)
		snprintf(step->text, LANES_TEXT, "%s\n%" PRIu32 " cycles", text, cycles);
	else
		snprintf(step->text, LANES_TEXT, "%s", text);
	dot_wrap(step->text, COLUMNS);
	return step;
}

void lanes_box(struct lanes *lanes, enum lane lane, const char *text, uint32_t cycles, bool detail)
{
	struct lanes_step *step = add(lanes, lane, lane, text, cycles);

	if (step)
		step->detail = detail;
}

void lanes_arrow(struct lanes *lanes, enum lane from, enum lane to, const char *text, uint32_t cycles)
{
	struct lanes_step *step = add(lanes, from, to, text, cycles);

	if (step)
		step->arrow = true;
}

/* ---- drawing ---- */

static const char *name_of(char name[NAME], enum lane lane, unsigned row)
{
	snprintf(name, NAME, "%s%u", names[lane], row);
	return name;
}

static void describe_lane(const struct lanes *lanes, enum lane lane, char text[LANES_TEXT])
{
	const struct technique *technique = lanes->mode.technique;
	const char *non_root = strcmp(technique->name, "hvm") == 0 ? "\nVMX non-root" : "";

	switch (lane) {
	case LANE_USER:
		snprintf(text, LANES_TEXT, "guest programs\nring 3%s", non_root);
		return;
	case LANE_KERNEL:
		if (technique->deprivileges)
			snprintf(text, LANES_TEXT, "guest kernel\nring %u, believes 0", lanes->mode.ring);
		else if (strcmp(technique->name, "pv") == 0)
			snprintf(text, LANES_TEXT, "guest kernel\nring 1");
		else
			snprintf(text, LANES_TEXT, "guest kernel\nring 0%s", non_root);
		return;
	case LANE_HARDWARE:
		snprintf(text, LANES_TEXT, "hardware");
		return;
	default:
		snprintf(text, LANES_TEXT, technique->vmm ? "VMM%s" : "no VMM%s", non_root[0] ? "\nVMX root" : "");
	}
}

static unsigned lines_of(const char *text)
{
	unsigned lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* What stands on one rank is ordered from left to right by edges that are not seen. */
static void order_rank(struct dot *dot, unsigned row)
{
	char left[NAME], right[NAME];

	dot_open_rank(dot, "same");
	for (enum lane lane = LANE_USER; lane + 1 < LANES; lane++)
		dot_edge(dot, name_of(left, lane, row), name_of(right, lane + 1, row), NULL, "style=invis, weight=0");
	dot_close(dot);
}

static void draw_heads(const struct lanes *lanes, struct dot *dot)
{
	char name[NAME], text[LANES_TEXT], fill[DOT_COLOR_TEXT];

	for (enum lane lane = LANE_USER; lane < LANES; lane++) {
		describe_lane(lanes, lane, text);
		dot_node(dot, name_of(name, lane, 0), text, "group=%s, fillcolor=\"%s\", penwidth=2", names[lane],
		         dot_tint(colors[lane], 70, fill));
	}
	order_rank(dot, 0);
}

static void draw_places(const struct lanes_step *step, unsigned row, struct dot *dot)
{
	char name[NAME], fill[DOT_COLOR_TEXT];

	for (enum lane lane = LANE_USER; lane < LANES; lane++) {
		name_of(name, lane, row);
		if (!step->arrow && step->from == lane)
			dot_node(dot, name, step->text, "group=%s, fillcolor=\"%s\"%s", names[lane],
			         dot_tint(colors[lane], step->detail ? 8 : 25, fill),
			         step->detail ? ", style=\"filled,dashed\", fontsize=10" : "");
		else
			dot_node(dot, name, "", "group=%s, shape=point, width=0.01, color=\"%s\"", names[lane],
			         dot_color(DOT_GREY));
	}
	order_rank(dot, row);
}

/* dot gives an arrow's text no room of its own above the rank: a node that is not seen takes it. */
static void make_room(const struct lanes_step *step, unsigned row, struct dot *dot)
{
	char name[NAME], user[NAME];

	snprintf(name, sizeof(name), "room%u", row);
	dot_open_rank(dot, "same");
	dot_node(dot, name, "", "style=invis, width=0.01, height=%u.%02u", lines_of(step->text) * 24 / 100,
	         lines_of(step->text) * 24 % 100);
	dot_edge(dot, name, name_of(user, LANE_USER, row), NULL, "style=invis, weight=0");
	dot_close(dot);
}

static void draw_arrow(const struct lanes_step *step, unsigned row, struct dot *dot)
{
	enum lane left = step->from < step->to ? step->from : step->to, right = left == step->from ? step->to : step->from;
	bool back = step->from == right;
	char a[NAME], b[NAME];

	for (enum lane lane = left; lane < right; lane++) {
		bool head = back ? lane == left : lane + 1 == right, labelled = back ? lane + 1 == right : lane == left;

		dot_edge(dot, name_of(a, lane, row), name_of(b, lane + 1, row), labelled ? step->text : NULL,
		         "dir=%s, penwidth=2.5, color=\"%s\"", !head ? "none" : back ? "back" : "forward",
		         dot_color(DOT_VERMILLION));
	}
}

static void draw_lifelines(const struct lanes *lanes, struct dot *dot)
{
	char from[NAME], to[NAME];

	for (enum lane lane = LANE_USER; lane < LANES; lane++)
		for (unsigned row = 0; row < lanes->steps; row++) {
			const struct lanes_step *step = &lanes->step[row];
			bool acts = row && !step->arrow && step->from == lane && !lanes->step[row - 1].arrow &&
			            lanes->step[row - 1].from == lane;

			dot_edge(dot, name_of(from, lane, row), name_of(to, lane, row + 1), NULL, "weight=100, dir=%s, style=%s, "
			         "color=\"%s\"", acts ? "forward" : "none", acts ? "solid" : "dashed",
			         dot_color(acts ? DOT_BLACK : DOT_GREY));
		}
}

static void draw_truths(const struct lanes *lanes, struct dot *dot)
{
	static const struct dot_cell plain = {0}, head = {.strong = true};
	char text[64], fill[DOT_COLOR_TEXT];
	struct dot_cell differs = {.fill = dot_tint(DOT_YELLOW, 60, fill)};

	dot_open_table(dot, "truths");
	dot_open_row(dot);
	dot_cell(dot, &head, "after it");
	dot_cell(dot, &head, "the guest believes");
	dot_cell(dot, &head, "the hardware held then");
	dot_close_row(dot);
	for (unsigned i = 0; i < lanes->truths.count; i++) {
		uint32_t guest = lanes->truths.row[i].guest, hardware = lanes->truths.row[i].hardware;
		const struct dot_cell *cell = guest == hardware ? &plain : &differs;

		dot_open_row(dot);
		dot_cell(dot, &plain, lanes->truths.row[i].name);
		snprintf(text, sizeof(text), "%0*" PRIx32, lanes->truths.row[i].digits, guest);
		dot_cell(dot, cell, text);
		snprintf(text, sizeof(text), "%0*" PRIx32 "%s", lanes->truths.row[i].digits, hardware,
		         guest == hardware ? "" : "  differs");
		dot_cell(dot, cell, text);
		dot_close_row(dot);
	}
	dot_close_table(dot);
}

void lanes_draw(const struct lanes *lanes, FILE *out)
{
	struct dot dot = dot_begin(out, "trap", lanes->title, "splines=line, nodesep=0.8, ranksep=0.22");
	char last[NAME];

	dot_default(&dot, "node", "shape=box, style=filled");
	draw_heads(lanes, &dot);
	for (unsigned i = 0; i < lanes->steps; i++) {
		draw_places(&lanes->step[i], i + 1, &dot);
		if (lanes->step[i].arrow) {
			make_room(&lanes->step[i], i + 1, &dot);
			draw_arrow(&lanes->step[i], i + 1, &dot);
		}
	}
	draw_lifelines(lanes, &dot);
	if (lanes->truths.known) {
		draw_truths(lanes, &dot);
		dot_edge(&dot, name_of(last, LANE_KERNEL, lanes->steps), "truths", NULL, "style=invis");
	}
	dot_end(&dot);
}
