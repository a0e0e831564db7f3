/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plots.c - SVG 1.1, written by hand: bars, stacked bars, lines.
 */
#include "visualizer/compare/plots.h"

#include "trap/techniques.h"
#include "visualizer/compare/svg.h"

#include <math.h>
#include <string.h>

enum {
	WIDTH = SVG_WIDTH,
	LEFT = 84,   /* labels of modes */
	RIGHT = 52,  /* what stands behind a bar */
	ROW = 20, BAR = 12, TOP = 6, AXIS = 22,
	LINES_HEIGHT = 260, LINES_LEFT = 44, LINES_RIGHT = 98, LINES_BOTTOM = 40, LINES_TOP = 24,
	LABEL_STEP = 13,
};

unsigned plot_color(const struct plan *plan, unsigned mode)
{
	const struct technique *const *list = technique_list();
	unsigned number = 0;

	while (list[number] && list[number] != plan->mode[mode].technique)
		number++;
	return number;
}

unsigned plot_variant(const struct plan *plan, unsigned mode)
{
	unsigned variant = 0;

	for (unsigned i = 0; i < mode; i++)
		variant += plan->mode[i].technique == plan->mode[mode].technique;
	return variant;
}

static unsigned modes_there(const struct plan *plan, unsigned which_case)
{
	unsigned count = 0;

	for (unsigned mode = 0; mode < plan->modes; mode++)
		count += figure_there(plan, which_case, mode);
	return count;
}

/* ---- ratios ---- */

static struct axis ratio_axis(const struct plan *plan, unsigned which_case)
{
	double least = 1, most = 1, ratio;

	for (unsigned mode = 0; mode < plan->modes; mode++)
		if (figure_ratio(plan, which_case, mode, &ratio)) {
			least = fmin(least, ratio);
			most = fmax(most, ratio);
		}
	return axis_for(most >= 20 * least ? least : 0, most, most >= 20 * least ? 1 : 0);
}

static double across(const struct axis *axis, double value)
{
	return LEFT + axis_place(axis, value) * (WIDTH - LEFT - RIGHT);
}

static void put_ticks(const struct axis *axis, double bottom, FILE *out)
{
	char label[24];

	for (unsigned i = 0; i < axis->ticks; i++) {
		double x = across(axis, axis->tick[i]);

		svg_line(out, x, TOP, x, bottom, "grid");
		svg_text(out, x, bottom + 14, "middle", axis_label(axis->tick[i], label, sizeof(label)));
	}
}

static void put_ratio(const struct plan *plan, unsigned mode, const struct axis *axis, double ratio, double y, FILE *out)
{
	double from = across(axis, axis->logarithmic ? 1 : 0), to = across(axis, ratio);
	char name[32], class[32], value[32];

	snprintf(class, sizeof(class), "f%u v%u", plot_color(plan, mode), plot_variant(plan, mode));
	snprintf(value, sizeof(value), ratio < 10 ? "%.2f" : "%.1f", ratio);
	svg_text(out, LEFT - 6, y + BAR - 2, "end", plan_mode_text(plan, mode, name, sizeof(name)));
	svg_box(out, fmin(from, to), y, fabs(to - from), BAR, class);
	svg_text(out, fmax(from, to) + 4, y + BAR - 2, "start", value);
}

void plot_ratios(const struct plan *plan, unsigned which_case, FILE *out)
{
	struct axis axis = ratio_axis(plan, which_case);
	unsigned rows = modes_there(plan, which_case);
	double y = TOP + 4, bottom = TOP + 4 + rows * ROW;

	svg_begin(out, (unsigned)bottom + AXIS, "model cycles by technique, as a ratio to the baseline");
	put_ticks(&axis, bottom, out);
	for (unsigned mode = 0; mode < plan->modes; mode++) {
		double ratio;

		if (!figure_ratio(plan, which_case, mode, &ratio))
			continue;
		put_ratio(plan, mode, &axis, ratio, y, out);
		y += ROW;
	}
	svg_line(out, across(&axis, 1), TOP, across(&axis, 1), bottom, "one");
	fputs("</svg>\n", out);
}

/* ---- parts ---- */

static void put_shares(const struct plan *plan, unsigned which_case, unsigned mode, double y, FILE *out)
{
	double x = LEFT, width = WIDTH - LEFT - 8;
	char name[32], class[16];

	svg_text(out, LEFT - 6, y + BAR - 2, "end", plan_mode_text(plan, mode, name, sizeof(name)));
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++) {
		double share = figure_share(plan, which_case, mode, part).mean;

		if (share <= 0)
			continue;
		snprintf(class, sizeof(class), "p%u", (unsigned)part);
		svg_box(out, x, y, share * width, BAR, class);
		x += share * width;
	}
}

void plot_parts(const struct plan *plan, unsigned which_case, FILE *out)
{
	unsigned rows = modes_there(plan, which_case);
	double y = TOP, bottom = TOP + rows * ROW;

	svg_begin(out, (unsigned)bottom + AXIS, "where the cycles went, by technique");
	for (unsigned mode = 0; mode < plan->modes; mode++) {
		if (!figure_there(plan, which_case, mode))
			continue;
		put_shares(plan, which_case, mode, y, out);
		y += ROW;
	}
	for (unsigned percent = 0; percent <= 100; percent += 25) {
		char label[24];
		double x = LEFT + percent * (WIDTH - LEFT - 8) / 100.0;

		snprintf(label, sizeof(label), "%u%%", percent);
		svg_line(out, x, bottom - 4, x, bottom, "tick");
		svg_text(out, x, bottom + 12, percent == 100 ? "end" : "middle", label);
	}
	fputs("</svg>\n", out);
}

/* ---- lines ---- */

static unsigned x_values(const struct plan *plan)
{
	return plan->parameter[plan->x].values;
}

/* Cases are numbered with the last parameter fastest. */
unsigned plot_stride(const struct plan *plan)
{
	unsigned stride = 1;

	for (unsigned i = plan->parameters; i-- > (unsigned)plan->x + 1;)
		stride *= plan->parameter[i].values;
	return stride;
}

bool plot_begins(const struct plan *plan, unsigned which_case)
{
	return plan->x >= 0 && plan->cases[which_case].value[plan->x] == 0;
}

static double x_value(const struct plan *plan, unsigned index)
{
	double value = 0;

	for (const char *c = plan->parameter[plan->x].value[index]; *c; c++)
		value = value * 10 + (*c - '0');
	return value;
}

bool plot_axes(const struct plan *plan, unsigned first_case, struct axis *x, struct axis *y)
{
	double least = INFINITY, most = -INFINITY, left = INFINITY, right = -INFINITY, value;

	for (unsigned i = 0; i < x_values(plan); i++) {
		left = fmin(left, x_value(plan, i));
		right = fmax(right, x_value(plan, i));
		for (unsigned mode = 0; mode < plan->modes; mode++)
			if (figure_plotted(plan, first_case + i * plot_stride(plan), mode, &value)) {
				least = fmin(least, value);
				most = fmax(most, value);
			}
	}
	if (least > most)
		return false;
	*x = axis_for(left, right, left);
	*y = axis_for(least, most, least > 0 && most >= 20 * least ? least : 0);
	return true;
}

struct line_end {
	unsigned mode;
	double at; /* where the line ends, and where its label is to stand */
};

struct lines {
	const struct plan *plan;
	unsigned first;
	struct axis x, y;
	struct line_end end[PLAN_MODES];
	unsigned ends;
};

static bool point(const struct lines *lines, unsigned mode, unsigned index, double *value)
{
	return figure_plotted(lines->plan, lines->first + index * plot_stride(lines->plan), mode, value);
}

static bool make_axes(struct lines *lines)
{
	return plot_axes(lines->plan, lines->first, &lines->x, &lines->y);
}

static double line_x(const struct lines *lines, double value)
{
	return LINES_LEFT + axis_place(&lines->x, value) * (WIDTH - LINES_LEFT - LINES_RIGHT);
}

static double line_y(const struct lines *lines, double value)
{
	return LINES_HEIGHT - LINES_BOTTOM - axis_place(&lines->y, value) * (LINES_HEIGHT - LINES_BOTTOM - LINES_TOP);
}

static void put_axes(const struct lines *lines, FILE *out)
{
	double bottom = LINES_HEIGHT - LINES_BOTTOM, right = WIDTH - LINES_RIGHT;
	char label[24];

	for (unsigned i = 0; i < lines->y.ticks; i++) {
		double y = line_y(lines, lines->y.tick[i]);

		svg_line(out, LINES_LEFT, y, right, y, "grid");
		svg_text(out, LINES_LEFT - 5, y + 4, "end", axis_label(lines->y.tick[i], label, sizeof(label)));
	}
	for (unsigned i = 0; i < lines->x.ticks; i++) {
		double x = line_x(lines, lines->x.tick[i]);

		svg_line(out, x, bottom, x, bottom + 4, "tick");
		svg_text(out, x, bottom + 16, "middle", axis_label(lines->x.tick[i], label, sizeof(label)));
	}
	svg_line(out, LINES_LEFT, bottom, right, bottom, "tick");
	svg_text(out, (LINES_LEFT + right) / 2, LINES_HEIGHT - 6, "middle", lines->plan->parameter[lines->plan->x].name);
	svg_text(out, 4, 12, "start", plotted_text(lines->plan));
}

static void put_points(struct lines *lines, unsigned mode, FILE *out)
{
	unsigned color = plot_color(lines->plan, mode), variant = plot_variant(lines->plan, mode), points = 0;
	double value, y = 0;

	fprintf(out, "<polyline class=\"l%u d%u\" points=\"", color, variant);
	for (unsigned i = 0; i < x_values(lines->plan); i++) {
		if (!point(lines, mode, i, &value))
			continue;
		y = line_y(lines, value);
		fprintf(out, "%s%.1f,%.1f", points++ ? " " : "", line_x(lines, x_value(lines->plan, i)), y);
	}
	fputs("\"/>\n", out);
	for (unsigned i = 0; i < x_values(lines->plan); i++)
		if (point(lines, mode, i, &value))
			fprintf(out, "<circle class=\"f%u v%u\" r=\"2.6\" cx=\"%.1f\" cy=\"%.1f\"/>\n", color, variant,
			        line_x(lines, x_value(lines->plan, i)), line_y(lines, value));
	if (points) {
		lines->end[lines->ends].mode = mode;
		lines->end[lines->ends++].at = y;
	}
}

/* From the top down, each at least a line below the one above; then up again from the bottom. */
static void spread_labels(struct lines *lines)
{
	for (unsigned i = 1; i < lines->ends; i++)
		for (unsigned k = i; k > 0 && lines->end[k].at < lines->end[k - 1].at; k--) {
			struct line_end kept = lines->end[k];

			lines->end[k] = lines->end[k - 1];
			lines->end[k - 1] = kept;
		}
	for (unsigned i = 1; i < lines->ends; i++)
		lines->end[i].at = fmax(lines->end[i].at, lines->end[i - 1].at + LABEL_STEP);
	for (unsigned i = lines->ends; i-- > 0;) {
		double lowest = i + 1 < lines->ends ? lines->end[i + 1].at - LABEL_STEP : LINES_HEIGHT - LINES_BOTTOM + 2;

		lines->end[i].at = fmin(lines->end[i].at, lowest);
	}
}

static void put_labels(struct lines *lines, FILE *out)
{
	double right = WIDTH - LINES_RIGHT;

	spread_labels(lines);
	for (unsigned i = 0; i < lines->ends; i++) {
		unsigned mode = lines->end[i].mode;
		char class[32], name[32];

		snprintf(class, sizeof(class), "l%u d%u", plot_color(lines->plan, mode), plot_variant(lines->plan, mode));
		svg_line(out, right + 3, lines->end[i].at, right + 15, lines->end[i].at, class);
		svg_text(out, right + 18, lines->end[i].at + 4, "start", plan_mode_text(lines->plan, mode, name, sizeof(name)));
	}
}

void plot_lines(const struct plan *plan, unsigned first_case, FILE *out)
{
	struct lines lines = { .plan = plan, .first = first_case };

	if (!make_axes(&lines))
		return;
	svg_begin(out, LINES_HEIGHT, plotted_text(plan));
	put_axes(&lines, out);
	for (unsigned mode = 0; mode < plan->modes; mode++)
		put_points(&lines, mode, out);
	put_labels(&lines, out);
	fputs("</svg>\n", out);
}

static void add_word(char *text, size_t size, const char *word, const char *value)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", word, value);
}

const char *plot_name(const struct plan *plan, unsigned first_case, char *text, size_t size)
{
	const struct plan_case *of = &plan->cases[first_case];
	char word[PLAN_NAME + 1];

	*text = '\0';
	if (plan->guests > 1 || (plan->profiles == 1 && plan->parameters == 1))
		add_word(text, size, plan->guest[of->guest].name, "");
	for (unsigned i = 0; i < plan->parameters; i++) {
		if (i == (unsigned)plan->x || plan->parameter[i].values == 1)
			continue;
		snprintf(word, sizeof(word), "%s=", plan->parameter[i].name);
		add_word(text, size, word, plan->parameter[i].value[of->value[i]]);
	}
	if (plan->profiles > 1)
		add_word(text, size, plan->profile[of->profile], "");
	return text;
}
