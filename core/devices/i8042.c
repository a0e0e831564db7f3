/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/i8042.c - the keyboard controller at ports 60 and 64, as IBM's AT and PS/2 references
 * describe it: one keyboard, no mouse. The controller answers at once; a byte of the keyboard takes
 * 100 microseconds through the wire, so that a handler that reads port 60 twice sees it twice.
 *
 *   status, port 64:  parity time-out aux-data inhibit command system input-full output-full
 *                     7      6        5        4       3       2      1          0
 */
#include "core/devices/device.h"

#include <stdio.h>

enum { BYTE_HZ = 10000 };
enum {
	CCB_IRQ1 = 0x01,
	CCB_IRQ12 = 0x02,
	CCB_SYSTEM = 0x04,
	CCB_KEYBOARD_OFF = 0x10,
	CCB_AUX_OFF = 0x20,
	CCB_TRANSLATE = 0x40
};
enum { OUT_NOT_RESET = 0x01, OUT_A20 = 0x02, OUT_OBF = 0x10 };
enum {
	STATUS_OBF = 0x01,
	STATUS_SYSTEM = 0x04,
	STATUS_COMMAND = 0x08,
	STATUS_UNLOCKED = 0x10,
	STATUS_AUX = 0x20,
	STATUS_TIMEOUT = 0x40
};
enum { AUX_ABSENT = 0x01 }; /* clock line stuck low */

/* Set 2 to set 1, as the controller's ROM has it. */
static const uint8_t translation[256] = {
	0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
	0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
	0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
	0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
	0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
	0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
	0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
	0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
	0x80, 0x81, 0x82, 0x41, 0x54, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
	0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
	0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf,
	0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};

static void update_line(struct board *board)
{
	const struct i8042_state *kbc = &board->state.i8042;

	line_set(board, IRQ_KEYBOARD,
		     kbc->output_full && !kbc->output_aux && kbc->ram[0] & CCB_IRQ1);
}

static void put_output(struct board *board, uint8_t byte)
{
	struct i8042_state *kbc = &board->state.i8042;

	kbc->output = byte;
	kbc->output_full = 1;
	kbc->output_aux = kbc->output_timeout = 0;
	update_line(board);
}

/* The controller's own answer; waits when a byte of the keyboard stands in the buffer. */
static void reply(struct board *board, uint8_t byte)
{
	struct i8042_state *kbc = &board->state.i8042;

	if (!kbc->output_full) {
		put_output(board, byte);
		return;
	}
	kbc->reply = byte;
	kbc->reply_full = 1;
}

static bool keyboard_may_send(const struct board *board)
{
	const struct i8042_state *kbc = &board->state.i8042;

	return board->state.keyboard.count && !kbc->output_full &&
	       !(kbc->ram[0] & CCB_KEYBOARD_OFF);
}

static void schedule(struct board *board)
{
	struct i8042_state *kbc = &board->state.i8042;

	if (!keyboard_may_send(board))
		kbc->ready = BOARD_NEVER;
	else if (kbc->ready == BOARD_NEVER)
		kbc->ready = board->state.now + time_cycles(board, 1, BYTE_HZ);
}

/* A byte from the keyboard came through the wire. */
static void receive(struct board *board)
{
	struct i8042_state *kbc = &board->state.i8042;
	struct keyboard_state *keyboard = &board->state.keyboard;
	uint8_t byte = keyboard->queue[keyboard->head];

	keyboard->head = (keyboard->head + 1) % KEY_QUEUE;
	keyboard->count--;
	keyboard->last = byte;
	if (kbc->ram[0] & CCB_TRANSLATE) {
		if (byte == 0xf0) {
			kbc->translate_break = 0x80;
			return;
		}
		byte = translation[byte] | kbc->translate_break;
		kbc->translate_break = 0;
	}
	put_output(board, byte);
}

static void i8042_act(struct board *board, unsigned unit)
{
	struct i8042_state *kbc = &board->state.i8042;

	(void)unit;
	schedule(board);
	if (kbc->ready > board->state.now)
		return;
	while (keyboard_may_send(board))
		receive(board); /* F0 makes no byte: go on to its code */
	schedule(board);
}

static uint64_t i8042_next(const struct board *board, unsigned unit)
{
	const struct i8042_state *kbc = &board->state.i8042;

	(void)unit;
	if (!(kbc->ram[0] & CCB_IRQ1) || line_masked(board, IRQ_KEYBOARD))
		return BOARD_NEVER;
	return kbc->ready;
}

static void write_output_port(struct board *board, uint8_t value)
{
	board->state.i8042.output_port = value;
	chipset_set_a20(board, value & OUT_A20);
	if (!(value & OUT_NOT_RESET))
		chipset_reset_processor(board);
}

static uint8_t read_output_port(const struct board *board)
{
	const struct i8042_state *kbc = &board->state.i8042;
	uint8_t value = kbc->output_port & (uint8_t)~(OUT_A20 | OUT_OBF);

	return value | (board->state.chipset.a20 ? OUT_A20 : 0) | (kbc->output_full ? OUT_OBF : 0);
}

static void write_command_byte(struct i8042_state *kbc, uint8_t value)
{
	/* No second port: its clock stays off whatever is written. */
	kbc->ram[0] = (uint8_t)((value & 0x7f) | CCB_AUX_OFF);
}

static void controller_command(struct board *board, uint8_t value)
{
	struct i8042_state *kbc = &board->state.i8042;

	kbc->command = 0;
	if ((value & 0xe0) == 0x20) {
		reply(board, kbc->ram[value & 0x1f]);
		return;
	}
	if ((value & 0xe0) == 0x60 || (value >= 0xd1 && value <= 0xd4)) {
		kbc->command = value;
		return;
	}
	switch (value) {
	case 0xa9:
		reply(board, AUX_ABSENT);
		break;
	case 0xaa:
		kbc->output_full = kbc->reply_full = 0;
		write_command_byte(kbc, (uint8_t)(kbc->ram[0] | CCB_SYSTEM));
		reply(board, 0x55);
		break;
	case 0xab:
		reply(board, 0x00);
		break;
	case 0xad:
		kbc->ram[0] |= CCB_KEYBOARD_OFF;
		break;
	case 0xae:
		kbc->ram[0] &= (uint8_t)~CCB_KEYBOARD_OFF;
		break;
	case 0xc0:
		reply(board, 0xa0); /* not locked, colour display */
		break;
	case 0xd0:
		reply(board, read_output_port(board));
		break;
	case 0xdd:
		chipset_set_a20(board, false);
		break;
	case 0xdf:
		chipset_set_a20(board, true);
		break;
	case 0xe0:
		reply(board, 0x00);
		break;
	default:
		/* F0 to FF pulse the output port's low lines; line 0 is the processor's RESET. */
		if (value >= 0xf0 && !(value & 1))
			chipset_reset_processor(board);
	}
}

static void command_data(struct board *board, uint8_t command, uint8_t value)
{
	struct i8042_state *kbc = &board->state.i8042;

	kbc->command = 0;
	switch (command) {
	case 0x60:
		write_command_byte(kbc, value);
		break;
	case 0xd1:
		write_output_port(board, value);
		break;
	case 0xd2:
		put_output(board, value);
		break;
	case 0xd3: /* echo of the second port: there is none */
		break;
	case 0xd4: /* to the mouse: nobody answers */
		put_output(board, 0xfe);
		kbc->output_aux = kbc->output_timeout = 1;
		break;
	default:
		kbc->ram[command & 0x1f] = value;
	}
}

static void i8042_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
			uint32_t value)
{
	struct i8042_state *kbc = &board->state.i8042;

	(void)unit, (void)size;
	kbc->last_was_command = port == 0x64;
	if (port == 0x64) {
		controller_command(board, (uint8_t)value);
	} else if (kbc->command) {
		command_data(board, kbc->command, (uint8_t)value);
	} else {
		kbc->ram[0] &= (uint8_t)~CCB_KEYBOARD_OFF; /* talking to the keyboard enables it */
		kbc->translate_break = 0;
		keyboard_write(board, (uint8_t)value);
	}
	update_line(board);
	schedule(board);
}

static uint8_t status(const struct i8042_state *kbc)
{
	return (uint8_t)((kbc->output_full ? STATUS_OBF : 0) |
			 (kbc->ram[0] & CCB_SYSTEM ? STATUS_SYSTEM : 0) |
			 (kbc->last_was_command ? STATUS_COMMAND : 0) | STATUS_UNLOCKED |
			 (kbc->output_aux ? STATUS_AUX : 0) |
			 (kbc->output_timeout ? STATUS_TIMEOUT : 0));
}

static uint32_t i8042_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	struct i8042_state *kbc = &board->state.i8042;
	uint8_t byte = kbc->output;

	(void)unit, (void)size;
	if (port == 0x64)
		return status(kbc);
	kbc->output_full = kbc->output_aux = kbc->output_timeout = 0;
	update_line(board);
	if (kbc->reply_full) {
		kbc->reply_full = 0;
		put_output(board, kbc->reply);
		kbc->reply = 0;
	}
	schedule(board);
	return byte;
}

static void i8042_reset(struct board *board, unsigned unit)
{
	struct i8042_state *kbc = &board->state.i8042;

	(void)unit;
	memset(kbc, 0, sizeof *kbc);
	kbc->ready = BOARD_NEVER;
	kbc->ram[0] = CCB_AUX_OFF | CCB_KEYBOARD_OFF;
	kbc->output_port = OUT_NOT_RESET | OUT_A20;
	keyboard_reset(board);
	update_line(board);
}

static bool i8042_valid(const struct board_state *state, unsigned unit)
{
	(void)unit;
	return keyboard_valid(&state->keyboard);
}

static void i8042_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct i8042_state *kbc = &board->state.i8042;

	(void)unit;
	snprintf(text, size,
		 "status %02x, command byte %02x, output %02x%s, %u waiting, keyboard set %u%s, "
		 "LEDs %x",
		 status(kbc), kbc->ram[0], kbc->output, kbc->output_full ? " (full)" : "",
		 board->state.keyboard.count, board->state.keyboard.set,
		 board->state.keyboard.scanning ? "" : " (not scanning)",
		 board->state.keyboard.leds);
}

const struct device i8042_device = {
	.name = "i8042",
	.ranges = 2,
	.range = { { 0x60, 0x60, false }, { 0x64, 0x64, false } },
	.reset = i8042_reset,
	.read = i8042_read,
	.write = i8042_write,
	.act = i8042_act,
	.next = i8042_next,
	.valid = i8042_valid,
	.describe = i8042_describe,
};
