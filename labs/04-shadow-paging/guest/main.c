/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 04-shadow-paging/guest/main.c - the processor's tables, faults, and the rounds. What accesses find goes into a checksum, which is said
 * at the end.
 *
 *	ops=NAME,...  what is done (all)     n=COUNT  how often (40)     seed=NUMBER  in which order (1)
 */
#include "guest.h"

#include "shared/console.h"
#include "shared/numbers.h"
#include "shared/tables.h"
#include "shared/words.h"

/* What page_fault has pushed, from the lowest address on. */
struct frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, error, eip, cs, eflags;
};

extern uint8_t kernel_load[], kernel_store[], kernel_done[], fault_stack_top[];
extern struct descriptor gdt[], idt[];
extern uint32_t task[26];
void page_fault(void);
void other_fault(void);
void leave_user(void);

struct fault fault;
uint32_t operations;
static uint32_t state, checksum = CHECKSUM_BEGIN;

uint32_t random_number(void)
{
	return next_random(&state);
}

void note(uint32_t value)
{
	checksum = checksum_with(checksum, value);
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

static void begin_tables(void)
{
	const struct table table = {129 * 8 - 1, (uint32_t)idt};

	task[1] = (uint32_t)fault_stack_top;
	task[2] = 0x10;
	idt[8] = gate(8, (void *)other_fault, 0x8e);
	idt[13] = gate(8, (void *)other_fault, 0x8e);
	idt[14] = gate(8, (void *)page_fault, 0x8e);
	idt[128] = gate(8, (void *)leave_user, 0xee);
	__asm__ volatile("lidt %0" : : "m"(table));
	gdt[5] = segment((uint32_t)task, 103, 0x89);
	__asm__ volatile("ltr %w0" : : "r"(0x28));
}

/* ---- the command line ---- */

static void take_operations(const char *line)
{
	static const char *const names[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	operations = words_behind(line, "ops=", names, OPERATIONS);
	if (!operations)
		operations = (1u << OPERATIONS) - 1;
}

/* ---- from here to the end ---- */

static void begin_paging(void)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(has(OP_large) ? 0x10 : 0));
	start_paging(directories[0]);
}

void begin(const uint32_t *multiboot)
{
	const char *line = command_line(multiboot);
	uint32_t seed = number_behind(line, "seed=", 1), count = number_behind(line, "n=", 40);

	take_operations(line);
	state = state_of_seed(seed);
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
