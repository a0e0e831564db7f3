/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/chipset.c - what is left of a PC's chipset: A20 and the fast reset (port 92), reset
 * control (CF9), POST code (80), the x87's error line (F0), DMA registers that are kept and never used; and two friends of every
 * emulator: isa-debug-exit at F4 (four bytes) and the debug console at E9, which reads as E9.
 */
#include "core/devices/device.h"

#include <stdio.h>

enum { PORT92_RESET = 0x01, PORT92_A20 = 0x02, CF9_RESET = 0x04 };

void chipset_set_a20(struct board *board, bool enabled)
{
	if (board->state.chipset.a20 == enabled)
		return;
	board->state.chipset.a20 = enabled;
	if (board->output.a20)
		board->output.a20(board->output.owner, enabled);
}

void chipset_reset_processor(struct board *board)
{
	if (board->output.reset)
		board->output.reset(board->output.owner);
}

static void write_port92(struct board *board, uint8_t value)
{
	struct chipset_state *chipset = &board->state.chipset;
	bool reset = value & PORT92_RESET && !(chipset->port92 & PORT92_RESET);

	chipset->port92 = value;
	chipset_set_a20(board, value & PORT92_A20);
	if (reset)
		chipset_reset_processor(board);
}

static void write_cf9(struct board *board, uint8_t value)
{
	struct chipset_state *chipset = &board->state.chipset;
	bool reset = value & CF9_RESET && !(chipset->cf9 & CF9_RESET);

	chipset->cf9 = value & 0x0e;
	if (reset)
		chipset_reset_processor(board);
}

static void ignore_error(struct board *board, bool asserted)
{
	if (board->state.chipset.ignores_error == asserted)
		return;
	board->state.chipset.ignores_error = asserted;
	if (board->output.ignore_numeric_error)
		board->output.ignore_numeric_error(board->output.owner, asserted);
}

void board_numeric_error(struct board *board, bool asserted)
{
	board->state.chipset.numeric_error = asserted;
	line_set(board, IRQ_X87, asserted);
	if (!asserted)
		ignore_error(board, false);
}

/* Any value: the interrupt is taken back, and the handler's own x87 instructions are let through. */
static void write_f0(struct board *board)
{
	line_set(board, IRQ_X87, false);
	if (board->state.chipset.numeric_error)
		ignore_error(board, true);
}

static void debug_exit(struct board *board, uint32_t value)
{
	board_catch_up(board); /* what has left the machine by now has left it */
	board->state.chipset.exit_value = value;
	board->state.chipset.exited = 1;
	if (board->output.exit)
		board->output.exit(board->output.owner, value);
}

static void debug_byte(struct board *board, uint8_t byte)
{
	board->state.chipset.debug_bytes++;
	if (board->output.debug)
		board->output.debug(board->output.owner, byte);
}

static bool is_exit(uint16_t port)
{
	return port >= 0xf4 && port <= 0xf7;
}

/* CF9 is a byte in the middle of the address register of a PCI bridge, which is not there. */
static bool is_absent_pci(uint16_t port, unsigned size)
{
	return port >= 0xcf8 && port <= 0xcfb && !(port == 0xcf9 && size == 1);
}

static uint8_t *dma_register(struct chipset_state *chipset, uint16_t port)
{
	if (port >= 0x80 && port <= 0x8f)
		return &chipset->page[port & 15];
	return &chipset->dma[port >= 0xc0 ? port - 0xc0 + 0x10 : port];
}

static void write_byte(struct board *board, uint16_t port, uint8_t value)
{
	struct chipset_state *chipset = &board->state.chipset;

	switch (port) {
	case 0x80:
		chipset->post = value;
		break;
	case 0x92:
		write_port92(board, value);
		break;
	case 0xe9:
		debug_byte(board, value);
		break;
	case 0xf0:
		write_f0(board);
		break;
	case 0xcf9:
		write_cf9(board, value);
		break;
	default:
		*dma_register(chipset, port) = value;
	}
}

static uint8_t read_byte(struct board *board, uint16_t port)
{
	struct chipset_state *chipset = &board->state.chipset;

	switch (port) {
	case 0x80:
		return chipset->post;
	case 0x92:
		return (uint8_t)((chipset->port92 & ~PORT92_A20) | (chipset->a20 ? PORT92_A20 : 0));
	case 0xe9:
		return 0xe9;
	case 0xf0:
		return 0xff;
	case 0xcf9:
		return chipset->cf9;
	default:
		return *dma_register(chipset, port);
	}
}

static void chipset_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
			  uint32_t value)
{
	(void)unit;
	if (is_exit(port))
		debug_exit(board, value);
	else if (!is_absent_pci(port, size))
		write_byte(board, port, (uint8_t)value);
}

static uint32_t chipset_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	(void)unit;
	if (is_exit(port))
		return 0;
	return is_absent_pci(port, size) ? UINT32_MAX : read_byte(board, port);
}

static void chipset_reset(struct board *board, unsigned unit)
{
	struct chipset_state *chipset = &board->state.chipset;
	uint8_t a20 = chipset->a20;

	(void)unit;
	ignore_error(board, false);
	memset(chipset, 0, sizeof *chipset);
	chipset->a20 = a20;
}

static bool chipset_valid(const struct board_state *state, unsigned unit)
{
	(void)unit;
	return state->chipset.a20 <= 1 && state->chipset.numeric_error <= 1 && state->chipset.ignores_error <= 1;
}

static void chipset_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct chipset_state *chipset = &board->state.chipset;
	int length;

	(void)unit;
	length = snprintf(text, size, "A20 %s, POST %02x, %llu debug bytes",
			  chipset->a20 ? "on" : "off", chipset->post,
			  (unsigned long long)chipset->debug_bytes);
	if (chipset->exited && length > 0 && (size_t)length < size)
		snprintf(text + length, size - (size_t)length, ", exit value %x",
			 chipset->exit_value);
}

const struct device chipset_device = {
	.name = "chipset",
	.ranges = 8,
	.range = {{0x00, 0x0f, false},
		  {0x80, 0x8f, false},
		  {0x92, 0x92, false},
		  {0xc0, 0xdf, false},
		  {0xe9, 0xe9, false},
		  {0xf0, 0xf0, false},
		  {0xf4, 0xf7, true},
		  {0xcf8, 0xcfb, true}},
	.reset = chipset_reset,
	.read = chipset_read,
	.write = chipset_write,
	.valid = chipset_valid,
	.describe = chipset_describe,
};
