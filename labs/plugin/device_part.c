/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/device_part.c - lab 3: a piece's serial port in the place of the VMM's own 16550 (core/serial.h). Its state goes over and
 * comes back with every call and is kept on the board, where snapshots find it.
 */
#include "core/serial.h"
#include "labs/plugin/inside.h"

#include <string.h>

enum { SOON = 64, SOON_MAX = 10000 };

static const enum handler handler_of[] = {
	[SERIAL_READ] = HANDLER_device_read,
	[SERIAL_WRITE] = HANDLER_device_write,
	[SERIAL_TIME] = HANDLER_device_time,
	[SERIAL_RECEIVE] = HANDLER_device_receive,
};

_Static_assert((int)LAB_DEVICE_STATE == (int)SERIAL_STATE && LAB_NEVER == BOARD_NEVER, "what a piece keeps is what the board keeps");

static void fill(struct lab_device *told, const struct serial_call *call)
{
	const struct serial_device *device = call->device;

	*told = (struct lab_device){
		.now = call->now,
		.frequency = call->frequency,
		.port = call->offset,
		.value = call->value,
		.deadline = call->moment == SERIAL_TIME ? LAB_NEVER : device->deadline,
		.character = device->character,
		.line = device->line,
	};
	memcpy(told->state, device->state, sizeof told->state);
}

/* Wants of a device that no board can fulfil. */
static bool check(struct lab *lab, const struct exchange *exchange)
{
	const struct lab_device *back = &exchange->back.request.device, *given = &exchange->given.request.device;
	const char *name = lab_handler_name(exchange->handler);

	if (exchange->result != LAB_DONE)
		return lab_fails(lab, "%s gave %s; a device gives LAB_DONE, for there is nobody who would do its work", name,
		                 exchange->result == LAB_FAULT ? "LAB_FAULT" : "LAB_DECLINE");
	if (back->line > 1 || back->sent > 1)
		return lab_fails(lab, "%s: line and sent are 0 or 1", name);
	if (back->deadline <= given->now)
		return lab_fails(lab, "%s: the deadline is not later than now; without one it is LAB_NEVER", name);
	return true;
}

/* A real one has nothing to do in each cycle; who asks for that makes a run of seconds one of hours. */
static bool check_deadline(struct lab *lab, const struct lab_device *back, uint64_t now)
{
	lab->soon = back->deadline - now < SOON ? lab->soon + 1 : 0;
	return lab->soon <= SOON_MAX || lab_fails(lab, "its deadline was less than %d cycles away %d times in a row; set it to when something "
	                                          "happens", SOON, SOON_MAX);
}

static void take(const struct lab_device *back, struct serial_call *call)
{
	struct serial_device *device = call->device;

	call->value = back->value;
	call->sent = back->sent;
	call->output = back->output;
	device->deadline = back->deadline;
	device->character = back->character;
	device->line = back->line;
	memcpy(device->state, back->state, sizeof device->state);
}

static void happens(void *owner, struct serial_call *call)
{
	struct lab *lab = owner;
	struct exchange exchange;
	bool called;

	if (!piece_does(lab, handler_of[call->moment])) {
		if (call->moment == SERIAL_READ)
			call->value = 0xff;
		return;
	}
	exchange_begin(&exchange, handler_of[call->moment]);
	fill(&exchange.given.request.device, call);
	lab->sealed = true;
	called = exchange_call(lab, &exchange);
	lab->sealed = false;
	lab->calls++;
	if (called && check(lab, &exchange) && check_deadline(lab, &exchange.back.request.device, call->now))
		take(&exchange.back.request.device, call);
}

bool lab_has_device(const struct lab *lab)
{
	return piece_does(lab, HANDLER_device_read) || piece_does(lab, HANDLER_device_write);
}

uint64_t lab_calls(const struct lab *lab)
{
	return lab->calls;
}

void device_part(struct lab *lab)
{
	if (lab_has_device(lab))
		board_serial_stand_in(lab->vm->board, 0, happens, lab);
}
