/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/serial.h - a serial port on model time, as the board sees it: eight registers, an interrupt line, one moment at which it wants to
 * be asked again, a terminal at the other end. The VMM's own is the 16550 of devices/uart_timed.c (National's data sheet); a lab
 * may put another in its place (labs/plugin/device_part.c).
 */
#ifndef RINGSIDE_CORE_SERIAL_H
#define RINGSIDE_CORE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

struct board;

enum { SERIAL_STATE = 256 };

/* All that is kept of one; plain data, which snapshots carry. Zero is its state after a reset, but for the moments. */
struct serial_device {
	uint64_t deadline;  /* model cycles: when it wants SERIAL_TIME; BOARD_NEVER */
	uint64_t character; /* model cycles that a character takes on the line, for the terminal sends as fast */
	uint64_t arrives;   /* the board's: when the terminal's next character is there; 0: one will begin, BOARD_NEVER: none */
	_Alignas(8) uint8_t state[SERIAL_STATE];
	uint8_t line;       /* 1: it asks for its interrupt */
	uint8_t own;        /* the board's: 1, the state is that of the VMM's own model */
};

enum serial_moment { SERIAL_READ, SERIAL_WRITE, SERIAL_TIME, SERIAL_RECEIVE };

struct serial_call {
	enum serial_moment moment;
	uint64_t now;       /* of SERIAL_TIME the deadline itself, however late it is */
	uint64_t frequency; /* model cycles in a second */
	uint8_t offset;     /* of the register, 0 to 7 */
	uint8_t value;      /* written, or received; to be filled when it is read */
	bool sent;          /* to be filled: `output` is through, and the terminal has it */
	uint8_t output;
	struct serial_device *device;
};

/* Does what the moment asks. */
typedef void serial_model(void *owner, struct serial_call *call);

/* Puts another model in the place of a port's own, as it is after a reset and after the firmware has set it up. Before the machine
 * runs. `owner` outlives the board's last access. */
void board_serial_stand_in(struct board *board, unsigned port, serial_model *model, void *owner);

/* What somebody sees who looks on at a port on model time: each access, each character that is through, and each change of the
 * interrupt line that anybody can hear, in their order. */
enum serial_sight { SERIAL_SAW_READ, SERIAL_SAW_WRITE, SERIAL_SAW_LINE, SERIAL_SAW_OUTPUT };
struct serial_seen {
	enum serial_sight sight;
	uint8_t offset, value, line; /* the line as it is behind it */
	uint64_t now;
};
typedef void serial_watch(void *owner, const struct serial_seen *seen);
/* NULL: nobody looks any more. */
void board_serial_watch(struct board *board, unsigned port, serial_watch *watch, void *owner);

#endif
