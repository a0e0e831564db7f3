/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/inside.h - for this folder: what a lab is made of.
 */
#ifndef RINGSIDE_LABS_PLUGIN_INSIDE_H
#define RINGSIDE_LABS_PLUGIN_INSIDE_H

#include "labs/plugin/lab.h"
#include "labs/plugin/process.h"

struct lab {
	struct vmm_pieces table; /* what vm->pieces points to */
	struct vm *vm;
	uint32_t handlers; /* mask of those that go through the table */
	int file;          /* the shared object; -1: the VMM's own are looked at */
	struct lab_process process;
	struct cpu_state pending; /* while a handler works: what it has made of the virtual CPU by services */
	uint64_t calls;
	bool stopped;
	bool declined; /* during the call that is observed */
	struct lab_observer observer;
	char failure[LAB_WHY];
};

/* ---- exchange.c: one call of a handler of the piece ---- */

/* What `insn` or `event` (one of them) is to the handler. Gives its result, with the state it wants in lab->pending and its fault in
 * *fault. False: it has failed, lab->failure. */
bool exchange(struct lab *lab, enum handler handler, const struct insn *insn, const struct cpu_event *event, enum lab_result *result,
              struct cpu_event *fault);
/* Notes the first failure, and stops the machine. Gives false. */
bool lab_fails(struct lab *lab, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- services.c ---- */

/* Does what the message asks for, and answers. False: it was nonsense, or the process is dead. */
bool serve(struct lab *lab, struct message *message);
struct lab_segment lab_segment_of(const struct segment *segment);
struct lab_event lab_event_of(const struct cpu_event *event);

#endif
