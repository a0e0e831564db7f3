/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_frame.c - entering a domain's handlers and coming back: the frames that Xen pushes on the kernel's stack, which are
 * those of hardware but for the event mask beside CS, and HYPERVISOR_iret.
 *
 *   failsafe only: DS ES FS GS | [error code] EIP  CS + mask << 16  EFLAGS | from ring 3: ESP SS
 */
#include "trap/domain.h"

#include <stddef.h>
#include <stdio.h>

enum { FLAGS_NOT_KEPT = EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM, MASK_SHIFT = 16 };

void domain_crash(struct domain *domain, const char *why)
{
	cpu_state(domain->vm->vcpu)->activity = ACTIVITY_SHUTDOWN;
	domain->crash = why;
	snprintf(domain->vm->message, sizeof domain->vm->message, "the VMM ended the domain: %s", why);
}

/* What is entered, and what is pushed for it. */
struct entry {
	uint16_t cs;
	uint32_t eip;
	bool mask; /* events are masked from here on */
	bool has_error;
	uint32_t error;
	bool segments; /* the failsafe callback's */
};

enum { ITEMS_MAX = 10 };
struct items {
	uint32_t item[ITEMS_MAX]; /* as they lie in memory, from the last one down */
	unsigned first;
};

static void push(struct items *items, uint32_t value)
{
	items->item[--items->first] = value;
}

static void build(const struct domain *domain, const struct cpu_state *guest, const struct entry *entry, struct items *items)
{
	static const enum segment_register order[] = {GS, FS, ES, DS};
	uint32_t mask = upcall_mask(domain);

	items->first = ITEMS_MAX;
	if (guest->cpl == 3) {
		push(items, guest->segment[SS].selector);
		push(items, guest->gpr[ESP]);
	}
	push(items, (guest->eflags & ~(uint32_t)EFLAGS_IF) | (mask ? 0 : EFLAGS_IF));
	push(items, guest->segment[CS].selector | mask << MASK_SHIFT);
	push(items, guest->eip);
	if (entry->has_error)
		push(items, entry->error);
	for (unsigned i = 0; entry->segments && i < 4; i++)
		push(items, guest->segment[order[i]].selector);
}

/* The stack that the frame goes to. False: it is none. */
static bool find_stack(const struct domain *domain, const struct cpu_state *guest, struct segment *stack, uint32_t *pointer)
{
	*stack = guest->segment[SS];
	*pointer = guest->gpr[ESP];
	if (guest->cpl != 3)
		return true;
	*pointer = domain->xen->stack_esp;
	return domain->xen->has_stack && domain_segment(domain, (uint16_t)domain->xen->stack_ss, stack) && stack_fits(stack, 1);
}

static bool push_frame(struct domain *domain, const struct segment *stack, uint32_t *pointer, const struct items *items)
{
	uint32_t size = (ITEMS_MAX - items->first) * 4;

	if (*pointer < size || *pointer - 1 > stack->limit)
		return false;
	*pointer -= size;
	return guest_write(domain->vm, stack->base + *pointer, items->item + items->first, size);
}

static void enter(struct domain *domain, const struct entry *entry)
{
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);
	struct segment code, stack;
	struct items items;
	uint32_t pointer;

	if (!domain_segment(domain, (uint16_t)((entry->cs & ~3u) | 1), &code) || !code_fits(&code, 1) || entry->eip > code.limit) {
		domain_crash(domain, "its handler is in no code segment of ring 1");
		return;
	}
	build(domain, guest, entry, &items);
	if (!find_stack(domain, guest, &stack, &pointer) || !push_frame(domain, &stack, &pointer, &items)) {
		domain_crash(domain, "its kernel's stack takes no frame");
		return;
	}
	guest->segment[CS] = code;
	guest->segment[SS] = stack;
	guest->gpr[ESP] = pointer;
	guest->eip = entry->eip;
	guest->cpl = 1;
	guest->eflags &= ~(uint32_t)FLAGS_NOT_KEPT;
	if (entry->mask)
		set_upcall_mask(domain, true);
	cpu_state_changed(domain->vm->vcpu);
}

void domain_enter_trap(struct domain *domain, uint8_t vector, bool has_error, uint32_t error)
{
	const struct trap_info *trap = &domain->xen->trap[vector];
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);

	if (!trap->address) {
		domain_crash(domain, "it has no handler for an exception");
		return;
	}
	if (vector == VECTOR_PF)
		shared_put(domain, (uint32_t)offsetof(struct shared_info, vcpu_info[0].arch.cr2), &guest->cr2, sizeof guest->cr2);
	if (vector == VECTOR_NM)
		guest->cr0 &= ~(uint32_t)CR0_TS; /* as Xen: the handler need not call */
	enter(domain, &(struct entry){trap->cs, trap->address, trap->flags & XEN_TI_MASK, has_error, error, false});
}

void domain_enter_upcall(struct domain *domain)
{
	enter(domain, &(struct entry){domain->event_cs, domain->event_eip, true, false, 0, false});
}

void domain_enter_failsafe(struct domain *domain)
{
	if (!domain->failsafe_eip)
		domain_crash(domain, "it has no failsafe callback");
	else
		enter(domain, &(struct entry){domain->failsafe_cs, domain->failsafe_eip, true, false, 0, true});
}

int32_t domain_set_callbacks(struct call *call)
{
	struct domain *domain = call->xen->domain;

	domain->event_cs = (uint16_t)((call->argument[0] & 0xfffc) | 1);
	domain->event_eip = call->argument[1];
	domain->failsafe_cs = (uint16_t)((call->argument[2] & 0xfffc) | 1);
	domain->failsafe_eip = call->argument[3];
	return 0;
}

/* ---- iret ---- */

/* What lies on the stack when the hypercall page's entry has been jumped to. */
struct iret_frame {
	uint32_t eax, eip, cs, eflags, esp, ss;
};

static bool read_frame(struct vm *vm, struct iret_frame *frame)
{
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	uint32_t at = guest->segment[SS].base + guest->gpr[ESP];

	if (!guest_read(vm, at, frame, offsetof(struct iret_frame, esp)))
		return false;
	if ((frame->cs & 3) == guest->cpl)
		return true;
	return guest_read(vm, at, frame, sizeof *frame);
}

static bool go_back(struct domain *domain, const struct iret_frame *frame)
{
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);
	unsigned ring = frame->cs & 3;
	struct segment code, stack = guest->segment[SS];

	if (ring < guest->cpl || !domain_segment(domain, (uint16_t)frame->cs, &code) || !code_fits(&code, ring))
		return false;
	if (ring > guest->cpl && (!domain_segment(domain, (uint16_t)frame->ss, &stack) || !stack_fits(&stack, ring)))
		return false;
	guest->gpr[ESP] = ring > guest->cpl ? frame->esp
	                                    : guest->gpr[ESP] + (uint32_t)offsetof(struct iret_frame, esp);
	guest->cpl = (uint8_t)ring;
	guest->segment[CS] = code;
	guest->segment[SS] = stack;
	return true;
}

/* Xen ends a domain whose frame is none; there is no caller left to get an error. */
int32_t domain_iret(struct call *call)
{
	enum { TAKEN = EFLAGS_STATUS | EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID };
	struct domain *domain = call->xen->domain;
	struct cpu_state *guest = cpu_state(call->vm->vcpu);
	struct iret_frame frame = {0};

	call->replaced = true;
	if (!read_frame(call->vm, &frame) || !go_back(domain, &frame)) {
		domain_crash(domain, "it returns by HYPERVISOR_iret to where it cannot");
		return -XEN_EFAULT;
	}
	guest->gpr[EAX] = frame.eax;
	guest->eip = frame.eip;
	guest->eflags = (guest->eflags & ~(uint32_t)TAKEN) | (frame.eflags & TAKEN);
	set_upcall_mask(domain, !(frame.eflags & EFLAGS_IF));
	domain_drop_privileged(domain);
	return 0;
}
