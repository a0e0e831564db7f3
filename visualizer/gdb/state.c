/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/state.c - registers and memory (packets g G p P m M X). Addresses are guest-linear, as the guest's own
 * tables map them now: GDB knows neither segments nor page tables.
 */
#include "visualizer/gdb/inside.h"

#include "visualizer/gdb/registers.h"

#include <stdlib.h>
#include <string.h>

/* ---- registers ---- */

enum { ALL_DIGITS = 128 * GDB_REGISTER_DIGITS };

void gdb_read_registers(struct gdb *gdb, const char *text, size_t size)
{
	char digits[ALL_DIGITS];

	(void)text;
	size = 0;
	for (size_t i = 0; i < gdb_register_count() && size + GDB_REGISTER_DIGITS <= ALL_DIGITS; i++)
		size += gdb_register_read(gdb->debugger, i, digits + size);
	gdb_answer_bytes(gdb, digits, size);
}

/* All of them in one packet: those that GDB only repeats change nothing. */
void gdb_write_registers(struct gdb *gdb, const char *text, size_t size)
{
	size_t at = 0;
	bool done = true;

	for (size_t i = 0; i < gdb_register_count() && done; i++) {
		const struct gdb_register *reg = gdb_register_at(i);

		if (at + reg->bits / 4u > size)
			break;
		if (reg->feature != GDB_HARDWARE) /* these follow the guest's */
			done = gdb_register_write(gdb->debugger, i, text + at);
		at += reg->bits / 4u;
	}
	gdb_answer_done(gdb, done && at > 0, GDB_MALFORMED);
}

static bool register_number(const char **text, size_t *number)
{
	uint32_t value;

	if (!hex_number32(text, &value) || value >= gdb_register_count())
		return false;
	*number = value;
	return true;
}

void gdb_read_register(struct gdb *gdb, const char *text, size_t size)
{
	char digits[GDB_REGISTER_DIGITS];
	size_t number;

	if (!register_number(&text, &number)) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	size = gdb_register_read(gdb->debugger, number, digits);
	gdb_answer_bytes(gdb, digits, size);
}

void gdb_write_register(struct gdb *gdb, const char *text, size_t size)
{
	const char *at = text;
	size_t number;
	bool whole = register_number(&at, &number) && hex_skip(&at, '=') &&
	             size - (size_t)(at - text) == gdb_register_at(number)->bits / 4u;

	gdb_answer_done(gdb, whole && gdb_register_write(gdb->debugger, number, at), GDB_MALFORMED);
}

/* ---- memory ---- */

enum { MEMORY_MAX = GDB_PACKET_MAX / 2 };

/* "ADDRESS,LENGTH" and then `end`. */
static bool read_range(const char **text, char end, uint32_t *gla, uint32_t *length)
{
	return hex_number32(text, gla) && hex_skip(text, ',') && hex_number32(text, length) && hex_skip(text, end);
}

/* What cannot be read is left out, at the end: GDB asks on and gets an error there. */
void gdb_read_memory(struct gdb *gdb, const char *text, size_t size)
{
	uint8_t bytes[MEMORY_MAX];
	char digits[2 * MEMORY_MAX];
	uint32_t gla, length;
	size_t count;

	(void)size;
	if (!hex_number32(&text, &gla) || !hex_skip(&text, ',') || !hex_number32(&text, &length) || *text) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	count = debugger_read(gdb->debugger, gla, bytes, length < MEMORY_MAX ? length : MEMORY_MAX);
	if (!count && length) {
		gdb_answer_error(gdb, GDB_BAD_ADDRESS);
		return;
	}
	hex_put(bytes, count, digits);
	gdb_answer_bytes(gdb, digits, 2 * count);
}

static void write_memory(struct gdb *gdb, uint32_t gla, const uint8_t *bytes, size_t size)
{
	gdb_answer_done(gdb, !size || debugger_write(gdb->debugger, gla, bytes, size), GDB_BAD_ADDRESS);
}

void gdb_write_memory(struct gdb *gdb, const char *text, size_t size)
{
	const char *at = text;
	uint8_t bytes[MEMORY_MAX];
	uint32_t gla, length;
	size_t count;

	if (!read_range(&at, ':', &gla, &length) ||
	    !hex_get(at, size - (size_t)(at - text), bytes, sizeof(bytes), &count) || count != length) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	write_memory(gdb, gla, bytes, count);
}

void gdb_write_binary(struct gdb *gdb, const char *text, size_t size)
{
	const char *at = text;
	uint32_t gla, length;

	if (!read_range(&at, ':', &gla, &length) || size - (size_t)(at - text) != length) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	write_memory(gdb, gla, (const uint8_t *)at, length);
}
