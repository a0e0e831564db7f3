/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/holes.c - counts places of sensitive instructions that did not trap: a small table with open addressing, for a
 * kernel has few such places and falls into them often.
 */
#include "core/holes.h"

#include "core/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 12 }; /* places: with the head and the rest they are less than a screen */

static bool is_place(const struct hole *hole, uint32_t eip, const char *mnemonic, const char *what)
{
	return hole->eip == eip && strncmp(hole->what, what, HOLE_TEXT - 1) == 0 &&
	       strncmp(hole->mnemonic, mnemonic, HOLE_TEXT - 1) == 0;
}

void holes_add(struct holes *holes, uint32_t eip, const char *mnemonic, const char *what)
{
	uint32_t first = (eip * 2654435761u) >> 24; /* Knuth's multiplicative hash, to HOLES_MAX */

	for (unsigned i = 0; i < HOLES_MAX; i++) {
		struct hole *hole = &holes->place[(first + i) % HOLES_MAX];

		if (hole->count == 0) {
			hole->eip = eip;
			snprintf(hole->mnemonic, sizeof(hole->mnemonic), "%s", mnemonic);
			snprintf(hole->what, sizeof(hole->what), "%s", what);
		} else if (!is_place(hole, eip, mnemonic, what)) {
			continue;
		}
		hole->count++;
		return;
	}
	holes->elsewhere++;
}

static bool comes_before(const struct hole *left, const struct hole *right)
{
	if (left->count != right->count)
		return left->count > right->count;
	if (left->eip != right->eip)
		return left->eip < right->eip;
	return strcmp(left->what, right->what) < 0;
}

unsigned holes_order(const struct holes *holes, const struct hole **order)
{
	unsigned places = 0;

	for (unsigned i = 0; i < HOLES_MAX; i++) {
		unsigned at = places;

		if (holes->place[i].count == 0)
			continue;
		for (; at > 0 && comes_before(&holes->place[i], order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = &holes->place[i];
		places++;
	}
	return places;
}

static void write_place(const struct hole *hole, const struct symbols *symbols, struct output *output)
{
	char name[28]; /* so that a line fits 80 columns */

	symbols_describe(symbols, hole->eip, name, sizeof(name));
	output_format(output, "%9" PRIu64 "  %-8s %08" PRIx32 "%s%s%s  %s\n", hole->count, hole->mnemonic,
		      hole->eip, name[0] ? " <" : "", name, name[0] ? ">" : "", hole->what);
}

void holes_write_text(const struct holes *holes, const struct symbols *symbols, struct output *output)
{
	const struct hole *order[HOLES_MAX];
	unsigned places = holes_order(holes, order), shown = places < SHOWN ? places : SHOWN;
	uint64_t rest = holes->elsewhere;

	if (places == 0)
		return;
	output_format(
		output,
		"places where nothing trapped and the guest saw what it should not:\n");
	for (unsigned i = 0; i < places; i++) {
		if (i < shown)
			write_place(order[i], symbols, output);
		else
			rest += order[i]->count;
	}
	if (rest > 0)
		output_format(output, "%9" PRIu64 "  at %u%s other places\n", rest, places - shown,
			      holes->elsewhere ? " and more" : "");
}

void holes_write_json(const struct holes *holes, struct json *json)
{
	const struct hole *order[HOLES_MAX];
	unsigned places = holes_order(holes, order);

	json_open_array(json, "holes");
	for (unsigned i = 0; i < places; i++) {
		json_open_object(json, NULL);
		json_put_address(json, "eip", order[i]->eip);
		json_put_string(json, "mnemonic", order[i]->mnemonic);
		json_put_string(json, "what", order[i]->what);
		json_put_number(json, "count", order[i]->count);
		json_close_object(json);
	}
	json_close_array(json);
}
