/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_graph.c - DOT text (The DOT Language, graphviz.org/doc/info/lang.html). A node is a unit, the
 * redder the more often it has been entered; a solid line is a chained exit, a dashed one would be chained when
 * it is taken once more; what leaves by the lookup cache says so in its node, for it has no one target.
 */
#include "visualizer/unit_graph.h"

#include "bt/listing.h"

#include <inttypes.h>
#include <stdio.h>

enum { HEATS = 9 }; /* of Graphviz's colour scheme ylorrd9: 1 pale, 9 dark red */

/* By powers of two: a tenth of the hottest unit's entries is still warm. */
static unsigned heat_of(uint32_t hits, uint32_t hottest)
{
	unsigned own = 0, most = 0;

	while (hits >> own)
		own++;
	while (hottest >> most)
		most++;
	return most ? 1 + own * (HEATS - 1) / most : 1;
}

static uint32_t hottest_of(const struct unit_list *list)
{
	uint32_t hottest = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].hits > hottest)
			hottest = list->entry[i].hits;
	return hottest;
}

/* A name may hold anything: quotes and backslashes are escaped, control characters left out. */
static void write_quoted(struct output *output, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			output_write(output, "\\", 1);
		if ((unsigned char)*text >= ' ')
			output_write(output, text, 1);
	}
}

/* "3 = 1 v 1 C", in the order of enum treatment. */
static void write_treatments(const struct unit *unit, struct output *output)
{
	for (unsigned treatment = 0; treatment < TREAT_COUNT; treatment++) {
		unsigned count = 0;

		for (unsigned i = 0; i < unit->count; i++)
			count += unit->record[i].treatment == treatment;
		if (count)
			output_format(output, " %u%s", count, treatment_mark((enum treatment)treatment));
	}
}

static void write_node(const struct unit_list *list, const struct unit_entry *entry, uint32_t hottest,
                       const struct symbols *symbols, struct output *output)
{
	const struct unit *unit = entry->unit;
	unsigned heat = heat_of(entry->hits, hottest);
	char name[64];

	symbols_describe(symbols, unit->key.cs_base + unit->key.eip, name, sizeof(name));
	output_format(output, "\tu%" PRIu32 " [label=\"", unit->sequence);
	write_quoted(output, name);
	output_format(output, "%s%08" PRIx32 "\\n", name[0] ? "\\n" : "", unit->key.eip);
	write_treatments(unit, output);
	if (list->counted)
		output_format(output, "\\nentered %" PRIu32, entry->hits);
	if (unit->faults)
		output_format(output, "\\n%" PRIu32 " fault%s", unit->faults, unit->faults == 1 ? "" : "s");
	output_format(output, "\", fillcolor=%u%s];\n", list->counted ? heat : 1, heat > 6 ? ", fontcolor=white" : "");
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

static void write_edges(const struct unit_list *list, const struct unit *unit, struct output *output)
{
	for (unsigned i = 0; i < unit->exits; i++) {
		const struct unit_exit *exit = &unit->exit[i];
		const struct unit *to = exit->chained;

		if (exit->kind != EXIT_TRANSFER)
			continue;
		if (!to)
			to = unit_of(list, exit->target, &unit->key);
		if (to && unit_list_has(list, to))
			output_format(output, "\tu%" PRIu32 " -> u%" PRIu32 "%s%s;\n", unit->sequence, to->sequence,
			              exit->taken ? " [color=\"#1f4e9e\"]" : "", exit->chained ? "" : " [style=dashed]");
	}
}

/* What is not there is said. */
static void write_title(const struct unit_list *list, struct output *output)
{
	output_format(output, "\tlabel=\"%zu of %zu translation units", list->count, list->all);
	if (list->count < list->all && list->all_hits)
		output_format(output, "; the others had %.1f%% of all entries",
		              100.0 * (double)(list->all_hits - list->hits) / (double)list->all_hits);
	output_format(output, "%s\\n= identical, v in cache, C callout, A adapted, T transfer, L lookup; solid: "
	              "chained, dashed: not yet; blue: taken\";\n", list->counted ? "; redder: entered more often" : "");
}

void unit_graph_write(const struct unit_list *list, const struct symbols *symbols, struct output *output)
{
	uint32_t hottest = hottest_of(list);

	output_text(output, "digraph units {\n\tgraph [fontname=\"sans-serif\"];\n"
	            "\tnode [shape=box, style=filled, colorscheme=ylorrd9, fontname=\"monospace\", fontsize=10];\n");
	write_title(list, output);
	for (size_t i = 0; i < list->count; i++)
		write_node(list, &list->entry[i], hottest, symbols, output);
	for (size_t i = 0; i < list->count; i++)
		write_edges(list, list->entry[i].unit, output);
	output_text(output, "}\n");
}
