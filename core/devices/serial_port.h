/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/serial_port.h - for this folder: serial ports on model time. uart.c hands its ports over to them where the machine's
 * configuration, or a lab, wants it so; what waits outside stays in struct uart_state.
 */
#ifndef RINGSIDE_CORE_DEVICES_SERIAL_PORT_H
#define RINGSIDE_CORE_DEVICES_SERIAL_PORT_H

#include "core/devices/device.h"

static inline bool serial_timed(const struct board *board, unsigned unit)
{
	return board->serial[unit].model;
}

static inline unsigned serial_irq(unsigned unit)
{
	return unit ? IRQ_UART1 : IRQ_UART0;
}

void serial_act(struct board *board, unsigned unit);
uint64_t serial_next(const struct board *board, unsigned unit);
/* There is something in the queue of what waits outside. */
void serial_input(struct board *board, unsigned unit);
uint8_t serial_read(struct board *board, unsigned unit, uint8_t offset);
void serial_write(struct board *board, unsigned unit, uint8_t offset, uint8_t value);
void serial_reset(struct board *board, unsigned unit);
/* Is it a state that a port can be in? */
bool serial_valid(const struct board_state *state, unsigned unit);
/* And is it one of this board's, whose ports have these models? */
bool serial_fits(const struct board *board, const struct board_state *state);
void serial_describe(const struct board *board, unsigned unit, char *text, size_t size);

/* ---- uart_timed.c: the VMM's own ---- */

serial_model uart_timed;
/* Is it a state that this model can be in? */
bool uart_timed_valid(const struct serial_device *device);
void uart_timed_describe(const struct serial_device *device, char *text, size_t size);

#endif
