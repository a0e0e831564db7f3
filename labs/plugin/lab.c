/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/lab.c - the table that stands in for the VMM's own (core/pieces.h): which instruction is whose, what becomes of a
 * handler's result, and who may look on.
 *
 * Costs are the VMM's to charge, and are charged whoever does the work: a run with a right piece is the run without one, event
 * by event and cycle by cycle.
 */
#define _GNU_SOURCE
#include "labs/plugin/lab.h"

#include "core/file_set.h"
#include "core/nearest.h"
#include "core/refuse.h"
#include "cpu/hand.h"
#include "cpu/insn.h"
#include "labs/plugin/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const handler_names[HANDLERS] = {
#define HANDLER(name, text) [HANDLER_##name] = text,
	LAB_HANDLER_LIST(HANDLER)
#undef HANDLER
};

const char *lab_handler_name(enum handler handler)
{
	return handler_names[handler];
}

static bool add_handler(const char *name, uint32_t *mask, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(name);

	for (unsigned i = 0; i < HANDLERS; i++) {
		if (strcmp(handler_names[i], name) == 0) {
			*mask |= 1u << i;
			return true;
		}
		nearest_offer(&nearest, handler_names[i]);
	}
	return refuse(error, error_size, "lab-handlers: there is no handler '%s'%s%s%s", name, nearest.name ? "; did you mean '" : "",
	              nearest.name ? nearest.name : "", nearest.name ? "'?" : "; labs/ringside_lab.h has their names");
}

bool lab_parse_handlers(const char *names, uint32_t *mask, char *error, size_t error_size)
{
	char copy[256], *rest = copy;

	*mask = 0;
	snprintf(copy, sizeof copy, "%s", names);
	for (char *name = strtok_r(copy, " ,", &rest); name; name = strtok_r(NULL, " ,", &rest))
		if (!add_handler(name, mask, error, error_size))
			return false;
	if (!*mask)
		*mask = (1u << HANDLERS) - 1;
	return true;
}

/* ---- which handler's an instruction is ---- */

/* Repeated, locked or single-stepped ones stay the VMM's: they are more than the instruction. */
static bool is_plain(const struct vm *vm, const struct insn *insn)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	return !insn->repeat && !insn->lock && !(state->eflags & (EFLAGS_TF | EFLAGS_VM)) && !state->pending_debug &&
	       !(state->dr[7] & 0xff) && state_protected(state);
}

static enum handler handler_of(const struct insn *insn)
{
	const char *name = insn->row->mnemonic;

	if (strcmp(name, "mov") == 0 && insn->row->operand[0] == OP_Cd)
		return HANDLER_mov_to_cr;
	if (strcmp(name, "mov") == 0 && insn->row->operand[1] == OP_Cd)
		return HANDLER_mov_from_cr;
	for (unsigned i = 0; i < HANDLER_deliver; i++)
		if (strcmp(handler_names[i], name) == 0)
			return (enum handler)i;
	return HANDLERS;
}

static bool goes_through(const struct lab *lab, enum handler handler)
{
	return handler < HANDLERS && lab->handlers >> handler & 1;
}

/* Does the piece do it? False: the VMM's own does. */
static bool piece_does(const struct lab *lab, enum handler handler)
{
	return lab->file >= 0 && goes_through(lab, handler) && lab->process.has >> handler & 1 && !lab->vm->stranded;
}

static void observe(struct lab *lab, struct lab_call *call)
{
	call->number = lab->calls++;
	call->declined = lab->declined;
	if (lab->observer.called && !lab->stopped)
		lab->observer.called(lab->observer.owner, lab->vm, call);
}

/* ---- deliver ---- */

/* #DB, and what real mode or virtual-8086 mode delivers, is not among what a lab asks for. */
static bool is_common(const struct vm *vm, const struct cpu_event *event)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	return state_protected(state) && !(state->eflags & EFLAGS_VM) &&
	       (event->type == EVENT_EXTERNAL || (event->type == EVENT_EXCEPTION && event->vector != VECTOR_DB));
}

static bool deliver_by_piece(struct lab *lab, const struct cpu_event *event)
{
	struct vm *vm = lab->vm;
	enum lab_result result;
	struct cpu_event fault;

	if (!is_common(vm, event) || !piece_does(lab, HANDLER_deliver))
		return false;
	lab->pending = *cpu_state_const(vm->vcpu);
	lab->pending.activity = ACTIVITY_ACTIVE;
	lab->pending.interrupt_shadow = SHADOW_NONE;
	if (!exchange(lab, HANDLER_deliver, NULL, event, &result, &fault))
		return false;
	if (result != LAB_DONE) { /* of a fault in it the processor makes what 6.15 says */
		lab->declined = true;
		return false;
	}
	if (!cpu_hand_state(vm->vcpu, &lab->pending, false))
		return lab_fails(lab, "deliver left control registers that no processor can hold");
	return true;
}

static void hand_over(struct lab *lab, const struct cpu_event *event)
{
	if (!deliver_by_piece(lab, event))
		cpu_deliver(lab->vm->vcpu, event);
}

static void deliver(void *owner, struct vm *vm, const struct cpu_event *event)
{
	struct lab *lab = owner;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct lab_call call = {.cycle = vm->clock, .handler = HANDLER_deliver, .event = event, .before = &before};
	bool observed = is_common(vm, event) && goes_through(lab, HANDLER_deliver);

	lab->declined = false;
	hand_over(lab, event);
	if (observed)
		observe(lab, &call);
}

/* ---- emulate ---- */

static bool finish_instruction(struct lab *lab, enum handler handler)
{
	struct vm *vm = lab->vm;

	if (handler != HANDLER_iret)
		lab->pending.eflags &= ~(uint32_t)EFLAGS_RF;
	if (!cpu_hand_state(vm->vcpu, &lab->pending, handler == HANDLER_mov_to_cr))
		return lab_fails(lab, "%s left control registers that no processor can hold", lab_handler_name(handler));
	cpu_hand_retire(vm->vcpu);
	return true;
}

static bool emulate_by_piece(struct lab *lab, enum handler handler, const struct insn *insn, struct cpu_event *delivered)
{
	enum lab_result result;
	struct cpu_event fault;

	lab->pending = *cpu_state_const(lab->vm->vcpu);
	lab->pending.interrupt_shadow = SHADOW_NONE;
	if (!exchange(lab, handler, insn, NULL, &result, &fault))
		return false;
	lab->declined = result == LAB_DECLINE;
	if (lab->declined)
		return false;
	if (result == LAB_DONE)
		return finish_instruction(lab, handler);
	hand_over(lab, &fault);
	*delivered = fault;
	return true;
}

static void emulate(void *owner, struct vm *vm, const struct insn *insn, struct cpu_event *delivered)
{
	struct lab *lab = owner;
	enum handler handler = insn && is_plain(vm, insn) ? handler_of(insn) : HANDLERS;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct lab_call call = {.cycle = vm->clock, .handler = handler, .insn = insn, .before = &before};

	lab->declined = false;
	if (!piece_does(lab, handler) || !emulate_by_piece(lab, handler, insn, delivered))
		cpu_step(vm->vcpu);
	if (goes_through(lab, handler))
		observe(lab, &call);
}

/* ---- beginning and end ---- */

static void drop(void *owner)
{
	struct lab *lab = owner;

	lab_process_end(&lab->process);
	if (lab->file >= 0)
		close(lab->file);
	free(lab);
}

static bool open_piece(struct lab *lab, char *error, size_t error_size)
{
	const struct config *config = &lab->vm->config;

	if (!config->lab[0])
		return true;
	lab->file = file_set_open(config->files, config->lab);
	if (lab->file < 0)
		lab->file = open(config->lab, O_RDONLY | O_CLOEXEC);
	if (lab->file < 0)
		return refuse(error, error_size, "lab: cannot read '%s': %s; `make -C labs/NAME` builds one", config->lab,
		              strerror(errno));
	return lab_process_start(&lab->process, lab->file) ||
	       refuse(error, error_size, "lab: the piece cannot be loaded: %s", lab->process.why);
}

struct lab *lab_attach(struct vm *vm, const struct lab_observer *observer, char *error, size_t error_size)
{
	struct lab *lab = calloc(1, sizeof *lab);

	if (!lab) {
		refuse(error, error_size, "not enough memory; close other programs");
		return NULL;
	}
	*lab = (struct lab){.vm = vm, .file = -1, .table = {lab, emulate, deliver, drop}};
	if (observer)
		lab->observer = *observer;
	if (!lab_parse_handlers(vm->config.lab_handlers, &lab->handlers, error, error_size) || !open_piece(lab, error, error_size)) {
		drop(lab);
		return NULL;
	}
	vm->pieces = &lab->table;
	return lab;
}

static void tell_line(void *owner, const char *line)
{
	(void)owner;
	fprintf(stderr, "lab: %s\n", line);
}

bool lab_attach_configured(struct vm *vm, char *error, size_t error_size)
{
	const struct lab_observer observer = {.log = tell_line};

	if (!vm->config.lab[0])
		return true;
	if (!vm->technique->vmm)
		return refuse(error, error_size, "lab: under %s there is no VMM that a piece could be part of; take technique trap",
		              vm->technique->name);
	return lab_attach(vm, &observer, error, error_size) != NULL;
}

enum handler lab_missing(const struct lab *lab)
{
	for (unsigned i = 0; i < HANDLERS; i++)
		if (lab->file >= 0 && (lab->handlers & ~lab->process.has) >> i & 1)
			return (enum handler)i;
	return HANDLERS;
}

const char *lab_failure(const struct lab *lab)
{
	return lab->failure[0] ? lab->failure : NULL;
}

void lab_stop(struct lab *lab)
{
	lab->stopped = true;
	vm_request_stop(lab->vm);
}
