/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/keyboard.c - a PS/2 keyboard: its commands and its scan code sets 1 and 2. It hands bytes
 * to the 8042 (i8042.c), which as a rule translates set 2 back into set 1.
 */
#include "core/devices/device.h"

#include <string.h>

enum {
	KEY_ACK = 0xfa,
	KEY_RESEND = 0xfe,
	KEY_PASSED = 0xaa,
	KEY_BREAK = 0xf0,
	KEY_E0 = 0xe0,
	KEY_E1 = 0xe1
};
enum { REPLY_ROOM = 8 }; /* kept free for answers, so that typing cannot push them out */

/* Set 2 make code of each set 1 make code: the keyboard matrix of the AT. */
static const uint8_t set2[0x60] = {
	0x00, 0x76, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66, 0x0d,
	0x15, 0x1d, 0x24, 0x2d, 0x2c, 0x35, 0x3c, 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a, 0x14, 0x1c, 0x1b,
	0x23, 0x2b, 0x34, 0x33, 0x3b, 0x42, 0x4b, 0x4c, 0x52, 0x0e, 0x12, 0x5d, 0x1a, 0x22, 0x21, 0x2a,
	0x32, 0x31, 0x3a, 0x41, 0x49, 0x4a, 0x59, 0x7c, 0x11, 0x29, 0x58, 0x05, 0x06, 0x04, 0x0c, 0x03,
	0x0b, 0x83, 0x0a, 0x01, 0x09, 0x77, 0x7e, 0x6c, 0x75, 0x7d, 0x7b, 0x6b, 0x73, 0x74, 0x79, 0x69,
	0x72, 0x7a, 0x70, 0x71, 0x84, 0x60, 0x61, 0x78, 0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f,
};

static void send(struct keyboard_state *keyboard, uint8_t byte)
{
	if (keyboard->count < KEY_QUEUE)
		keyboard->queue[(keyboard->head + keyboard->count++) % KEY_QUEUE] = byte;
}

static void send_key(struct keyboard_state *keyboard, uint8_t code)
{
	uint8_t make = code & 0x7f;

	if (keyboard->set == 1 || code == KEY_E0 || code == KEY_E1) {
		send(keyboard, code);
		return;
	}
	if (code & 0x80)
		send(keyboard, KEY_BREAK);
	send(keyboard, make < sizeof set2 ? set2[make] : make);
}

size_t board_key_input(struct board *board, const uint8_t *scancodes, size_t size)
{
	struct keyboard_state *keyboard = &board->state.keyboard;
	size_t taken = 0;

	board_catch_up(board);
	for (; taken < size && keyboard->count + REPLY_ROOM + 2 <= KEY_QUEUE; taken++) {
		if (keyboard->scanning)
			send_key(keyboard, scancodes[taken]);
	}
	board_catch_up(board);
	return taken;
}

static void defaults(struct keyboard_state *keyboard)
{
	keyboard->set = 2;
	keyboard->typematic = 0x2b; /* 10.9 characters a second after half a second */
	keyboard->leds = 0;
}

static void set_scan_codes(struct keyboard_state *keyboard, uint8_t value)
{
	if (value == 0) {
		send(keyboard, KEY_ACK);
		send(keyboard, keyboard->set);
	} else if (value <= 2) {
		keyboard->set = value;
		send(keyboard, KEY_ACK);
	} else {
		send(keyboard, KEY_RESEND); /* set 3: few keyboards had it */
	}
}

static void argument(struct keyboard_state *keyboard, uint8_t command, uint8_t value)
{
	keyboard->command = 0;
	if (command == 0xf0) {
		set_scan_codes(keyboard, value);
		return;
	}
	if (command == 0xed)
		keyboard->leds = value & 7;
	else
		keyboard->typematic = value & 0x7f;
	send(keyboard, KEY_ACK);
}

static void command(struct keyboard_state *keyboard, uint8_t value)
{
	keyboard->count = 0; /* a command throws away what was not yet sent */
	switch (value) {
	case 0xed: /* LEDs */
	case 0xf0: /* scan code set */
	case 0xf3: /* typematic rate */
		keyboard->command = value;
		send(keyboard, KEY_ACK);
		return;
	case 0xee: /* echo */
		send(keyboard, 0xee);
		return;
	case 0xf2: /* identify: an MF2 keyboard */
		send(keyboard, KEY_ACK);
		send(keyboard, 0xab);
		send(keyboard, 0x83);
		return;
	case 0xf4:
		keyboard->scanning = 1;
		break;
	case 0xf5:
	case 0xf6:
		defaults(keyboard);
		keyboard->scanning = value == 0xf6;
		break;
	case 0xf7: case 0xf8: case 0xf9: case 0xfa: /* key types: of set 3 only */
		break;
	case 0xfe:
		send(keyboard, keyboard->last);
		return;
	case 0xff:
		defaults(keyboard);
		keyboard->scanning = 1;
		send(keyboard, KEY_ACK);
		send(keyboard, KEY_PASSED);
		return;
	default:
		send(keyboard, KEY_RESEND);
		return;
	}
	send(keyboard, KEY_ACK);
}

void keyboard_write(struct board *board, uint8_t value)
{
	struct keyboard_state *keyboard = &board->state.keyboard;

	/* A command in place of an argument is a command. */
	if (keyboard->command && value < 0xed)
		argument(keyboard, keyboard->command, value);
	else {
		keyboard->command = 0;
		command(keyboard, value);
	}
}

void keyboard_reset(struct board *board)
{
	struct keyboard_state *keyboard = &board->state.keyboard;

	memset(keyboard, 0, sizeof *keyboard);
	keyboard->scanning = 1;
	keyboard->last = KEY_PASSED;
	defaults(keyboard);
}

bool keyboard_valid(const struct keyboard_state *keyboard)
{
	return keyboard->head < KEY_QUEUE && keyboard->count <= KEY_QUEUE && keyboard->set >= 1 &&
	       keyboard->set <= 2;
}
