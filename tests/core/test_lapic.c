/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_lapic.c - the local APIC by itself, through its page and what the processor sees of it. The bus clock is
 * 100 MHz, as the fixture's: one cycle is one tick of an undivided timer.
 */
#include "core/devices/device.h"
#include "tests/core/board_fixture.h"

#define LAPIC UINT64_C(0xfee00000)
enum { ID = 0x20, VERSION = 0x30, TPR = 0x80, PPR = 0xa0, EOI = 0xb0, LDR = 0xd0, DFR = 0xe0, SVR = 0xf0, ISR = 0x100,
       TMR = 0x180, IRR = 0x200, ESR = 0x280, ICR = 0x300, ICR_HIGH = 0x310, TIMER = 0x320, LINT0 = 0x350, LINT1 = 0x360,
       LVT_ERROR = 0x370, INITIAL = 0x380, CURRENT = 0x390, DIVIDE = 0x3e0 };
enum { MASKED = 1 << 16, PERIODIC = 1 << 17, TO_SELF = 1 << 18, BY_1 = 0xb };

static void begin(struct fixture *f)
{
	struct board_options options;

	memset(f, 0, sizeof *f);
	options = fixture_options(f);
	options.apic = true;
	fixture_open_with(f, &options);
}

static uint32_t get(struct fixture *f, uint32_t offset)
{
	return board_read_memory(f->board, LAPIC + offset, 4, f->now);
}

static void set(struct fixture *f, uint32_t offset, uint32_t value)
{
	board_write_memory(f->board, LAPIC + offset, 4, value, f->now);
}

static bool has(struct fixture *f, uint32_t registers, unsigned vector)
{
	return get(f, registers + vector / 32 * 16) >> vector % 32 & 1;
}

static void is_not_there_unless_asked_for(void)
{
	struct fixture f;
	size_t without;

	fixture_open(&f);
	CU_ASSERT_EQUAL(get(&f, VERSION), UINT32_MAX);
	CU_ASSERT_PTR_NULL(board_memory_name(f.board, LAPIC));
	without = board_devices(f.board);
	fixture_close(&f);
	begin(&f);
	CU_ASSERT_STRING_EQUAL(board_memory_name(f.board, LAPIC + 0xfff), "lapic");
	CU_ASSERT_PTR_NULL(board_memory_name(f.board, LAPIC + 0x1000));
	CU_ASSERT_EQUAL(board_devices(f.board), without + 2);
	fixture_close(&f);
}

static void tells_of_itself(void)
{
	struct board_fact fact[BOARD_FACTS];
	struct fixture f;
	char text[128];
	size_t count, lapic;

	begin(&f);
	set(&f, ICR, TO_SELF | 0x41);
	lapic = board_devices(f.board) - 2; /* the I/O APIC is the last one */
	count = board_facts(f.board, lapic, fact, BOARD_FACTS);
	CU_ASSERT_FATAL(count > 4 && count <= BOARD_FACTS);
	CU_ASSERT_STRING_EQUAL(fact[0].value, "fee00000, on");
	CU_ASSERT_STRING_EQUAL(fact[3].value, "requested: 41");
	board_describe(f.board, lapic, text, sizeof text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "request 65"));
	count = board_facts(f.board, lapic + 1, fact, BOARD_FACTS);
	CU_ASSERT_FATAL(count == 25);
	CU_ASSERT_STRING_EQUAL(fact[24].value, "00 fixed to 00, edge, masked");
	fixture_close(&f);
}

static void registers(void)
{
	struct fixture f;

	begin(&f);
	CU_ASSERT_EQUAL(get(&f, VERSION), 0x00040011);
	CU_ASSERT_EQUAL(get(&f, SVR), 0x1ff);
	CU_ASSERT_EQUAL(get(&f, LINT0), 0x700);
	CU_ASSERT_EQUAL(get(&f, LINT1), 0x400);
	CU_ASSERT_EQUAL(get(&f, DFR), UINT32_MAX);
	set(&f, ID, UINT32_MAX);
	CU_ASSERT_EQUAL(get(&f, ID), 0x0f000000);
	set(&f, LDR, UINT32_MAX);
	CU_ASSERT_EQUAL(get(&f, LDR), 0xff000000);
	set(&f, DFR, 0);
	CU_ASSERT_EQUAL(get(&f, DFR), 0x0fffffff);
	set(&f, VERSION, 0);
	CU_ASSERT_EQUAL(get(&f, VERSION), 0x00040011);
	CU_ASSERT_EQUAL(board_read_memory(f.board, LAPIC + SVR + 1, 1, f.now) & 0xff, 0x01);
	board_write_memory(f.board, LAPIC + TPR, 1, 0x55, f.now); /* no access of 32 bits: lost */
	CU_ASSERT_EQUAL(get(&f, TPR), 0);
	fixture_close(&f);
}

static void requests_by_priority(void)
{
	struct fixture f;

	begin(&f);
	set(&f, ICR, TO_SELF | 0x41);
	set(&f, ICR, TO_SELF | 0x52);
	CU_ASSERT(has(&f, IRR, 0x41) && has(&f, IRR, 0x52));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x52);
	CU_ASSERT(has(&f, ISR, 0x52) && !has(&f, IRR, 0x52));
	CU_ASSERT_EQUAL(get(&f, PPR), 0x50);
	CU_ASSERT(!board_interrupt(f.board)); /* a lower class waits */
	set(&f, ICR, TO_SELF | 0x5f);
	CU_ASSERT(!board_interrupt(f.board)); /* and so does the same class */
	set(&f, ICR, TO_SELF | 0x60);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x60);
	set(&f, EOI, 0);
	CU_ASSERT(!has(&f, ISR, 0x60) && has(&f, ISR, 0x52));
	set(&f, EOI, 0);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x5f);
	set(&f, EOI, 0);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x41);
	set(&f, EOI, 0);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void task_priority(void)
{
	struct fixture f;

	begin(&f);
	set(&f, TPR, 0x4f);
	set(&f, ICR, TO_SELF | 0x4e);
	CU_ASSERT_EQUAL(get(&f, PPR), 0x4f);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0xff); /* nothing to take: spurious */
	CU_ASSERT_EQUAL(get(&f, ISR + 7 * 16), 0);
	set(&f, TPR, 0x3f);
	CU_ASSERT(board_interrupt(f.board));
	set(&f, SVR, 0xff); /* by software off: what is held stays held */
	CU_ASSERT(!board_interrupt(f.board));
	set(&f, SVR, 0x1ff);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x4e);
	fixture_close(&f);
}

static void timer_once(void)
{
	struct fixture f;

	begin(&f);
	set(&f, DIVIDE, BY_1);
	set(&f, TIMER, 0x40);
	set(&f, INITIAL, 1000);
	CU_ASSERT_EQUAL(get(&f, CURRENT), 1000);
	CU_ASSERT_EQUAL(board_next(f.board), f.now + 1000);
	pass(&f, 999);
	CU_ASSERT_EQUAL(get(&f, CURRENT), 1);
	CU_ASSERT(!board_interrupt(f.board));
	pass(&f, 1);
	CU_ASSERT_EQUAL(get(&f, CURRENT), 0);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x40);
	set(&f, EOI, 0);
	pass(&f, 100000);
	CU_ASSERT(!board_interrupt(f.board));
	set(&f, INITIAL, 10);
	set(&f, INITIAL, 0); /* stops */
	pass(&f, 100);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void timer_again_and_again(void)
{
	static const struct {
		uint32_t divide, by;
	} rows[] = {{0xb, 1}, {0x0, 2}, {0x1, 4}, {0x2, 8}, {0x3, 16}, {0x8, 32}, {0x9, 64}, {0xa, 128}};
	struct fixture f;

	begin(&f);
	set(&f, TIMER, PERIODIC | 0x31);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set(&f, DIVIDE, rows[i].divide);
		set(&f, INITIAL, 50);
		for (unsigned round = 0; round < 3; round++) {
			pass(&f, 50 * rows[i].by - 1);
			CU_ASSERT(!board_interrupt(f.board));
			CU_ASSERT_EQUAL(get(&f, CURRENT), 1);
			pass(&f, 1);
			CU_ASSERT_EQUAL(get(&f, CURRENT), 50);
			CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x31);
			set(&f, EOI, 0);
		}
	}
	fixture_close(&f);
}

/* Nobody is woken for a masked timer, and what it missed is lost. */
static void timer_masked(void)
{
	struct fixture f;

	begin(&f);
	set(&f, DIVIDE, BY_1);
	set(&f, TIMER, MASKED | PERIODIC | 0x31);
	set(&f, INITIAL, 300);
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	f.now += 1000;
	CU_ASSERT_EQUAL(get(&f, CURRENT), 200);
	set(&f, TIMER, PERIODIC | 0x31);
	CU_ASSERT(!board_interrupt(f.board));
	CU_ASSERT_EQUAL(board_next(f.board), f.now + 200);
	set(&f, DIVIDE, 0x0); /* goes on from the count that it has */
	CU_ASSERT_EQUAL(get(&f, CURRENT), 200);
	CU_ASSERT_EQUAL(board_next(f.board), f.now + 400);
	fixture_close(&f);
}

static void virtual_wire(void)
{
	struct fixture f;

	begin(&f);
	unmask(&f, 0x0010);
	out(&f, 0x3fc, 0x08);
	out(&f, 0x3f9, 0x02);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c); /* by LINT0, as firmware left it */
	CU_ASSERT_EQUAL(get(&f, ISR), 0);
	out(&f, 0x20, 0x20);
	out(&f, 0x3f9, 0x00);
	set(&f, LINT0, MASKED);
	out(&f, 0x3f9, 0x02);
	CU_ASSERT(!board_interrupt(f.board));
	board_set_apic_base(f.board, 0xfee00100, f.now); /* off: INTR is the 8259A's */
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x0c);
	CU_ASSERT_EQUAL(get(&f, VERSION), UINT32_MAX);
	fixture_close(&f);
}

/* LINT0 as an interrupt of its own: INTR's rising edge. */
static void lint0_fixed(void)
{
	struct fixture f;

	begin(&f);
	unmask(&f, 0x0010);
	set(&f, LINT0, 0x55);
	out(&f, 0x3fc, 0x08);
	out(&f, 0x3f9, 0x02);
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0x55);
	set(&f, EOI, 0);
	CU_ASSERT(!board_interrupt(f.board));
	fixture_close(&f);
}

static void off_by_software(void)
{
	struct fixture f;

	begin(&f);
	set(&f, TIMER, 0x40);
	set(&f, SVR, 0xff);
	CU_ASSERT_EQUAL(get(&f, TIMER), MASKED | 0x40);
	CU_ASSERT_EQUAL(get(&f, LINT0), MASKED | 0x700);
	set(&f, TIMER, 0x41);
	CU_ASSERT_EQUAL(get(&f, TIMER), MASKED | 0x41);
	fixture_close(&f);
}

static void moves(void)
{
	struct fixture f;

	begin(&f);
	board_set_apic_base(f.board, 0xd0000900, f.now);
	CU_ASSERT_EQUAL(get(&f, VERSION), UINT32_MAX);
	CU_ASSERT_EQUAL(board_read_memory(f.board, 0xd0000030, 4, f.now), 0x00040011);
	CU_ASSERT_EQUAL(board_read_memory(f.board, 0xd0000000 + SVR, 4, f.now), 0x1ff);
	board_set_apic_base(f.board, 0xfee00100, f.now);
	board_set_apic_base(f.board, 0xfee00900, f.now); /* comes back as after a reset */
	CU_ASSERT_EQUAL(get(&f, SVR), 0xff);
	CU_ASSERT_EQUAL(get(&f, LINT0), MASKED);
	fixture_close(&f);
}

static uint32_t errors(struct fixture *f)
{
	set(f, ESR, 0);
	return get(f, ESR);
}

static void messages_to_nobody_and_errors(void)
{
	struct fixture f;

	begin(&f);
	set(&f, LVT_ERROR, 0xe0);
	set(&f, ICR_HIGH, 5 << 24);
	set(&f, ICR, 0x4500); /* INIT to a processor that is not there */
	CU_ASSERT_EQUAL(f.resets, 0);
	CU_ASSERT_EQUAL(get(&f, ICR) & 0x1000, 0); /* and it has been sent */
	CU_ASSERT_EQUAL(board_acknowledge(f.board), 0xe0);
	set(&f, EOI, 0);
	CU_ASSERT_EQUAL(get(&f, ESR), 0); /* not before it is written */
	CU_ASSERT_EQUAL(errors(&f), 0x04);
	CU_ASSERT_EQUAL(errors(&f), 0);
	set(&f, LVT_ERROR, MASKED);
	set(&f, ICR, 0x4608); /* STARTUP */
	CU_ASSERT_EQUAL(errors(&f), 0x04);
	set(&f, ICR, TO_SELF | 0x0f);
	CU_ASSERT_EQUAL(errors(&f), 0x20);
	get(&f, 0x3f0);
	CU_ASSERT_EQUAL(errors(&f), 0x80);
	set(&f, ICR_HIGH, 0);
	set(&f, ICR, 0x0400); /* an NMI to this one */
	CU_ASSERT(board_take_nmi(f.board));
	CU_ASSERT(!board_take_nmi(f.board));
	CU_ASSERT_EQUAL(errors(&f), 0);
	fixture_close(&f);
}

static bool reaches(struct fixture *f, uint32_t destination, uint32_t logical)
{
	bool reached;

	set(f, ICR_HIGH, destination << 24);
	set(f, ICR, logical | 0x30);
	reached = board_interrupt(f->board);
	if (reached) {
		CU_ASSERT_EQUAL(board_acknowledge(f->board), 0x30);
		set(f, EOI, 0);
	}
	return reached;
}

static void destinations(void)
{
	enum { LOGICAL = 1 << 11 };
	struct fixture f;

	begin(&f);
	set(&f, ID, 3 << 24);
	CU_ASSERT(reaches(&f, 3, 0) && !reaches(&f, 0, 0) && reaches(&f, 15, 0));
	set(&f, LDR, 0x04u << 24);
	CU_ASSERT(reaches(&f, 0x06, LOGICAL) && !reaches(&f, 0x03, LOGICAL) && reaches(&f, 0xff, LOGICAL));
	set(&f, DFR, 0); /* clusters */
	set(&f, LDR, 0x24u << 24);
	CU_ASSERT(reaches(&f, 0x25 | 0x04, LOGICAL) && !reaches(&f, 0x14, LOGICAL) && !reaches(&f, 0x22, LOGICAL));
	fixture_close(&f);
}

static void travels(void)
{
	struct fixture f, other;
	uint8_t *bytes;
	size_t size;

	begin(&f);
	set(&f, DIVIDE, BY_1);
	set(&f, TIMER, PERIODIC | 0x44);
	set(&f, INITIAL, 777);
	pass(&f, 1000);
	size = board_save(f.board, NULL, 0);
	bytes = malloc(size);
	CU_ASSERT_EQUAL(board_save(f.board, bytes, size), size);
	begin(&other);
	other.now = f.now;
	CU_ASSERT_FATAL(board_load(other.board, bytes, size));
	CU_ASSERT_EQUAL(get(&other, CURRENT), get(&f, CURRENT));
	CU_ASSERT_EQUAL(board_next(other.board), board_next(f.board));
	CU_ASSERT_EQUAL(board_acknowledge(other.board), 0x44);
	free(bytes);
	fixture_close(&f);
	fixture_close(&other);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"is not there unless asked for", is_not_there_unless_asked_for},
		{"tells of itself", tells_of_itself},
		{"registers", registers},
		{"requests by priority", requests_by_priority},
		{"task priority", task_priority},
		{"timer, once", timer_once},
		{"timer, again and again", timer_again_and_again},
		{"timer, masked", timer_masked},
		{"virtual wire", virtual_wire},
		{"LINT0 with a vector of its own", lint0_fixed},
		{"off by software", off_by_software},
		{"moves", moves},
		{"messages to nobody, and errors", messages_to_nobody_and_errors},
		{"destinations", destinations},
		{"travels", travels},
		{0},
	};

	return harness_main("lapic", tests);
}
