/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uart.c - lab 3: a 16550 serial port. Your name:
 *
 * Each handler is called when something has happened to the device. It changes the device's registers, which are kept in device->state,
 * and says what the device wants now: the level of its interrupt line, when it wants to be called again, a character for the
 * terminal. See handout.md, and ringside_lab.h for all that there is.
 */
#include "ringside_lab.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH, FCR = IIR };

/* The registers, and whatever else has to be remembered between two calls: up to 256 bytes. All zeros after a reset. */
struct __attribute__((may_alias)) uart {
	uint8_t scratch;
};

static struct uart *uart_of(struct lab_device *device)
{
	_Static_assert(sizeof(struct uart) <= LAB_DEVICE_STATE, "it fits");
	return (struct uart *)(void *)device->state;
}

/* To be called at the end of each handler. */
static enum lab_result settle(const struct uart *uart, struct lab_device *device)
{
	(void)uart;
	device->line = 0;             /* to do: is there an interrupt that is enabled, and is its gate open? */
	device->deadline = LAB_NEVER; /* to do: when does the device change by itself? */
	device->character = 1000;     /* to do: cycles that a character takes at this speed */
	return LAB_DONE;
}

static enum lab_result do_read(struct lab_vm *vm, struct lab_device *device)
{
	struct uart *uart = uart_of(device);

	switch (device->port) {
	case SCRATCH: device->value = uart->scratch; break;
	default:
		vm->call->log(vm, "read of register %u: to do", device->port);
		device->value = 0;
	}
	return settle(uart, device);
}

static enum lab_result do_write(struct lab_vm *vm, struct lab_device *device)
{
	struct uart *uart = uart_of(device);

	switch (device->port) {
	case SCRATCH: uart->scratch = device->value; break;
	default: vm->call->log(vm, "write of %02x to register %u: to do", device->value, device->port);
	}
	return settle(uart, device);
}

/* The deadline that was set is here. */
static enum lab_result do_time(struct lab_vm *vm, struct lab_device *device)
{
	vm->call->log(vm, "time: to do");
	return settle(uart_of(device), device);
}

/* A character has come from the terminal. */
static enum lab_result do_receive(struct lab_vm *vm, struct lab_device *device)
{
	vm->call->log(vm, "receive %02x: to do", device->value);
	return settle(uart_of(device), device);
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 3",
	.device = {.read = do_read, .write = do_write, .time = do_time, .receive = do_receive},
};
