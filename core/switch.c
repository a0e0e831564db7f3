/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/switch.c - moving a running guest to another technique, ring or paging, at an instruction boundary.
 *
 * Every technique works on the same virtual CPU. So a move is two steps: the old technique brings the guest's
 * state into it and gives back what it made, the new one takes over from there. Who carries what:
 *
 *   registers, descriptor caches, PDPTEs, MSRs, DR0 to DR7, TF, RF,   vm->vcpu's struct cpu_state
 *   HLT, the shadow of STI and MOV SS and the debug exceptions that it
 *   holds off, a string instruction that is
 *   half done (EIP is still on it, ECX says how much is left)
 *   pending interrupts                                                the board; the line is set again here
 *   a pending NMI                                                     vm->vcpu itself
 *   the TLB                                                           nobody: flushed, as hardware may at any time
 *   the processor                                                     nobody: as after power-up, until it is loaded
 */
#include "core/switch.h"

#include "core/refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct switch_text {
	struct switch_text *next;
	char text[64];
};

struct switch_texts {
	struct switch_text *first;
};

struct vm_mode vm_mode(const struct vm *vm)
{
	return (struct vm_mode){.technique = vm->technique, .paging = vm->paging, .ring = vm->config.ring};
}

static void set_mode(struct vm *vm, const struct vm_mode *mode)
{
	vm->technique = mode->technique;
	vm->paging = mode->paging;
	if (mode->technique->deprivileges)
		vm->config.ring = mode->ring;
}

/* ---- the event ---- */

/* The same text is the same string for as long as the VM lives. NULL: no memory. */
static const char *text_for_good(struct switch_texts *texts, const char *text)
{
	struct switch_text **link = &texts->first;

	while (*link && strcmp((*link)->text, text) != 0)
		link = &(*link)->next;
	if (!*link) {
		*link = calloc(1, sizeof **link);
		if (*link)
			snprintf((*link)->text, sizeof (*link)->text, "%s", text);
	}
	return *link ? (*link)->text : NULL;
}

struct switch_texts *switch_texts_new(void)
{
	return calloc(1, sizeof(struct switch_texts));
}

void switch_texts_free(struct switch_texts *texts)
{
	while (texts && texts->first) {
		struct switch_text *first = texts->first;

		texts->first = first->next;
		free(first);
	}
	free(texts);
}

static void tell(struct vm *vm, const struct vm_mode *before, const struct vm_mode *after)
{
	char from[24], to[24], text[64];
	struct event event;

	if (!event_wanted(&vm->events, EV_SWITCH))
		return;
	snprintf(text, sizeof text, "%s to %s", mode_text(before, from, sizeof from), mode_text(after, to, sizeof to));
	vm_event_begin(vm, &event, EV_SWITCH);
	event.action = text_for_good(vm->switch_texts, text);
	if (!event.action)
		event.action = after->technique->name;
	event_emit(&vm->events, &event);
}

/* ---- the move ---- */

static bool refuse_vmm(struct vm *vm, const struct vm_mode *before, const struct vm_mode *after)
{
	return refuse(vm->message, sizeof vm->message,
	              "cannot switch from %s to %s: a VMM is not put under or taken from a running machine; "
	              "start again with --technique %s",
	              before->technique->name, after->technique->name, after->technique->name);
}

static bool refuse_direct(struct vm *vm, const struct vm_mode *before, const struct vm_mode *after)
{
	return refuse(vm->message, sizeof vm->message,
	              "cannot switch from %s to %s paging: the guest's tables hold %s addresses, and only it could "
	              "change them; start again with --paging %s",
	              paging_name(before->paging), paging_name(after->paging),
	              before->paging == PAGING_DIRECT ? "machine" : "guest-physical", paging_name(after->paging));
}

bool vm_may_switch(struct vm *vm, const struct vm_mode *mode)
{
	struct vm_mode before = vm_mode(vm);

	if (mode->technique->vmm != before.technique->vmm)
		return refuse_vmm(vm, &before, mode);
	if ((before.paging == PAGING_DIRECT) != (mode->paging == PAGING_DIRECT))
		return refuse_direct(vm, &before, mode);
	return true;
}

/* Whoever takes over finds no translation of his predecessor's, and a processor that holds nothing. */
static void clear_hardware(struct vm *vm)
{
	if (!vm->vcpu)
		return;
	cpu_state_reset(cpu_state(vm->processor));
	cpu_state_changed(vm->processor);
	cpu_tlb_flush(vm->processor);
	cpu_tlb_flush(vm->vcpu);
	cpu_set_interrupt_line(vm->vcpu, board_interrupt(vm->board));
}

static bool take_over(struct vm *vm, const struct vm_mode *mode)
{
	set_mode(vm, mode);
	clear_hardware(vm);
	return mode->technique->enter(vm);
}

/* The old technique had all that it needs a moment ago. Has it not any more, the guest stands still from now on. */
static void go_back(struct vm *vm, const struct vm_mode *before)
{
	char reason[sizeof vm->message];

	memcpy(reason, vm->message, sizeof reason);
	vm->stranded = !take_over(vm, before);
	if (!vm->stranded)
		memcpy(vm->message, reason, sizeof reason);
}

bool vm_switch(struct vm *vm, const struct vm_mode *mode)
{
	struct vm_mode before = vm_mode(vm);

	if (mode_same(mode, &before))
		return true;
	if (!vm_may_switch(vm, mode))
		return false;
	vm_tell_stretch(vm);
	vm->paused = false;
	vm->technique->leave(vm);
	if (!take_over(vm, mode)) {
		go_back(vm, &before);
		return false;
	}
	vm->switches++;
	tell(vm, &before, mode);
	return true;
}
