/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/packet.c - the frame around a packet (GDB manual, E.1): `$body#` and the sum of the body's bytes in two
 * hexadecimal digits. In a body `}` escapes the byte behind it, which is sent with bit 5 flipped; in answers `x*n` is
 * x and (n - 29) more of it.
 */
#include "visualizer/gdb/packet.h"

#include "visualizer/gdb/hex.h"

#include <assert.h>

enum { INTERRUPT_BYTE = 3, ESCAPE_FLIP = 0x20 };
enum reader_state { BETWEEN, IN_BODY, FIRST_DIGIT, SECOND_DIGIT };

/* ---- reading ---- */

static void begin_body(struct gdb_reader *reader)
{
	reader->state = IN_BODY;
	reader->escaped = reader->oversized = false;
	reader->sum = 0;
	reader->size = 0;
}

static enum gdb_item between(struct gdb_reader *reader, uint8_t byte)
{
	switch (byte) {
	case '$':
		begin_body(reader);
		return GDB_NOTHING;
	case '+':
		return GDB_ACKNOWLEDGED;
	case '-':
		return GDB_REPEAT;
	case INTERRUPT_BYTE:
		return GDB_INTERRUPT;
	default:
		return GDB_NOTHING;
	}
}

/* Run lengths are for answers only, so '*' is a character like others here. */
static enum gdb_item in_body(struct gdb_reader *reader, uint8_t byte)
{
	if (byte == '#') {
		reader->state = FIRST_DIGIT;
		return GDB_NOTHING;
	}
	if (byte == '$') { /* never inside a packet: the end of the last one was lost */
		begin_body(reader);
		return GDB_NOTHING;
	}
	reader->sum += byte;
	if (!reader->escaped && byte == '}') {
		reader->escaped = true;
		return GDB_NOTHING;
	}
	if (reader->escaped)
		byte ^= ESCAPE_FLIP;
	reader->escaped = false;
	if (reader->size == GDB_PACKET_MAX)
		reader->oversized = true;
	else
		reader->body[reader->size++] = byte;
	return GDB_NOTHING;
}

static enum gdb_item end_of_packet(struct gdb_reader *reader, int low_digit)
{
	reader->state = BETWEEN;
	reader->body[reader->size] = 0;
	if (low_digit < 0 || (reader->expected | low_digit) != reader->sum || reader->escaped)
		return GDB_DAMAGED;
	return reader->oversized ? GDB_OVERSIZED : GDB_PACKET;
}

static enum gdb_item first_digit(struct gdb_reader *reader, int digit)
{
	if (digit < 0) {
		reader->state = BETWEEN;
		return GDB_DAMAGED;
	}
	reader->expected = (uint8_t)(digit << 4);
	reader->state = SECOND_DIGIT;
	return GDB_NOTHING;
}

enum gdb_item gdb_read_byte(struct gdb_reader *reader, uint8_t byte)
{
	switch ((enum reader_state)reader->state) {
	case BETWEEN:
		return between(reader, byte);
	case IN_BODY:
		return in_body(reader, byte);
	case FIRST_DIGIT:
		return first_digit(reader, hex_digit((char)byte));
	case SECOND_DIGIT:
		return end_of_packet(reader, hex_digit((char)byte));
	}
	return GDB_NOTHING;
}

/* ---- writing ---- */

/* Bytes that mean something in a frame; '*' because GDB takes it for a run length. */
static bool special(uint8_t byte)
{
	return byte == '$' || byte == '#' || byte == '}' || byte == '*';
}

static size_t escape(const uint8_t *body, size_t size, uint8_t *out)
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		if (special(body[i]))
			out[length++] = '}';
		out[length++] = special(body[i]) ? body[i] ^ ESCAPE_FLIP : body[i];
	}
	return length;
}

enum { RUN_BASE = 29, RUN_LEAST = 3, RUN_MOST = 126 - RUN_BASE };

/* How many repetitions the next `*n` stands for. n must be printable, and neither '#' nor '$'. */
static size_t repetitions(size_t more)
{
	size_t run = more < RUN_MOST ? more : RUN_MOST;

	while (run + RUN_BASE == '#' || run + RUN_BASE == '$')
		run--;
	return run < RUN_LEAST ? 0 : run;
}

/* Shortens runs in place: what is written never passes what is read. */
static size_t shorten(uint8_t *bytes, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < size;) {
		uint8_t byte = bytes[i];
		size_t end = i + 1, run;

		while (end < size && bytes[end] == byte)
			end++;
		run = repetitions(end - i - 1);
		bytes[length++] = byte;
		i += 1 + run;
		if (run) {
			bytes[length++] = '*';
			bytes[length++] = (uint8_t)(run + RUN_BASE);
		}
	}
	return length;
}

size_t gdb_frame(const void *body, size_t size, uint8_t frame[static GDB_FRAME_MAX])
{
	uint8_t sum = 0;
	size_t length;

	assert(size <= GDB_PACKET_MAX);
	frame[0] = '$';
	length = 1 + shorten(frame + 1, escape(body, size, frame + 1));
	for (size_t i = 1; i < length; i++)
		sum += frame[i];
	frame[length++] = '#';
	hex_put(&sum, 1, (char *)frame + length);
	return length + 2;
}
