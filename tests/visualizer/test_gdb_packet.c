/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_gdb_packet.c - packets of GDB's remote protocol as bytes: frames, checksums, escapes and run
 * lengths, those of a broken or hostile other side included.
 */
#include "tests/harness.h"
#include "tests/visualizer/gdb_answer.h"

#include "visualizer/gdb/hex.h"
#include "visualizer/gdb/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES = 4096 };

/* What a reader made of bytes, and the last packet. */
struct heard {
	struct gdb_reader reader;
	enum gdb_item item[NOTES];
	size_t items;
	uint8_t body[GDB_PACKET_MAX + 1];
	size_t size;
};

static struct heard *hear(const void *bytes, size_t size)
{
	struct heard *heard = calloc(1, sizeof(*heard));

	for (size_t i = 0; i < size; i++) {
		enum gdb_item item = gdb_read_byte(&heard->reader, ((const uint8_t *)bytes)[i]);

		if (item == GDB_PACKET) {
			memcpy(heard->body, heard->reader.body, heard->reader.size + 1);
			heard->size = heard->reader.size;
		}
		if (item != GDB_NOTHING && heard->items < NOTES)
			heard->item[heard->items++] = item;
	}
	return heard;
}

static struct heard *hear_text(const char *text)
{
	return hear(text, strlen(text));
}

/* One item only, and that one. */
static bool hears(const char *text, enum gdb_item item)
{
	struct heard *heard = hear_text(text);
	bool so = heard->items == 1 && heard->item[0] == item;

	free(heard);
	return so;
}

static void test_whole_packets(void)
{
	struct heard *heard = hear_text("+$g#67");

	CU_ASSERT(heard->items == 2 && heard->item[0] == GDB_ACKNOWLEDGED && heard->item[1] == GDB_PACKET);
	CU_ASSERT(heard->size == 1 && strcmp((char *)heard->body, "g") == 0);
	free(heard);
	CU_ASSERT(hears("$#00", GDB_PACKET)); /* the empty one is a packet, too */
	CU_ASSERT(hears("$m1000,4#8e", GDB_PACKET));
	CU_ASSERT(hears("$m1000,4#8E", GDB_PACKET));
}

static void test_single_bytes(void)
{
	CU_ASSERT(hears("\3", GDB_INTERRUPT));
	CU_ASSERT(hears("+", GDB_ACKNOWLEDGED));
	CU_ASSERT(hears("-", GDB_REPEAT));
	/* Inside of a packet they are data. */
	CU_ASSERT(hears("$\3+-#5b", GDB_PACKET));
}

static void test_escapes(void)
{
	/* }\x03 is '#', }\x04 is '$', }] is '}' and }\n is '*'. */
	struct heard *heard = hear_text("$}\3}\4}]}\n#62");

	CU_ASSERT(heard->items == 1 && heard->item[0] == GDB_PACKET);
	CU_ASSERT(heard->size == 4 && memcmp(heard->body, "#$}*", 4) == 0);
	free(heard);
	/* An escape with nothing behind it. */
	CU_ASSERT(hears("$a}#de", GDB_DAMAGED));
}

static void test_damage(void)
{
	static const char *const damaged[] = { "$g#68", "$g#6x", "$g#x7", "$g#", "$", "$ggggg" };

	for (size_t i = 0; i < 3; i++)
		CU_ASSERT(hears(damaged[i], GDB_DAMAGED));
	for (size_t i = 3; i < 6; i++) {
		struct heard *heard = hear_text(damaged[i]);

		CU_ASSERT(heard->items == 0);
		free(heard);
	}
	/* After a damaged one and after one without an end the next is whole. */
	for (size_t i = 0; i < 6; i++) {
		char text[64];
		struct heard *heard;

		snprintf(text, sizeof(text), "%s%s", damaged[i], i == 3 ? "zz$s#73" : "$s#73");
		heard = hear_text(text);
		CU_ASSERT(heard->items && heard->item[heard->items - 1] == GDB_PACKET);
		CU_ASSERT(heard->size == 1 && heard->body[0] == 's');
		free(heard);
	}
}

/* A frame of `size` bytes 'a'. */
static uint8_t *long_frame(size_t size)
{
	uint8_t *frame = malloc(size + 5), sum = (uint8_t)(size * 'a');

	memset(frame + 1, 'a', size);
	frame[0] = '$';
	sprintf((char *)frame + 1 + size, "#%02x", sum);
	return frame;
}

static void test_oversized(void)
{
	static const size_t sizes[] = { GDB_PACKET_MAX - 1, GDB_PACKET_MAX, GDB_PACKET_MAX + 1,
		                        10 * GDB_PACKET_MAX };

	for (size_t i = 0; i < 4; i++) {
		uint8_t *frame = long_frame(sizes[i]);
		struct heard *heard = hear(frame, sizes[i] + 4);

		CU_ASSERT(heard->items == 1);
		CU_ASSERT(heard->item[0] == (sizes[i] <= GDB_PACKET_MAX ? GDB_PACKET : GDB_OVERSIZED));
		if (sizes[i] <= GDB_PACKET_MAX)
			CU_ASSERT(heard->size == sizes[i]);
		/* Its reader hears the next one. */
		CU_ASSERT(gdb_read_byte(&heard->reader, '$') == GDB_NOTHING);
		gdb_read_byte(&heard->reader, '#');
		gdb_read_byte(&heard->reader, '0');
		CU_ASSERT(gdb_read_byte(&heard->reader, '0') == GDB_PACKET);
		free(heard);
		free(frame);
	}
}

/* Nothing that comes may be taken for more than it is, whatever it is. */
static void test_garbage(void)
{
	static const char favourites[] = "$#}*+-\3\0" "09afgx";
	uint64_t seed = harness_seed(20);
	uint64_t rounds = harness_count(200000);
	struct gdb_reader *reader = calloc(1, sizeof(*reader));

	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t number = harness_random(&seed);
		uint8_t byte = number >> 32 & 3 ? (uint8_t)favourites[number % (sizeof(favourites) - 1)] :
		                                  (uint8_t)number;

		if (gdb_read_byte(reader, byte) != GDB_PACKET)
			continue;
		CU_ASSERT(reader->size <= GDB_PACKET_MAX && reader->body[reader->size] == 0);
	}
	free(reader);
}

/* ---- answers ---- */

static bool comes_back(const uint8_t *body, size_t size)
{
	uint8_t *frame = malloc(GDB_FRAME_MAX), *back = malloc(4 * GDB_PACKET_MAX);
	size_t length = gdb_frame(body, size, frame);
	bool same = length <= GDB_FRAME_MAX && gdb_understand(frame, length, back, 4 * GDB_PACKET_MAX) == size &&
	            memcmp(body, back, size) == 0;

	free(frame);
	free(back);
	return same;
}

static void test_frames(void)
{
	uint8_t frame[GDB_FRAME_MAX];
	size_t size = gdb_frame("OK", 2, frame);

	CU_ASSERT(size == 6 && memcmp(frame, "$OK#9a", 6) == 0);
	size = gdb_frame("", 0, frame);
	CU_ASSERT(size == 4 && memcmp(frame, "$#00", 4) == 0);
	size = gdb_frame("0000", 4, frame); /* three more: ' ' */
	CU_ASSERT(size == 7 && memcmp(frame, "$0* #7a", 7) == 0);
	size = gdb_frame("000", 3, frame); /* too short to gain */
	CU_ASSERT(size == 7 && memcmp(frame, "$000#90", 7) == 0);
}

/* Runs of every length, those whose count would be '#' or '$' among them. */
static void test_runs(void)
{
	uint8_t body[400];

	for (size_t size = 0; size < sizeof(body); size++) {
		memset(body, 'x', size);
		CU_ASSERT(comes_back(body, size));
		memset(body, '*', size);
		CU_ASSERT(comes_back(body, size));
		memset(body, ']', size);
		if (size)
			body[0] = '}';
		CU_ASSERT(comes_back(body, size));
	}
}

static void test_random_frames(void)
{
	uint64_t seed = harness_seed(21);
	uint64_t rounds = harness_count(400);
	uint8_t *body = malloc(GDB_PACKET_MAX);

	for (uint64_t i = 0; i < rounds; i++) {
		size_t size = harness_random(&seed) % (GDB_PACKET_MAX + 1);
		unsigned kinds = 1u << harness_random(&seed) % 9;

		for (size_t j = 0; j < size; j++)
			body[j] = (uint8_t)("#$}*"[harness_random(&seed) % 4] + harness_random(&seed) % kinds);
		CU_ASSERT(comes_back(body, size));
	}
	memset(body, '#', GDB_PACKET_MAX);
	CU_ASSERT(comes_back(body, GDB_PACKET_MAX));
	for (size_t j = 0; j < GDB_PACKET_MAX; j++)
		body[j] = j % 2 ? '$' : '}';
	CU_ASSERT(comes_back(body, GDB_PACKET_MAX));
	free(body);
}

/* ---- digits ---- */

static void test_numbers(void)
{
	const char *at = "c01000,10";
	uint64_t wide;
	uint32_t value;

	CU_ASSERT(hex_number32(&at, &value) && value == 0xc01000 && hex_skip(&at, ','));
	CU_ASSERT(hex_number32(&at, &value) && value == 0x10 && *at == 0);
	CU_ASSERT(!hex_number32(&at, &value) && !hex_skip(&at, ','));
	at = "100000000";
	CU_ASSERT(!hex_number32(&at, &value));
	at = "ffffffffffffffff";
	CU_ASSERT(hex_number(&at, &wide) && wide == UINT64_MAX);
	at = "00000000000000001";
	CU_ASSERT(!hex_number(&at, &wide));
	at = "-1";
	CU_ASSERT(!hex_number(&at, &wide));
	at = "x";
	CU_ASSERT(!hex_number(&at, &wide));
}

static void test_bytes(void)
{
	uint8_t bytes[4];
	size_t size;
	char text[9] = "";

	CU_ASSERT(hex_get("00ff7F", 6, bytes, 4, &size) && size == 3);
	CU_ASSERT(bytes[0] == 0 && bytes[1] == 0xff && bytes[2] == 0x7f);
	CU_ASSERT(!hex_get("00f", 3, bytes, 4, &size));
	CU_ASSERT(!hex_get("0g", 2, bytes, 4, &size));
	CU_ASSERT(!hex_get("0011223344", 10, bytes, 4, &size));
	CU_ASSERT(hex_get("", 0, bytes, 4, &size) && size == 0);
	hex_put("\x00\x9f\xa0\xff", 4, text);
	CU_ASSERT_STRING_EQUAL(text, "009fa0ff");
}

static const struct harness_test tests[] = {
	{ "whole packets are read", test_whole_packets },
	{ "acknowledgements and interrupts stand between packets", test_single_bytes },
	{ "escaped bytes are read as what they stand for", test_escapes },
	{ "damaged packets are noticed, and the next one is read", test_damage },
	{ "packets beyond the announced size are passed over", test_oversized },
	{ "garbage never becomes more than it is", test_garbage },
	{ "answers are framed", test_frames },
	{ "runs of every length come back", test_runs },
	{ "random answers come back", test_random_frames },
	{ "numbers from the other side are bounded", test_numbers },
	{ "bytes are read and written as digits", test_bytes },
	{ 0 },
};

int main(void)
{
	return harness_main("gdb_packet", tests);
}
