/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/gates.c - the IDT (SDM vol. 3, 6.11). What is measured has handlers of its own, as short as they can be
 * (loops.S, user.S); page faults of the process-like operations are made good by kernel/space.c; all else is a mistake.
 */
#include "kernel/gate.h"
#include "nano/nano.h"

enum { DIVIDE_ERROR = 0, PAGE_FAULT = 14, FAULT_WRITE = 2 };

extern const uint32_t trap_stubs[IRQ_BASE + IRQ_COUNT];
extern const char trap_system_call[];

struct space *user_space;
static struct gate idt[VECTORS];

/* A short handler of `code`, or the stub that leads to trap(). */
static void set_gate(unsigned vector, const char *code, uint32_t type)
{
	idt[vector] = gate_to(code ? (uint32_t)code : trap_stubs[vector], INTERRUPT_GATE | type);
}

void gates_begin(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uint32_t)idt };

	for (unsigned vector = 0; vector < IRQ_BASE + IRQ_COUNT; vector++)
		set_gate(vector, NULL, 0);
	set_gate(DIVIDE_ERROR, handle_divide, 0);
	set_gate(VECTOR_CALL, handle_int80, FOR_USER);
	set_gate(VECTOR_LEAVE, handle_leave, FOR_USER);
	__asm__ volatile("lidt %0" : : "m"(idtr));
	gdt_set_kernel_stack((uint32_t)trap_stack_top);
}

void gates_page_fault(bool measured)
{
	set_gate(PAGE_FAULT, measured ? handle_page_fault : NULL, 0);
}

/* From trap.S. */
void trap(struct trap_frame *frame)
{
	uint32_t address = frame->vector == PAGE_FAULT ? platform->fault_address() : 0;

	if (frame->vector == PAGE_FAULT && user_space && address < KERNEL_BASE &&
	    space_fault(user_space, address, frame->error & FAULT_WRITE))
		return;
	panic("exception %u, error code %x, EIP %08x, CS %x, CR2 %08x", frame->vector, frame->error, frame->eip,
	      frame->cs, address);
}
