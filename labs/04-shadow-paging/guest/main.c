/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 04-shadow-paging/guest/main.c - the processor's tables, faults, and the rounds. What accesses find goes into a checksum, which is said
 * at the end.
 *
 *	ops=NAME,...  what is done (all)     n=COUNT  how often (40)     seed=NUMBER  in which order (1)
 */
#include "guest.h"

/* What page_fault has pushed, from the lowest address on. */
struct frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, error, eip, cs, eflags;
};

extern uint8_t kernel_load[], kernel_store[], kernel_done[], fault_stack_top[];
extern uint64_t gdt[], idt[];
extern uint32_t task[26];
void page_fault(void);
void other_fault(void);
void leave_user(void);

struct fault fault;
uint32_t operations;
static uint32_t state, checksum = 2166136261u;

static void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* xorshift (Marsaglia 2003) */
uint32_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

void note(uint32_t value)
{
	checksum = (checksum ^ value) * 16777619u;
}

static void text(const char *words)
{
	while (*words)
		port_write(0xe9, (uint8_t)*words++);
}

static void number(uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		port_write(0xe9, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

static void __attribute__((noreturn)) end(uint8_t code)
{
	port_write(0xf4, code);
	for (;;)
		;
}

/* ---- faults ---- */

/* One of the accesses that may fault is given up; any other fault is the guest's own mistake, or the VMM's. */
void handle_page_fault(struct frame *frame)
{
	fault.is = true;
	fault.error = frame->error;
	__asm__ volatile("mov %%cr2, %0" : "=r"(fault.address));
	if ((frame->cs & 3) == 3)
		return;
	if (frame->eip == (uint32_t)kernel_load || frame->eip == (uint32_t)kernel_store) {
		frame->eip = (uint32_t)kernel_done;
		return;
	}
	text("lab guest: page fault ");
	number(frame->error);
	text(" of its own at ");
	number(frame->eip);
	text(", address ");
	number(fault.address);
	text("\n");
	end(1);
}

void handle_other_fault(void)
{
	text("lab guest: a fault that is no page fault\n");
	end(1);
}

static void set_gate(unsigned vector, void (*handler)(void), uint32_t access)
{
	idt[vector] = (uint64_t)(((uint32_t)handler & 0xffff0000) | access << 8) << 32 | 8 << 16 | ((uint32_t)handler & 0xffff);
}

static void begin_tables(void)
{
	uint32_t base = (uint32_t)task;
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) table = {129 * 8 - 1, (uint32_t)idt};

	task[1] = (uint32_t)fault_stack_top;
	task[2] = 0x10;
	set_gate(8, other_fault, 0x8e);
	set_gate(13, other_fault, 0x8e);
	set_gate(14, page_fault, 0x8e);
	set_gate(128, leave_user, 0xee);
	__asm__ volatile("lidt %0" : : "m"(table));
	gdt[5] = (uint64_t)((base & 0xff000000) | (base >> 16 & 0xff) | 0x8900) << 32 | base << 16 | 103;
	__asm__ volatile("ltr %w0" : : "r"(0x28));
}

/* ---- the command line ---- */

static bool begins(const char *words, const char *with)
{
	while (*with)
		if (*words++ != *with++)
			return false;
	return true;
}

/* The number behind `name=`, or `usual`. */
static uint32_t option(const char *line, const char *name, uint32_t usual)
{
	for (; *line; line++) {
		const char *at = line;
		uint32_t value = 0;

		if (!begins(line, name))
			continue;
		while (*at++ != '=')
			;
		while (*at >= '0' && *at <= '9')
			value = value * 10 + (uint32_t)(*at++ - '0');
		return value;
	}
	return usual;
}

static void take_operations(const char *line)
{
	static const char *const names[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	while (*line && !begins(line, "ops="))
		line++;
	line += *line ? 4 : 0;
	while (*line && *line != ' ') {
		for (unsigned i = 0; i < OPERATIONS; i++)
			if (begins(line, names[i]))
				operations |= 1u << i;
		while (*line && *line != ' ' && *line++ != ',')
			;
	}
	if (!operations)
		operations = (1u << OPERATIONS) - 1;
}

/* ---- from here to the end ---- */

static void begin_paging(void)
{
	uint32_t value;

	__asm__ volatile("mov %0, %%cr4" : : "r"(has(OP_large) ? 0x10 : 0));
	__asm__ volatile("mov %0, %%cr3" : : "r"(directories[0]));
	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr0" : : "r"(value | 0x80010000));
}

void begin(const uint32_t *multiboot)
{
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";
	uint32_t seed = option(line, "seed=", 1), count = option(line, "n=", 40);

	take_operations(line);
	state = seed * 2654435761u | 1;
	begin_tables();
	begin_spaces();
	begin_paging();
	while (count-- > 0)
		operate();
	text("lab guest: checksum ");
	number(checksum);
	text("\n");
	end(0);
}
