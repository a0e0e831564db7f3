/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_vga.c - the VGA's registers as text mode programs use them, and retrace by model time.
 */
#include "tests/core/board_fixture.h"

static void crtc(struct fixture *f, uint8_t index, uint8_t value)
{
	out(f, 0x3d4, index);
	out(f, 0x3d5, value);
}

static void text_screen(void)
{
	struct board_text_screen screen;
	struct fixture f;

	fixture_open(&f);
	screen = board_text_screen(f.board);
	CU_ASSERT_EQUAL(screen.columns, 80);
	CU_ASSERT_EQUAL(screen.rows, 25);
	CU_ASSERT_EQUAL(screen.start, 0);
	CU_ASSERT_EQUAL(screen.cursor, 0);
	CU_ASSERT(screen.cursor_visible);
	board_write(f.board, 0x3d4, 2, 0x010e, f.now); /* index and data in one word */
	crtc(&f, 0x0f, 0x23);
	crtc(&f, 0x0c, 0x07);
	crtc(&f, 0x0d, 0x80);
	crtc(&f, 0x0a, 0x20);
	screen = board_text_screen(f.board);
	CU_ASSERT_EQUAL(screen.cursor, 0x123);
	CU_ASSERT_EQUAL(screen.start, 0x780);
	CU_ASSERT(!screen.cursor_visible);
	crtc(&f, 0x09, 0x47); /* 8 by 8 font: 50 rows */
	CU_ASSERT_EQUAL(board_text_screen(f.board).rows, 50);
	fixture_close(&f);
}

static void protection(void)
{
	struct fixture f;

	fixture_open(&f);
	crtc(&f, 0x01, 0x27); /* registers 0 to 7 are protected by what firmware left in 11 */
	CU_ASSERT_EQUAL(in(&f, 0x3d5), 0x4f);
	crtc(&f, 0x11, 0x0e);
	crtc(&f, 0x01, 0x27);
	CU_ASSERT_EQUAL(in(&f, 0x3d5), 0x27);
	CU_ASSERT_EQUAL(board_text_screen(f.board).columns, 40);
	crtc(&f, 0x3f, 0x12); /* beyond the last register */
	CU_ASSERT_EQUAL(in(&f, 0x3d5), 0);
	fixture_close(&f);
}

static void colour_and_mono_ports(void)
{
	struct fixture f;

	fixture_open(&f);
	CU_ASSERT_EQUAL(in(&f, 0x3cc), 0x67);
	CU_ASSERT_EQUAL(in(&f, 0x3b4), 0xff);
	out(&f, 0x3c2, 0x66);
	CU_ASSERT_EQUAL(in(&f, 0x3d4), 0xff);
	out(&f, 0x3b4, 0x0e);
	CU_ASSERT_EQUAL(in(&f, 0x3b4), 0x0e);
	fixture_close(&f);
}

static void attribute_flip_flop(void)
{
	struct fixture f;

	fixture_open(&f);
	in(&f, 0x3da);
	out(&f, 0x3c0, 0x05);
	out(&f, 0x3c0, 0x3a);
	CU_ASSERT_EQUAL(in(&f, 0x3c1), 0x3a);
	out(&f, 0x3c0, 0x06); /* an index again */
	in(&f, 0x3da);
	out(&f, 0x3c0, 0x25); /* an index because of the read */
	CU_ASSERT_EQUAL(in(&f, 0x3c0), 0x25);
	CU_ASSERT_EQUAL(in(&f, 0x3c1), 0x3a);
	fixture_close(&f);
}

static void palette(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x3c7, 1);
	CU_ASSERT_EQUAL(in(&f, 0x3c7), 3);
	CU_ASSERT_EQUAL(in(&f, 0x3c9), 0x00); /* blue */
	CU_ASSERT_EQUAL(in(&f, 0x3c9), 0x00);
	CU_ASSERT_EQUAL(in(&f, 0x3c9), 0x2a);
	CU_ASSERT_EQUAL(in(&f, 0x3c9), 0x00); /* and on to green */
	CU_ASSERT_EQUAL(in(&f, 0x3c9), 0x2a);
	out(&f, 0x3c8, 255);
	for (unsigned i = 0; i < 4; i++)
		out(&f, 0x3c9, 0xff);
	CU_ASSERT_EQUAL(in(&f, 0x3c8), 0); /* wrapped */
	out(&f, 0x3c7, 255);
	CU_ASSERT_EQUAL(in(&f, 0x3c9), 0x3f);
	fixture_close(&f);
}

/* 70.09 frames a second; two of 449 lines are retrace. */
static void retrace(void)
{
	unsigned frames = 0, blank = 0, samples = 0;
	bool last = false;
	struct fixture f;

	fixture_open(&f);
	for (; f.now < FIXTURE_HZ; f.now += 10 * FIXTURE_US) {
		uint8_t status = in(&f, 0x3da);
		bool now = status & 8;

		CU_ASSERT(!now || status & 1);
		frames += now && !last;
		blank += status & 1;
		samples++;
		last = now;
	}
	CU_ASSERT_EQUAL(frames, 70);
	/* 720 of 900 dots in 400 of 449 lines are shown. */
	CU_ASSERT(blank * 1000 / samples >= 280 && blank * 1000 / samples <= 295);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "text screen", text_screen },
		{ "protected registers", protection },
		{ "colour and monochrome ports", colour_and_mono_ports },
		{ "attribute flip-flop", attribute_flip_flop },
		{ "palette", palette },
		{ "retrace", retrace },
		{ 0 },
	};

	return harness_main("vga", tests);
}
