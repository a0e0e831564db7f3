/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/uart.c - 16550A serial ports at 3F8 (IRQ 4) and 2F8 (IRQ 3), by National's data sheet. Ports on model time (serial=timed,
 * or a lab's device) are handed over to serial.c.
 *
 * Transmission takes no model time: a byte leaves when it is written and the transmitter is empty
 * again, so a guest that polls never waits and one that does not poll loses nothing; the THRE
 * interrupt comes at once. What is received takes the FIFO as fast as the guest reads it, except the
 * time-out interrupt, which comes four character times after the last byte as on the real part.
 */
#include "core/devices/serial_port.h"
#include "core/devices/uart_registers.h"

#include <stdio.h>
#include <string.h>

static bool fifo_enabled(const struct uart_state *uart)
{
	return uart->fcr & FCR_ENABLE;
}

static unsigned room(const struct uart_state *uart)
{
	return (fifo_enabled(uart) ? UART_FIFO : 1) - uart->fifo_count;
}

static unsigned trigger(const struct uart_state *uart)
{
	static const uint8_t level[4] = { 1, 4, 8, 14 };

	return fifo_enabled(uart) ? level[uart->fcr >> 6] : 1;
}

static bool loop(const struct uart_state *uart)
{
	return uart->mcr & MCR_LOOP;
}

/* The interrupt of highest priority, as IIR has it. */
static uint8_t identification(const struct uart_state *uart)
{
	if (uart->ier & IER_LSR && uart->lsr_errors)
		return IIR_LSR;
	if (uart->ier & IER_RX && uart->fifo_count >= trigger(uart))
		return IIR_RX;
	if (uart->ier & IER_RX && uart->timeout_interrupt)
		return IIR_TIMEOUT;
	if (uart->ier & IER_THRE && uart->thre_interrupt)
		return IIR_THRE;
	if (uart->ier & IER_MSR && uart->msr_delta)
		return IIR_MSR;
	return IIR_NONE;
}

/* On a PC the line goes through a gate that OUT2 opens; the loop holds OUT2 inactive. */
static void update_line(struct board *board, unsigned unit)
{
	const struct uart_state *uart = &board->state.uart[unit];
	bool gate = uart->mcr & MCR_OUT2 && !loop(uart);

	line_set(board, serial_irq(unit), gate && identification(uart) != IIR_NONE);
}

/* Start, data, parity and stop bits: ten are near enough for a time-out. */
static void start_timeout(struct board *board, struct uart_state *uart)
{
	uint64_t divisor = uart->divisor ? uart->divisor : 65536;

	uart->timeout_interrupt = 0;
	uart->timeout = BOARD_NEVER;
	if (fifo_enabled(uart) && uart->fifo_count)
		uart->timeout = board->state.now + time_cycles(board, 4 * 10 * divisor, UART_HZ);
}

static void receive(struct uart_state *uart, uint8_t byte)
{
	if (!room(uart)) {
		uart->lsr_errors |= LSR_OE;
		if (!fifo_enabled(uart))
			uart->fifo[uart->fifo_head] = byte;
		return;
	}
	uart->fifo[(uart->fifo_head + uart->fifo_count++) % UART_FIFO] = byte;
}

/* From the outside to the FIFO; the line is cut while the loop is closed. */
static void refill(struct board *board, struct uart_state *uart)
{
	bool came = false;

	while (!loop(uart) && uart->queue_count && room(uart)) {
		receive(uart, uart->queue[uart->queue_head]);
		uart->queue_head = (uart->queue_head + 1) % UART_QUEUE;
		uart->queue_count--;
		came = true;
	}
	if (came)
		start_timeout(board, uart);
}

static uint8_t read_data(struct board *board, unsigned unit)
{
	struct uart_state *uart = &board->state.uart[unit];
	uint8_t byte = uart->fifo[uart->fifo_head];

	if (!uart->fifo_count)
		return 0;
	uart->fifo_head = (uart->fifo_head + 1) % UART_FIFO;
	uart->fifo_count--;
	start_timeout(board, uart);
	update_line(board, unit); /* drops before the next byte raises it: the PIC wants an edge */
	refill(board, uart);
	return byte;
}

static void transmit(struct board *board, unsigned unit, uint8_t byte)
{
	struct uart_state *uart = &board->state.uart[unit];

	uart->thre_interrupt = 0;
	update_line(board, unit);
	if (loop(uart)) {
		receive(uart, byte);
		start_timeout(board, uart);
	} else if (board->output.serial) {
		board->output.serial(board->output.owner, unit, byte);
	}
	uart->thre_interrupt = 1;
}

static void set_modem(struct uart_state *uart)
{
	uint8_t lines = uart_modem_lines(uart->mcr);

	uart->msr_delta |= uart_modem_changes(uart->msr_lines, lines);
	uart->msr_lines = lines;
}

static void write_fcr(struct uart_state *uart, uint8_t value)
{
	bool toggled = (value ^ uart->fcr) & FCR_ENABLE;

	if (toggled || (value & FCR_ENABLE && value & FCR_CLEAR_RX)) {
		uart->fifo_head = uart->fifo_count = 0;
		uart->timeout = BOARD_NEVER;
		uart->timeout_interrupt = 0;
	}
	if (toggled || (value & FCR_ENABLE && value & FCR_CLEAR_TX))
		uart->thre_interrupt = 1;
	uart->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
}

static void write_lcr(struct uart_state *uart, uint8_t value)
{
	bool break_begins = value & LCR_BREAK && !(uart->lcr & LCR_BREAK);

	uart->lcr = value;
	if (break_begins && loop(uart)) {
		uart->lsr_errors |= LSR_BI;
		receive(uart, 0);
	}
}

static void write_ier(struct uart_state *uart, uint8_t value)
{
	/* Enabling THRE with an empty transmitter interrupts at once. */
	if (value & IER_THRE && !(uart->ier & IER_THRE))
		uart->thre_interrupt = 1;
	uart->ier = value & 0x0f;
}

static void uart_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
		       uint32_t value)
{
	struct uart_state *uart = &board->state.uart[unit];
	uint8_t byte = (uint8_t)value;
	bool dlab = uart->lcr & LCR_DLAB;

	(void)size;
	if (serial_timed(board, unit)) {
		serial_write(board, unit, port & 7, byte);
		return;
	}
	switch (port & 7) {
	case 0:
		if (dlab)
			uart->divisor = (uint16_t)((uart->divisor & 0xff00) | byte);
		else
			transmit(board, unit, byte);
		break;
	case 1:
		if (dlab)
			uart->divisor = (uint16_t)((uart->divisor & 0xff) | byte << 8);
		else
			write_ier(uart, byte);
		break;
	case 2:
		write_fcr(uart, byte);
		break;
	case 3:
		write_lcr(uart, byte);
		break;
	case 4:
		uart->mcr = byte & 0x1f;
		set_modem(uart);
		break;
	case 7:
		uart->scratch = byte;
		break;
	default: /* LSR and MSR: writes are for the factory */
		break;
	}
	refill(board, uart);
	update_line(board, unit);
}

static uint8_t read_iir(struct uart_state *uart)
{
	uint8_t iir = identification(uart);

	if (iir == IIR_THRE)
		uart->thre_interrupt = 0; /* reading IIR is its acknowledge */
	return iir | (fifo_enabled(uart) ? IIR_FIFO : 0);
}

static uint8_t read_lsr(struct uart_state *uart)
{
	uint8_t lsr = uart->lsr_errors | LSR_THRE | LSR_TEMT;

	if (uart->fifo_count)
		lsr |= LSR_DR;
	uart->lsr_errors = 0;
	return lsr;
}

static uint8_t read_msr(struct uart_state *uart)
{
	uint8_t msr = uart->msr_lines | uart->msr_delta;

	uart->msr_delta = 0;
	return msr;
}

static uint8_t read_register(struct board *board, unsigned unit, unsigned offset)
{
	struct uart_state *uart = &board->state.uart[unit];
	bool dlab = uart->lcr & LCR_DLAB;

	switch (offset) {
	case 0:
		return dlab ? (uint8_t)uart->divisor : read_data(board, unit);
	case 1:
		return dlab ? (uint8_t)(uart->divisor >> 8) : uart->ier;
	case 2:
		return read_iir(uart);
	case 3:
		return uart->lcr;
	case 4:
		return uart->mcr;
	case 5:
		return read_lsr(uart);
	case 6:
		return read_msr(uart);
	default:
		return uart->scratch;
	}
}

static uint32_t uart_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	uint8_t value;

	(void)size;
	if (serial_timed(board, unit))
		return serial_read(board, unit, port & 7);
	value = read_register(board, unit, port & 7);
	update_line(board, unit);
	return value;
}

static void uart_act(struct board *board, unsigned unit)
{
	struct uart_state *uart = &board->state.uart[unit];

	if (serial_timed(board, unit))
		serial_act(board, unit);
	if (uart->timeout > board->state.now)
		return;
	uart->timeout = BOARD_NEVER;
	uart->timeout_interrupt = 1;
	update_line(board, unit);
}

static uint64_t uart_next(const struct board *board, unsigned unit)
{
	const struct uart_state *uart = &board->state.uart[unit];

	if (serial_timed(board, unit))
		return serial_next(board, unit);
	if (!(uart->ier & IER_RX) || identification(uart) != IIR_NONE ||
	    line_masked(board, serial_irq(unit)))
		return BOARD_NEVER;
	return uart->timeout;
}

size_t board_serial_input(struct board *board, unsigned port, const uint8_t *bytes, size_t size)
{
	struct uart_state *uart;
	size_t taken = 0;

	if (port >= SERIAL_PORTS)
		return 0;
	uart = &board->state.uart[port];
	for (; taken < size && uart->queue_count < UART_QUEUE; taken++)
		uart->queue[(uart->queue_head + uart->queue_count++) % UART_QUEUE] = bytes[taken];
	if (serial_timed(board, port)) {
		serial_input(board, port);
	} else {
		refill(board, uart);
		update_line(board, port);
	}
	board_update_next(board);
	return taken;
}

static void uart_reset(struct board *board, unsigned unit)
{
	struct uart_state *uart = &board->state.uart[unit];

	memset(uart, 0, sizeof *uart);
	uart->timeout = BOARD_NEVER;
	uart->divisor = 12;
	uart->msr_lines = MSR_CTS | MSR_DSR | MSR_DCD;
	update_line(board, unit);
	serial_reset(board, unit);
}

static bool uart_valid(const struct board_state *state, unsigned unit)
{
	const struct uart_state *uart = &state->uart[unit];

	return uart->fifo_head < UART_FIFO && uart->queue_head < UART_QUEUE &&
	       uart->fifo_count <= (fifo_enabled(uart) ? UART_FIFO : 1) &&
	       uart->queue_count <= UART_QUEUE && serial_valid(state, unit);
}

static void uart_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct uart_state *uart = &board->state.uart[unit];
	unsigned divisor = uart->divisor ? uart->divisor : 65536;

	if (serial_timed(board, unit)) {
		serial_describe(board, unit, text, size);
		return;
	}
	snprintf(text, size, "%u baud, FIFO %s, %u received, %u waiting, IER %x, IIR %x%s%s",
		 UART_HZ / divisor, fifo_enabled(uart) ? "on" : "off", uart->fifo_count,
		 uart->queue_count, uart->ier, identification(uart),
		 uart->mcr & MCR_OUT2 ? "" : ", interrupt gate closed", loop(uart) ? ", loop" : "");
}

#define UART(number, first_port)                                                                   \
	{                                                                                          \
		.name = "uart" #number, .unit = number, .ranges = 1,                               \
		.range = {{first_port, first_port + 7, false}}, .reset = uart_reset,               \
		.read = uart_read, .write = uart_write, .act = uart_act, .next = uart_next,        \
		.valid = uart_valid, .describe = uart_describe,                                    \
	}

const struct device uart_devices[SERIAL_PORTS] = { UART(0, 0x3f8), UART(1, 0x2f8) };
