/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_board.c - the board as a whole: ports and widths, exits, what firmware leaves, snapshots
 * at random moments, random accesses, damaged snapshots.
 */
#include "tests/core/board_fixture.h"

#include <unistd.h>

static void floating_ports(void)
{
	struct fixture f;

	fixture_open(&f);
	CU_ASSERT_EQUAL(board_read(f.board, 0x2e, 1, 0), 0xff);
	CU_ASSERT_EQUAL(board_read(f.board, 0x300, 2, 0), 0xffff);
	CU_ASSERT_EQUAL(board_read(f.board, 0x300, 4, 0), 0xffffffff);
	CU_ASSERT_EQUAL(board_read(f.board, 0xffff, 4, 0), 0xffffffff);
	board_write(f.board, 0xcf8, 4, 0x80000400, 0); /* a PCI address, not a reset */
	CU_ASSERT_EQUAL(board_read(f.board, 0xcf8, 4, 0), 0xffffffff);
	CU_ASSERT_EQUAL(board_read(f.board, 0xcfc, 4, 0), 0xffffffff);
	CU_ASSERT_EQUAL(f.resets, 0);
	CU_ASSERT_PTR_NULL(board_port_name(f.board, 0x300));
	CU_ASSERT_STRING_EQUAL(board_port_name(f.board, 0x20), "pic");
	CU_ASSERT_STRING_EQUAL(board_port_name(f.board, 0x3fd), "uart0");
	CU_ASSERT_STRING_EQUAL(board_port_name(f.board, 0x2f8), "uart1");
	fixture_close(&f);
}

static void exits_and_debug(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0xe9, 'x');
	CU_ASSERT_EQUAL(f.debug, 'x');
	CU_ASSERT_EQUAL(in(&f, 0xe9), 0xe9);
	out(&f, 0x80, 0x42);
	CU_ASSERT_EQUAL(in(&f, 0x80), 0x42);
	board_write(f.board, 0xf4, 4, 0x12345678, 0);
	CU_ASSERT_EQUAL(f.exit_value, 0x12345678);
	CU_ASSERT_EQUAL(f.exits, 1);
	out(&f, 0xf4, 0x31);
	CU_ASSERT_EQUAL(f.exit_value, 0x31);
	out(&f, 0xcf9, 0x02);
	out(&f, 0xcf9, 0x06);
	CU_ASSERT_EQUAL(f.resets, 1);
	out(&f, 0x0c, 0x11);
	CU_ASSERT_EQUAL(in(&f, 0x0c), 0x11);
	CU_ASSERT_EQUAL(in(&f, 0xcc), 0x00);
	fixture_close(&f);
}

static void firmware_state(void)
{
	struct fixture f;
	unsigned low;

	fixture_open(&f);
	CU_ASSERT_EQUAL(in(&f, 0x21), 0xfb);
	CU_ASSERT_EQUAL(in(&f, 0xa1), 0xff);
	out(&f, 0x43, 0xe2); /* status of counter 0 */
	CU_ASSERT_EQUAL(in(&f, 0x40) & 0x3f, 0x36);
	f.now = 1000 * FIXTURE_US;
	out(&f, 0x43, 0x00);
	low = in(&f, 0x40);
	CU_ASSERT_EQUAL(low | in(&f, 0x40) << 8, 65536 - 2 * 1192);
	CU_ASSERT(f.a20);
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void bad_options(void)
{
	struct fixture f = { 0 };
	struct board_options options = fixture_options(&f);
	char error[200] = "";

	options.frequency = 0;
	CU_ASSERT_PTR_NULL(board_new(&options, error, sizeof error));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "frequency"));
	options = fixture_options(&f);
	options.start_time = UINT64_MAX;
	CU_ASSERT_PTR_NULL(board_new(&options, error, sizeof error));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "9999"));
}

static void descriptions(void)
{
	struct fixture f;
	char text[200];

	fixture_open(&f);
	for (size_t i = 0; i < board_devices(f.board); i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(board_device_name(f.board, i));
		board_describe(f.board, i, text, sizeof text);
		CU_ASSERT(strlen(text) > 5);
		CU_ASSERT(strlen(text) < sizeof text - 1);
		board_describe(f.board, i, text, 4);
		CU_ASSERT_EQUAL(strlen(text), 3);
	}
	CU_ASSERT_PTR_NULL(board_device_name(f.board, 99));
	fixture_close(&f);
}

/* ---- random life ---- */

static const uint16_t ports[] = {
	0x20,  0x21,  0xa0,  0xa1,  0x4d0, 0x4d1, 0x40,  0x41,  0x42,  0x43,  0x61,  0x60,  0x64,
	0x70,  0x71,  0x92,  0x80,  0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe, 0x3ff, 0x2f8,
	0x2f9, 0x2fa, 0x2fb, 0x2fc, 0x2fd, 0x2fe, 0x1f0, 0x1f0, 0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4,
	0x1f5, 0x1f6, 0x1f7, 0x1f7, 0x3f6, 0x3b4, 0x3b5, 0x3c0, 0x3c1, 0x3c2, 0x3c4, 0x3c5, 0x3c7,
	0x3c8, 0x3c9, 0x3d4, 0x3d5, 0x3da, 0xcf9, 0xe9,  0xf4,  0x00,  0xc0,  0x87,
};

static uint16_t random_port(uint64_t *state)
{
	uint64_t r = harness_random(state);

	return r % 16 == 0 ? (uint16_t)(r >> 16)
			   : ports[(r >> 16) % (sizeof ports / sizeof ports[0])];
}

/* One random step; what the guest could see of it goes into `seen`. */
static void step(struct fixture *f, uint64_t *state, uint64_t *seen)
{
	static const uint8_t ata[] = {0x20, 0x24, 0x29, 0x30, 0x34, 0x39,
				      0xc4, 0xc5, 0xc6, 0xec, 0x91, 0xef};
	uint64_t r = harness_random(state), value = 0;
	unsigned size = 1u << (r >> 8 & 3) % 3;
	uint16_t port = random_port(state);
	uint8_t bytes[8];

	f->now += r >> 60 ? r >> 16 & 0xfff : r >> 16 & 0xffffff;
	memcpy(bytes, &r, sizeof bytes);
	switch (r & 15) {
	case 0:
		board_act(f->board, f->now);
		break;
	case 1:
		if (board_interrupt(f->board))
			value = board_acknowledge(f->board);
		break;
	case 2:
		value = board_serial_input(f->board, r >> 4 & 1, bytes, r >> 5 & 7);
		break;
	case 3:
		value = board_key_input(f->board, bytes, r >> 5 & 7);
		break;
	case 4:
		board_write(f->board, 0x1f7, 1, ata[(r >> 32) % sizeof ata], f->now);
		break;
	case 5: /* most of a sector, so that blocks come to an end */
		for (unsigned i = 0; i < 126; i++)
			value += board_read(f->board, 0x1f0, 4, f->now);
		break;
	case 6:
		for (unsigned i = 0; i < 126; i++)
			board_write(f->board, 0x1f0, 4, (uint32_t)r, f->now);
		break;
	case 7: case 8: case 9: case 10:
		board_write(f->board, port, size, (uint32_t)(r >> 32), f->now);
		break;
	default:
		value = board_read(f->board, port, size, f->now);
	}
	*seen = (*seen ^ value) * UINT64_C(0x100000001b3);
	*seen = (*seen ^ board_next(f->board)) * UINT64_C(0x100000001b3);
	*seen = (*seen ^ board_interrupt(f->board)) * UINT64_C(0x100000001b3);
}

static void open_random(struct fixture *f, const char *image, bool timed)
{
	struct board_options options;

	memset(f, 0, sizeof *f);
	options = fixture_options(f);
	options.disk[0] = image;
	options.serial_timed = timed;
	fixture_open_with(f, &options);
}

static uint8_t *save(struct fixture *f, size_t *size)
{
	uint8_t *bytes;

	*size = board_save(f->board, NULL, 0);
	bytes = malloc(*size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	CU_ASSERT_EQUAL(board_save(f->board, bytes, *size), *size);
	return bytes;
}

static void access_at_random(bool timed)
{
	uint64_t state = harness_seed(7), seen = 0, again = 0, rounds = harness_count(100000);
	uint64_t repeat = state;
	char image[32], text[300];
	struct fixture f;

	make_image(image, 200);
	open_random(&f, image, timed);
	for (uint64_t i = 0; i < rounds; i++) {
		step(&f, &state, &seen);
		if (i % 1000 == 0) {
			for (size_t d = 0; d < board_devices(f.board); d++)
				board_describe(f.board, d, text, sizeof text);
			board_text_screen(f.board);
		}
	}
	fixture_close(&f);
	open_random(&f, image, timed);
	for (uint64_t i = 0; i < rounds; i++)
		step(&f, &repeat, &again);
	CU_ASSERT_EQUAL(seen, again);
	fixture_close(&f);
	unlink(image);
}

static void random_accesses(void)
{
	access_at_random(false);
	access_at_random(true);
}

/* A board that was saved and loaded goes on as one that was not, and is saved as the same bytes. */
static void snapshots(void)
{
	uint64_t state = harness_seed(11);
	char image[32];

	make_image(image, 200);
	for (unsigned round = 0; round < 40; round++) {
		uint64_t seen = 0, other_seen = 0, other_state;
		struct fixture f, other;
		uint8_t *bytes, *after;
		size_t size, after_size;

		open_random(&f, image, round & 1);
		for (uint64_t i = harness_random(&state) % 3000; i; i--)
			step(&f, &state, &seen);
		bytes = save(&f, &size);
		open_random(&other, image, round & 1);
		for (unsigned i = 0; i < 100; i++)
			step(&other, &state, &other_seen); /* a life of its own, to be forgotten */
		CU_ASSERT_FATAL(board_load(other.board, bytes, size));
		other.now = f.now;
		other_state = state;
		seen = other_seen = 0;
		for (unsigned i = 0; i < 3000; i++) {
			step(&f, &state, &seen);
			step(&other, &other_state, &other_seen);
		}
		CU_ASSERT_EQUAL(seen, other_seen);
		free(bytes);
		bytes = save(&f, &size);
		after = save(&other, &after_size);
		CU_ASSERT_EQUAL_FATAL(size, after_size);
		CU_ASSERT(memcmp(bytes, after, size) == 0);
		free(bytes);
		free(after);
		fixture_close(&f);
		fixture_close(&other);
	}
	unlink(image);
}

static uint64_t fnv(const uint8_t *bytes, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static void damage_snapshots(bool timed)
{
	uint64_t state = harness_seed(13), seen = 0;
	struct fixture f;
	uint8_t *bytes, *copy;
	char image[32];
	size_t size;

	make_image(image, 200);
	open_random(&f, image, timed);
	for (unsigned i = 0; i < 2000; i++)
		step(&f, &state, &seen);
	bytes = save(&f, &size);
	copy = malloc(size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	CU_ASSERT(!board_load(f.board, NULL, 0));
	CU_ASSERT(!board_load(f.board, bytes, size - 1));
	for (unsigned i = 0; i < 200; i++) {
		size_t at = harness_random(&state) % size;

		memcpy(copy, bytes, size);
		copy[at] ^= (uint8_t)(1 + harness_random(&state) % 255);
		CU_ASSERT(!board_load(f.board, copy, size));
	}
	/* With a digest that fits: refused, or a state that the models can live with. */
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t hash;

		memcpy(copy, bytes, size);
		for (unsigned n = 0; n < 8; n++)
			copy[24 + harness_random(&state) % (size - 32)] =
				(uint8_t)harness_random(&state);
		hash = fnv(copy, size - sizeof hash);
		memcpy(copy + size - sizeof hash, &hash, sizeof hash);
		if (!board_load(f.board, copy, size))
			continue;
		for (unsigned n = 0; n < 100; n++)
			step(&f, &state, &seen);
	}
	CU_ASSERT(board_load(f.board, bytes, size));
	free(bytes);
	free(copy);
	fixture_close(&f);
	unlink(image);
}

static void damaged_snapshots(void)
{
	damage_snapshots(false);
	damage_snapshots(true);
}

/* board_next is the truth: stepping one cycle at a time, INTR changes at no other moment. */
static void next_is_exact(void)
{
	struct fixture f;
	unsigned changes = 0;

	fixture_open(&f);
	unmask(&f, 0x101);
	out(&f, 0x43, 0x36);
	out(&f, 0x40, 50);
	out(&f, 0x40, 0);
	out(&f, 0x70, 0x0a);
	out(&f, 0x71, 0x23); /* 8192 Hz */
	out(&f, 0x70, 0x0b);
	out(&f, 0x71, 0x42);
	for (unsigned i = 0; i < 1000000; i++) {
		bool before = board_interrupt(f.board);
		uint64_t next = board_next(f.board);

		board_act(f.board, ++f.now);
		if (board_interrupt(f.board) != before) {
			CU_ASSERT_EQUAL(next, f.now);
			changes++;
		}
		if (i % 6007 == 0 && board_interrupt(f.board)) {
			board_acknowledge(f.board);
			out(&f, 0xa0, 0x20);
			out(&f, 0x20, 0x20);
			out(&f, 0x70, 0x0c);
			in(&f, 0x71);
		}
	}
	CU_ASSERT(changes > 50);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "ports without a device", floating_ports },
		{ "exit, debug console, reset control", exits_and_debug },
		{ "what firmware leaves", firmware_state },
		{ "impossible options", bad_options },
		{ "descriptions", descriptions },
		{ "board_next is exact", next_is_exact },
		{ "random accesses repeat", random_accesses },
		{ "snapshots at random moments", snapshots },
		{ "damaged snapshots", damaged_snapshots },
		{ 0 },
	};

	return harness_main("board", tests);
}
