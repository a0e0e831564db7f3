/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/query.c - what GDB asks about this stub: which features it has, the target description, and `monitor`, whose
 * line goes to the shell (GDB manual, E.4 "General Query Packets").
 */
#include "visualizer/gdb/inside.h"

#include "visualizer/gdb/registers.h"

#include <stdlib.h>
#include <string.h>

/* GDB's own list stands behind a colon, with semicolons between. */
static bool offers(const char *text, const char *feature)
{
	size_t length = strlen(feature);

	for (const char *at = text; (at = strstr(at, feature)); at += length)
		if ((at == text || at[-1] == ':' || at[-1] == ';') && (!at[length] || at[length] == ';'))
			return true;
	return false;
}

void gdb_supported(struct gdb *gdb, const char *text, size_t size)
{
	(void)size;
	gdb->swbreak = offers(text, "swbreak+");
	gdb->hwbreak = offers(text, "hwbreak+");
	gdb_answer(gdb, "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;"
	           "ReverseStep+;ReverseContinue+", (unsigned)GDB_PACKET_MAX);
}

/* ---- qXfer:features:read:ANNEX:OFFSET,LENGTH ---- */

static bool describe(struct gdb *gdb)
{
	if (!gdb->description)
		gdb->description = gdb_description(&gdb->description_size);
	return gdb->description != NULL;
}

/* A part of it behind 'm' (there is more) or 'l' (the last). */
static void answer_part(struct gdb *gdb, uint32_t offset, uint32_t length)
{
	size_t left = gdb->description_size - offset;
	size_t part = left < length ? left : length;
	char *answer;

	if (part > GDB_PACKET_MAX / 2)
		part = GDB_PACKET_MAX / 2;
	answer = malloc(part + 1);
	if (!answer) {
		gdb->wish = GDB_FAILS;
		return;
	}
	answer[0] = part < left ? 'm' : 'l';
	memcpy(answer + 1, gdb->description + offset, part);
	gdb_answer_bytes(gdb, answer, part + 1);
	free(answer);
}

void gdb_features(struct gdb *gdb, const char *text, size_t size)
{
	static const char annex[] = "target.xml:";
	uint32_t offset, length;

	(void)size;
	if (strncmp(text, annex, sizeof(annex) - 1) != 0) {
		gdb_answer(gdb, "E00"); /* no such annex */
		return;
	}
	text += sizeof(annex) - 1;
	if (!describe(gdb))
		gdb->wish = GDB_FAILS;
	else if (!hex_number32(&text, &offset) || !hex_skip(&text, ',') || !hex_number32(&text, &length) || *text ||
	         offset > gdb->description_size)
		gdb_answer(gdb, "E00");
	else
		answer_part(gdb, offset, length);
}

/* ---- monitor ---- */

enum { MONITOR_LINE = 1024, MONITOR_MOST = 1 << 20 /* bytes of output that are sent */ };

static void say_output(struct gdb *gdb, const char *text, size_t size)
{
	static const char cut[] = "... cut here: write it to a file\n";

	gdb_say(gdb, text, size < MONITOR_MOST ? size : MONITOR_MOST);
	if (size > MONITOR_MOST)
		gdb_say(gdb, cut, sizeof(cut) - 1);
}

/* GDB does not know that `monitor` may move the guest or change it, and shows registers that it has read before. */
static void say_moved(struct gdb *gdb)
{
	static const char text[] = "ringside: the guest has moved; to make gdb look again: maintenance flush register-cache\n";

	gdb_say(gdb, text, sizeof(text) - 1);
}

static void perform_monitor(struct gdb *gdb, const char *line)
{
	char *text = NULL;
	size_t size = 0;
	uint64_t clock = gdb->debugger->vm->clock;
	FILE *out = open_memstream(&text, &size);

	if (!out) {
		gdb->wish = GDB_FAILS;
		return;
	}
	gdb->monitor.perform(gdb->monitor.owner, line, out);
	fclose(out);
	say_output(gdb, text, size);
	if (gdb->debugger->vm->clock != clock)
		say_moved(gdb);
	gdb_answer(gdb, "OK");
	free(text);
}

void gdb_monitor_line(struct gdb *gdb, const char *text, size_t size)
{
	char line[MONITOR_LINE + 1];
	size_t length;

	if (!gdb->monitor.perform) {
		gdb_answer(gdb, "%s", "");
		return;
	}
	if (!hex_get(text, size, (uint8_t *)line, MONITOR_LINE, &length)) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	line[length] = 0;
	perform_monitor(gdb, line);
}
