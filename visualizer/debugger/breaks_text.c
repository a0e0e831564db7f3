/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/breaks_text.c - break- and watchpoints in words: for lists, and as the shell's own commands for a file, so
 * that a file of them is a script.
 */
#include "visualizer/debugger/debugger.h"

#include "core/output.h"
#include "core/refuse.h"
#include "visualizer/event_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The command that sets it. */
static const char *verb(const struct break_point *point)
{
	if (point->kind != BREAK_PLACE || point->place.access & STOP_EXECUTE)
		return point->temporary ? "tbreak" : "break";
	if (!(point->place.access & STOP_WRITE))
		return "rwatch";
	return point->place.access & STOP_READ ? "awatch" : "watch";
}

static bool is_watch(const struct break_point *point)
{
	return point->kind == BREAK_PLACE && !(point->place.access & STOP_EXECUTE);
}

/* "trap,port", or "all". */
static void kinds_text(uint64_t kinds, char *text, size_t size)
{
	size_t used = 0;

	if ((kinds & EVENT_KINDS_ALL) == EVENT_KINDS_ALL) {
		snprintf(text, size, "all");
		return;
	}
	text[0] = '\0';
	for (int kind = 0; kind < EV_KIND_COUNT && used < size; kind++)
		if (kinds >> kind & 1)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "",
			                         event_kind_name((enum event_kind)kind));
}

static void happening_text(const struct break_point *point, char *text, size_t size)
{
	char kinds[400];

	switch (point->kind) {
	case BREAK_EVENT:
		kinds_text(point->kinds, kinds, sizeof(kinds));
		snprintf(text, size, "event %s", kinds);
		return;
	case BREAK_REASON:
		snprintf(text, size, "reason %s", point->reason);
		return;
	case BREAK_MODE:
		snprintf(text, size, "mode");
		return;
	case BREAK_TECHNIQUE:
		snprintf(text, size, "technique");
		return;
	case BREAK_TIME:
		snprintf(text, size, "time %" PRIu64, point->moment);
		return;
	case BREAK_TICK:
		snprintf(text, size, "tick %" PRIu64, point->moment);
		return;
	case BREAK_PLACE:
		return;
	}
}

/* ---- for people ---- */

static void place_for_people(const struct debugger *debugger, const struct break_point *point, char *text, size_t size)
{
	char where[100], bytes[32] = "";

	if (point->kind != BREAK_PLACE) {
		happening_text(point, text, size);
		return;
	}
	if (point->place.space == SPACE_LINEAR)
		address_text(debugger->symbols, (uint32_t)point->place.address, where, sizeof(where));
	else
		snprintf(where, sizeof(where), "%s %08" PRIx64, point->place.space == SPACE_PHYSICAL ? "physical" : "machine",
		         point->place.address);
	if (is_watch(point))
		snprintf(bytes, sizeof(bytes), ", %" PRIu32 " byte%s", point->place.size, point->place.size == 1 ? "" : "s");
	snprintf(text, size, "%s%s", where, bytes);
}

void break_describe(const struct debugger *debugger, const struct break_point *point, char *text, size_t size)
{
	char place[480], ignored[64] = "";

	place_for_people(debugger, point, place, sizeof(place));
	if (point->ignore)
		snprintf(ignored, sizeof(ignored), ", the next %" PRIu64 " pass", point->ignore);
	snprintf(text, size, "%u  %s  %s%s%s%s%s  hit %" PRIu64 " time%s%s%s", point->number, verb(point), place,
	         point->name[0] ? "  as " : "", point->name, point->condition_text[0] ? "  if " : "", point->condition_text,
	         point->hits, point->hits == 1 ? "" : "s", ignored, point->enabled ? "" : ", disabled");
}

/* ---- for a file ---- */

/* A symbol stays true when the guest is built anew, an address does not. */
static void place_for_file(const struct debugger *debugger, const struct break_point *point, char *text, size_t size)
{
	static const char *const spaces[] = { "linear", "physical", "machine" };
	const struct stop_place *place = &point->place;
	uint32_t offset = 0;
	const char *name = place->space == SPACE_LINEAR ? symbols_name(debugger->symbols, (uint32_t)place->address, &offset) : NULL;
	int length;

	if (name && offset)
		length = snprintf(text, size, "&%s+%" PRIx32, name, offset);
	else if (name)
		length = snprintf(text, size, "&%s", name);
	else
		length = snprintf(text, size, "*%s:%08" PRIx64, spaces[place->space], place->address);
	if (is_watch(point) && length > 0 && (size_t)length < size)
		snprintf(text + length, size - (size_t)length, "/%" PRIu32, place->size);
}

static void write_point(const struct debugger *debugger, const struct break_point *point, struct output *output)
{
	char place[480];

	if (point->kind == BREAK_PLACE)
		place_for_file(debugger, point, place, sizeof(place));
	else
		happening_text(point, place, sizeof(place));
	output_format(output, "%s %s", verb(point), place);
	if (point->name[0])
		output_format(output, " as %s", point->name);
	if (point->condition_text[0])
		output_format(output, " if %s", point->condition_text);
	output_text(output, "\n");
	if (!point->enabled)
		output_text(output, "disable last\n");
	if (point->ignore)
		output_format(output, "ignore last %" PRIu64 "\n", point->ignore);
}

bool breaks_save(const struct debugger *debugger, const char *path, char *error, size_t error_size)
{
	struct output *output = output_open(path, error, error_size);

	if (!output)
		return false;
	output_text(output, "# break- and watchpoints: commands for `ringside shell`\n");
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (debugger->breaks.point[i].number)
			write_point(debugger, &debugger->breaks.point[i], output);
	return output_close(output, error, error_size);
}
