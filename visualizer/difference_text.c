/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/difference_text.c - two runs side by side, for people and as JSON.
 */
#include "visualizer/difference.h"

#include "core/json.h"

#include <inttypes.h>
#include <string.h>

static const struct {
	const char *name, *heading;
	bool counted; /* rows say how often, too */
} tables[DIFFERENCE_TABLES] = {
	[DIFFERENCE_COUNTERS] = {"counters", "counters", false},
	[DIFFERENCE_PARTS] = {"parts", "cycles by part", false},
	[DIFFERENCE_REASONS] = {"reasons", "cycles of exits, other work *", true},
	[DIFFERENCE_SITES] = {"sites", "cycles of exits by place", true},
};

/* ---- for people ---- */

static void put_difference(const uint64_t value[2], struct output *output)
{
	char text[32];
	bool more = value[1] >= value[0];
	uint64_t by = more ? value[1] - value[0] : value[0] - value[1];

	snprintf(text, sizeof(text), "%s%" PRIu64, by == 0 ? "" : more ? "+" : "-", by);
	output_format(output, " %12" PRIu64 " %12" PRIu64 " %13s", value[0], value[1], text);
	if (value[0] && value[1])
		output_format(output, " %8.3f\n", (double)value[1] / (double)value[0]);
	else
		output_format(output, " %8s\n", value[1] ? "new" : value[0] ? "gone" : "");
}

static void put_row(const struct difference_row *row, bool counted, struct output *output)
{
	char name[SITE_NAME + 64];

	snprintf(name, sizeof(name), "%s", row->name);
	if (counted)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "  (%" PRIu64 ", %" PRIu64 ")", row->count[0], row->count[1]);
	if (strlen(name) > 32) /* on a line of its own, so that columns stay */
		output_format(output, "%s\n%-32s", name, "");
	else
		output_format(output, "%-32s", name);
	put_difference(row->value, output);
}

static void put_table(const struct difference *difference, enum difference_table table, size_t top, struct output *output)
{
	size_t rows = difference->table[table].rows, shown = 0;

	if (!rows)
		return;
	output_format(output, "\n%-32s %12s %12s %13s %8s\n", tables[table].heading, "A", "B", "difference", "B / A");
	for (size_t i = 0; i < rows && shown < top; i++) {
		const struct difference_row *row = &difference->table[table].row[i];

		if (row->value[0] == 0 && row->value[1] == 0)
			continue;
		put_row(row, tables[table].counted, output);
		shown++;
	}
	if (shown == top && rows > top)
		output_format(output, "and %zu more with smaller differences (--top)\n", rows - top);
}

static void put_side(const struct difference *difference, int which, struct output *output)
{
	const struct side *side = &difference->side[which];

	output_format(output, "%c  %s", 'A' + which, side->path);
	if (side->recording)
		output_format(output, ": %s, %s, %s, by ringside %s", side->guest, side->mode, side->recording->config.profile,
		              side->version);
	else
		output_format(output, ": %s", side->mode);
	output_text(output, "\n");
}

void difference_write_text(const struct difference *difference, size_t top, struct output *output)
{
	put_side(difference, 0, output);
	put_side(difference, 1, output);
	for (unsigned i = 0; i < difference->notes; i++)
		output_format(output, "!  %s\n", difference->note[i]);
	for (enum difference_table table = 0; table < DIFFERENCE_TABLES; table++)
		put_table(difference, table, table == DIFFERENCE_SITES ? top : SIZE_MAX, output);
}

/* ---- for programs ---- */

static void put_side_json(const struct side *side, struct json *json)
{
	json_open_object(json, NULL);
	json_put_string(json, "file", side->path);
	json_put_string(json, "mode", side->mode);
	if (side->recording) {
		json_put_string(json, "guest", side->guest);
		json_put_string(json, "profile", side->recording->config.profile);
		json_put_string(json, "version", side->version);
		json_put_boolean(json, "same_run", !side->differs);
	}
	json_close_object(json);
}

static void put_row_json(const struct difference_row *row, bool counted, struct json *json)
{
	bool more = row->value[1] >= row->value[0];
	char text[32];

	json_open_object(json, NULL);
	json_put_string(json, "name", row->name);
	if (counted) {
		json_put_number(json, "count_a", row->count[0]);
		json_put_number(json, "count_b", row->count[1]);
	}
	json_put_number(json, "a", row->value[0]);
	json_put_number(json, "b", row->value[1]);
	snprintf(text, sizeof(text), "%s%" PRIu64, more ? "" : "-", more ? row->value[1] - row->value[0] : row->value[0] - row->value[1]);
	output_format(json->output, ",\"difference\":%s", text);
	if (row->value[0])
		json_put_decimal(json, "ratio", (double)row->value[1] / (double)row->value[0], 6);
	json_close_object(json);
}

void difference_write_json(const struct difference *difference, struct output *output)
{
	struct json json = json_on(output);

	json_open_object(&json, NULL);
	json_open_array(&json, "sides");
	put_side_json(&difference->side[0], &json);
	put_side_json(&difference->side[1], &json);
	json_close_array(&json);
	json_open_array(&json, "notes");
	for (unsigned i = 0; i < difference->notes; i++)
		json_put_string(&json, NULL, difference->note[i]);
	json_close_array(&json);
	for (enum difference_table table = 0; table < DIFFERENCE_TABLES; table++) {
		json_open_array(&json, tables[table].name);
		for (size_t i = 0; i < difference->table[table].rows; i++)
			put_row_json(&difference->table[table].row[i], tables[table].counted, &json);
		json_close_array(&json);
	}
	json_close_object(&json);
	json_end_line(&json);
}
