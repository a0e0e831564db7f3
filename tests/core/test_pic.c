/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_pic.c - the strange corners of two 8259As. Requests come from the UARTs (IRQ 4, 3),
 * the PIT (IRQ 0) and the RTC (IRQ 8), whose lines a test can raise and drop at will.
 */
#include "tests/core/board_fixture.h"

static void raise_uart(struct fixture *f, uint16_t base)
{
	out(f, base + 4, 0x08); /* OUT2 opens the gate */
	out(f, base + 1, 0x02); /* THRE is true: interrupt */
}

static void drop_uart(struct fixture *f, uint16_t base)
{
	out(f, base + 1, 0x00);
}

static void begin(struct fixture *f)
{
	fixture_open(f);
	unmask(f, 0x0118);
}

static void vectors_and_eoi(void)
{
	struct fixture f;

	begin(&f);
	CU_ASSERT(!board_interrupt(f.board));
	raise_uart(&f, 0x3f8);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, 0x20) & 0x10, 0x10);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0x20, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0x10);
	out(&f, 0x20, 0x20);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0);
	CU_ASSERT(
		!board_interrupt(f.board)); /* the line is still high, but there was no new edge */
	fixture_close(&f);
}

static void nested_priority(void)
{
	struct fixture f;

	begin(&f);
	raise_uart(&f, 0x3f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	raise_uart(&f, 0x2f8);
	CU_ASSERT(board_interrupt(f.board)); /* 3 goes before 4 */
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0b);
	out(&f, 0x20, 0x64); /* specific EOI of 4 */
	out(&f, 0x20, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0x08);
	fixture_close(&f);
}

static void lower_waits(void)
{
	struct fixture f;

	begin(&f);
	raise_uart(&f, 0x2f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0b);
	raise_uart(&f, 0x3f8);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0x20, 0x20);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	fixture_close(&f);
}

static void spurious_master(void)
{
	struct fixture f;

	begin(&f);
	raise_uart(&f, 0x3f8);
	drop_uart(&f, 0x3f8);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0f);
	out(&f, 0x20, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0); /* nothing in service */
	fixture_close(&f);
}

static void rtc_periodic(struct fixture *f)
{
	out(f, 0x70, 0x0b);
	out(f, 0x71, 0x42);
}

static void slave_vectors(void)
{
	struct fixture f;

	begin(&f);
	rtc_periodic(&f);
	pass(&f, 1100 * FIXTURE_US);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x70);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0xa0, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0xa0), 0x01);
	out(&f, 0xa0, 0x20);
	out(&f, 0x20, 0x20);
	CU_ASSERT_EQUAL(in(&f, 0xa0), 0);
	out(&f, 0x70, 0x0c);
	in(&f, 0x71); /* the RTC drops its line */
	pass(&f, 1000 * FIXTURE_US);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x70);
	fixture_close(&f);
}

/* The slave's request goes away: its INT drops with it, so it is the master that answers, with level 7. */
static void slave_request_goes_away(void)
{
	struct fixture f;

	begin(&f);
	rtc_periodic(&f);
	pass(&f, 1100 * FIXTURE_US);
	out(&f, 0x70, 0x0c);
	in(&f, 0x71);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0f);
	fixture_close(&f);
}

static void automatic_eoi_rotates(void)
{
	struct fixture f;

	begin(&f);
	out(&f, 0x20, 0x11);
	out(&f, 0x21, 0x20);
	out(&f, 0x21, 0x04);
	out(&f, 0x21, 0x03); /* AEOI */
	out(&f, 0x21, 0x00);
	out(&f, 0x20, 0x80); /* rotate in AEOI mode */
	raise_uart(&f, 0x2f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x23);
	out(&f, 0x20, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0);
	drop_uart(&f, 0x2f8);
	raise_uart(&f, 0x2f8); /* now lowest */
	raise_uart(&f, 0x3f8); /* highest after 3 was served */
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x24);
	fixture_close(&f);
}

static void set_priority_command(void)
{
	struct fixture f;

	begin(&f);
	out(&f, 0x20, 0xc3); /* 3 is lowest, 4 highest */
	raise_uart(&f, 0x2f8);
	raise_uart(&f, 0x3f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0x20, 0xa0); /* rotate on EOI: 4 becomes lowest */
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0b);
	fixture_close(&f);
}

static void special_mask_lets_lower_through(void)
{
	struct fixture f;

	begin(&f);
	raise_uart(&f, 0x2f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0b);
	raise_uart(&f, 0x3f8);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0x21, 0xef & ~0x04); /* masks 3, which is in service */
	out(&f, 0x20, 0x68);         /* special mask mode */
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	out(&f, 0x20, 0x20); /* ends 4, not the masked 3 */
	out(&f, 0x20, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0x08);
	fixture_close(&f);
}

static void poll_acknowledges(void)
{
	struct fixture f;

	begin(&f);
	out(&f, 0x20, 0x0c);
	CU_ASSERT_EQUAL(in(&f, 0x20) & 0x80, 0);
	raise_uart(&f, 0x3f8);
	out(&f, 0x20, 0x0c);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0x84);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0x20, 0x0b);
	CU_ASSERT_EQUAL(in(&f, 0x20), 0x10);
	fixture_close(&f);
}

static void level_triggered_asks_again(void)
{
	struct fixture f;

	begin(&f);
	out(&f, 0x4d0, 0xff);
	CU_ASSERT_EQUAL(in(&f, 0x4d0), 0xf8); /* 0, 1, 2 stay edges */
	raise_uart(&f, 0x3f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	out(&f, 0x20, 0x20);
	CU_ASSERT(board_interrupt(f.board)); /* the line is still high */
	drop_uart(&f, 0x3f8);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void initialisation_forgets_edges(void)
{
	struct fixture f;

	begin(&f);
	raise_uart(&f, 0x3f8);
	out(&f, 0x20, 0x11);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, 0x21, 0x40);
	out(&f, 0x21, 0x04);
	out(&f, 0x21, 0x01);
	CU_ASSERT_EQUAL(in(&f, 0x21), 0); /* ICW1 cleared the mask */
	CU_ASSERT_EQUAL(in(&f, 0x20) & 0x10, 0);
	drop_uart(&f, 0x3f8);
	raise_uart(&f, 0x3f8);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x44);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "vectors and EOI", vectors_and_eoi },
		{ "a higher level interrupts a lower one", nested_priority },
		{ "a lower level waits for EOI", lower_waits },
		{ "a request that went away is spurious level 7", spurious_master },
		{ "slave vectors", slave_vectors },
		{ "a slave's request that went away", slave_request_goes_away },
		{ "automatic EOI with rotation", automatic_eoi_rotates },
		{ "set priority, rotate on EOI", set_priority_command },
		{ "special mask mode", special_mask_lets_lower_through },
		{ "poll command", poll_acknowledges },
		{ "level triggered lines", level_triggered_asks_again },
		{ "ICW1 forgets edges and masks", initialisation_forgets_edges },
		{ 0 },
	};

	return harness_main("pic", tests);
}
