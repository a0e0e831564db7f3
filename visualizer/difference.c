/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/difference.c - the tables of two runs: rows of both, what is not the same in the largest measure first.
 */
#include "visualizer/difference.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void note(struct difference *difference, const char *format, ...)
{
	va_list arguments;

	if (difference->notes == DIFFERENCE_NOTES)
		return;
	va_start(arguments, format);
	vsnprintf(difference->note[difference->notes++], DIFFERENCE_NOTE, format, arguments);
	va_end(arguments);
}

/* ---- rows ---- */

static struct difference_row *new_row(struct difference *difference, enum difference_table table, const char *name)
{
	struct difference_row *row = &difference->table[table].row[difference->table[table].rows++];

	*row = (struct difference_row){0};
	snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

static bool make_room(struct difference *difference, enum difference_table table, size_t rows)
{
	difference->table[table].row = calloc(rows + 1, sizeof(struct difference_row));
	return difference->table[table].row != NULL;
}

static bool add_counters(struct difference *difference)
{
	const struct result *a = &difference->side[0].result, *b = &difference->side[1].result;

	if (!make_room(difference, DIFFERENCE_COUNTERS, MEASURE_COUNT))
		return false;
	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++) {
		struct difference_row *row;

		if (!a->has[measure] && !b->has[measure])
			continue;
		row = new_row(difference, DIFFERENCE_COUNTERS, measure_text(measure));
		row->value[0] = a->measure[measure];
		row->value[1] = b->measure[measure];
	}
	return true;
}

static bool add_parts(struct difference *difference)
{
	if (!make_room(difference, DIFFERENCE_PARTS, SPENDING_COUNT))
		return false;
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++) {
		struct difference_row *row = new_row(difference, DIFFERENCE_PARTS, spending_name(part));

		for (int side = 0; side < 2; side++)
			row->value[side] = difference->side[side].result.spending.cycles[part];
	}
	return true;
}

static struct difference_row *row_of(struct difference *difference, enum difference_table table, const char *name)
{
	for (size_t i = 0; i < difference->table[table].rows; i++)
		if (strcmp(difference->table[table].row[i].name, name) == 0)
			return &difference->table[table].row[i];
	return new_row(difference, table, name);
}

/* Work that is no exit has an asterisk, as in the exit table. */
static bool add_reasons(struct difference *difference)
{
	if (!make_room(difference, DIFFERENCE_REASONS, (size_t)2 * COUNTERS_MAX))
		return false;
	for (int side = 0; side < 2; side++) {
		const struct result *result = &difference->side[side].result;

		for (unsigned i = 0; i < result->reasons; i++) {
			char name[SITE_NAME];
			struct difference_row *row;

			snprintf(name, sizeof(name), "%s%s", result->reason[i].name, result->reason[i].exit ? "" : " *");
			row = row_of(difference, DIFFERENCE_REASONS, name);
			row->count[side] = result->reason[i].count;
			row->value[side] = result->reason[i].cycles;
		}
	}
	return true;
}

static void name_site(const struct side *side, const struct site *site, char *name, size_t size)
{
	char symbol[48];

	symbols_describe(side->symbols, site->linear, symbol, sizeof(symbol));
	snprintf(name, size, "%08" PRIx32 "%s%s%s  %s", site->linear, symbol[0] ? " <" : "", symbol, symbol[0] ? ">" : "",
	         site->instruction);
}

/* A place is a linear address: each of both sides once. */
static bool add_sites(struct difference *difference)
{
	struct side *side = difference->side;

	if (!make_room(difference, DIFFERENCE_SITES, side[0].sites.used + side[1].sites.used))
		return false;
	if (!side[0].sites.slot || !side[1].sites.slot)
		return true;
	for (int which = 0; which < 2; which++)
		for (size_t i = 0; i < side[which].sites.slots; i++) {
			const struct site *site = &side[which].sites.slot[i], *other;
			struct difference_row *row;
			char name[SITE_NAME];

			if (!site->count)
				continue;
			other = sites_find(&side[!which].sites, site->linear);
			if (which && other)
				continue;
			name_site(&side[which], site, name, sizeof(name));
			row = new_row(difference, DIFFERENCE_SITES, name);
			row->count[which] = site->count;
			row->value[which] = site->cycles;
			row->count[!which] = other ? other->count : 0;
			row->value[!which] = other ? other->cycles : 0;
		}
	return true;
}

/* ---- order ---- */

static uint64_t distance(uint64_t left, uint64_t right)
{
	return left < right ? right - left : left - right;
}

/* The same order each time. */
static int by_difference(const void *a, const void *b)
{
	const struct difference_row *left = a, *right = b;
	uint64_t one = distance(left->value[0], left->value[1]), other = distance(right->value[0], right->value[1]);

	if (one != other)
		return one < other ? 1 : -1;
	if (left->value[0] != right->value[0])
		return left->value[0] < right->value[0] ? 1 : -1;
	return strcmp(left->name, right->name);
}

/* ---- what is not comparable without a word ---- */

static void compare_guests(struct difference *difference)
{
	const struct side *a = &difference->side[0], *b = &difference->side[1];

	if (!a->recording || !b->recording)
		note(difference, "of a result nothing is known but its sums: no guest, and no places that exits came from");
	else if (strcmp(a->guest, b->guest) != 0)
		note(difference, "the guests are not the same, %s and %s: an address of both need not be the same code", a->guest, b->guest);
	else if (strcmp(a->recording->config.cmdline, b->recording->config.cmdline) != 0)
		note(difference, "the guest's words are not the same");
	if (a->recording && b->recording && strcmp(a->recording->config.profile, b->recording->config.profile) != 0)
		note(difference, "the cost profiles are not the same, %.60s and %.60s: a cycle of one is not a cycle of the other",
		     a->recording->config.profile, b->recording->config.profile);
	else if (a->result.frequency != b->result.frequency)
		note(difference, "the processors' frequencies are not the same: %" PRIu64 " and %" PRIu64 " Hz", a->result.frequency,
		     b->result.frequency);
}

static void compare_versions(struct difference *difference)
{
	for (int which = 0; which < 2; which++) {
		const struct side *side = &difference->side[which];

		if (side->recording && side->differs)
			note(difference, "%c was recorded by ringside %s and does not run the same way here: the figures are this program's, "
			     "ringside %s", 'A' + which, side->version, RINGSIDE_VERSION);
	}
}

bool difference_make(struct difference *difference)
{
	if (!add_counters(difference) || !add_parts(difference) || !add_reasons(difference) || !add_sites(difference))
		return false;
	for (unsigned table = 0; table < DIFFERENCE_TABLES; table++)
		qsort(difference->table[table].row, difference->table[table].rows, sizeof(struct difference_row), by_difference);
	compare_guests(difference);
	compare_versions(difference);
	return true;
}

void difference_free(struct difference *difference)
{
	for (unsigned table = 0; table < DIFFERENCE_TABLES; table++)
		free(difference->table[table].row);
	for (int which = 0; which < 2; which++)
		side_free(&difference->side[which]);
}
