/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uart.c - lab 3: the solution. Each handler changes the registers; then `settle` makes of them what the device wants of the VMM.
 */
#include "ringside_lab.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH, FCR = IIR };
enum { ENABLE_RECEIVED = 1, ENABLE_EMPTY = 2, ENABLE_LINE = 4, ENABLE_MODEM = 8 };
enum { FIFO_ON = 1, CLEAR_RECEIVER = 2, CLEAR_TRANSMITTER = 4 };
enum { TWO_STOP_BITS = 4, PARITY = 8, DIVISOR_LATCH = 0x80 };
enum { DTR = 1, RTS = 2, OUT1 = 4, OUT2 = 8, LOOP = 0x10 };
enum { RECEIVED = 1, OVERRUN = 2, EMPTY = 0x20, ALL_SENT = 0x40 };
enum { CTS = 0x10, DSR = 0x20, RI = 0x40, DCD = 0x80, RI_FELL = 4 };
enum { SIZE = 16 };

struct queue {
	uint8_t byte[SIZE], first, count;
};

struct __attribute__((may_alias)) uart {
	uint64_t step;    /* when the transmitter goes on; 0: it rests */
	uint64_t timeout; /* 0: none */
	uint16_t divisor;
	uint8_t ier, fcr, lcr, mcr, scratch;
	uint8_t overrun, changes;      /* bits of LSR, and of MSR */
	uint8_t tell_empty, timed_out; /* interrupts that wait */
	uint8_t busy, shift;           /* the character on the line */
	struct queue receiver, transmitter;
};

static struct uart *uart_of(struct lab_device *device)
{
	_Static_assert(sizeof(struct uart) <= LAB_DEVICE_STATE, "it fits");
	return (struct uart *)(void *)device->state;
}

static uint8_t room(const struct uart *uart)
{
	return uart->fcr & FIFO_ON ? SIZE : 1;
}

static void put(struct queue *queue, uint8_t byte)
{
	queue->byte[(queue->first + queue->count++) % SIZE] = byte;
}

static uint8_t take(struct queue *queue)
{
	uint8_t byte = queue->byte[queue->first];

	queue->first = (queue->first + 1) % SIZE;
	queue->count--;
	return byte;
}

/* ---- time ---- */

/* So many halves of a bit, in cycles. */
static uint64_t halves(const struct uart *uart, const struct lab_device *device, uint64_t count)
{
	uint64_t divisor = uart->divisor ? uart->divisor : 0x10000;

	return (count * divisor * device->frequency + 230399) / 230400;
}

static uint64_t character_halves(const struct uart *uart)
{
	unsigned data = 5 + (uart->lcr & 3), stop = 2;

	if (uart->lcr & TWO_STOP_BITS)
		stop = data == 5 ? 3 : 4;
	return 2 + 2 * data + (uart->lcr & PARITY ? 2 : 0) + stop;
}

static uint8_t cut(const struct uart *uart, uint8_t byte)
{
	return byte & (0xff >> (3 - (uart->lcr & 3)));
}

static void watch_time(struct uart *uart, const struct lab_device *device)
{
	bool on = uart->fcr & FIFO_ON && uart->receiver.count;

	uart->timeout = on ? device->now + halves(uart, device, 4 * character_halves(uart)) : 0;
}

/* ---- interrupts ---- */

static uint8_t identify(const struct uart *uart)
{
	static const uint8_t triggers[] = {1, 4, 8, 14};
	uint8_t trigger = uart->fcr & FIFO_ON ? triggers[uart->fcr >> 6] : 1;

	if (uart->ier & ENABLE_LINE && uart->overrun)
		return 6;
	if (uart->ier & ENABLE_RECEIVED && uart->receiver.count >= trigger)
		return 4;
	if (uart->ier & ENABLE_RECEIVED && uart->timed_out)
		return 12;
	if (uart->ier & ENABLE_EMPTY && uart->tell_empty)
		return 2;
	return uart->ier & ENABLE_MODEM && uart->changes ? 0 : 1;
}

static enum lab_result settle(const struct uart *uart, struct lab_device *device)
{
	device->line = uart->mcr & OUT2 && !(uart->mcr & LOOP) && identify(uart) != 1;
	device->character = halves(uart, device, character_halves(uart));
	device->deadline = uart->step ? uart->step : LAB_NEVER;
	if (uart->timeout && uart->timeout < device->deadline)
		device->deadline = uart->timeout;
	return LAB_DONE;
}

/* ---- receiver and transmitter ---- */

static void receive(struct uart *uart, const struct lab_device *device, uint8_t byte)
{
	if (uart->receiver.count == room(uart)) {
		uart->overrun = OVERRUN;
		if (!(uart->fcr & FIFO_ON)) /* the new one takes its place; a FIFO keeps what it has */
			uart->receiver.count = 0;
	}
	if (uart->receiver.count < room(uart))
		put(&uart->receiver, cut(uart, byte));
	if (!uart->timed_out)
		watch_time(uart, device);
}

static uint8_t read_data(struct uart *uart, const struct lab_device *device)
{
	uint8_t byte;

	if (!uart->receiver.count)
		return 0;
	byte = take(&uart->receiver);
	uart->timed_out = 0;
	watch_time(uart, device);
	return byte;
}

static void write_data(struct uart *uart, const struct lab_device *device)
{
	uart->tell_empty = 0;
	if (uart->transmitter.count == room(uart) && !(uart->fcr & FIFO_ON))
		uart->transmitter.count = 0;
	if (uart->transmitter.count < room(uart))
		put(&uart->transmitter, device->value);
	if (!uart->step)
		uart->step = device->now + halves(uart, device, 2);
}

static void end_character(struct uart *uart, struct lab_device *device)
{
	if (uart->mcr & LOOP) {
		receive(uart, device, uart->shift);
		return;
	}
	device->sent = 1;
	device->output = cut(uart, uart->shift);
}

static void go_on(struct uart *uart, struct lab_device *device)
{
	if (uart->busy)
		end_character(uart, device);
	uart->busy = uart->transmitter.count > 0;
	uart->step = 0;
	if (!uart->busy)
		return;
	uart->shift = take(&uart->transmitter);
	uart->step = device->now + halves(uart, device, character_halves(uart));
	if (!uart->transmitter.count)
		uart->tell_empty = 1;
}

/* ---- the other registers ---- */

static void write_fcr(struct uart *uart, uint8_t value)
{
	bool changed = (uart->fcr ^ value) & FIFO_ON;

	if (!(value & FIFO_ON))
		value = 0;
	if (changed || value & CLEAR_RECEIVER) {
		uart->receiver = (struct queue){.count = 0};
		uart->timeout = 0;
		uart->timed_out = 0;
	}
	if (changed || value & CLEAR_TRANSMITTER) {
		uart->tell_empty |= changed || uart->transmitter.count;
		uart->transmitter = (struct queue){.count = 0};
	}
	uart->fcr = value & 0xc1;
}

static uint8_t modem(uint8_t mcr)
{
	if (!(mcr & LOOP))
		return CTS | DSR | DCD;
	return (uint8_t)((mcr & RTS ? CTS : 0) | (mcr & DTR ? DSR : 0) | (mcr & OUT1 ? RI : 0) | (mcr & OUT2 ? DCD : 0));
}

static void write_mcr(struct uart *uart, uint8_t value)
{
	uint8_t before = modem(uart->mcr), changed;

	uart->mcr = value & 0x1f;
	changed = before ^ modem(uart->mcr);
	uart->changes |= (uint8_t)((changed & (CTS | DSR | DCD)) >> 4);
	if (changed & before & RI)
		uart->changes |= RI_FELL;
}

static void write_ier(struct uart *uart, uint8_t value)
{
	if (value & ~uart->ier & ENABLE_EMPTY && !uart->transmitter.count)
		uart->tell_empty = 1;
	uart->ier = value & 0x0f;
}

static uint8_t read_iir(struct uart *uart)
{
	uint8_t cause = identify(uart);

	if (cause == 2)
		uart->tell_empty = 0;
	return cause | (uart->fcr & FIFO_ON ? 0xc0 : 0);
}

static uint8_t read_lsr(struct uart *uart)
{
	uint8_t value = uart->overrun;

	if (uart->receiver.count)
		value |= RECEIVED;
	if (!uart->transmitter.count)
		value |= uart->busy ? EMPTY : EMPTY | ALL_SENT;
	uart->overrun = 0;
	return value;
}

static uint8_t read_msr(struct uart *uart)
{
	uint8_t value = modem(uart->mcr) | uart->changes;

	uart->changes = 0;
	return value;
}

/* ---- the handlers ---- */

static uint8_t value_at(struct uart *uart, const struct lab_device *device)
{
	bool latch = uart->lcr & DIVISOR_LATCH;

	switch (device->port) {
	case DATA: return latch ? (uint8_t)uart->divisor : read_data(uart, device);
	case IER: return latch ? (uint8_t)(uart->divisor >> 8) : uart->ier;
	case IIR: return read_iir(uart);
	case LCR: return uart->lcr;
	case MCR: return uart->mcr;
	case LSR: return read_lsr(uart);
	case MSR: return read_msr(uart);
	default: return uart->scratch;
	}
}

static enum lab_result do_read(struct lab_vm *vm, struct lab_device *device)
{
	struct uart *uart = uart_of(device);

	(void)vm;
	device->value = value_at(uart, device);
	return settle(uart, device);
}

static void write_latch(struct uart *uart, const struct lab_device *device)
{
	if (device->port == DATA)
		uart->divisor = (uint16_t)((uart->divisor & 0xff00) | device->value);
	else
		uart->divisor = (uint16_t)((uart->divisor & 0xff) | device->value << 8);
}

static enum lab_result do_write(struct lab_vm *vm, struct lab_device *device)
{
	struct uart *uart = uart_of(device);
	uint8_t value = device->value;

	(void)vm;
	if (uart->lcr & DIVISOR_LATCH && device->port <= IER)
		write_latch(uart, device);
	else if (device->port == DATA)
		write_data(uart, device);
	else if (device->port == IER)
		write_ier(uart, value);
	else if (device->port == FCR)
		write_fcr(uart, value);
	else if (device->port == LCR)
		uart->lcr = value;
	else if (device->port == MCR)
		write_mcr(uart, value);
	else if (device->port == SCRATCH)
		uart->scratch = value;
	return settle(uart, device);
}

static enum lab_result do_time(struct lab_vm *vm, struct lab_device *device)
{
	struct uart *uart = uart_of(device);

	(void)vm;
	if (uart->step && uart->step <= device->now)
		go_on(uart, device);
	if (uart->timeout && uart->timeout <= device->now) {
		uart->timeout = 0;
		uart->timed_out = 1;
	}
	return settle(uart, device);
}

static enum lab_result do_receive(struct lab_vm *vm, struct lab_device *device)
{
	struct uart *uart = uart_of(device);

	(void)vm;
	if (!(uart->mcr & LOOP))
		receive(uart, device, device->value);
	return settle(uart, device);
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 3, solution",
	.device = {.read = do_read, .write = do_write, .time = do_time, .receive = do_receive},
};
