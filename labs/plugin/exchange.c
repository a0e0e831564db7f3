/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/exchange.c - one call of a piece's handler: what it may know goes over as plain data, comes back, and is looked at before
 * it counts.
 */
#include "labs/plugin/inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool lab_fails(struct lab *lab, const char *format, ...)
{
	struct vm *vm = lab->vm;
	va_list arguments;

	va_start(arguments, format);
	if (!lab->failure[0])
		vsnprintf(lab->failure, sizeof lab->failure, format, arguments);
	va_end(arguments);
	if (!vm)
		return false;
	snprintf(vm->message, sizeof vm->message, "the lab's piece: %.200s", lab->failure);
	vm->stranded = true;
	vm_request_stop(vm);
	return false;
}

void exchange_begin(struct exchange *exchange, enum handler handler)
{
	struct call_frame *frame = &exchange->given;

	exchange->handler = handler;
	memset(frame, 0, sizeof *frame);
	memset(frame->guard_before, GUARD, sizeof frame->guard_before);
	memset(frame->guard_between, GUARD, sizeof frame->guard_between);
	memset(frame->guard_after, GUARD, sizeof frame->guard_after);
}

static bool converse(struct lab *lab, struct message *message)
{
	lab_process_begin_call(&lab->process);
	if (!lab_process_send(&lab->process, message))
		return false;
	for (;;) {
		if (!lab_process_receive(&lab->process, message))
			return false;
		if (message->type == MESSAGE_RETURN && message->size == sizeof(struct call_frame))
			return true;
		if (!serve(lab, message))
			return false;
	}
}

bool exchange_same(struct lab *lab, const struct exchange *exchange, const void *given, const void *back, size_t size, const char *what)
{
	return memcmp(given, back, size) == 0 ||
	       lab_fails(lab, "wild write: %s has written into the VMM's own data (beside or into %s)",
	                 lab_handler_name(exchange->handler), what);
}

static bool guards_hold(struct lab *lab, const struct exchange *exchange)
{
	const struct call_frame *given = &exchange->given, *back = &exchange->back;

	return exchange_same(lab, exchange, given->guard_before, back->guard_before, GUARD_BYTES, "vm") &&
	       exchange_same(lab, exchange, given->guard_between, back->guard_between, GUARD_BYTES, "vm") &&
	       exchange_same(lab, exchange, given->guard_after, back->guard_after, GUARD_BYTES, "the handler's second argument");
}

bool exchange_call(struct lab *lab, struct exchange *exchange)
{
	struct message message = {.type = MESSAGE_CALL, .a = exchange->handler, .size = sizeof exchange->given};
	const char *name = lab_handler_name(exchange->handler);
	bool conversed;

	if (!lab->process.id && !lab_process_start(&lab->process, lab->file))
		return lab_fails(lab, "%s", lab->process.why);
	if (lab->calling)
		return lab_fails(lab, "%s was to be called while another handler of the piece was at work; take one table at a time by "
		                 "lab-handlers", name);
	memcpy(message.bytes, &exchange->given, sizeof exchange->given);
	lab->calling = true;
	conversed = converse(lab, &message);
	lab->calling = false;
	if (!conversed)
		return lab_fails(lab, "%s: %s", name, lab->process.why);
	memcpy(&exchange->back, message.bytes, sizeof exchange->back);
	exchange->result = (enum lab_result)message.a;
	if (message.a > LAB_DECLINE)
		return lab_fails(lab, "%s gave %" PRIu32 "; a handler gives LAB_DONE, LAB_FAULT or LAB_DECLINE", name, message.a);
	return guards_hold(lab, exchange);
}

/* A vector has an error code or has none (table 6-1), whatever the handler says. */
bool exchange_fault(struct lab *lab, const struct exchange *exchange, struct cpu_event *fault)
{
	const struct lab_event *told = &exchange->back.vm.fault;
	uint32_t with_error = 1u << VECTOR_TS | 1u << VECTOR_NP | 1u << VECTOR_SS | 1u << VECTOR_GP | 1u << VECTOR_PF |
	                      1u << VECTOR_AC;

	if (told->vector > VECTOR_XM || told->vector == VECTOR_NMI || told->vector == VECTOR_DF)
		return lab_fails(lab, "%s gave a fault of vector %u, which no instruction raises", lab_handler_name(exchange->handler),
		                 told->vector);
	*fault = (struct cpu_event){
		.type = EVENT_EXCEPTION,
		.vector = told->vector,
		.has_error = with_error >> told->vector & 1,
		.address = told->address,
	};
	fault->error = fault->has_error ? told->error : 0;
	return true;
}
