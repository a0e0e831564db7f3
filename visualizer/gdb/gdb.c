/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/gdb.c - one table of packets, and how answers go out (GDB manual, E.2 "Packets"). A packet that is not
 * known gets an empty answer: so GDB learns what this stub can do.
 */
#include "visualizer/gdb/inside.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ---- */

static void put(struct gdb *gdb, const void *bytes, size_t size)
{
	if (gdb->out_size + size > gdb->out_room) {
		size_t room = 2 * (gdb->out_size + size);
		uint8_t *out = realloc(gdb->out, room);

		if (!out) {
			gdb->wish = GDB_FAILS;
			return;
		}
		gdb->out = out;
		gdb->out_room = room;
	}
	memcpy(gdb->out + gdb->out_size, bytes, size);
	gdb->out_size += size;
}

void gdb_sent(struct gdb *gdb, size_t size)
{
	memmove(gdb->out, gdb->out + size, gdb->out_size - size);
	gdb->out_size -= size;
}

void gdb_answer_bytes(struct gdb *gdb, const void *bytes, size_t size)
{
	gdb->last_size = gdb_frame(bytes, size, gdb->last);
	put(gdb, gdb->last, gdb->last_size);
}

void gdb_answer(struct gdb *gdb, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	gdb_answer_bytes(gdb, text, size < (int)sizeof(text) ? (size_t)size : sizeof(text) - 1);
}

void gdb_answer_error(struct gdb *gdb, enum gdb_error error)
{
	gdb_answer(gdb, "E%02x", (unsigned)error);
}

void gdb_answer_done(struct gdb *gdb, bool done, enum gdb_error error)
{
	if (done)
		gdb_answer(gdb, "OK");
	else
		gdb_answer_error(gdb, error);
}

void gdb_say(struct gdb *gdb, const char *text, size_t size)
{
	enum { PIECE = 1024 };

	for (size_t at = 0; at < size; at += PIECE) {
		size_t piece = size - at < PIECE ? size - at : PIECE;
		char packet[1 + 2 * PIECE] = "O";

		hex_put(text + at, piece, packet + 1);
		gdb_answer_bytes(gdb, packet, 1 + 2 * piece);
	}
}

/* ---- packets that need no more than a word ---- */

static void answer_ok(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb_answer(gdb, "OK");
}

static void answer_nothing(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb_answer(gdb, "%s", "");
}

static void extend(struct gdb *gdb, const char *text, size_t size)
{
	gdb->extended = true;
	answer_ok(gdb, text, size);
}

static void stop_acks(struct gdb *gdb, const char *text, size_t size)
{
	answer_ok(gdb, text, size);
	gdb->no_acks = true;
}

static void detach(struct gdb *gdb, const char *text, size_t size)
{
	gdb->wish = GDB_DETACHES;
	answer_ok(gdb, text, size);
}

/* One that speaks the extended protocol may begin the guest anew (R): it stays. */
static void end_guest(struct gdb *gdb)
{
	if (gdb->debugger->running)
		debugger_interrupt(gdb->debugger);
	gdb->waiting = false;
	if (!gdb->extended)
		gdb->wish = GDB_KILLS;
}

static void kill_guest(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	end_guest(gdb); /* this packet has no answer */
}

static void kill_process(struct gdb *gdb, const char *text, size_t size)
{
	end_guest(gdb);
	answer_ok(gdb, text, size);
}

static void list_threads(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb_answer(gdb, "m1");
}

static void end_threads(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb_answer(gdb, "l");
}

static void current_thread(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb_answer(gdb, "QC1");
}

/* The guest was there before GDB came: at its end GDB lets go, and does not kill. */
static void was_there(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb_answer(gdb, "1");
}

/* ---- dispatch ---- */

enum extent { WHOLE, BEGINNING };

struct packet_row {
	const char *name;
	uint8_t extent;  /* enum extent: is the name the whole packet? */
	bool any_time;   /* is it heard while the guest runs? */
	gdb_performer *perform;
};

/* The first that fits; longer names before shorter ones. */
static const struct packet_row packet_rows[] = {
	{ "?", WHOLE, false, gdb_why },
	{ "!", WHOLE, false, extend },
	{ "g", WHOLE, false, gdb_read_registers },
	{ "G", BEGINNING, false, gdb_write_registers },
	{ "p", BEGINNING, false, gdb_read_register },
	{ "P", BEGINNING, false, gdb_write_register },
	{ "m", BEGINNING, false, gdb_read_memory },
	{ "M", BEGINNING, false, gdb_write_memory },
	{ "X", BEGINNING, false, gdb_write_binary },
	{ "Z", BEGINNING, false, gdb_insert_point },
	{ "z", BEGINNING, false, gdb_remove_point },
	{ "bs", WHOLE, false, gdb_step_back },
	{ "bc", WHOLE, false, gdb_continue_back },
	{ "s", BEGINNING, false, gdb_step },
	{ "S", BEGINNING, false, gdb_step_signalled },
	{ "c", BEGINNING, false, gdb_continue },
	{ "C", BEGINNING, false, gdb_continue_signalled },
	{ "D", BEGINNING, true, detach },
	{ "k", WHOLE, true, kill_guest },
	{ "R", BEGINNING, false, gdb_restart },
	{ "H", BEGINNING, false, answer_ok },
	{ "T", BEGINNING, false, answer_ok },
	{ "vCont?", WHOLE, false, gdb_vcont },
	{ "vCont;", BEGINNING, false, gdb_vcont },
	{ "vKill;", BEGINNING, true, kill_process },
	{ "vMustReplyEmpty", WHOLE, false, answer_nothing },
	{ "qSupported", BEGINNING, false, gdb_supported },
	{ "qXfer:features:read:", BEGINNING, false, gdb_features },
	{ "qRcmd,", BEGINNING, false, gdb_monitor_line },
	{ "qfThreadInfo", WHOLE, false, list_threads },
	{ "qsThreadInfo", WHOLE, false, end_threads },
	{ "qC", WHOLE, false, current_thread },
	{ "qAttached", BEGINNING, false, was_there },
	{ "qSymbol:", BEGINNING, false, answer_ok },
	{ "QStartNoAckMode", WHOLE, false, stop_acks },
};

static bool fits(const struct packet_row *row, const char *body, size_t size)
{
	size_t length = strlen(row->name);

	if (size < length || memcmp(row->name, body, length) != 0)
		return false;
	return row->extent == BEGINNING || size == length;
}

static void perform(struct gdb *gdb, const char *body, size_t size)
{
	for (size_t i = 0; i < sizeof(packet_rows) / sizeof(packet_rows[0]); i++) {
		const struct packet_row *row = &packet_rows[i];

		if (!fits(row, body, size))
			continue;
		if (!gdb->waiting || row->any_time)
			row->perform(gdb, body + strlen(row->name), size - strlen(row->name));
		return;
	}
	if (!gdb->waiting)
		gdb_answer(gdb, "%s", "");
}

/* ---- bytes ---- */

/* More than any packet takes. */
enum { NOISE_MAX = 4 * GDB_PACKET_MAX };

static void interrupt(struct gdb *gdb)
{
	if (!gdb->waiting)
		return;
	debugger_interrupt(gdb->debugger);
	gdb_stopped(gdb);
}

static void take(struct gdb *gdb, enum gdb_item item)
{
	switch (item) {
	case GDB_PACKET:
		gdb->noise = 0;
		if (!gdb->no_acks)
			put(gdb, "+", 1);
		perform(gdb, (const char *)gdb->reader.body, gdb->reader.size);
		break;
	case GDB_OVERSIZED: /* well sent, but nothing that was agreed on */
		gdb->noise = 0;
		if (!gdb->no_acks)
			put(gdb, "+", 1);
		gdb_answer_error(gdb, GDB_MALFORMED);
		break;
	case GDB_DAMAGED:
		if (!gdb->no_acks)
			put(gdb, "-", 1);
		break;
	case GDB_INTERRUPT:
		interrupt(gdb);
		break;
	case GDB_NOTHING:
	case GDB_ACKNOWLEDGED:
	case GDB_REPEAT:
		break;
	}
}

void gdb_receive(struct gdb *gdb, const void *bytes, size_t size)
{
	bool again = false; /* once for all requests that come together */

	for (size_t i = 0; i < size && gdb->wish == GDB_STAYS; i++) {
		enum gdb_item item = gdb_read_byte(&gdb->reader, ((const uint8_t *)bytes)[i]);

		gdb->noise++;
		again |= item == GDB_REPEAT && !gdb->no_acks;
		take(gdb, item);
		if (gdb->noise > NOISE_MAX && gdb->wish == GDB_STAYS)
			gdb->wish = GDB_IS_NONE;
	}
	if (again)
		put(gdb, gdb->last, gdb->last_size);
}

void gdb_begin(struct gdb *gdb, struct debugger *debugger, const struct gdb_monitor *monitor)
{
	memset(gdb, 0, sizeof(*gdb));
	gdb->debugger = debugger;
	if (monitor)
		gdb->monitor = *monitor;
}

void gdb_end(struct gdb *gdb)
{
	if (gdb->waiting && gdb->debugger->running)
		debugger_interrupt(gdb->debugger);
	gdb_remove_points(gdb);
	free(gdb->description);
	free(gdb->out);
	gdb->description = NULL;
	gdb->out = NULL;
	gdb->out_size = gdb->out_room = 0;
	gdb->waiting = false;
}
