/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_ioapic.c - the I/O APIC with lines that a test can raise and drop (the UARTs, IRQ 4 and 3, and the PIT), and the
 * local APIC behind it.
 */
#include "tests/core/board_fixture.h"

#define LAPIC UINT64_C(0xfee00000)
#define IOAPIC UINT64_C(0xfec00000)
enum { MASKED = 1 << 16, LEVEL = 1 << 15, REMOTE_IRR = 1 << 14, ACTIVE_LOW = 1 << 13, EXTINT = 7 << 8, NMI = 4 << 8 };
enum { UART0 = 0x3f8, PIN_UART0 = 4, PIN_PIT = 2 };

static void begin(struct fixture *f)
{
	struct board_options options;

	memset(f, 0, sizeof *f);
	options = fixture_options(f);
	options.apic = true;
	fixture_open_with(f, &options);
	out(f, 0x21, 0xff);
	out(f, 0xa1, 0xff);
}

static uint32_t get(struct fixture *f, unsigned index)
{
	board_write_memory(f->board, IOAPIC, 4, index, f->now);
	return board_read_memory(f->board, IOAPIC + 0x10, 4, f->now);
}

static void set(struct fixture *f, unsigned index, uint32_t value)
{
	board_write_memory(f->board, IOAPIC, 4, index, f->now);
	board_write_memory(f->board, IOAPIC + 0x10, 4, value, f->now);
}

static void route(struct fixture *f, unsigned pin, uint32_t low, uint32_t high)
{
	set(f, 0x10 + 2 * pin + 1, high);
	set(f, 0x10 + 2 * pin, low);
}

static void eoi(struct fixture *f)
{
	board_write_memory(f->board, LAPIC + 0xb0, 4, 0, f->now);
}

static void line(struct fixture *f, bool high)
{
	out(f, UART0 + 4, 0x08);
	out(f, UART0 + 1, high ? 0x02 : 0x00);
}

static bool takes(struct fixture *f, uint8_t vector)
{
	return board_interrupt(f->board) && board_acknowledge(f->board) == vector;
}

static void registers(void)
{
	struct fixture f;

	begin(&f);
	CU_ASSERT_STRING_EQUAL(board_memory_name(f.board, IOAPIC), "ioapic");
	CU_ASSERT_EQUAL(get(&f, 0), 1 << 24);
	CU_ASSERT_EQUAL(get(&f, 1), 0x00170011);
	for (unsigned pin = 0; pin < 24; pin++)
		CU_ASSERT_EQUAL(get(&f, 0x10 + 2 * pin), MASKED);
	route(&f, 23, UINT32_MAX, UINT32_MAX);
	CU_ASSERT_EQUAL(get(&f, 0x3e), 0x1afff); /* delivery status and remote IRR are read-only */
	CU_ASSERT_EQUAL(get(&f, 0x3f), 0xff000000);
	CU_ASSERT_EQUAL(get(&f, 0x40), 0);
	set(&f, 0x40, UINT32_MAX);
	CU_ASSERT_EQUAL(board_read_memory(f.board, IOAPIC, 4, f.now), 0x40);
	fixture_close(&f);
}

static void edges(void)
{
	struct fixture f;

	begin(&f);
	line(&f, true);
	route(&f, PIN_UART0, 0x41, 0);
	CU_ASSERT(!board_interrupt(f.board)); /* the edge came while the pin was masked */
	line(&f, false);
	line(&f, true);
	CU_ASSERT(takes(&f, 0x41));
	eoi(&f);
	CU_ASSERT(!board_interrupt(f.board));
	line(&f, false);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void levels(void)
{
	struct fixture f;

	begin(&f);
	line(&f, true);
	route(&f, PIN_UART0, LEVEL | 0x41, 0);
	CU_ASSERT_EQUAL(get(&f, 0x18), LEVEL | REMOTE_IRR | 0x41);
	CU_ASSERT(takes(&f, 0x41));
	eoi(&f); /* and the line is still there */
	CU_ASSERT(takes(&f, 0x41));
	line(&f, false);
	eoi(&f);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(get(&f, 0x18), LEVEL | 0x41);
	line(&f, true);
	CU_ASSERT(takes(&f, 0x41));
	route(&f, PIN_UART0, 0x41, 0); /* made an edge: nothing is remembered */
	CU_ASSERT_EQUAL(get(&f, 0x18), 0x41);
	fixture_close(&f);
}

static void polarity(void)
{
	struct fixture f;

	begin(&f);
	line(&f, true);
	route(&f, PIN_UART0, ACTIVE_LOW | 0x42, 0);
	CU_ASSERT(!board_interrupt(f.board));
	line(&f, false);
	CU_ASSERT(takes(&f, 0x42));
	eoi(&f);
	route(&f, PIN_UART0, LEVEL | ACTIVE_LOW | 0x43, 0);
	CU_ASSERT(takes(&f, 0x43));
	line(&f, true);
	eoi(&f);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void destinations_and_modes(void)
{
	struct fixture f;

	begin(&f);
	route(&f, PIN_UART0, 0x44, 7u << 24); /* nobody has this ID */
	line(&f, true);
	CU_ASSERT(!board_interrupt(f.board));
	line(&f, false);
	board_write_memory(f.board, LAPIC + 0xd0, 4, 1u << 24, f.now);
	route(&f, PIN_UART0, 1 << 11 | 1 << 8 | 0x44, 3u << 24); /* logical, lowest priority */
	line(&f, true);
	CU_ASSERT(takes(&f, 0x44));
	eoi(&f);
	line(&f, false);
	route(&f, PIN_UART0, NMI, 0);
	line(&f, true);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT(board_take_nmi(f.board));
	fixture_close(&f);
}

/* IRQ 0 leads to pin 2, with nobody woken while both kinds of controllers mask it. */
static void timer_on_pin_2(void)
{
	struct fixture f;

	begin(&f);
	out(&f, 0x43, 0x34);
	out(&f, 0x40, 0xa9); /* 1193: 1 kHz */
	out(&f, 0x40, 0x04);
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	route(&f, PIN_PIT, 0x50, 0);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(board_next(f.board) < f.now + 1100 * FIXTURE_US);
		pass(&f, 1001 * FIXTURE_US); /* 1193 ticks, and one before the first */
		CU_ASSERT(takes(&f, 0x50));
		eoi(&f);
		CU_ASSERT(!board_interrupt(f.board));
	}
	route(&f, 0, 0x51, 0);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

/* Pin 0: the 8259A pair behind the I/O APIC. */
static void passes_the_8259_on(void)
{
	struct fixture f;

	begin(&f);
	board_write_memory(f.board, LAPIC + 0x350, 4, MASKED, f.now);
	unmask(&f, 0x0010);
	line(&f, true);
	CU_ASSERT(!board_interrupt(f.board));
	route(&f, 0, EXTINT, 0);
	CU_ASSERT(takes(&f, 0x0c));
	line(&f, false);
	out(&f, 0x20, 0x20);
	route(&f, 0, 0x33, 0); /* INTR as an edge with a vector of its own */
	line(&f, true);
	CU_ASSERT(takes(&f, 0x33));
	eoi(&f);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

/* Both kinds of controllers have the same line: a guest that opens both gets both. */
static void side_by_side(void)
{
	struct fixture f;

	begin(&f);
	unmask(&f, 0x0010);
	route(&f, PIN_UART0, 0x61, 0);
	line(&f, true);
	CU_ASSERT(takes(&f, 0x0c));
	CU_ASSERT(takes(&f, 0x61));
	fixture_close(&f);
}

static void damaged_states_are_refused(void)
{
	struct fixture f;
	uint8_t *bytes;
	size_t size;

	begin(&f);
	size = board_save(f.board, NULL, 0);
	bytes = malloc(size);
	board_save(f.board, bytes, size);
	CU_ASSERT(board_load(f.board, bytes, size));
	bytes[size / 2] ^= 1;
	CU_ASSERT(!board_load(f.board, bytes, size));
	free(bytes);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"registers", registers},
		{"edges", edges},
		{"levels", levels},
		{"polarity", polarity},
		{"destinations and modes", destinations_and_modes},
		{"timer on pin 2", timer_on_pin_2},
		{"passes the 8259 on", passes_the_8259_on},
		{"side by side with the 8259", side_by_side},
		{"damaged states are refused", damaged_states_are_refused},
		{0},
	};

	return harness_main("ioapic", tests);
}
