/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/served.c - the functions that a piece is given: each asks the VMM over the socket and waits for the answer. And the few
 * of C's library that a compiler takes for granted.
 */
#include "labs/piece/piece.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void served_ask(struct message *message)
{
	if (!piece_send(message) || !piece_receive(message) || message->type != MESSAGE_ANSWER)
		piece_die("the VMM has hung up");
}

/* False: the answer is a fault. */
static bool granted(struct lab_vm *vm, const struct message *message)
{
	if (message->a)
		return true;
	memcpy(&vm->fault, message->bytes, sizeof vm->fault);
	return false;
}

static bool load(struct lab_vm *vm, uint32_t linear, void *to, uint32_t size, enum lab_as as)
{
	struct message message = {.type = MESSAGE_LOAD, .a = linear, .b = size, .c = as};

	if (size == 0 || size > LAB_ACCESS_MAX)
		piece_die("load: %u bytes were asked for; 1 to %d can be had at once", size, LAB_ACCESS_MAX);
	served_ask(&message);
	if (!granted(vm, &message))
		return false;
	memcpy(to, message.bytes, size);
	return true;
}

static bool store(struct lab_vm *vm, uint32_t linear, const void *from, uint32_t size, enum lab_as as)
{
	struct message message = {.type = MESSAGE_STORE, .a = linear, .b = size, .c = as};

	if (size == 0 || size > LAB_ACCESS_MAX)
		piece_die("store: %u bytes were given; 1 to %d can be stored at once", size, LAB_ACCESS_MAX);
	memcpy(message.bytes, from, size);
	message.size = size;
	served_ask(&message);
	return granted(vm, &message);
}

static uint32_t port_read(struct lab_vm *vm, uint16_t port, unsigned size)
{
	struct message message = {.type = MESSAGE_PORT_READ, .a = port, .b = size};

	(void)vm;
	served_ask(&message);
	return message.b;
}

static void port_write(struct lab_vm *vm, uint16_t port, unsigned size, uint32_t value)
{
	struct message message = {.type = MESSAGE_PORT_WRITE, .a = port, .b = size, .c = value};

	(void)vm;
	served_ask(&message);
}

static bool set_segment(struct lab_vm *vm, enum lab_segment_register reg, uint16_t selector)
{
	struct message message = {.type = MESSAGE_SET_SEGMENT, .a = reg, .b = selector};

	if ((unsigned)reg > LAB_GS)
		piece_die("set_segment: register %u; it takes LAB_ES to LAB_GS", (unsigned)reg);
	served_ask(&message);
	if (!granted(vm, &message))
		return false;
	memcpy(&vm->cpu.segment[reg], message.bytes, sizeof vm->cpu.segment[reg]);
	if (reg == LAB_CS)
		vm->cpu.cpl = (uint8_t)message.c;
	return true;
}

__attribute__((format(printf, 2, 3))) static void tell(struct lab_vm *vm, const char *format, ...)
{
	struct message message = {.type = MESSAGE_LOG};
	va_list arguments;
	int length;

	(void)vm;
	va_start(arguments, format);
	length = vsnprintf((char *)message.bytes, 240, format, arguments);
	va_end(arguments);
	message.size = length < 0 ? 0 : length < 239 ? (uint32_t)length : 239;
	(void)piece_send(&message);
}

static void *allocate(struct lab_vm *vm, uint32_t size)
{
	struct piece_frame *frame = piece_frame();
	size_t used = frame->used, more = ((size_t)size + 15) & ~(size_t)15;

	(void)vm;
	if (used > PIECE_HEAP || more > PIECE_HEAP - used)
		piece_die("runaway memory: more than %d MiB were asked for by allocate", PIECE_HEAP >> 20);
	frame->used = used + more;
	return piece_heap() + used;
}

const struct lab_services piece_services = {
	.version = LAB_VERSION, .size = sizeof piece_services,
	.load = load, .store = store, .port_read = port_read, .port_write = port_write,
	.set_segment = set_segment, .log = tell, .allocate = allocate,
	.copy_from_guest = served_copy_from_guest, .guest_writable = served_guest_writable, .frame_type = served_frame_type,
	.read_frame = served_read_frame, .carry_out = served_carry_out,
	.cpuid = served_cpuid, .read_msr = served_read_msr, .write_msr = served_write_msr, .acknowledge = served_acknowledge,
	.frame_of = served_frame_of, .ept_table = served_ept_table, .ept_read = served_ept_read, .ept_write = served_ept_write,
	.guest_word = served_guest_word, .guest_mark = served_guest_mark, .machine_frame = served_machine_frame,
	.shadow_page = served_shadow_page, .shadow_free = served_shadow_free, .shadow_reset = served_shadow_reset,
	.shadow_set = served_shadow_set, .shadow_get = served_shadow_get, .trace = served_trace,
	.tlb_flush = served_tlb_flush, .tlb_flush_page = served_tlb_flush_page,
};

void *piece_function(const char *name)
{
	static const struct { const char *name; void *function; } functions[] = {
		{"memcpy", (void *)memcpy}, {"memmove", (void *)memmove}, {"memset", (void *)memset},
		{"memcmp", (void *)memcmp}, {"strlen", (void *)strlen}, {"strcmp", (void *)strcmp},
		{"__stack_chk_fail", (void *)death_by_stack_smashing},
	};

	for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
		if (strcmp(functions[i].name, name) == 0)
			return functions[i].function;
	return NULL;
}
