/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/firmware.c - what the firmware of a PC has done to the devices before it starts a boot
 * loader, as plain port writes. Guests are entered without a BIOS, and they count on this state:
 *
 *   PICs     vectors 08 and 70, edge triggered, every line masked but the cascade
 *   PIT      counter 0: mode 3, 65536 (18.2 Hz); counter 1: mode 2, 18 (refresh); counter 2 off
 *   CMOS     24 hours, BCD; memory size, disk geometry, checksum
 *   8042     keyboard on, translated to set 1, IRQ 1; A20 on
 *   UARTs    115200 baud, 8 bits, no parity, no interrupts
 *   VGA      mode 3: 80 by 25 characters of 9 by 16 dots, colour at 3D4, cursor at 0
 *   APICs    virtual wire mode: LINT0 passes the 8259's interrupts on, LINT1 is NMI; the I/O APIC has ID 1
 */
#include "core/devices/lapic.h"

struct port_write {
	uint16_t port;
	uint8_t value;
};

static const struct port_write setup[] = {
	/* PICs */
	{ 0x20, 0x11 }, { 0xa0, 0x11 }, { 0x21, 0x08 }, { 0xa1, 0x70 }, { 0x21, 0x04 }, { 0xa1, 0x02 },
	{ 0x21, 0x01 }, { 0xa1, 0x01 }, { 0x21, 0xfb }, { 0xa1, 0xff }, { 0x4d0, 0x00 }, { 0x4d1, 0x00 },
	/* PIT */
	{ 0x43, 0x36 }, { 0x40, 0x00 }, { 0x40, 0x00 }, { 0x43, 0x54 }, { 0x41, 0x12 }, { 0x61, 0x00 },
	/* 8042 */
	{ 0x64, 0x60 }, { 0x60, 0x65 }, { 0x92, 0x02 },
	/* VGA */
	{ 0x3c2, 0x67 },
};

/* Of each serial port: offsets of registers. */
static const struct port_write uart_setup[] = { { 3, 0x83 }, { 0, 0x01 }, { 1, 0x00 }, { 3, 0x03 }, { 4, 0x03 } };

static const uint8_t sequencer[] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
static const uint8_t crtc[] = {
	0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
	0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
};
static const uint8_t graphics[] = { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff };
static const uint8_t attribute[] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
	0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00,
};

static void out(struct board *board, uint16_t port, uint8_t value)
{
	board_write(board, port, 1, value, board->state.now);
}

static void out_indexed(struct board *board, uint16_t port, const uint8_t *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		out(board, port, (uint8_t)i);
		out(board, port + 1, values[i]);
	}
}

/* The 64 colours of an EGA: two bits each of red, green, blue, as rgbRGB. */
static void set_palette(struct board *board)
{
	out(board, 0x3c8, 0);
	for (unsigned colour = 0; colour < 64; colour++) {
		for (int component = 2; component >= 0; component--) {
			unsigned strong = colour >> component & 1;
			unsigned weak = colour >> (component + 3) & 1;

			out(board, 0x3c9, (uint8_t)(strong * 0x2a + weak * 0x15));
		}
	}
}

static void setup_vga(struct board *board)
{
	out(board, 0x3d4, 0x11);
	out(board, 0x3d5, 0x00); /* lets registers 0 to 7 be written */
	out_indexed(board, 0x3d4, crtc, sizeof crtc);
	out_indexed(board, 0x3c4, sequencer, sizeof sequencer);
	out_indexed(board, 0x3ce, graphics, sizeof graphics);
	board_read(board, 0x3da, 1, board->state.now);
	for (unsigned i = 0; i < sizeof attribute; i++) {
		out(board, 0x3c0, (uint8_t)i);
		out(board, 0x3c0, attribute[i]);
	}
	out(board, 0x3c0, 0x20); /* display on */
	set_palette(board);
}

/* ---- CMOS ---- */

static void cmos(struct board *board, uint8_t index, uint64_t value)
{
	out(board, 0x70, index);
	out(board, 0x71, (uint8_t)value);
}

static void cmos_word(struct board *board, uint8_t index, uint64_t value)
{
	cmos(board, index, value & 0xff);
	cmos(board, index + 1, value >> 8 & 0xff);
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
	return value < limit ? value : limit;
}

static void setup_memory_size(struct board *board)
{
	const uint64_t mib = UINT64_C(1) << 20;
	uint64_t size = board->memory_size;
	uint64_t extended = size > mib ? at_most((size - mib) >> 10, 0xffff) : 0;
	uint64_t above_16 = size > 16 * mib ? at_most((size - 16 * mib) >> 16, 0xffff) : 0;

	cmos_word(board, 0x15, at_most(size >> 10, 640));
	cmos_word(board, 0x17, extended);
	cmos_word(board, 0x30, extended);
	cmos_word(board, 0x34, above_16);
}

/* Type 47 with its geometry from `index` on: cylinders, heads, precompensation, control, landing, sectors. */
static void setup_disk(struct board *board, unsigned unit, uint8_t index)
{
	const struct ata_drive *drive = &board->state.ata[0].drive[unit];

	if (!disk_present(&board->disk[unit]))
		return;
	cmos(board, (uint8_t)(0x19 + unit), 47);
	cmos_word(board, index, drive->cylinders);
	cmos(board, index + 2, drive->heads);
	cmos_word(board, index + 3, 0xffff);
	cmos(board, index + 5, drive->heads > 8 ? 0xc8 : 0xc0);
	cmos_word(board, index + 6, drive->cylinders);
	cmos(board, index + 8, drive->sectors);
}

static void setup_cmos(struct board *board)
{
	unsigned sum = 0;

	cmos(board, 0x10, 0x00); /* no floppy drives */
	cmos(board, 0x12,
	     (disk_present(&board->disk[0]) ? 0xf0 : 0) |
		     (disk_present(&board->disk[1]) ? 0x0f : 0));
	cmos(board, 0x14, 0x00); /* display with its own firmware; no mouse */
	setup_memory_size(board);
	setup_disk(board, 0, 0x1b);
	setup_disk(board, 1, 0x24);
	for (uint8_t index = 0x10; index <= 0x2d; index++) {
		out(board, 0x70, index);
		sum += board_read(board, 0x71, 1, board->state.now);
	}
	cmos(board, 0x2e, sum >> 8 & 0xff);
	cmos(board, 0x2f, sum & 0xff);
	out(board, 0x70, 0x0d);
}

/* Intel MultiProcessor Specification 1.4, 3.6.2.2. */
static void setup_apic(struct board *board)
{
	enum { SPURIOUS = 0xff };
	const uint64_t lapic = lapic_base(board), now = board->state.now;

	board_write_memory(board, lapic + (LAPIC_SVR << 4), 4, SVR_ENABLE | SPURIOUS, now);
	board_write_memory(board, lapic + (LAPIC_LVT_LINT0 << 4), 4, DELIVER_EXTINT << LVT_MODE_SHIFT, now);
	board_write_memory(board, lapic + (LAPIC_LVT_LINT1 << 4), 4, DELIVER_NMI << LVT_MODE_SHIFT, now);
	board_write_memory(board, IOAPIC_BASE, 4, 0, now);
	board_write_memory(board, IOAPIC_BASE + 0x10, 4, IOAPIC_ID << 24, now);
}

void firmware_setup_uart(struct board *board, unsigned port)
{
	for (unsigned i = 0; i < sizeof uart_setup / sizeof uart_setup[0]; i++)
		out(board, (uint16_t)((port ? 0x2f8 : 0x3f8) + uart_setup[i].port), uart_setup[i].value);
}

void firmware_setup(struct board *board)
{
	for (unsigned i = 0; i < sizeof setup / sizeof setup[0]; i++)
		out(board, setup[i].port, setup[i].value);
	for (unsigned port = 0; port < SERIAL_PORTS; port++)
		firmware_setup_uart(board, port);
	setup_vga(board);
	setup_cmos(board);
	if (board->apic)
		setup_apic(board);
}
