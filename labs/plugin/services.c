/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/services.c - what a piece's process asks of the VMM while it works. Requests come from code that nobody trusts: each
 * number is checked, and what is done is no more than what the guest's own code could have had done.
 */
#include "cpu/hand.h"
#include "labs/plugin/inside.h"

#include <string.h>

static void put_fault(struct message *message, const struct cpu_event *fault)
{
	struct lab_event event = lab_event_of(fault);

	message->a = false;
	message->size = sizeof event;
	memcpy(message->bytes, &event, sizeof event);
}

static unsigned chunk(uint32_t linear, uint32_t left)
{
	return left >= 4 && linear % 4 == 0 ? 4 : 1;
}

static bool load(struct lab *lab, struct message *message)
{
	uint32_t linear = message->a, size = message->b;
	bool system = message->c == LAB_AS_SYSTEM;
	struct cpu_event fault;

	if (size == 0 || size > LAB_ACCESS_MAX)
		return false;
	message->a = true;
	message->size = size;
	for (uint32_t at = 0; at < size;) {
		unsigned bytes = chunk(linear + at, size - at);
		uint32_t value;

		if (!cpu_hand_load(lab->vm->vcpu, linear + at, bytes, system, &value, &fault)) {
			put_fault(message, &fault);
			break;
		}
		memcpy(message->bytes + at, &value, bytes);
		at += bytes;
	}
	return true;
}

static bool store(struct lab *lab, struct message *message)
{
	uint32_t linear = message->a, size = message->b;
	bool system = message->c == LAB_AS_SYSTEM;
	struct cpu_event fault;

	if (size == 0 || size > LAB_ACCESS_MAX || message->size != size)
		return false;
	message->a = true;
	for (uint32_t at = 0; at < size;) {
		unsigned bytes = chunk(linear + at, size - at);
		uint32_t value = 0;

		memcpy(&value, message->bytes + at, bytes);
		if (!cpu_hand_store(lab->vm->vcpu, linear + at, bytes, system, value, &fault)) {
			put_fault(message, &fault);
			return true;
		}
		at += bytes;
	}
	message->size = 0;
	return true;
}

static bool port(struct lab *lab, struct message *message)
{
	const struct bus *bus = &lab->vm->guest_bus;
	uint32_t size = message->b;

	if (message->a > UINT16_MAX || (size != 1 && size != 2 && size != 4))
		return false;
	if (message->type == MESSAGE_PORT_WRITE)
		bus->port_write(bus->owner, (uint16_t)message->a, size, message->c);
	else
		message->b = bus->port_read(bus->owner, (uint16_t)message->a, size);
	message->a = true;
	message->size = 0;
	return true;
}

static bool set_segment(struct lab *lab, struct message *message)
{
	enum segment_register reg = (enum segment_register)message->a;
	uint16_t selector = (uint16_t)message->b;
	struct segment *segment = &lab->pending.segment[reg];
	struct lab_segment told;
	struct cpu_event fault;

	if (message->a > GS)
		return false;
	message->a = true;
	if (reg != CS && reg != SS && !(selector & 0xfffc)) {
		segment->selector = selector;
		segment->access = 0;
	} else if (!cpu_hand_segment(lab->vm->vcpu, selector, reg == SS ? VECTOR_SS : VECTOR_NP, segment, &fault)) {
		put_fault(message, &fault);
		return true;
	}
	if (reg == CS)
		lab->pending.cpl = selector & 3;
	told = lab_segment_of(segment);
	message->c = lab->pending.cpl;
	message->size = sizeof told;
	memcpy(message->bytes, &told, sizeof told);
	return true;
}

static bool log_line(struct lab *lab, const struct message *message)
{
	char line[256];
	size_t size = message->size < sizeof line - 1 ? message->size : sizeof line - 1;

	for (size_t i = 0; i < size; i++)
		line[i] = message->bytes[i] >= ' ' && message->bytes[i] <= '~' ? (char)message->bytes[i] : '?';
	line[size] = '\0';
	if (lab->observer.log)
		lab->observer.log(lab->observer.owner, line);
	return true;
}

/* Those of the tables' own are in files of theirs. */
static service *const services[MESSAGE_TYPES] = {
	[MESSAGE_LOAD] = load,
	[MESSAGE_STORE] = store,
	[MESSAGE_PORT_READ] = port,
	[MESSAGE_PORT_WRITE] = port,
	[MESSAGE_SET_SEGMENT] = set_segment,
	[MESSAGE_COPY] = hypercall_copy,
	[MESSAGE_WRITABLE] = hypercall_writable,
	[MESSAGE_FRAME_TYPE] = hypercall_frame_type,
	[MESSAGE_READ_FRAME] = hypercall_read_frame,
	[MESSAGE_CARRY_OUT] = hypercall_carry_out,
	[MESSAGE_ASSIST] = assist_service,
	[MESSAGE_PAGER] = pager_service,
};

bool serve(struct lab *lab, struct message *message)
{
	if (message->type == MESSAGE_LOG)
		return log_line(lab, message);
	if (!lab->vm)
		return lab_process_condemn(&lab->process, "it asked for a service, and in this lab there is no machine");
	if (lab->sealed)
		return lab_process_condemn(&lab->process, "it asked for a service of the machine's, where there is nothing but log and allocate");
	if (message->type >= MESSAGE_TYPES || !services[message->type] || !services[message->type](lab, message))
		return lab_process_condemn(&lab->process, "it asked the VMM for something that there is not");
	message->type = MESSAGE_ANSWER;
	return lab_process_send(&lab->process, message);
}
