/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/event.c - exceptions and interrupts as events: raising them, and delivering them with what
 * happens when the delivery faults itself. Intel SDM volume 3, 6.12 to 6.15 (tables 6-1, 6-4, 6-5).
 */
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* SDM vol. 3, table 6-4. */
enum exception_class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT, CLASS_COUNT };

struct exception {
	uint8_t exception_class;
	bool has_error; /* pushes an error code (not in real mode) */
	bool has_ext;   /* whose bit 0 is EXT */
};

/* SDM vol. 3, table 6-1. What is not listed is benign and has no error code. */
static const struct exception exceptions[] = {
	[VECTOR_DE] = {CONTRIBUTORY, false, false},
	[VECTOR_DF] = {DOUBLE_FAULT, true, false},
	[VECTOR_TS] = {CONTRIBUTORY, true, true},
	[VECTOR_NP] = {CONTRIBUTORY, true, true},
	[VECTOR_SS] = {CONTRIBUTORY, true, true},
	[VECTOR_GP] = {CONTRIBUTORY, true, true},
	[VECTOR_PF] = {PAGE_FAULT, true, false},
	[VECTOR_AC] = {BENIGN, true, false},
	[VECTOR_MC] = {BENIGN, false, false},
};

/* What a second event makes of a first one in delivery (SDM vol. 3, table 6-5). */
enum outcome { SERIAL, DOUBLE, SHUTDOWN };

static const uint8_t outcomes[CLASS_COUNT][CLASS_COUNT] = {
	/* first \ second  benign  contributory  page fault  double fault */
	[BENIGN]       = {SERIAL, SERIAL,   SERIAL,   SERIAL},
	[CONTRIBUTORY] = {SERIAL, DOUBLE,   SERIAL,   SERIAL},
	[PAGE_FAULT]   = {SERIAL, DOUBLE,   DOUBLE,   SERIAL},
	[DOUBLE_FAULT] = {SERIAL, SHUTDOWN, SHUTDOWN, SHUTDOWN},
};

static struct exception exception_of(unsigned vector)
{
	if (vector < sizeof exceptions / sizeof *exceptions)
		return exceptions[vector];
	return (struct exception){BENIGN, false, false};
}

bool event_is_software(const struct cpu_event *event)
{
	return event->type == EVENT_SOFTWARE || event->type == EVENT_SOFTWARE_EXCEPTION;
}

static enum exception_class class_of(const struct cpu_event *event)
{
	if (event->type != EVENT_EXCEPTION)
		return BENIGN;
	return (enum exception_class)exception_of(event->vector).exception_class;
}

/* ---- raising ---- */

void post_event(struct cpu *cpu, struct cpu_event event)
{
	if (event.has_error && exception_of(event.vector).has_ext)
		event.error |= cpu->error_ext;
	cpu->event = event;
	cpu->attention = true;
}

/* ---- delivering ---- */

/* Registers that an event changes whether or not its handler can be entered. */
static void record(struct cpu *cpu, const struct cpu_event *event)
{
	cpu->state.activity = ACTIVITY_ACTIVE;
	cpu->state.interrupt_shadow = SHADOW_NONE;
	if (event->type == EVENT_NMI && !cpu->monitored)
		cpu->state.nmi_blocked = true;
	if (event->type != EVENT_EXCEPTION || cpu->vmx.injecting)
		return;
	if (event->vector == VECTOR_PF)
		cpu->state.cr2 = event->address;
	if (event->vector == VECTOR_DB) {
		cpu->state.dr[6] |= event->dr6 & DR6_WRITABLE;
		cpu->state.dr[7] &= ~(uint32_t)DR7_GD;
	}
}

/* An event met a second one in its delivery: gives what is delivered next. False: shutdown. */
static bool combine(struct cpu_event *event, const struct cpu_event *second)
{
	switch ((enum outcome)outcomes[class_of(event)][class_of(second)]) {
	case SERIAL:
		*event = *second;
		return true;
	case DOUBLE:
		*event = (struct cpu_event){.type = EVENT_EXCEPTION, .vector = VECTOR_DF, .has_error = true};
		return true;
	default:
		return false;
	}
}

/* A triple fault of a guest is its VMM's business. */
static bool shut_down(struct cpu *cpu)
{
	if (cpu->non_root)
		return !vmx_triple_fault(cpu);
	cpu->state.activity = ACTIVITY_SHUTDOWN;
	cpu->attention = true;
	return false;
}

/*
 * tour 1.3: Through the VMM's IDT
 * The gate has been read and checked like any other. It leads to the VMM: what would be pushed is left in
 * the state, and cpu_run returns. The way in and the way back have their prices.
 */
/* The handler was entered, or a monitor is to be. */
static void delivered(struct cpu *cpu, const struct cpu_event *event)
{
	cpu->state.eip = cpu->next_eip;
	cpu->attention = true;
	if (cpu->left_for_monitor) {
		if (event->type != EVENT_SOFTWARE) /* INT n that a VMM lets its guest execute is a call, at the VMM's price */
			charge_apart(cpu, COST_monitor_entry);
		cpu->stopped = *event;
		return;
	}
	if (cpu->hooks.delivered) {
		cpu->state.eflags = read_eflags(cpu);
		cpu->hooks.delivered(cpu->hooks.owner, event);
	}
}

static bool attempt(struct cpu *cpu, const struct cpu_event *event)
{
	bool entered;

	record(cpu, event);
	cpu->error_ext = !event_is_software(event);
	entered = enter_handler(cpu, event);
	cpu->error_ext = 0;
	if (entered)
		delivered(cpu, event);
	return entered;
}

/* The delivery of `first` met an exit, or an exception that is one (SDM vol. 3, 27.2.4). */
static bool leaves_guest(struct cpu *cpu, const struct cpu_event *first, const struct cpu_event *second)
{
	if (second->type != EVENT_VM_EXIT)
		return vmx_event_exits(cpu, second, first);
	vmx_cut_delivery(cpu, first);
	return true;
}

static bool is_double_fault(const struct cpu_event *event)
{
	return event->type == EVENT_EXCEPTION && event->vector == VECTOR_DF;
}

/* EIP is where a fault points, next_eip what this event pushes. In non-root operation a VM exit may be pending
 * when it comes back, instead of a delivery. */
static bool deliver(struct cpu *cpu, const struct cpu_event *event)
{
	struct cpu_event now = *event;

	while (!attempt(cpu, &now)) {
		struct cpu_event second = cpu->event;

		if (cpu->non_root && leaves_guest(cpu, &now, &second))
			return true;
		cpu->event.type = EVENT_NONE;
		cpu->vmx.injecting = false;
		if (!combine(&now, &second)) {
			record(cpu, &second);
			return shut_down(cpu);
		}
		if (cpu->non_root && is_double_fault(&now) && vmx_event_exits(cpu, &now, NULL))
			return true;
		cpu->next_eip = cpu->state.eip;
	}
	return true;
}

/* An event of the guest's; one that its VMM injects has been looked at by the VMM. */
static bool leaves_at_once(struct cpu *cpu, const struct cpu_event *event)
{
	return cpu->non_root && !cpu->vmx.injecting && vmx_event_exits(cpu, event, NULL);
}

bool deliver_event(struct cpu *cpu, const struct cpu_event *event)
{
	struct cpu_event copy = *event;
	bool alive;

	cpu->event.type = EVENT_NONE;
	cpu->next_eip = cpu->state.eip;
	if (event_is_software(&copy))
		cpu->state.eip -= copy.length;
	cpu->at_device = true;
	alive = leaves_at_once(cpu, &copy) || deliver(cpu, &copy);
	cpu->at_device = false;
	return alive;
}

/* It retires first: what is delivered is a trap, but a fault in the delivery points back at it. */
bool software_event(struct cpu *cpu, const struct insn *insn, enum event_type type, uint8_t vector)
{
	*cpu->clock += insn->cost - cost_before(insn);
	cpu->instructions++;
	cpu->state.eip = cpu->next_eip;
	post_event(cpu, (struct cpu_event){
		.type = (uint8_t)type, .vector = vector, .length = insn->length});
	return false;
}
