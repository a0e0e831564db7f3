/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_uart.c - the 16550A as drivers use it: probing, polling, THRE interrupts, FIFO trigger
 * and time-out, loop, modem lines.
 */
#include "tests/core/board_fixture.h"

enum { COM1 = 0x3f8, THR = COM1, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH };

static void polling(void)
{
	struct fixture f;

	fixture_open(&f);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	for (const char *c = "hello"; *c; c++) {
		CU_ASSERT(in(&f, LSR) & 0x20);
		out(&f, THR, (uint8_t)*c);
	}
	CU_ASSERT_EQUAL(f.serial_count, 5);
	CU_ASSERT(memcmp(f.serial, "hello", 5) == 0);
	fixture_close(&f);
}

static void registers(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, SCRATCH, 0x5a);
	CU_ASSERT_EQUAL(in(&f, SCRATCH), 0x5a);
	out(&f, IER, 0xff);
	CU_ASSERT_EQUAL(in(&f, IER), 0x0f);
	out(&f, LCR, 0x80);
	out(&f, THR, 0x34);
	out(&f, IER, 0x12);
	CU_ASSERT_EQUAL(in(&f, THR), 0x34);
	CU_ASSERT_EQUAL(in(&f, IER), 0x12);
	out(&f, LCR, 0x03);
	CU_ASSERT_EQUAL(in(&f, IER), 0x0f);
	CU_ASSERT_EQUAL(f.serial_count, 0);
	out(&f, MCR, 0xff);
	CU_ASSERT_EQUAL(in(&f, MCR), 0x1f);
	/* How drivers tell a 16550A: FIFO bits in IIR. */
	out(&f, IIR, 0x01);
	CU_ASSERT_EQUAL(in(&f, IIR) & 0xc0, 0xc0);
	out(&f, IIR, 0x00);
	CU_ASSERT_EQUAL(in(&f, IIR) & 0xc0, 0x00);
	fixture_close(&f);
}

static void thre_interrupt(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x0b);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x01);
	out(&f, IER, 0x02);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x02);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x01); /* reading it was the acknowledge */
	out(&f, 0x20, 0x20);
	CU_ASSERT(!board_interrupt(f.board));
	out(&f, THR, 'x');
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	out(&f, THR, 'y'); /* from the handler, without reading IIR: again an edge */
	out(&f, 0x20, 0x20);
	CU_ASSERT(board_interrupt(f.board));
	fixture_close(&f);
}

static void gate_of_out2(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x10);
	out(&f, IER, 0x02);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, IIR) & 0x0f, 0x02);
	out(&f, IER, 0x00);
	out(&f, IER, 0x02);
	out(&f, MCR, 0x08);
	CU_ASSERT(board_interrupt(f.board));
	fixture_close(&f);
}

static void receive_without_fifo(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x08);
	out(&f, IER, 0x01);
	CU_ASSERT_EQUAL(board_serial_input(f.board, 0, (const uint8_t *)"ab", 2), 2);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	out(&f, 0x20, 0x20);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x04);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x61);
	CU_ASSERT_EQUAL(in(&f, THR), 'a');
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c); /* the next byte: a new edge */
	CU_ASSERT_EQUAL(in(&f, THR), 'b');
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x01);
	fixture_close(&f);
}

static void fifo_trigger_and_timeout(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x08);
	out(&f, IER, 0x01);
	out(&f, IIR, 0x81); /* trigger at 8 */
	board_serial_input(f.board, 0, (const uint8_t *)"1234567", 7);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT(in(&f, LSR) & 1);
	CU_ASSERT_NOT_EQUAL(board_next(f.board),
			    BOARD_NEVER); /* four characters at 115200 baud: 347 us */
	pass(&f, 340 * FIXTURE_US);
	CU_ASSERT(!board_interrupt(f.board));
	pass(&f, 10 * FIXTURE_US);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, IIR), 0xcc);
	in(&f, THR);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc1);
	board_serial_input(f.board, 0, (const uint8_t *)"89", 2);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc4);
	out(&f, IIR, 0x83); /* clears the FIFO */
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	fixture_close(&f);
}

static void long_input(void)
{
	struct fixture f;
	uint8_t bytes[5000];

	fixture_open(&f);
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	out(&f, IIR, 0x01);
	CU_ASSERT_EQUAL(board_serial_input(f.board, 0, bytes, sizeof bytes), 4096);
	/* The FIFO took the first 16 out of the queue: there is room for as many. */
	CU_ASSERT_EQUAL(board_serial_input(f.board, 0, bytes + 4096, 5000 - 4096), 16);
	for (unsigned i = 0; i < 4112; i++)
		CU_ASSERT_EQUAL(in(&f, THR), bytes[i]);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	CU_ASSERT_EQUAL(board_serial_input(f.board, 2, bytes, 1), 0);
	fixture_close(&f);
}

static void loop(void)
{
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x10);
	CU_ASSERT_EQUAL(in(&f, MSR), 0xb0);
	out(&f, MCR, 0x1e); /* loop, OUT2, OUT1, RTS */
	CU_ASSERT_EQUAL(in(&f, MSR) & 0xf0, 0xd0);
	CU_ASSERT_EQUAL(in(&f, MSR) & 0x0f, 0x00);
	out(&f, IER, 0x01);
	out(&f, THR, 0xae);
	CU_ASSERT_EQUAL(f.serial_count, 0);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x61);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, THR), 0xae);
	/* Without a FIFO the second byte overruns the first. */
	out(&f, THR, 1);
	out(&f, THR, 2);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x63);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x61);
	CU_ASSERT_EQUAL(in(&f, THR), 2);
	/* RI falls: trailing edge. */
	in(&f, MSR);
	out(&f, MCR, 0x1a);
	CU_ASSERT_EQUAL(in(&f, MSR), 0x94);
	fixture_close(&f);
}

static void modem_interrupt(void)
{
	struct fixture f;

	fixture_open(&f);
	in(&f, MSR);
	out(&f, IER, 0x08);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x01);
	out(&f, MCR, 0x10);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x00);
	CU_ASSERT_EQUAL(in(&f, MSR), 0x0b);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x01);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "polled output", polling },
		{ "registers and divisor latch", registers },
		{ "THRE interrupt", thre_interrupt },
		{ "OUT2 gates the interrupt", gate_of_out2 },
		{ "receiving without FIFO", receive_without_fifo },
		{ "FIFO trigger level and time-out", fifo_trigger_and_timeout },
		{ "long input is bounded and in order", long_input },
		{ "loop", loop },
		{ "modem status interrupt", modem_interrupt },
		{ 0 },
	};

	return harness_main("uart", tests);
}
