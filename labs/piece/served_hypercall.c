/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/served_hypercall.c - what lab 7's handlers ask the VMM: the guest's memory, what its frames are used as; and to have an
 * update carried out.
 */
#include "labs/piece/piece.h"

#include <string.h>

bool served_copy_from_guest(struct lab_vm *vm, uint32_t linear, void *to, uint32_t size)
{
	struct message message = {.type = MESSAGE_COPY, .a = linear, .b = size};

	(void)vm;
	if (size == 0 || size > LAB_ACCESS_MAX)
		piece_die("copy_from_guest: %u bytes were asked for; 1 to %d can be had at once", size, LAB_ACCESS_MAX);
	served_ask(&message);
	if (message.a)
		memcpy(to, message.bytes, size);
	return message.a;
}

bool served_guest_writable(struct lab_vm *vm, uint32_t linear, uint32_t size)
{
	struct message message = {.type = MESSAGE_WRITABLE, .a = linear, .b = size};

	(void)vm;
	served_ask(&message);
	return message.a;
}

uint32_t served_frame_type(struct lab_vm *vm, uint64_t mfn)
{
	struct message message = {.type = MESSAGE_FRAME_TYPE, .a = (uint32_t)mfn, .b = (uint32_t)(mfn >> 32)};

	(void)vm;
	served_ask(&message);
	return message.b;
}

bool served_read_frame(struct lab_vm *vm, uint64_t mfn, uint32_t offset, void *to, uint32_t size)
{
	struct message message = {.type = MESSAGE_READ_FRAME, .a = (uint32_t)mfn, .b = (uint32_t)(mfn >> 32)};

	(void)vm;
	if (size == 0 || size > MESSAGE_BYTES || offset > MESSAGE_BYTES - size)
		return false;
	message.c = offset | (size - 1) << 16;
	served_ask(&message);
	if (message.a)
		memcpy(to, message.bytes, size);
	return message.a;
}

void served_carry_out(struct lab_vm *vm, const struct lab_update *update)
{
	struct message message = {.type = MESSAGE_CARRY_OUT, .size = sizeof *update};

	(void)vm;
	memcpy(message.bytes, update, sizeof *update);
	served_ask(&message);
}
