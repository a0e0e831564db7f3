/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/pv_direct.c - pv/direct: a domain from its start of day on (core/load_xen.c). The processor walks the guest's own
 * tables and uses its own descriptors, so what the guest believes is what the hardware holds: CPL 1, CR3 = its own
 * table's machine address, IF = 1. One state serves as both truths, and a world switch carries it over whole.
 */
#include "core/refuse.h"
#include "core/wiring.h"
#include "trap/domain.h"

#include <stddef.h>
#include <stdlib.h>

static struct domain *domain_of(const struct vm *vm)
{
	return vm->technique_state;
}

/* ---- the world switch ---- */

static void load_hardware(struct domain *domain, struct cpu_state *guest)
{
	uint32_t ldt = domain->ldt_entries * 8;

	guest->gdtr = (struct table_register){SHADOW_HOLE + WINDOW_GDT * PAGE_SIZE, 0xffff};
	guest->idtr = (struct table_register){SHADOW_HOLE + WINDOW_IDT * PAGE_SIZE, 256 * 8 - 1};
	guest->segment[TR] = (struct segment){
		.selector = VMM_TSS, .base = guest->idtr.base + TSS_OFFSET, .limit = 103, .access = ACCESS_PRESENT | 11};
	guest->segment[LDTR] = (struct segment){0};
	if (ldt)
		guest->segment[LDTR] = (struct segment){
			.selector = VMM_LDT, .base = SHADOW_HOLE + WINDOW_LDT * PAGE_SIZE, .limit = ldt - 1, .access = ACCESS_PRESENT | 2};
	guest->eflags = (guest->eflags & ~(uint32_t)(EFLAGS_IOPL | EFLAGS_VM | EFLAGS_VIF | EFLAGS_VIP)) | EFLAGS_IF;
	guest->cr0 = CR0_PG | CR0_WP | CR0_PE | CR0_ET | CR0_NE | (guest->cr0 & CR0_TS);
	guest->cr4 = domain->pae ? CR4_PAE : 0;
	guest->sysenter_cs = 0;
}

static void enter_world(struct domain *domain)
{
	struct vm *vm = domain->vm;
	struct cpu_state *guest = cpu_state(vm->vcpu);

	domain_gates(domain);
	load_hardware(domain, guest);
	*cpu_state(vm->processor) = *guest;
	cpu_state_changed(vm->processor);
	tell_world_switch(vm, "to the guest");
}

static void leave_world(struct domain *domain, enum cpu_stop stop)
{
	struct vm *vm = domain->vm;

	*cpu_state(vm->vcpu) = *cpu_state_const(vm->processor);
	cpu_state_changed(vm->vcpu);
	if (stop == CPU_STOP_TIME && events_next(domain) <= vm->clock)
		stop = CPU_STOP_EVENT; /* a timer of the domain's own */
	tell_way_out(vm, stop);
}

/* The processor has entered a handler in ring 1 by itself. */
static void went_straight(void *owner, const struct cpu_event *happened)
{
	struct vm *vm = owner;
	const struct cpu_state *real = cpu_state_const(vm->processor);
	struct event event;

	if (!event_wanted(&vm->events, EV_DELIVERED))
		return;
	vm_event_begin(vm, &event, EV_DELIVERED);
	event.guest_cpl = real->cpl;
	event.eip = real->eip;
	event.linear = real->segment[CS].base + real->eip;
	event.byte_count = 0;
	event.mnemonic = NULL;
	event.has_vector = true;
	event.vector = happened->vector;
	event.action = "straight to the guest's handler in ring 1";
	event_emit(&vm->events, &event);
}

/* ---- one thing at a time ---- */

static bool agrees(struct domain *domain)
{
	struct vm *vm = domain->vm;

	return !vm_check_due(vm) || domain_check(domain, vm->message, sizeof vm->message);
}

static bool run_domain(struct domain *domain, uint64_t deadline, bool single)
{
	struct vm *vm = domain->vm;
	uint64_t next = events_next(domain);
	enum cpu_stop stop;

	enter_world(domain);
	stop = single ? cpu_step(vm->processor) : cpu_run(vm->processor, next < deadline ? next : deadline);
	leave_world(domain, stop);
	if (stop == CPU_STOP_EVENT)
		domain_exit(domain);
	else if (stop == CPU_STOP_TIME && (board_next(vm->board) <= vm->clock || next <= vm->clock))
		domain_exit_interrupt(domain);
	else if (stop == CPU_STOP_SHUTDOWN)
		return refuse(vm->message, sizeof vm->message,
		              "the VMM's own tables are damaged: this is a bug in ringside");
	return agrees(domain);
}

static void deliver_upcall(struct domain *domain)
{
	struct vm *vm = domain->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;

	story_begin(vm, &event, EV_INJECT);
	event.reason = "upcall";
	event.action = "entered the event callback";
	story_charge(vm, &event, "push the frame for the guest", COST_inject);
	domain_enter_upcall(domain);
	story_tell(vm, &event, &before);
}

/* Descriptors have changed under segment registers: they are loaded anew on the way back, and what cannot be is the failsafe
 * callback's to put right. */
static void reload(struct domain *domain)
{
	bool failed;

	if (!domain_reload(domain, &failed))
		domain_crash(domain, "its code or stack segment is no longer one");
	else if (failed)
		domain_enter_failsafe(domain);
}

/* Blocked: time passes until a timer of the domain's own, or the run loop finds out what the devices do. */
static enum vm_end wait_for_event(struct domain *domain, uint64_t deadline)
{
	uint64_t next = events_next(domain);

	if (next >= deadline || next >= board_next(domain->vm->board))
		return VM_HALTED;
	vm_pass_time(domain->vm, next);
	return VM_RUNNING;
}

static enum vm_end go_on_directly(struct vm *vm, uint64_t deadline, bool single)
{
	struct domain *domain = domain_of(vm);
	/* A guest that clears the mask waits for its next exit: whoever stops it to look is none. */
	bool waits = vm->paused && upcall_pending(domain);

	domain_take_interrupts(domain);
	events_act(domain);
	if (cpu_state_const(vm->vcpu)->activity == ACTIVITY_SHUTDOWN)
		return VM_SHUTDOWN;
	if (domain->blocked && !events_wake(domain))
		return wait_for_event(domain, deadline);
	if (domain->descriptors_changed) {
		reload(domain);
		return VM_RUNNING;
	}
	if (!waits && events_deliverable(domain)) {
		deliver_upcall(domain);
		return VM_RUNNING;
	}
	return run_domain(domain, deadline, single) ? VM_RUNNING : VM_UNSUPPORTED;
}

enum vm_end pv_direct_run(struct vm *vm, uint64_t deadline)
{
	return run_until(vm, deadline, go_on_directly);
}

enum vm_end pv_direct_step(struct vm *vm)
{
	return go_on_directly(vm, UINT64_MAX, true);
}

/* ---- taking over ---- */

static bool no_domain(struct vm *vm, const char *why)
{
	return refuse(vm->message, sizeof vm->message,
	              "the guest is no Xen domain at its start of day: %s; --paging direct is for kernels with Xen notes", why);
}

/* What the builder has left in ESI tells the rest. */
static bool take_over(struct domain *domain)
{
	struct vm *vm = domain->vm;
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	struct start_info start;
	bool failed;

	domain->pae = guest->cr4 & CR4_PAE;
	domain->levels = domain->pae ? 3 : 2;
	domain->hole = domain->pae ? HYPERVISOR_VIRT_START_PAE : HYPERVISOR_VIRT_START_NONPAE;
	if (!state_paging(guest) || guest->cpl != 1)
		return no_domain(vm, "it is not in ring 1 with paging on");
	if (cpu_peek(guest, &vm->guest_bus, guest->gpr[ESI], &start, sizeof start) != sizeof start)
		return no_domain(vm, "ESI leads to no start_info");
	if (!slots_begin(domain))
		return false;
	segments_begin(domain);
	if (domain_new_base(domain, guest->cr3 >> PAGE_SHIFT))
		return no_domain(vm, "its first page tables are not valid");
	if (!events_begin(domain, start.shared_info >> PAGE_SHIFT))
		return no_domain(vm, "its shared_info is no frame of its own");
	frame_of(domain, domain->base)->pinned = frame_get(domain, domain->base, base_type(domain));
	if (!domain_reload(domain, &failed) || failed)
		return no_domain(vm, "its segments are not the flat ones");
	return true;
}

static void free_domain(struct domain *domain)
{
	struct vm *vm = domain->vm;

	domain->xen->domain = NULL;
	wire_direct(vm, false);
	cpu_set_monitored(vm->processor, false);
	cpu_set_hooks(vm->processor, NULL);
	vm->technique_state = NULL;
	arena_give(vm->arena, domain->frame);
	arena_give(vm->arena, domain);
}

static struct domain *new_domain(struct vm *vm)
{
	struct domain *domain = arena_take(vm->arena, sizeof *domain);

	if (!domain)
		return NULL;
	domain->frame = arena_take(vm->arena, (memory_guest_size(vm->memory) >> PAGE_SHIFT) * sizeof *domain->frame);
	if (!domain->frame) {
		arena_give(vm->arena, domain);
		return NULL;
	}
	domain->vm = vm;
	domain->xen = xen_of(vm);
	domain->flushes = 1;
	return domain;
}

bool pv_direct_enter(struct vm *vm)
{
	struct domain *domain;

	if (!hypercall_begin(vm))
		return false;
	domain = new_domain(vm);
	if (!domain)
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	domain->xen->domain = domain;
	vm->technique_state = domain;
	wire_direct(vm, true);
	cpu_set_monitored(vm->processor, true);
	cpu_set_hooks(vm->processor, &(struct cpu_hooks){.owner = vm, .delivered = went_straight});
	if (!take_over(domain)) {
		free_domain(domain);
		return false;
	}
	domain_claim_interrupts(domain);
	return true;
}

void pv_direct_leave(struct vm *vm)
{
	free_domain(domain_of(vm));
}
