/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_graph.c - translation units as DOT text (visualizer/dot.h). A node is a unit, the darker the more often
 * it has been entered; a solid line is a chained exit, a dashed one would be chained when it is taken once more; what
 * leaves by the lookup cache says so in its node, for it has no one target.
 */
#include "visualizer/unit_graph.h"

#include "bt/listing.h"
#include "visualizer/dot.h"

#include <inttypes.h>
#include <string.h>

enum { HEATS = 8, NAME = 16, LABEL = 256 };

/* By powers of two: a tenth of the hottest unit's entries is still warm. */
static unsigned heat_of(uint32_t hits, uint32_t hottest)
{
	unsigned own = 0, most = 0;

	while (hits >> own)
		own++;
	while (hottest >> most)
		most++;
	return most ? own * HEATS / most : 0;
}

static uint32_t hottest_of(const struct unit_list *list)
{
	uint32_t hottest = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].hits > hottest)
			hottest = list->entry[i].hits;
	return hottest;
}

static const char *name_of(const struct unit *unit, char name[NAME])
{
	snprintf(name, NAME, "u%" PRIu32, unit->sequence);
	return name;
}

/* "3= 1v 1C", in the order of enum treatment. */
static void describe_treatments(const struct unit *unit, FILE *out)
{
	for (unsigned treatment = 0; treatment < TREAT_COUNT; treatment++) {
		unsigned count = 0;

		for (unsigned i = 0; i < unit->count; i++)
			count += unit->record[i].treatment == treatment;
		if (count)
			fprintf(out, " %u%s", count, treatment_mark((enum treatment)treatment));
	}
}

static void describe(const struct unit_entry *entry, bool counted, const struct symbols *symbols, char *label)
{
	const struct unit *unit = entry->unit;
	FILE *out = fmemopen(label, LABEL, "w");
	char name[64];

	label[0] = '\0';
	if (!out)
		return;
	symbols_describe(symbols, unit->key.cs_base + unit->key.eip, name, sizeof(name));
	fprintf(out, "%s%s%08" PRIx32 "\n", name, name[0] ? "\n" : "", unit->key.eip);
	describe_treatments(unit, out);
	if (counted)
		fprintf(out, "\nentered %" PRIu32, entry->hits);
	if (unit->faults)
		fprintf(out, "\n%" PRIu32 " fault%s", unit->faults, unit->faults == 1 ? "" : "s");
	fclose(out);
}

static void write_node(struct dot *dot, const struct unit_list *list, const struct unit_entry *entry, uint32_t hottest,
                       const struct symbols *symbols)
{
	unsigned heat = list->counted ? heat_of(entry->hits, hottest) : 0;
	char name[NAME], label[LABEL], fill[DOT_COLOR_TEXT];

	describe(entry, list->counted, symbols, label);
	dot_node(dot, name_of(entry->unit, name), label, "fillcolor=\"%s\", penwidth=%u",
	         dot_tint(DOT_ORANGE, heat * 100 / HEATS, fill), 1 + heat / 3);
}

static const struct unit *unit_of(const struct unit_list *list, uint32_t eip, const struct unit_key *like)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct unit_key *key = &list->entry[i].unit->key;

		if (key->eip == eip && key->cs_base == like->cs_base && key->stack_big == like->stack_big)
			return list->entry[i].unit;
	}
	return NULL;
}

static void write_edges(struct dot *dot, const struct unit_list *list, const struct unit *unit)
{
	char from[NAME], end[NAME];

	for (unsigned i = 0; i < unit->exits; i++) {
		const struct unit_exit *exit = &unit->exit[i];
		const struct unit *to = exit->chained;

		if (exit->kind != EXIT_TRANSFER)
			continue;
		if (!to)
			to = unit_of(list, exit->target, &unit->key);
		if (to && unit_list_has(list, to))
			dot_edge(dot, name_of(unit, from), name_of(to, end), NULL, "style=%s, color=\"%s\", arrowhead=%s",
			         exit->chained ? "solid" : "dashed", dot_color(exit->taken ? DOT_BLUE : DOT_BLACK),
			         exit->taken ? "normal" : "empty");
	}
}

/* What is not there is said. */
static struct dot begin(const struct unit_list *list, FILE *out)
{
	char title[320], rest[80] = "";

	if (list->count < list->all && list->all_hits)
		snprintf(rest, sizeof(rest), "; the others had %.1f%% of all entries",
		         100.0 * (double)(list->all_hits - list->hits) / (double)list->all_hits);
	snprintf(title, sizeof(title), "%zu of %zu translation units%s%s\n= identical, v in cache, C callout, A adapted, "
	         "T transfer, L lookup; solid: chained, dashed: not yet; filled, blue arrow: taken, hollow: fell through",
	         list->count, list->all, rest, list->counted ? "; darker: entered more often" : "");
	return dot_begin(out, "units", title, "");
}

void unit_graph_write(const struct unit_list *list, const struct symbols *symbols, FILE *out)
{
	uint32_t hottest = hottest_of(list);
	struct dot dot = begin(list, out);

	dot_default(&dot, "node", "shape=box, style=filled, fontname=\"monospace\", fontsize=11");
	for (size_t i = 0; i < list->count; i++)
		write_node(&dot, list, &list->entry[i], hottest, symbols);
	for (size_t i = 0; i < list->count; i++)
		write_edges(&dot, list, list->entry[i].unit);
	dot_end(&dot);
}
