/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_uart_timed.c - the 16550A on model time: when characters leave and arrive, what is lost by who does not wait, which
 * interrupts come and when. At 115200 baud a character of ten bits takes 8681 cycles of the fixture's clock.
 */
#include "core/serial.h"
#include "tests/core/board_fixture.h"

enum { COM1 = 0x3f8, THR = COM1, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH };
enum { BIT = 869, CHARACTER = 8681 };

static void open_timed(struct fixture *f)
{
	struct board_options options;

	memset(f, 0, sizeof *f);
	options = fixture_options(f);
	options.serial_timed = true;
	fixture_open_with(f, &options);
}

static void registers_and_divisor(void)
{
	struct fixture f;

	open_timed(&f);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	out(&f, SCRATCH, 0xa5);
	CU_ASSERT_EQUAL(in(&f, SCRATCH), 0xa5);
	out(&f, LCR, 0x83);
	CU_ASSERT_EQUAL(in(&f, THR), 1); /* as the firmware left it */
	out(&f, THR, 0x34);
	out(&f, IER, 0x12);
	CU_ASSERT_EQUAL(in(&f, THR), 0x34);
	CU_ASSERT_EQUAL(in(&f, IER), 0x12);
	out(&f, LCR, 0x03);
	out(&f, IER, 0xff);
	CU_ASSERT_EQUAL(in(&f, IER), 0x0f);
	CU_ASSERT_EQUAL(f.serial_count, 0);
	fixture_close(&f);
}

static void a_character_takes_its_time(void)
{
	struct fixture f;

	open_timed(&f);
	out(&f, THR, 'x');
	CU_ASSERT_EQUAL(in(&f, LSR), 0x00);
	pass(&f, BIT);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x20); /* on the line; there is room for another */
	pass(&f, CHARACTER - 1);
	CU_ASSERT_EQUAL(f.serial_count, 0);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x20);
	pass(&f, 1);
	CU_ASSERT_EQUAL(f.serial_count, 1);
	CU_ASSERT_EQUAL(f.serial[0], 'x');
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	fixture_close(&f);
}

/* Seven data bits, parity and two stop bits at 9600 baud are 11 bits of 12 times the length. */
static void other_forms_of_a_character(void)
{
	struct fixture f;

	open_timed(&f);
	out(&f, LCR, 0x80);
	out(&f, THR, 12);
	out(&f, LCR, 0x0e);
	out(&f, THR, 0xff);
	pass(&f, 10417 + 114582);
	CU_ASSERT_EQUAL(f.serial_count, 0);
	pass(&f, 3);
	CU_ASSERT_EQUAL(f.serial_count, 1);
	CU_ASSERT_EQUAL(f.serial[0], 0x7f);
	fixture_close(&f);
}

static void who_does_not_wait_loses(void)
{
	struct fixture f;

	open_timed(&f);
	for (const char *c = "abc"; *c; c++)
		out(&f, THR, (uint8_t)*c);
	pass(&f, 10 * CHARACTER);
	CU_ASSERT_EQUAL(f.serial_count, 1);
	CU_ASSERT_EQUAL(f.serial[0], 'c'); /* in the place of the others */
	out(&f, IIR, 0x01);
	for (uint8_t c = 0; c < 20; c++)
		out(&f, THR, c);
	pass(&f, 30 * CHARACTER);
	CU_ASSERT_EQUAL(f.serial_count, 17); /* a full FIFO drops them */
	CU_ASSERT_EQUAL(f.serial[16], 15);
	fixture_close(&f);
}

static void empty_interrupt(void)
{
	struct fixture f;

	open_timed(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x0b);
	out(&f, IIR, 0x01);
	out(&f, IER, 0x02);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc2);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc1);
	out(&f, 0x20, 0x20);
	for (uint8_t c = 0; c < 3; c++)
		out(&f, THR, c);
	pass(&f, BIT + 2 * CHARACTER - 1);
	CU_ASSERT(!board_interrupt(f.board));
	pass(&f, 1); /* the third one goes onto the line */
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(f.serial_count, 2);
	fixture_close(&f);
}

static void clearing_drops_what_waits(void)
{
	struct fixture f;

	open_timed(&f);
	out(&f, IIR, 0x01);
	for (uint8_t c = 0; c < 8; c++)
		out(&f, THR, c);
	pass(&f, BIT + CHARACTER / 2);
	out(&f, IIR, 0x05);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x20);
	pass(&f, 10 * CHARACTER);
	CU_ASSERT_EQUAL(f.serial_count, 1); /* the one that was on the line */
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	fixture_close(&f);
}

static void receive_at_the_lines_pace(void)
{
	struct fixture f;

	open_timed(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x0b);
	out(&f, IER, 0x05);
	CU_ASSERT_EQUAL(board_serial_input(f.board, 0, (const uint8_t *)"abc", 3), 3);
	pass(&f, 0);
	pass(&f, CHARACTER - 1);
	CU_ASSERT(!board_interrupt(f.board));
	pass(&f, 1);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, IIR), 0x04);
	pass(&f, CHARACTER);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x06); /* nobody has read it: overrun comes first */
	CU_ASSERT_EQUAL(in(&f, LSR), 0x63);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x61);
	CU_ASSERT_EQUAL(in(&f, THR), 'b');
	pass(&f, CHARACTER);
	CU_ASSERT_EQUAL(in(&f, THR), 'c');
	CU_ASSERT_EQUAL(in(&f, IIR), 0x01);
	fixture_close(&f);
}

static void fifo_trigger_overrun_timeout(void)
{
	struct fixture f;

	open_timed(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x0b);
	out(&f, IIR, 0x41);
	out(&f, IER, 0x01);
	board_serial_input(f.board, 0, (const uint8_t *)"123", 3);
	pass(&f, 3 * CHARACTER + 4 * CHARACTER - 10);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc1);
	pass(&f, 10);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xcc);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, THR), '1');
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc1);
	board_serial_input(f.board, 0, (const uint8_t *)"45", 2);
	pass(&f, 2 * CHARACTER);
	CU_ASSERT_EQUAL(in(&f, IIR), 0xc4);
	board_serial_input(f.board, 0, (const uint8_t *)"6789abcdefghijkl", 16);
	pass(&f, 17 * CHARACTER);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x63);
	for (unsigned i = 0; i < 15; i++)
		in(&f, THR);
	CU_ASSERT_EQUAL(in(&f, THR), 'h'); /* the FIFO has kept what it had */
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	fixture_close(&f);
}

static void loop(void)
{
	struct fixture f;

	open_timed(&f);
	unmask(&f, 0x10);
	out(&f, MCR, 0x1b);
	out(&f, IER, 0x01);
	CU_ASSERT_EQUAL(in(&f, MSR) & 0xf0, 0xb0);
	out(&f, THR, 'q');
	board_serial_input(f.board, 0, (const uint8_t *)"z", 1); /* the line is cut */
	pass(&f, BIT + CHARACTER);
	CU_ASSERT_EQUAL(in(&f, IIR), 0x04);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, THR), 'q');
	pass(&f, 4 * CHARACTER);
	CU_ASSERT_EQUAL(in(&f, LSR), 0x60);
	CU_ASSERT_EQUAL(f.serial_count, 0);
	fixture_close(&f);
}

/* In the middle of all: a snapshot put back goes on as it would have. */
static void snapshot(void)
{
	struct fixture f, g;
	uint8_t *bytes;
	size_t size;

	open_timed(&f);
	open_timed(&g);
	out(&f, IIR, 0x01);
	for (uint8_t c = 0; c < 6; c++)
		out(&f, THR, c);
	board_serial_input(f.board, 0, (const uint8_t *)"xy", 2);
	pass(&f, 2 * CHARACTER);
	size = board_save(f.board, NULL, 0);
	bytes = malloc(size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	CU_ASSERT_EQUAL(board_save(f.board, bytes, size), size);
	CU_ASSERT(board_load(g.board, bytes, size));
	g.now = f.now;
	pass(&f, 20 * CHARACTER);
	pass(&g, 20 * CHARACTER);
	CU_ASSERT_EQUAL(f.serial_count, 6);
	CU_ASSERT_EQUAL(f.serial_count - g.serial_count, 1); /* that had left before */
	CU_ASSERT_EQUAL(in(&f, LSR), in(&g, LSR));
	CU_ASSERT_EQUAL(in(&f, THR), in(&g, THR));
	board_free(g.board);
	fixture_open(&g);
	CU_ASSERT(!board_load(g.board, bytes, size)); /* a board of another kind */
	free(bytes);
	fixture_close(&f);
	fixture_close(&g);
}

/* What is said to one who looks on, and another model in the port's place. */
struct seen_all {
	unsigned count[4], calls;
};

static void see(void *owner, const struct serial_seen *seen)
{
	((struct seen_all *)owner)->count[seen->sight]++;
}

static void echo(void *owner, struct serial_call *call)
{
	((struct seen_all *)owner)->calls++;
	call->sent = call->moment == SERIAL_WRITE && call->offset == 0;
	call->output = call->value;
	if (call->moment == SERIAL_READ)
		call->value = call->device->state[0]++;
	call->device->line = call->device->state[0] & 1;
}

static void another_model(void)
{
	struct seen_all all = {0};
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x10);
	board_serial_stand_in(f.board, 0, echo, &all);
	CU_ASSERT_EQUAL(all.calls, 5); /* the firmware's */
	f.serial_count = 0;
	board_serial_watch(f.board, 0, see, &all);
	out(&f, THR, 'e');
	CU_ASSERT_EQUAL(f.serial_count, 1);
	CU_ASSERT_EQUAL(in(&f, LSR), 0);
	CU_ASSERT(board_interrupt(f.board));
	CU_ASSERT_EQUAL(in(&f, LSR), 1);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(all.count[SERIAL_SAW_READ], 2);
	CU_ASSERT_EQUAL(all.count[SERIAL_SAW_WRITE], 1);
	CU_ASSERT_EQUAL(all.count[SERIAL_SAW_LINE], 2);
	CU_ASSERT_EQUAL(all.count[SERIAL_SAW_OUTPUT], 1);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "registers and divisor", registers_and_divisor },
		{ "a character takes its time", a_character_takes_its_time },
		{ "other forms of a character", other_forms_of_a_character },
		{ "who does not wait loses", who_does_not_wait_loses },
		{ "interrupt when empty", empty_interrupt },
		{ "clearing the transmitter's FIFO", clearing_drops_what_waits },
		{ "characters come at the line's pace", receive_at_the_lines_pace },
		{ "FIFO: trigger, overrun, time-out", fifo_trigger_overrun_timeout },
		{ "loop", loop },
		{ "snapshot", snapshot },
		{ "another model, and who looks on", another_model },
		{ 0 },
	};

	return harness_main("uart_timed", tests);
}
