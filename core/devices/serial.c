/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/serial.c - a serial port on model time (serial.h): its model is told in the order of time what happens, its deadline
 * and the terminal's characters before an access that comes later; what it wants reaches the interrupt line and the terminal.
 */
#include "core/devices/serial_port.h"

#include <stdio.h>

static void see(struct board *board, unsigned unit, enum serial_sight sight, const struct serial_call *call, uint8_t value)
{
	const struct serial_port *port = &board->serial[unit];
	struct serial_seen seen = {sight, call->offset, value, call->device->line, board->state.now};

	if (port->watch)
		port->watch(port->watcher, &seen);
}

static void tell(struct board *board, unsigned unit, struct serial_call *call)
{
	struct serial_device *device = &board->state.serial[unit];
	uint8_t before = device->line;

	call->frequency = board->frequency;
	call->device = device;
	board->serial[unit].model(board->serial[unit].owner, call);
	if (device->deadline <= call->now)
		device->deadline = BOARD_NEVER;
	if (call->sent) {
		see(board, unit, SERIAL_SAW_OUTPUT, call, call->output);
		if (board->output.serial)
			board->output.serial(board->output.owner, unit, call->output);
	}
	if (device->line != before && !line_masked(board, serial_irq(unit)))
		see(board, unit, SERIAL_SAW_LINE, call, 0);
	line_set(board, serial_irq(unit), device->line);
}

/* ---- the terminal at the other end ---- */

static void begin_character(struct board *board, unsigned unit, uint64_t from)
{
	struct serial_device *device = &board->state.serial[unit];

	device->arrives = BOARD_NEVER;
	if (board->state.uart[unit].queue_count)
		device->arrives = from + (device->character ? device->character : 1);
}

static void character_came(struct board *board, unsigned unit)
{
	struct uart_state *wire = &board->state.uart[unit];
	struct serial_call call = {.moment = SERIAL_RECEIVE, .now = board->state.serial[unit].arrives};

	call.value = wire->queue[wire->queue_head];
	wire->queue_head = (wire->queue_head + 1) % UART_QUEUE;
	wire->queue_count--;
	tell(board, unit, &call);
	begin_character(board, unit, call.now);
}

void serial_act(struct board *board, unsigned unit)
{
	struct serial_device *device = &board->state.serial[unit];

	if (device->arrives == 0)
		begin_character(board, unit, board->state.now);
	while (device->deadline <= board->state.now || device->arrives <= board->state.now) {
		struct serial_call call = {.moment = SERIAL_TIME, .now = device->deadline};

		if (device->arrives < device->deadline)
			character_came(board, unit);
		else
			tell(board, unit, &call);
	}
}

uint64_t serial_next(const struct board *board, unsigned unit)
{
	const struct serial_device *device = &board->state.serial[unit];

	if (device->arrives == 0)
		return 0;
	if (line_masked(board, serial_irq(unit)))
		return BOARD_NEVER;
	return device->deadline < device->arrives ? device->deadline : device->arrives;
}

/* Called without a clock that is right: the first character begins when the board is asked next, which is at once. */
void serial_input(struct board *board, unsigned unit)
{
	if (board->state.serial[unit].arrives == BOARD_NEVER && board->state.uart[unit].queue_count)
		board->state.serial[unit].arrives = 0;
}

/* ---- the guest's side ---- */

uint8_t serial_read(struct board *board, unsigned unit, uint8_t offset)
{
	struct serial_call call = {.moment = SERIAL_READ, .now = board->state.now, .offset = offset, .value = 0xff};

	tell(board, unit, &call);
	see(board, unit, SERIAL_SAW_READ, &call, call.value);
	return call.value;
}

void serial_write(struct board *board, unsigned unit, uint8_t offset, uint8_t value)
{
	struct serial_call call = {.moment = SERIAL_WRITE, .now = board->state.now, .offset = offset, .value = value};

	tell(board, unit, &call);
	see(board, unit, SERIAL_SAW_WRITE, &call, value);
}

void serial_reset(struct board *board, unsigned unit)
{
	struct serial_device *device = &board->state.serial[unit];

	memset(device, 0, sizeof *device);
	device->deadline = device->arrives = BOARD_NEVER;
	device->own = board->serial[unit].model == uart_timed;
	line_set(board, serial_irq(unit), false);
}

/* ---- for snapshots and panels ---- */

bool serial_valid(const struct board_state *state, unsigned unit)
{
	const struct serial_device *device = &state->serial[unit];

	return device->line <= 1 && (device->arrives == BOARD_NEVER || state->uart[unit].queue_count) &&
	       (!device->own || uart_timed_valid(device));
}

bool serial_fits(const struct board *board, const struct board_state *state)
{
	for (unsigned i = 0; i < SERIAL_PORTS; i++)
		if (state->serial[i].own != (board->serial[i].model == uart_timed))
			return false;
	return true;
}

void serial_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct serial_device *device = &board->state.serial[unit];

	if (device->own)
		uart_timed_describe(device, text, size);
	else
		snprintf(text, size, "a lab's device, line %s, %u waiting", device->line ? "high" : "low",
		         board->state.uart[unit].queue_count);
}

/* ---- another model, and somebody who looks on ---- */

void board_serial_stand_in(struct board *board, unsigned port, serial_model *model, void *owner)
{
	board->serial[port].model = model;
	board->serial[port].owner = owner;
	serial_reset(board, port);
	firmware_setup_uart(board, port);
	board_update_next(board);
}

void board_serial_watch(struct board *board, unsigned port, serial_watch *watch, void *owner)
{
	board->serial[port].watch = watch;
	board->serial[port].watcher = owner;
}
