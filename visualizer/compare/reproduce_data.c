/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_data.c - a reproduction for programs: CSV with a row for each published figure (RFC 4180),
 * and the same as JSON. docs/reproduce.md lists the columns.
 */
#include "visualizer/compare/report.h"
#include "visualizer/compare/reproduce.h"

#include "core/json.h"
#include "core/output.h"

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

enum { SCHEMA_VERSION = 1 };

/* Everything that is said of a cell, once, in one order: texts and numbers into whatever it is written to. */
struct sink {
	void (*text)(struct sink *sink, const char *name, const char *value);
	void (*number)(struct sink *sink, const char *name, double value, bool there);
	FILE *out;
	struct json *json;
	bool first, head; /* of CSV: no comma yet; the names, not the values */
};

static const char *kind_name(const struct reproduced *cell)
{
	if (cell->measured && !cell->compared)
		return "baseline";
	return cell->row->published[cell->column].kind == FITTED ? "fitted" : "predicted";
}

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

static void put_cell(struct sink *sink, const struct reproduce_paper *paper, const struct reproduced_row *row,
                     const struct reproduced *cell)
{
	const struct reproduce_column *column = &cell->section->column[cell->column];

	sink->text(sink, "paper", paper->name);
	sink->text(sink, "table", cell->section->title);
	sink->text(sink, "row", cell->row->name);
	sink->text(sink, "column", column->name);
	sink->text(sink, "mode", cell->runs ? column->mode : "");
	sink->text(sink, "profile", cell->row->profile ? cell->row->profile : column->profile);
	sink->text(sink, "unit", cell->section->unit);
	sink->text(sink, "kind", kind_name(cell));
	sink->number(sink, "figure", cell->row->published[cell->column].figure, true);
	sink->number(sink, "published", cell->published, true);
	sink->number(sink, "ours", cell->ours, cell->measured);
	sink->number(sink, "ratio", cell->ratio, cell->measured);
	sink->text(sink, "within", !cell->compared ? "" : cell->within ? "yes" : "no");
	sink->number(sink, "cycles", cell->cycles, cell->measured && cell->runs);
	sink->text(sink, "paper_winner", row->paper_winner);
	sink->text(sink, "winner", row->winner);
	sink->text(sink, "same_winner", !*row->paper_winner ? "" : row->same_winner ? "yes" : "no");
	sink->text(sink, "same_order", !*row->paper_order ? "" : row->same_order ? "yes" : "no");
	sink->text(sink, "known", text_or_empty(cell->row->known));
	sink->text(sink, "why", text_or_empty(cell->row->published[cell->column].why));
	sink->text(sink, "message", cell->message);
	sink->text(sink, "command", cell->runs ? cell->runs->runs[0].command : "");
}

/* ---- CSV ---- */

static void csv_comma(struct sink *sink)
{
	if (!sink->first)
		putc(',', sink->out);
	sink->first = false;
}

static void csv_text(struct sink *sink, const char *name, const char *value)
{
	csv_comma(sink);
	csv_field(sink->out, sink->head ? name : value);
}

static void csv_number(struct sink *sink, const char *name, double value, bool there)
{
	csv_comma(sink);
	if (sink->head)
		csv_field(sink->out, name);
	else if (there)
		fprintf(sink->out, "%.6g", value);
}

bool reproduce_csv(const struct reproduction *reproduction, FILE *out)
{
	struct sink sink = { .text = csv_text, .number = csv_number, .out = out, .head = true, .first = true };
	struct reproduced_row row;

	for (unsigned at = 0; reproduced_next_row(reproduction, &at, &row);)
		for (unsigned i = 0; i < row.cells; i++) {
			if (sink.head) {
				put_cell(&sink, reproduction->paper, &row, &row.cell[i]);
				fputs("\r\n", out);
			}
			sink.head = false;
			sink.first = true;
			put_cell(&sink, reproduction->paper, &row, &row.cell[i]);
			fputs("\r\n", out);
		}
	return true;
}

/* ---- JSON ---- */

static void json_text(struct sink *sink, const char *name, const char *value)
{
	if (*value)
		json_put_string(sink->json, name, value);
}

static void json_number(struct sink *sink, const char *name, double value, bool there)
{
	if (there)
		json_put_decimal(sink->json, name, value, 4);
}

static void put_score(struct json *json, const struct reproduction *reproduction)
{
	struct reproduce_score score = reproduce_score(reproduction);

	json_put_number(json, "rows_with_a_winner", score.rows);
	json_put_number(json, "same_winner", score.winners);
	json_put_number(json, "predicted", score.predicted);
	json_put_number(json, "predicted_within", score.within);
	json_put_number(json, "unexplained", score.unexplained);
	json_put_number(json, "fitted", score.fitted);
	json_put_decimal(json, "tolerance", REPRODUCE_TOLERANCE, 2);
}

bool reproduce_json(const struct reproduction *reproduction, FILE *out)
{
	struct output *output = output_into(out);
	struct json json;
	struct sink sink = { .text = json_text, .number = json_number, .json = &json };
	struct reproduced_row row;
	char error[256];

	if (!output)
		return false;
	json = json_on(output);
	json_open_object(&json, NULL);
	json_put_string(&json, "schema", "ringside-reproduction");
	json_put_number(&json, "version", SCHEMA_VERSION);
	json_put_string(&json, "ringside", RINGSIDE_VERSION);
	json_put_string(&json, "title", reproduction->paper->title);
	put_score(&json, reproduction);
	json_open_array(&json, "figures");
	for (unsigned at = 0; reproduced_next_row(reproduction, &at, &row);)
		for (unsigned i = 0; i < row.cells; i++) {
			output_text(output, "\n"); /* a line each, for diff */
			json_open_object(&json, NULL);
			put_cell(&sink, reproduction->paper, &row, &row.cell[i]);
			json_close_object(&json);
		}
	json_close_array(&json);
	json_close_object(&json);
	json_end_line(&json);
	return output_close(output, error, sizeof(error));
}
