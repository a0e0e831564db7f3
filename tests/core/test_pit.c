/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_pit.c - the 8254: each mode against a counter that is really ticked, BCD, latches,
 * read-back, and the edges that reach the PIC.
 */
#include "tests/core/board_fixture.h"

enum { PIT_HZ = 1193182 };

/* The first cycle of a tick. */
static uint64_t cycle_of(uint64_t tick)
{
	return (tick * FIXTURE_HZ + PIT_HZ - 1) / PIT_HZ;
}

static void program(struct fixture *f, unsigned counter, uint8_t control, unsigned count)
{
	out(f, 0x43, (uint8_t)(counter << 6 | control));
	out(f, (uint16_t)(0x40 + counter), (uint8_t)count);
	out(f, (uint16_t)(0x40 + counter), (uint8_t)(count >> 8));
}

static unsigned read_count(struct fixture *f, unsigned counter)
{
	unsigned low;

	out(f, 0x43, (uint8_t)(counter << 6));
	low = in(f, (uint16_t)(0x40 + counter));
	return low | (unsigned)in(f, (uint16_t)(0x40 + counter)) << 8;
}

static bool out2(struct fixture *f)
{
	return in(f, 0x61) & 0x20;
}

/* OUT of counter 2 for ticks 1 ... of E (ticks since the count was loaded), as the data sheet draws it. */
static bool expected(unsigned mode, unsigned n, unsigned e)
{
	switch (mode) {
	case 0:
	case 1:
		return e >= n;
	case 2:
		return e % n != n - 1;
	case 3:
		return e % n < (n + 1) / 2;
	default:
		return e != n;
	}
}

static void waveforms(void)
{
	static const unsigned counts[] = { 2, 3, 4, 5, 17, 100 };

	for (unsigned mode = 0; mode <= 5; mode++) {
		for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
			struct fixture f;

			fixture_open(&f);
			f.now = cycle_of(10);
			out(&f, 0x61, mode == 1 || mode == 5 ? 0 : 1);
			program(&f, 2, (uint8_t)(0x30 | mode << 1), counts[i]);
			CU_ASSERT_EQUAL(out2(&f), mode != 0);
			out(&f, 0x61, 1); /* the gate of modes 1 and 5 */
			for (unsigned e = 0; e < counts[i] * 3 + 3; e++) {
				f.now = cycle_of(11 + e);
				CU_ASSERT_EQUAL(out2(&f), expected(mode, counts[i], e));
			}
			fixture_close(&f);
		}
	}
}

static void counting_down(void)
{
	struct fixture f;

	fixture_open(&f);
	f.now = cycle_of(1000);
	out(&f, 0x61, 1);
	program(&f, 2, 0x30, 1000); /* mode 0 */
	f.now = cycle_of(1001);
	CU_ASSERT_EQUAL(read_count(&f, 2), 1000);
	f.now = cycle_of(1002);
	CU_ASSERT_EQUAL(read_count(&f, 2), 999);
	f.now = cycle_of(2002);
	CU_ASSERT_EQUAL(read_count(&f, 2), 0xffff); /* goes on below zero */
	program(&f, 2, 0x36, 1001); /* mode 3, odd: loaded as 1000, in steps of two */
	f.now = cycle_of(2003);
	CU_ASSERT_EQUAL(read_count(&f, 2), 1000);
	f.now = cycle_of(2004);
	CU_ASSERT_EQUAL(read_count(&f, 2), 998);
	f.now = cycle_of(2003 + 501);
	CU_ASSERT_EQUAL(read_count(&f, 2), 1000); /* second half */
	fixture_close(&f);
}

static void bcd(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x61, 1);
	program(&f, 2, 0x31, 0x1000);
	f.now = cycle_of(2);
	CU_ASSERT_EQUAL(read_count(&f, 2), 0x0999);
	f.now = cycle_of(1 + 1000);
	CU_ASSERT_EQUAL(read_count(&f, 2), 0);
	f.now = cycle_of(1 + 1001);
	CU_ASSERT_EQUAL(read_count(&f, 2), 0x9999);
	fixture_close(&f);
}

static void gate_holds(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x61, 1);
	program(&f, 2, 0x30, 100);
	f.now = cycle_of(11);
	out(&f, 0x61, 0);
	f.now = cycle_of(500);
	CU_ASSERT_EQUAL(read_count(&f, 2), 90);
	CU_ASSERT(!out2(&f));
	out(&f, 0x61, 1);
	f.now = cycle_of(500 + 89);
	CU_ASSERT(!out2(&f));
	f.now = cycle_of(500 + 90);
	CU_ASSERT(out2(&f));
	fixture_close(&f);
}

static void latches(void)
{
	struct fixture f;
	unsigned low;

	fixture_open(&f);
	out(&f, 0x61, 1);
	program(&f, 2, 0x34, 0x1234);
	f.now = cycle_of(1);
	out(&f, 0x43, 0x80); /* latch */
	f.now = cycle_of(100);
	out(&f, 0x43, 0x80); /* ignored: the first latch was not read */
	low = in(&f, 0x42);
	CU_ASSERT_EQUAL(low | in(&f, 0x42) << 8, 0x1234);
	/* Read-back of status and count: status comes first. */
	out(&f, 0x43, 0xc8);
	CU_ASSERT_EQUAL(in(&f, 0x42), 0xb4); /* OUT, access 3, mode 2 */
	low = in(&f, 0x42);
	CU_ASSERT_EQUAL(low | in(&f, 0x42) << 8, 0x1234 - 99);
	/* A control word without a count: null count. */
	out(&f, 0x43, 0xb0);
	out(&f, 0x43, 0xe8);
	CU_ASSERT_EQUAL(in(&f, 0x42), 0x70);
	fixture_close(&f);
}

static void single_byte_access(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x61, 1);
	out(&f, 0x43, 0x90); /* low byte only, mode 0 */
	out(&f, 0x42, 5);
	f.now = cycle_of(5);
	CU_ASSERT_EQUAL(in(&f, 0x42), 1);
	CU_ASSERT(!out2(&f));
	f.now = cycle_of(6);
	CU_ASSERT(out2(&f));
	out(&f, 0x43, 0xa0); /* high byte only */
	out(&f, 0x42, 2);
	f.now = cycle_of(7);
	CU_ASSERT_EQUAL(in(&f, 0x42), 2);
	fixture_close(&f);
}

static void new_count_at_the_end_of_a_period(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x61, 1);
	program(&f, 2, 0x34, 10);
	f.now = cycle_of(5);
	out(&f, 0x42, 4);
	out(&f, 0x42, 0);
	for (unsigned tick = 5; tick < 40; tick++) {
		bool low = tick == 10 || (tick > 11 && (tick - 11) % 4 == 3);

		f.now = cycle_of(tick);
		CU_ASSERT_EQUAL(out2(&f), !low);
	}
	fixture_close(&f);
}

/* In mode 3 a new count waits for the end of the half only. */
static void new_count_at_the_end_of_a_half(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x61, 1);
	program(&f, 2, 0x36, 20);
	f.now = cycle_of(5);
	out(&f, 0x42, 8);
	out(&f, 0x42, 0);
	for (unsigned tick = 5; tick < 60; tick++) {
		bool high = tick < 11 || (tick - 11) % 8 >= 4;

		f.now = cycle_of(tick);
		CU_ASSERT_EQUAL(out2(&f), high);
	}
	fixture_close(&f);
}

static void interrupts_are_exact(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 1);
	program(&f, 0, 0x34, 1000);
	for (unsigned k = 1; k <= 100; k++) {
		uint64_t due = cycle_of(1 + k * 1000);

		CU_ASSERT_EQUAL(board_next(f.board), due);
		board_act(f.board, due - 1);
		CU_ASSERT(!board_interrupt(f.board));
		f.now = due;
		board_act(f.board, due);
		CU_ASSERT(board_interrupt(f.board));
		CU_ASSERT_EQUAL(board_acknowledge(f.board), 8);
		out(&f, 0x20, 0x20);
	}
	fixture_close(&f);
}

static void masked_timer_wakes_nobody(void)
{
	struct fixture f;

	fixture_open(&f);
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	f.now = cycle_of(70000);
	CU_ASSERT_EQUAL(in(&f, 0x20), 1); /* but the request is seen: OUT rose at 65537 */
	f.now = cycle_of(65536 + 40000);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0); /* and went with the falling edge */
	fixture_close(&f);
}

static void pending_request_falls_with_the_line(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 1);
	program(&f, 0, 0x36, 100);
	pass(&f, cycle_of(102));
	CU_ASSERT(board_interrupt(f.board));
	pass(&f, cycle_of(151) - f.now);
	CU_ASSERT(!board_interrupt(f.board));
	pass(&f, cycle_of(201) - f.now);
	CU_ASSERT(board_interrupt(f.board));
	fixture_close(&f);
}

static void one_shot_interrupts_once(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 1);
	program(&f, 0, 0x30, 50);
	CU_ASSERT_EQUAL(board_next(f.board), cycle_of(51));
	pass(&f, cycle_of(51));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 8);
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	fixture_close(&f);
}

/*
 * As a kernel goes from periodic ticks to one-shots: the control word alone is no edge, each count written in mode 4 gives one
 * request, at the end of its strobe (N + 1 ticks after loading), and reading the count by latches in between changes nothing.
 */
static void from_ticks_to_one_shots(void)
{
	static const unsigned counts[] = { 2438, 4763, 2, 4764, 59 };
	uint64_t tick;
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 1);
	program(&f, 0, 0x34, 4773);
	for (unsigned k = 1; k <= 3; k++) {
		f.now = cycle_of(1 + k * 4773);
		board_act(f.board, f.now);
		CU_ASSERT_EQUAL(board_acknowledge(f.board), 8);
		out(&f, 0x20, 0x20);
	}
	tick = 3 * 4773 + 5;
	f.now = cycle_of(tick);
	out(&f, 0x43, 0x38);
	CU_ASSERT(!board_interrupt(f.board));
	for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		out(&f, 0x40, (uint8_t)counts[i]);
		out(&f, 0x40, (uint8_t)(counts[i] >> 8));
		f.now = cycle_of(tick + 2);
		CU_ASSERT_EQUAL(read_count(&f, 0), counts[i] - 1);
		tick += counts[i] + 2;
		CU_ASSERT_EQUAL(board_next(f.board), cycle_of(tick));
		board_act(f.board, cycle_of(tick) - 1);
		CU_ASSERT(!board_interrupt(f.board));
		f.now = cycle_of(tick);
		board_act(f.board, f.now);
		CU_ASSERT(board_interrupt(f.board));
		CU_ASSERT_EQUAL(board_acknowledge(f.board), 8);
		out(&f, 0x20, 0x20);
	}
	fixture_close(&f);
}

/* A tick whose interrupt is served late, but within its period, is not lost; nor is the one that comes in its service. */
static void late_service_loses_no_tick(void)
{
	struct fixture f;
	unsigned taken = 0;

	fixture_open(&f);
	unmask(&f, 1);
	program(&f, 0, 0x34, 1000);
	for (unsigned k = 1; k <= 50; k++) {
		pass(&f, cycle_of(1 + k * 1000 + k * 19) - f.now); /* acknowledged later and later */
		if (!board_interrupt(f.board))
			continue;
		taken += board_acknowledge(f.board) == 8;
		pass(&f, cycle_of(1 + k * 1000 + k * 19 + 5) - f.now);
		CU_ASSERT(!board_interrupt(f.board)); /* in service */
		out(&f, 0x20, 0x20);
	}
	CU_ASSERT_EQUAL(taken, 50);
	fixture_close(&f);
}

static void refresh_toggles(void)
{
	struct fixture f;
	unsigned changes = 0;
	uint8_t last;

	fixture_open(&f);
	last = in(&f, 0x61) & 0x10;
	for (unsigned tick = 1; tick <= 18 * 100; tick++) {
		f.now = cycle_of(tick);
		changes += (in(&f, 0x61) & 0x10) != last;
		last = in(&f, 0x61) & 0x10;
	}
	CU_ASSERT(changes == 99 || changes == 100);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"OUT in modes 0 to 5", waveforms},
		{"counts of modes 0 and 3", counting_down},
		{"BCD", bcd},
		{"the gate holds mode 0", gate_holds},
		{"latch and read-back", latches},
		{"single byte access", single_byte_access},
		{"mode 2 takes a new count at the end of the period",
		 new_count_at_the_end_of_a_period},
		{"mode 3 takes a new count at the end of the half", new_count_at_the_end_of_a_half},
		{"IRQ 0 comes at the exact cycle", interrupts_are_exact},
		{"a masked timer wakes nobody", masked_timer_wakes_nobody},
		{"a request falls with OUT", pending_request_falls_with_the_line},
		{"mode 0 interrupts once", one_shot_interrupts_once},
		{"from periodic ticks to one-shots", from_ticks_to_one_shots},
		{"late service loses no tick", late_service_loses_no_tick},
		{"refresh bit of port 61", refresh_toggles},
		{0},
	};

	return harness_main("pit", tests);
}
