/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_rtc.c - the MC146818: the calendar, UIP, the three interrupts, SET, and CMOS memory.
 */
#include "tests/core/board_fixture.h"

#include <time.h>

static uint8_t cmos(struct fixture *f, uint8_t index)
{
	out(f, 0x70, index);
	return in(f, 0x71);
}

static void set(struct fixture *f, uint8_t index, uint8_t value)
{
	out(f, 0x70, index);
	out(f, 0x71, value);
}

static unsigned plain(uint8_t bcd)
{
	return (bcd >> 4) * 10u + (bcd & 15);
}

/* The registers against the C library's calendar. */
static void check_time(struct fixture *f, uint64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	CU_ASSERT_EQUAL(plain(cmos(f, 0)), (unsigned)tm.tm_sec);
	CU_ASSERT_EQUAL(plain(cmos(f, 2)), (unsigned)tm.tm_min);
	CU_ASSERT_EQUAL(plain(cmos(f, 4)), (unsigned)tm.tm_hour);
	CU_ASSERT_EQUAL(plain(cmos(f, 6)), (unsigned)tm.tm_wday + 1);
	CU_ASSERT_EQUAL(plain(cmos(f, 7)), (unsigned)tm.tm_mday);
	CU_ASSERT_EQUAL(plain(cmos(f, 8)), (unsigned)tm.tm_mon + 1);
	CU_ASSERT_EQUAL(plain(cmos(f, 0x32)) * 100 + plain(cmos(f, 9)),
			(unsigned)tm.tm_year + 1900);
}

static void calendar(void)
{
	uint64_t state = harness_seed(1);

	for (unsigned i = 0; i < 300; i++) {
		uint64_t start = harness_random(&state) % 4102444800u,
			 step = harness_random(&state) % 100000000;
		struct fixture f = { 0 };
		struct board_options options = fixture_options(&f);

		options.start_time = start;
		fixture_open_with(&f, &options);
		check_time(&f, start);
		f.now = step * FIXTURE_HZ + harness_random(&state) % FIXTURE_HZ;
		check_time(&f, start + step);
		fixture_close(&f);
	}
}

static void formats(void)
{
	struct fixture f;

	fixture_open(&f);
	f.now = 12 * 3600 * FIXTURE_HZ; /* 13:46:40 */
	CU_ASSERT_EQUAL(cmos(&f, 4), 0x13);
	set(&f, 0x0b, 0x80);
	set(&f, 0x0b, 0x84); /* SET, binary, 12 hours */
	set(&f, 4, 0x80 | 11);
	set(&f, 2, 59);
	set(&f, 0, 59);
	set(&f, 0x0b, 0x04);
	f.now += FIXTURE_HZ;
	CU_ASSERT_EQUAL(cmos(&f, 4), 12); /* midnight is 12 AM */
	CU_ASSERT_EQUAL(cmos(&f, 0), 0);
	f.now += 12 * 3600 * FIXTURE_HZ;
	CU_ASSERT_EQUAL(cmos(&f, 4), 0x80 | 12); /* noon is 12 PM */
	fixture_close(&f);
}

static void update_in_progress(void)
{
	struct fixture f;

	fixture_open(&f);
	f.now = FIXTURE_HZ - 2300 * FIXTURE_US;
	CU_ASSERT_EQUAL(cmos(&f, 0x0a), 0x26);
	CU_ASSERT_EQUAL(cmos(&f, 0), 0x40);
	f.now = FIXTURE_HZ - 2000 * FIXTURE_US;
	CU_ASSERT_EQUAL(cmos(&f, 0x0a), 0xa6);
	f.now = FIXTURE_HZ;
	CU_ASSERT_EQUAL(cmos(&f, 0x0a), 0x26);
	CU_ASSERT_EQUAL(cmos(&f, 0), 0x41);
	CU_ASSERT_EQUAL(cmos(&f, 0x0c), 0x50); /* UF; PF at 1024 Hz; no IRQF */
	CU_ASSERT_EQUAL(cmos(&f, 0x0c), 0x00);
	set(&f, 0x0b, 0x82);
	f.now = 2 * FIXTURE_HZ - 1;
	CU_ASSERT_EQUAL(cmos(&f, 0x0a), 0x26); /* SET stops updates */
	f.now = 5 * FIXTURE_HZ;
	CU_ASSERT_EQUAL(cmos(&f, 0), 0x41);
	fixture_close(&f);
}

static void periodic(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x100);
	set(&f, 0x0a, 0x2f); /* 2 Hz */
	set(&f, 0x0b, 0x42);
	CU_ASSERT_EQUAL(board_next(f.board), FIXTURE_HZ / 2);
	pass(&f, FIXTURE_HZ / 2);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER); /* until register C is read */
	CU_ASSERT_EQUAL(cmos(&f, 0x0c), 0xc0);
	CU_ASSERT_EQUAL(board_next(f.board), FIXTURE_HZ);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void alarm_interrupt(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x100);
	set(&f, 1, 0x30);
	set(&f, 3, 0x45);
	set(&f, 5, 0xc0); /* any hour; it is 01:46:40 */
	set(&f, 0x0b, 0x22);
	CU_ASSERT_EQUAL(board_next(f.board), (58 * 60 + 50) * FIXTURE_HZ);
	pass(&f, (58 * 60 + 50) * FIXTURE_HZ - 1);
	CU_ASSERT(!board_interrupt(f.board));
	pass(&f, 1);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(cmos(&f, 0x0c) & 0xa0, 0xa0);
	set(&f, 5, 0x25); /* never */
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	fixture_close(&f);
}

static void update_interrupt(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x100);
	f.now = FIXTURE_HZ / 4;
	set(&f, 0x0b, 0x12);
	CU_ASSERT_EQUAL(board_next(f.board), FIXTURE_HZ);
	set(&f, 0x0a, 0x76); /* divider held */
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	f.now = 3 * FIXTURE_HZ;
	set(&f, 0x0a, 0x26); /* let go: half a second */
	CU_ASSERT_EQUAL(board_next(f.board), 3 * FIXTURE_HZ + FIXTURE_HZ / 2);
	fixture_close(&f);
}

static void memory_size(void)
{
	struct fixture f;
	unsigned sum = 0;

	fixture_open(&f);
	CU_ASSERT_EQUAL(cmos(&f, 0x15) | cmos(&f, 0x16) << 8, 640);
	CU_ASSERT_EQUAL(cmos(&f, 0x17) | cmos(&f, 0x18) << 8, 63 * 1024);
	CU_ASSERT_EQUAL(cmos(&f, 0x30) | cmos(&f, 0x31) << 8, 63 * 1024);
	CU_ASSERT_EQUAL(cmos(&f, 0x34) | cmos(&f, 0x35) << 8, 48 * 16);
	for (uint8_t i = 0x10; i <= 0x2d; i++)
		sum += cmos(&f, i);
	CU_ASSERT_EQUAL((unsigned)(cmos(&f, 0x2e) << 8 | cmos(&f, 0x2f)), sum);
	set(&f, 0xff, 0x77); /* bit 7 is NMI, not the index */
	CU_ASSERT_EQUAL(cmos(&f, 0x7f), 0x77);
	CU_ASSERT_EQUAL(cmos(&f, 0x0d), 0x80);
	set(&f, 0x0d, 0x00);
	CU_ASSERT_EQUAL(cmos(&f, 0x0d), 0x80);
	CU_ASSERT_EQUAL(in(&f, 0x70), 0xff);
	fixture_close(&f);
}

static void survives_a_reset(void)
{
	struct fixture f;

	fixture_open(&f);
	set(&f, 0x40, 0x99);
	f.now = 90 * FIXTURE_HZ;
	board_act(f.board, f.now);
	board_reset(f.board);
	CU_ASSERT_EQUAL(cmos(&f, 0x40), 0x99);
	check_time(&f, 1000000090);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "calendar", calendar },
		{ "binary and 12 hours", formats },
		{ "update in progress", update_in_progress },
		{ "periodic interrupt", periodic },
		{ "alarm interrupt", alarm_interrupt },
		{ "update interrupt and divider", update_interrupt },
		{ "memory size and checksum", memory_size },
		{ "the battery survives a reset", survives_a_reset },
		{ 0 },
	};

	return harness_main("rtc", tests);
}
