/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/story.c - the story of an exit: what happened, phase by phase with its cycles, and what has changed.
 * Each phase is measured by the clock that it was charged to, so the two can never disagree. A hypercall in it
 * has told its part by itself.
 */
#include "trap/hypercall.h"
#include "trap/vmm.h"

void story_begin(struct vm *vm, struct event *event, enum event_kind kind)
{
	vm_tell_stretch(vm);
	if (vm->events.wanted) {
		vm_event_begin(vm, event, kind);
		return;
	}
	event_clear(event);
	event->kind = (uint8_t)kind;
}

void story_phase(const struct vm *vm, struct event *event, const char *what, uint64_t since)
{
	event_add_phase(event, what, (uint32_t)(vm->clock - since - hypercall_cycles_since(vm, since)));
}

void story_charge(struct vm *vm, struct event *event, const char *what, enum cost cost)
{
	uint64_t since = vm->clock;

	charge(vm, cost);
	story_phase(vm, event, what, since);
}

void story_exception(struct vm *vm, struct event *event, const struct cpu_event *cause)
{
	uint32_t entry = vm->costs.cycles[COST_monitor_entry];

	story_begin(vm, event, EV_TRAP);
	event->cycle = vm->clock - entry;
	event->has_vector = true;
	event->vector = cause->vector;
	event->has_error = cause->has_error;
	event->error = cause->error;
	event_add_phase(event, "exception to the VMM", entry);
	story_charge(vm, event, "save the guest", COST_monitor_save);
}

static void note(struct event *event, const char *what, uint32_t before, uint32_t after)
{
	if (before != after)
		event_add_change(event, what, before, after);
}

static void note_changes(struct event *event, const struct cpu_state *before, const struct cpu_state *after)
{
	note(event, "cpl", before->cpl, after->cpl);
	note(event, "if", before->eflags >> 9 & 1, after->eflags >> 9 & 1);
	note(event, "cr0", before->cr0, after->cr0);
	note(event, "cr2", before->cr2, after->cr2);
	note(event, "cr3", before->cr3, after->cr3);
	note(event, "cr4", before->cr4, after->cr4);
	note(event, "gdtr", before->gdtr.base, after->gdtr.base);
	note(event, "idtr", before->idtr.base, after->idtr.base);
	note(event, "tr", before->segment[TR].selector, after->segment[TR].selector);
	note(event, "eax", before->gpr[EAX], after->gpr[EAX]);
	note(event, "eip", before->eip, after->eip);
}

void story_tell(struct vm *vm, struct event *event, const struct cpu_state *before)
{
	if (!event_wanted(&vm->events, event->kind))
		return;
	note_changes(event, before, cpu_state_const(vm->vcpu));
	event_emit(&vm->events, event);
}

void story_delivered(struct event *event, const struct cpu_event *delivered)
{
	event->kind = EV_REFLECT;
	event->has_vector = true;
	event->vector = delivered->vector;
	event->has_error = delivered->has_error;
	event->error = delivered->error;
	event->action = "handed to the guest's IDT";
}

void tell_way_out(struct vm *vm, enum cpu_stop stop)
{
	vm->paused = (stop == CPU_STOP_TIME || stop == CPU_STOP_REQUEST) && !is_due(vm);
	if (!vm->paused)
		tell_world_switch(vm, "to the VMM");
}

void tell_world_switch(struct vm *vm, const char *direction)
{
	struct event event;
	bool paused = vm->paused;

	vm->paused = false;
	if (paused)
		return;
	vm_tell_stretch(vm);
	if (!event_wanted(&vm->events, EV_WORLD_SWITCH))
		return;
	vm_event_begin(vm, &event, EV_WORLD_SWITCH);
	event.action = direction;
	event_emit(&vm->events, &event);
}
