/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/uart_timed.c - the 16550A on model time, by National's data sheet (PC16550D, 1995): a character takes start, data,
 * parity and stop bits at the rate that the divisor says, and who does not wait for room loses what he writes.
 *
 * Simplified: an idle transmitter begins one bit after the write; the THRE interrupt in FIFO mode is not held back by a
 * character; no parity and framing errors, no break.
 */
#include "core/devices/serial_port.h"
#include "core/devices/uart_registers.h"

#include <stdio.h>

struct fifo {
	uint8_t byte[UART_FIFO], head, count;
};

/* What is kept in the device's state. Moments of 0: none. */
struct __attribute__((may_alias)) uart {
	uint64_t sends;   /* when the character on the line is through, or an idle transmitter begins */
	uint64_t timeout; /* when received characters under the trigger level are told */
	uint16_t divisor;
	uint8_t ier, fcr, lcr, mcr, scratch;
	uint8_t overrun, msr_delta;
	uint8_t thre_interrupt, timeout_interrupt;
	uint8_t shifting, shift; /* the character on the line */
	struct fifo receiver, transmitter;
};
static_assert(sizeof(struct uart) <= SERIAL_STATE, "its state has room");

static struct uart *uart_of(struct serial_device *device)
{
	return (struct uart *)(void *)device->state;
}

static const struct uart *const_uart_of(const struct serial_device *device)
{
	return (const struct uart *)(const void *)device->state;
}

static unsigned capacity(const struct uart *uart)
{
	return uart->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

static unsigned trigger(const struct uart *uart)
{
	static const uint8_t level[4] = {1, 4, 8, 14};

	return uart->fcr & FCR_ENABLE ? level[uart->fcr >> 6] : 1;
}

static void push(struct fifo *fifo, uint8_t byte)
{
	fifo->byte[(fifo->head + fifo->count++) % UART_FIFO] = byte;
}

static uint8_t pop(struct fifo *fifo)
{
	uint8_t byte = fifo->byte[fifo->head];

	fifo->head = (fifo->head + 1) % UART_FIFO;
	fifo->count--;
	return byte;
}

static unsigned data_bits(const struct uart *uart)
{
	return 5 + (uart->lcr & 3);
}

/* Only these bits of a character travel. */
static uint8_t data_mask(const struct uart *uart)
{
	return (uint8_t)((1u << data_bits(uart)) - 1);
}

/* In halves of a bit, for five data bits have one and a half stop bits. */
static unsigned half_bits(const struct uart *uart)
{
	unsigned stop = 2;

	if (uart->lcr & LCR_TWO_STOP)
		stop = data_bits(uart) == 5 ? 3 : 4;
	return 2 + 2 * data_bits(uart) + (uart->lcr & LCR_PARITY ? 2 : 0) + stop;
}

/* Cycles that so many halves of a bit take. */
static uint64_t duration(const struct uart *uart, const struct serial_call *call, unsigned halves)
{
	uint64_t divisor = uart->divisor ? uart->divisor : 65536;

	return (halves * divisor * call->frequency + 2 * UART_HZ - 1) / (2 * UART_HZ);
}

/* ---- interrupts ---- */

/* The interrupt of highest priority, as IIR has it. */
static uint8_t identification(const struct uart *uart)
{
	if (uart->ier & IER_LSR && uart->overrun)
		return IIR_LSR;
	if (uart->ier & IER_RX && uart->receiver.count >= trigger(uart))
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
static bool line_of(const struct uart *uart)
{
	return uart->mcr & MCR_OUT2 && !(uart->mcr & MCR_LOOP) && identification(uart) != IIR_NONE;
}

static void start_timeout(struct uart *uart, const struct serial_call *call)
{
	uart->timeout = 0;
	if (uart->fcr & FCR_ENABLE && uart->receiver.count)
		uart->timeout = call->now + duration(uart, call, 4 * half_bits(uart));
}

/* ---- receiver ---- */

static void receive(struct uart *uart, const struct serial_call *call, uint8_t byte)
{
	if (uart->receiver.count < capacity(uart)) {
		push(&uart->receiver, byte & data_mask(uart));
	} else {
		uart->overrun = LSR_OE;
		if (!(uart->fcr & FCR_ENABLE))
			uart->receiver.byte[uart->receiver.head] = byte & data_mask(uart);
	}
	if (!uart->timeout_interrupt)
		start_timeout(uart, call);
}

static uint8_t read_data(struct uart *uart, const struct serial_call *call)
{
	uint8_t byte;

	if (!uart->receiver.count)
		return 0;
	byte = pop(&uart->receiver);
	uart->timeout_interrupt = 0;
	start_timeout(uart, call);
	return byte;
}

/* ---- transmitter ---- */

static void transmit(struct uart *uart, const struct serial_call *call)
{
	uart->thre_interrupt = 0;
	if (uart->transmitter.count < capacity(uart))
		push(&uart->transmitter, call->value);
	else if (!(uart->fcr & FCR_ENABLE))
		uart->transmitter.byte[uart->transmitter.head] = call->value;
	if (!uart->sends)
		uart->sends = call->now + duration(uart, call, 2);
}

/* The character on the line is through; the next one follows at once. */
static void step_transmitter(struct uart *uart, struct serial_call *call)
{
	uart->sends = 0;
	if (uart->shifting && uart->mcr & MCR_LOOP) {
		receive(uart, call, uart->shift);
	} else if (uart->shifting) {
		call->sent = true;
		call->output = uart->shift & data_mask(uart);
	}
	uart->shifting = uart->transmitter.count > 0;
	if (!uart->shifting)
		return;
	uart->shift = pop(&uart->transmitter);
	uart->sends = call->now + duration(uart, call, half_bits(uart));
	if (!uart->transmitter.count)
		uart->thre_interrupt = 1;
}

/* ---- control ---- */

static void write_mcr(struct uart *uart, uint8_t value)
{
	uint8_t before = uart_modem_lines(uart->mcr);

	uart->mcr = value & 0x1f;
	uart->msr_delta |= uart_modem_changes(before, uart_modem_lines(uart->mcr));
}

static void write_fcr(struct uart *uart, uint8_t value)
{
	bool toggled = (value ^ uart->fcr) & FCR_ENABLE, on = value & FCR_ENABLE;

	if (toggled || (on && value & FCR_CLEAR_RX)) {
		uart->receiver = (struct fifo){.count = 0};
		uart->timeout = 0;
		uart->timeout_interrupt = 0;
	}
	if (toggled || (on && value & FCR_CLEAR_TX)) {
		uart->thre_interrupt |= toggled || uart->transmitter.count;
		uart->transmitter = (struct fifo){.count = 0};
	}
	uart->fcr = on ? value & 0xc1 : 0;
}

/* Enabling THRE with an empty transmitter interrupts at once. */
static void write_ier(struct uart *uart, uint8_t value)
{
	if (value & IER_THRE && !(uart->ier & IER_THRE) && !uart->transmitter.count)
		uart->thre_interrupt = 1;
	uart->ier = value & 0x0f;
}

static void write_divisor(struct uart *uart, const struct serial_call *call)
{
	unsigned shift = 8u * call->offset;

	uart->divisor = (uint16_t)((uart->divisor & ~(0xffu << shift)) | (unsigned)call->value << shift);
}

static void write_register(struct uart *uart, const struct serial_call *call)
{
	bool dlab = uart->lcr & LCR_DLAB;

	switch (call->offset) {
	case 0: dlab ? write_divisor(uart, call) : transmit(uart, call); break;
	case 1: dlab ? write_divisor(uart, call) : write_ier(uart, call->value); break;
	case 2: write_fcr(uart, call->value); break;
	case 3: uart->lcr = call->value; break;
	case 4: write_mcr(uart, call->value); break;
	case 7: uart->scratch = call->value; break;
	default: break; /* LSR and MSR: writes are for the factory */
	}
}

static uint8_t read_iir(struct uart *uart)
{
	uint8_t iir = identification(uart);

	if (iir == IIR_THRE)
		uart->thre_interrupt = 0; /* reading IIR is its acknowledge */
	return iir | (uart->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint8_t read_lsr(struct uart *uart)
{
	bool empty = !uart->transmitter.count;
	uint8_t lsr = (uint8_t)((uart->receiver.count ? LSR_DR : 0) | uart->overrun | (empty ? LSR_THRE : 0) |
	                        (empty && !uart->shifting ? LSR_TEMT : 0));

	uart->overrun = 0;
	return lsr;
}

static uint8_t read_msr(struct uart *uart)
{
	uint8_t msr = uart_modem_lines(uart->mcr) | uart->msr_delta;

	uart->msr_delta = 0;
	return msr;
}

static uint8_t read_register(struct uart *uart, const struct serial_call *call)
{
	bool dlab = uart->lcr & LCR_DLAB;

	switch (call->offset) {
	case 0: return dlab ? (uint8_t)uart->divisor : read_data(uart, call);
	case 1: return dlab ? (uint8_t)(uart->divisor >> 8) : uart->ier;
	case 2: return read_iir(uart);
	case 3: return uart->lcr;
	case 4: return uart->mcr;
	case 5: return read_lsr(uart);
	case 6: return read_msr(uart);
	default: return uart->scratch;
	}
}

/* ---- the moments ---- */

static void time_has_come(struct uart *uart, struct serial_call *call)
{
	if (uart->sends && uart->sends <= call->now)
		step_transmitter(uart, call);
	if (uart->timeout && uart->timeout <= call->now) {
		uart->timeout = 0;
		uart->timeout_interrupt = 1;
	}
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	if (one && other)
		return one < other ? one : other;
	return one || other ? one | other : BOARD_NEVER;
}

void uart_timed(void *owner, struct serial_call *call)
{
	struct uart *uart = uart_of(call->device);

	(void)owner;
	switch (call->moment) {
	case SERIAL_READ: call->value = read_register(uart, call); break;
	case SERIAL_WRITE: write_register(uart, call); break;
	case SERIAL_TIME: time_has_come(uart, call); break;
	case SERIAL_RECEIVE:
		if (!(uart->mcr & MCR_LOOP)) /* which cuts the line */
			receive(uart, call, call->value);
		break;
	}
	call->device->deadline = earlier(uart->sends, uart->timeout);
	call->device->character = duration(uart, call, half_bits(uart));
	call->device->line = line_of(uart);
}

/* ---- for snapshots and panels ---- */

bool uart_timed_valid(const struct serial_device *device)
{
	const struct uart *uart = const_uart_of(device);

	return uart->receiver.head < UART_FIFO && uart->transmitter.head < UART_FIFO && uart->receiver.count <= capacity(uart) &&
	       uart->transmitter.count <= capacity(uart) && device->line <= 1;
}

void uart_timed_describe(const struct serial_device *device, char *text, size_t size)
{
	const struct uart *uart = const_uart_of(device);
	unsigned divisor = uart->divisor ? uart->divisor : 65536;

	snprintf(text, size, "%u baud, FIFO %s, %u received, %u to send, IER %x, IIR %x%s%s", UART_HZ / divisor,
	         uart->fcr & FCR_ENABLE ? "on" : "off", uart->receiver.count, uart->transmitter.count + uart->shifting, uart->ier,
	         identification(uart), uart->mcr & MCR_OUT2 ? "" : ", interrupt gate closed", uart->mcr & MCR_LOOP ? ", loop" : "");
}
