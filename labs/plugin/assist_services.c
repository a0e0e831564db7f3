/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/assist_services.c - what a piece of lab 8 asks for: registers of the virtual CPU that are not in the frame, the interrupt
 * controller, and entries of the nested tables, which shadowpt/nested_hand.c looks at before they count.
 */
#include "cpu/hand.h"
#include "labs/plugin/inside.h"
#include "trap/hvm.h"

#include <string.h>

/* NULL: this guest has none. */
static struct nested *tables(const struct lab *lab)
{
	return strcmp(lab->vm->technique->name, "hvm") == 0 && lab->vm->technique_state ? hvm(lab->vm)->nested : NULL;
}

/* What is in a register of its own there goes with the state that the handler works on. */
static void write_msr(struct lab *lab, struct assist_request *request)
{
	const struct cpu_state *now = cpu_state_const(lab->vm->vcpu);
	struct cpu_state *pending = &lab->pending;

	request->done = cpu_hand_write_msr(lab->vm->vcpu, request->number, request->value);
	pending->sysenter_cs = now->sysenter_cs;
	pending->sysenter_esp = now->sysenter_esp;
	pending->sysenter_eip = now->sysenter_eip;
	pending->efer = now->efer;
	pending->pat = now->pat;
	pending->tsc_offset = now->tsc_offset;
	pending->apic_base = now->apic_base;
	pending->microcode_revision = now->microcode_revision;
}

static void frame_of(const struct lab *lab, struct assist_request *request)
{
	const struct memory *memory = lab->vm->memory;

	request->done = LAB_FRAME_NONE;
	if (memory_gfn_to_mfn(memory, request->number, &request->value))
		request->done = memory_flags(memory, request->value) & FRAME_ROM ? LAB_FRAME_ROM : LAB_FRAME_RAM;
}

static bool acknowledge(struct lab *lab, struct assist_request *request)
{
	if (!board_interrupt(lab->vm->board))
		return lab_process_condemn(&lab->process, "it acknowledged an interrupt that does not wait");
	request->done = lab->vm->guest_bus.acknowledge(lab->vm);
	request->out[0] = board_interrupt(lab->vm->board);
	lab->acknowledged = true;
	return true;
}

static bool write_entry(struct lab *lab, const struct assist_request *request)
{
	char why[200];

	return nested_hand_write(tables(lab), request->address, request->number, request->value, why, sizeof why) ||
	       lab_process_condemn(&lab->process, "%s", why);
}

static bool nested_service(struct lab *lab, enum assist_service which, struct assist_request *request)
{
	if (!tables(lab))
		return false;
	if (which == ASSIST_TABLE)
		request->address = nested_hand_table(tables(lab));
	else if (which == ASSIST_READ)
		return nested_hand_read(tables(lab), request->address, request->number, &request->value) ||
		       lab_process_condemn(&lab->process, "ept_read: there is no entry %u of a table at %09llx", request->number,
		                           (unsigned long long)request->address);
	else
		return write_entry(lab, request);
	return true;
}

static bool serve_request(struct lab *lab, enum assist_service which, struct assist_request *request)
{
	switch (which) {
	case ASSIST_CPUID:
		cpu_hand_cpuid(lab->vm->vcpu, request->number, request->out);
		return true;
	case ASSIST_READ_MSR:
		request->done = cpu_hand_read_msr(lab->vm->vcpu, request->number, &request->value);
		return true;
	case ASSIST_WRITE_MSR:
		write_msr(lab, request);
		return true;
	case ASSIST_ACKNOWLEDGE:
		return acknowledge(lab, request);
	case ASSIST_FRAME:
		frame_of(lab, request);
		return true;
	case ASSIST_TABLE:
	case ASSIST_READ:
	case ASSIST_WRITE:
		return nested_service(lab, which, request);
	}
	return false;
}

bool assist_service(struct lab *lab, struct message *message)
{
	struct assist_request request;

	if (message->size != sizeof request)
		return false;
	memcpy(&request, message->bytes, sizeof request);
	if (!serve_request(lab, (enum assist_service)message->a, &request))
		return false;
	memcpy(message->bytes, &request, sizeof request);
	return true;
}
