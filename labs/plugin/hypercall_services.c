/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/hypercall_services.c - what lab 7's handlers may know: the guest's memory as its tables have it, and what its frames are
 * used as. Nothing of the VMM's own is among it: who asks for that has been fooled by the guest, and is told so.
 */
#include "cpu/paging.h"
#include "labs/plugin/hypercall_part.h"

#include <inttypes.h>
#include <string.h>

/* A range that begins among the VMM's addresses, reaches them, or goes round the end of the address space. */
static bool is_vmms(uint32_t linear, uint32_t size)
{
	return (uint64_t)linear + size > LAB_VMM_BEGIN;
}

static bool fooled(struct lab *lab, uint32_t linear, const char *how)
{
	return lab_fails(lab, "%s %s the VMM's own memory for the guest, at %08" PRIx32 ": the guest could choose what becomes of it",
	                 lab_handler_name(lab->hypercall->handler), how, linear);
}

static bool reached(const struct vm *vm, uint32_t linear, enum access access, uint64_t *gpa)
{
	struct walk walk;

	cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, linear, access, false, &walk);
	return walk.ok && guest_gpa(vm, walk.physical, gpa);
}

bool hypercall_copy(struct lab *lab, struct message *message)
{
	uint32_t linear = message->a, size = message->b;
	uint64_t gpa;

	if (!lab->hypercall || size == 0 || size > LAB_ACCESS_MAX)
		return false;
	if (is_vmms(linear, size))
		return fooled(lab, linear, "would have read");
	message->a = true;
	message->size = size;
	for (uint32_t i = 0; i < size && message->a; i++)
		message->a = reached(lab->vm, linear + i, ACCESS_READ, &gpa) && memory_read(lab->vm->memory, gpa, &message->bytes[i], 1);
	return true;
}

bool hypercall_writable(struct lab *lab, struct message *message)
{
	uint32_t linear = message->a, size = message->b;
	uint64_t gpa;

	if (!lab->hypercall || size > LAB_ACCESS_MAX)
		return false;
	if (is_vmms(linear, size))
		return fooled(lab, linear, "would have written into");
	message->a = true;
	for (uint32_t i = 0; i < size && message->a; i++)
		message->a = reached(lab->vm, linear + i, ACCESS_WRITE, &gpa);
	message->size = 0;
	return true;
}

static uint64_t mfn_in(const struct message *message)
{
	return (uint64_t)message->b << 32 | message->a;
}

bool hypercall_frame_type(struct lab *lab, struct message *message)
{
	static const uint8_t types[TYPE_COUNT] = {
		[TYPE_NONE] = LAB_FRAME_FREE, [TYPE_WRITABLE] = LAB_FRAME_WRITABLE, [TYPE_L1] = LAB_FRAME_L1, [TYPE_L2] = LAB_FRAME_L2,
		[TYPE_L2_TOP] = LAB_FRAME_L2, [TYPE_L3] = LAB_FRAME_L2, [TYPE_SEGMENTS] = LAB_FRAME_SEGMENTS,
	};
	const struct frame_info *info;

	if (!lab->hypercall)
		return false;
	info = frame_of(lab->hypercall->call->xen->domain, mfn_in(message));
	message->a = true;
	message->b = !info ? LAB_FRAME_FOREIGN : info->uses ? types[info->type] : LAB_FRAME_FREE;
	message->size = 0;
	return true;
}

bool hypercall_read_frame(struct lab *lab, struct message *message)
{
	uint32_t offset = message->c & 0xffff, size = (message->c >> 16) + 1;
	uint64_t mfn = mfn_in(message);
	struct domain *domain;

	if (!lab->hypercall || size > PAGE_SIZE || offset > PAGE_SIZE - size)
		return false;
	domain = lab->hypercall->call->xen->domain;
	message->a = frame_of(domain, mfn) != NULL;
	message->size = 0;
	if (!message->a)
		return true;
	message->size = size;
	memcpy(message->bytes, frame_bytes(domain, mfn) + offset, size);
	return true;
}
