/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/03-hostile.c - devices that ask for what a device cannot have, write beside their state, or never let go; one for each
 * HOSTILE_NAME. What every piece may not do is lab 2's.
 *
 * expected: LOAD registers a service of the machine's
 * expected: PORT registers a service of the machine's
 * expected: SEGMENT registers a service of the machine's
 * expected: BESIDE registers wild write: device-write has written
 * expected: BEFORE registers wild write: device-write has written
 * expected: NOW transmit not later than now
 * expected: SOON transmit cycles away [0-9]+ times in a row|expected
 * expected: CHARACTER receive expected|endless loop
 * expected: RESULT registers a device gives LAB_DONE
 * expected: LOOP registers endless loop
 * expected: PRINT registers expected
 * expected: EMPTY registers neither 'device-read' nor 'device-write'
 */
#include "ringside_lab.h"

static void act(struct lab_vm *vm, struct lab_device *device)
{
	(void)vm;
	(void)device;
#if defined HOSTILE_LOAD
	vm->call->load(vm, 0x100000, device->state, 64, LAB_AS_SYSTEM);
#elif defined HOSTILE_PORT
	vm->call->port_write(vm, 0x3f8, 1, 'x');
#elif defined HOSTILE_SEGMENT
	vm->call->set_segment(vm, LAB_DS, 0x10);
#elif defined HOSTILE_BESIDE
	memset(device->state, 1, 2048);
#elif defined HOSTILE_BEFORE
	memset((char *)device - 40, 1, 40);
#elif defined HOSTILE_NOW
	device->deadline = device->now;
#elif defined HOSTILE_SOON
	device->deadline = device->now + 1;
#elif defined HOSTILE_CHARACTER
	device->character = 0;
	device->sent = 1;
#elif defined HOSTILE_LOOP
	for (;;)
		*(volatile uint8_t *)&device->line;
#elif defined HOSTILE_PRINT
	vm->call->log(vm, "== Test registers == OK");
#endif
}

static enum lab_result happens(struct lab_vm *vm, struct lab_device *device)
{
	act(vm, device);
#if defined HOSTILE_RESULT
	return lab_fault(vm, LAB_GP, 0);
#else
	return LAB_DONE;
#endif
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
#if defined HOSTILE_EMPTY
	.device = {.time = happens},
#else
	.device = {.read = happens, .write = happens, .time = happens, .receive = happens},
#endif
};
