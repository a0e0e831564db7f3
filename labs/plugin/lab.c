/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/lab.c - a lab's piece and a machine come together and part: the file is opened, its process started, and the parts put
 * their functions where the VMM calls through (core/pieces.h).
 *
 * Costs are the VMM's to charge, and are charged whoever does the work: a run with a right piece is the run without one, event
 * by event and cycle by cycle.
 */
#define _GNU_SOURCE
#include "labs/plugin/lab.h"

#include "core/file_set.h"
#include "core/nearest.h"
#include "core/refuse.h"
#include "labs/plugin/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *table, *name;
} handlers[HANDLERS] = {
#define HANDLER(table, name, text) [HANDLER_##table##_##name] = {#table, text},
	LAB_HANDLER_LIST(HANDLER)
#undef HANDLER
};

const char *lab_handler_name(enum handler handler)
{
	return handlers[handler].name;
}

static bool add_handler(const char *name, uint64_t *mask, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(name);
	uint64_t before = *mask;

	for (unsigned i = 0; i < HANDLERS; i++) {
		if (strcmp(handlers[i].name, name) == 0 || strcmp(handlers[i].table, name) == 0)
			*mask |= UINT64_C(1) << i;
		nearest_offer(&nearest, handlers[i].name);
	}
	if (*mask != before)
		return true;
	return refuse(error, error_size, "lab-handlers: there is no handler '%s'%s%s%s", name, nearest.name ? "; did you mean '" : "",
	              nearest.name ? nearest.name : "", nearest.name ? "'?" : "; labs/ringside_lab.h has their names");
}

bool lab_parse_handlers(const char *names, uint64_t *mask, char *error, size_t error_size)
{
	char copy[256], *rest = copy;

	*mask = 0;
	snprintf(copy, sizeof copy, "%s", names);
	for (char *name = strtok_r(copy, " ,", &rest); name; name = strtok_r(NULL, " ,", &rest))
		if (!add_handler(name, mask, error, error_size))
			return false;
	if (!*mask)
		*mask = UINT64_MAX >> (64 - HANDLERS);
	return true;
}

/* ---- what the parts ask ---- */

bool goes_through(const struct lab *lab, enum handler handler)
{
	return handler < HANDLERS && lab->handlers >> handler & 1;
}

bool piece_does(const struct lab *lab, enum handler handler)
{
	return lab->file >= 0 && goes_through(lab, handler) && lab->process.has >> handler & 1 && !lab->vm->stranded;
}

void observe(struct lab *lab, struct lab_call *call)
{
	call->number = lab->calls++;
	call->declined = lab->declined;
	if (lab->observer.called && !lab->stopped)
		lab->observer.called(lab->observer.owner, lab->vm, call);
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

static void (*const parts[])(struct lab *lab) = {
	trap_part,
	translator_part,
	hypercall_part,
	cache_part,
	assist_part,
	device_part,
	pager_part,
};

struct lab *lab_attach(struct vm *vm, const struct lab_observer *observer, char *error, size_t error_size)
{
	struct lab *lab = calloc(1, sizeof *lab);

	if (!lab) {
		refuse(error, error_size, "not enough memory; close other programs");
		return NULL;
	}
	*lab = (struct lab){.vm = vm, .file = -1, .table = {.owner = lab, .drop = drop}};
	if (observer)
		lab->observer = *observer;
	if (!lab_parse_handlers(vm->config.lab_handlers, &lab->handlers, error, error_size) || !open_piece(lab, error, error_size)) {
		drop(lab);
		return NULL;
	}
	for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
		parts[i](lab);
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
	struct lab *lab;

	if (!vm->config.lab[0])
		return true;
	lab = lab_attach(vm, &observer, error, error_size);
	if (lab && !vm->technique->vmm && !lab_has_device(lab))
		return refuse(error, error_size, "lab: under %s there is no VMM that a piece could be part of; take technique trap",
		              vm->technique->name);
	return lab != NULL;
}

enum handler lab_missing(const struct lab *lab)
{
	for (unsigned i = 0; i < HANDLERS; i++)
		if (lab->file >= 0 && goes_through(lab, (enum handler)i) && !(lab->process.has >> i & 1))
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
