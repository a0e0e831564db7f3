/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/trap.c - the IDT, and who is to blame for what arrives by it (SDM vol. 3, chapter 6).
 * User code's fault ends the process; the kernel's own ends the machine.
 */
#include "kernel/gate.h"
#include "kernel/kernel.h"

enum {
	BREAKPOINT = 3,
	PAGE_FAULT = 14,
	FAULT_PRESENT = 1,
	FAULT_WRITE = 2,
	FAULT_USER = 4,
};

extern const uint32_t trap_stubs[IRQ_BASE + IRQ_COUNT];
extern const char trap_system_call[];

static struct gate idt[VECTORS];

#ifdef AVOID_HOLES
volatile bool irq_are_on;
#endif

static const char *const exception_names[] = {
	"divide error", "debug exception", "NMI", "breakpoint", "overflow", "BOUND range exceeded",
	"invalid opcode", "device not available", "double fault", "coprocessor segment overrun",
	"invalid TSS", "segment not present", "stack fault", "general protection", "page fault",
	"reserved", "x87 error", "alignment check", "machine check", "SIMD error",
};

static const char *exception_name(uint32_t vector)
{
	if (vector >= sizeof(exception_names) / sizeof(exception_names[0]))
		return "reserved";
	return exception_names[vector];
}

static void set_gate(unsigned vector, uint32_t handler, uint32_t type)
{
	idt[vector] = gate_to(handler, type);
}

void trap_init(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uint32_t)idt };

	for (unsigned i = 0; i < IRQ_BASE + IRQ_COUNT; i++)
		set_gate(i, trap_stubs[i], INTERRUPT_GATE);
	set_gate(BREAKPOINT, trap_stubs[BREAKPOINT], INTERRUPT_GATE | FOR_USER);
	set_gate(SYSTEM_CALL_VECTOR, (uint32_t)trap_system_call, INTERRUPT_GATE | FOR_USER);
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void trap_expected(uint32_t *base, uint16_t *limit)
{
	*base = (uint32_t)idt;
	*limit = sizeof(idt) - 1;
}

static void describe_page_fault(uint32_t address, uint32_t error)
{
	print("  CR2 %08x: %s by %s code, %s\n", address, error & FAULT_WRITE ? "write" : "read",
	      error & FAULT_USER ? "user" : "kernel",
	      error & FAULT_PRESENT ? "page is protected" : "page is not present");
}

static void kill_current(const struct trap_frame *frame, uint32_t address)
{
	print("process %d (%s) killed: %s, EIP %08x, error code %x\n", current->number, current->name,
	      exception_name(frame->vector), frame->eip, frame->error);
	if (frame->vector == PAGE_FAULT)
		describe_page_fault(address, frame->error);
	process_exit(STATUS_KILLED);
}

static void kernel_exception(const struct trap_frame *frame, uint32_t address)
{
	if (frame->vector == PAGE_FAULT)
		describe_page_fault(address, frame->error);
	panic("%s in the kernel, EIP %08x, error code %x, EFLAGS %x\n"
	      "  EAX %08x EBX %08x ECX %08x EDX %08x\n"
	      "  ESI %08x EDI %08x EBP %08x",
	      exception_name(frame->vector), frame->eip, frame->error, frame->eflags, frame->eax,
	      frame->ebx, frame->ecx, frame->edx, frame->esi, frame->edi, frame->ebp);
}

static void exception(struct trap_frame *frame)
{
	uint32_t address = frame->vector == PAGE_FAULT ? platform->fault_address() : 0;

	if (frame->vector == PAGE_FAULT && current && address < KERNEL_BASE) {
		if (space_fault(&current->space, address, frame->error & FAULT_WRITE))
			return;
		if (!from_user(frame))
			kill_current(frame, address);
	}
	if (from_user(frame)) {
		if (process_catch(frame))
			return;
		kill_current(frame, address);
	}
	kernel_exception(frame, address);
}

/* What must be settled before user code goes on. */
void trap_before_user(void)
{
	irq_before_user();
	if (current->killed)
		process_exit(STATUS_KILLED);
	if (reschedule)
		process_yield();
	if (current->killed)
		process_exit(STATUS_KILLED);
}

void trap(struct trap_frame *frame)
{
	irq_entered(frame->vector);
	if (from_user(frame))
		current->frame = frame;
	if (frame->vector == SYSTEM_CALL_VECTOR) {
		irq_enable();
		system_call(frame);
	} else if (frame->vector >= IRQ_BASE) {
		platform->interrupt(frame->vector);
	} else {
		exception(frame);
	}
	if (from_user(frame) || irq_was_leaving(frame->eip))
		trap_before_user();
	trap_leave(frame);
}

void trap_leave(struct trap_frame *frame)
{
	irq_leaving(frame->eflags);
}
