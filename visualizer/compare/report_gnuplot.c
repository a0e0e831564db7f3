/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/report_gnuplot.c - a gnuplot script with its data inside: lines over the parameter x where there is
 * one, else bars of the ratio. `gnuplot -persist FILE` shows it; `gnuplot -e "set term pngcairo; set out 'a.png'" FILE`
 * draws it.
 */
#include "visualizer/compare/plots.h"

#include <string.h>

/* Inside double quotes of gnuplot's. Without enhanced text no other character means anything. */
static void put_quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			putc('\\', out);
		putc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
	putc('"', out);
}

static void put_value(const struct plan *plan, unsigned which_case, unsigned mode, FILE *out)
{
	double value;

	if (figure_plotted(plan, which_case, mode, &value))
		fprintf(out, " %.9g", value);
	else
		fputs(" NaN", out);
}

static void put_modes(const struct plan *plan, FILE *out)
{
	char name[32];

	for (unsigned mode = 0; mode < plan->modes; mode++) {
		putc(' ', out);
		put_quoted(out, plan_mode_text(plan, mode, name, sizeof(name)));
	}
	putc('\n', out);
}

/* A block a plot: a row a value of x, a column a mode. */
static void put_line_data(const struct plan *plan, unsigned number, unsigned first, unsigned stride, FILE *out)
{
	const struct plan_parameter *x = &plan->parameter[plan->x];

	fprintf(out, "$data%u << EOD\n", number);
	put_quoted(out, x->name);
	put_modes(plan, out);
	for (unsigned i = 0; i < x->values; i++) {
		fputs(x->value[i], out);
		for (unsigned mode = 0; mode < plan->modes; mode++)
			put_value(plan, first + i * stride, mode, out);
		putc('\n', out);
	}
	fputs("EOD\n", out);
}

static void put_series(const struct plan *plan, unsigned number, const char *form, FILE *out)
{
	fputs("plot", out);
	for (unsigned mode = 0, any = 0; mode < plan->modes; mode++) {
		if (!figure_anywhere(plan, mode))
			continue;
		fprintf(out, form, any++ ? ", \\\n    " : " ", number, mode + 2);
	}
	putc('\n', out);
}

static void put_scales(const struct plan *plan, unsigned first_case, FILE *out)
{
	struct axis x, y;

	if (!plot_axes(plan, first_case, &x, &y))
		return;
	fprintf(out, "%s logscale x\n%s logscale y\n", x.logarithmic ? "set" : "unset", y.logarithmic ? "set" : "unset");
	fprintf(out, "set yrange [%s:*]\n", y.logarithmic ? "*" : "0");
}

static void put_lines(const struct plan *plan, FILE *out)
{
	char name[256];
	unsigned number = 0;

	for (unsigned i = 0; i < plan->case_count; i++)
		if (plot_begins(plan, i))
			put_line_data(plan, number++, i, plot_stride(plan), out);
	fprintf(out, "set multiplot layout %u,1\n", number);
	number = 0;
	for (unsigned i = 0; i < plan->case_count; i++) {
		if (!plot_begins(plan, i))
			continue;
		put_scales(plan, i, out);
		fputs("set title ", out);
		put_quoted(out, plot_name(plan, i, name, sizeof(name)));
		fputs("\nset xlabel ", out);
		put_quoted(out, plan->parameter[plan->x].name);
		putc('\n', out);
		put_series(plan, number++, "%s$data%u using 1:%u with linespoints title columnheader", out);
	}
	fputs("unset multiplot\n", out);
}

static void put_bars(const struct plan *plan, FILE *out)
{
	fputs("$data0 << EOD\n\"case\"", out);
	put_modes(plan, out);
	for (unsigned i = 0; i < plan->case_count; i++) {
		put_quoted(out, plan->cases[i].name);
		for (unsigned mode = 0; mode < plan->modes; mode++)
			put_value(plan, i, mode, out);
		putc('\n', out);
	}
	fputs("EOD\nset style data histogram\nset style histogram clustered\nset style fill solid 0.8\nset xtics rotate by -30\n",
	      out);
	put_series(plan, 0, "%s$data%u using %u:xtic(1) title columnheader", out);
}

static void put_comment(FILE *out, const char *text)
{
	fprintf(out, "# %s\n", text);
}

void report_gnuplot(const struct plan *plan, FILE *out)
{
	prose_provenance(plan, put_comment, out);
	fputs("set termoption noenhanced\nset key outside\nset grid ytics\nset ylabel ", out);
	put_quoted(out, plotted_text(plan));
	putc('\n', out);
	if (plan->x >= 0)
		put_lines(plan, out);
	else
		put_bars(plan, out);
}
