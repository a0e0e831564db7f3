/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/lab.h - a machine whose VMM has some of its parts from a lab: a student's piece (`config.lab`), or the VMM's own, looked
 * at through the same table, so that two runs can be compared call by call (labs/grade/compare.h).
 */
#ifndef RINGSIDE_LABS_PLUGIN_LAB_H
#define RINGSIDE_LABS_PLUGIN_LAB_H

#include "core/vm.h"
#include "labs/plugin/message.h"

struct lab;

const char *lab_handler_name(enum handler handler);
/* The mask of handlers named in `names`, with blanks between: a handler's name, or a table's for all of its handlers. Empty: all that
 * there are. False: `error` names what is none. */
bool lab_parse_handlers(const char *names, uint64_t *mask, char *error, size_t error_size);

/* What a handler gives beside the virtual CPU, by name. */
enum { LAB_GIVEN = 4 };
struct lab_given {
	const char *name;
	uint32_t value;
};

/* A call of a handler, done: the virtual CPU stands behind it. */
struct lab_call {
	uint64_t number, cycle; /* from 0; when it began */
	enum handler handler;
	const struct insn *insn; /* of the handlers of instructions; else NULL */
	const struct cpu_event *event; /* of deliver */
	const struct cpu_state *before;
	const void *request; /* of tables other than trap: its second argument, as the handler has left it */
	const void *own;     /* of `treatment`: a second argument that has the VMM's own answer */
	const char *about;   /* of tables other than trap, for people: what it was called for; NULL: `insn` and `event` say it */
	struct lab_given given[LAB_GIVEN]; /* a name of NULL ends */
	bool declined; /* the piece has left it to the VMM's own: which a grader must see, or nobody would have to write anything */
};

struct lab_observer {
	void *owner;
	void (*called)(void *owner, struct vm *vm, const struct lab_call *call); /* NULL: nobody looks */
	void (*log)(void *owner, const char *line); /* what the piece tells; NULL: nobody hears */
};

/* Puts the handlers of `config.lab_handlers` through the table: those of the piece `config.lab`, or the VMM's own if there is none.
 * vm_free undoes it. Before the machine runs. NULL: `error`. */
struct lab *lab_attach(struct vm *vm, const struct lab_observer *observer, char *error, size_t error_size);
/* Does so if the machine's configuration has a piece; its lines go to standard error. False: `error`. */
bool lab_attach_configured(struct vm *vm, char *error, size_t error_size);

/* The first of the configured handlers that the piece does not have. HANDLERS: it has all. */
enum handler lab_missing(const struct lab *lab);
/* Does it have a device, which belongs to the machine whatever runs on it? */
bool lab_has_device(const struct lab *lab);
/* Of its handlers, so far. */
uint64_t lab_calls(const struct lab *lab);
/* What the piece has done that no piece may (crash, endless loop, ...). NULL: nothing. The machine is stopped by it. */
const char *lab_failure(const struct lab *lab);
/* The machine that it belongs to has been told to stop: nothing more is observed. */
void lab_stop(struct lab *lab);

/* ---- lab 1: a piece without a machine ---- */

/* Loads the piece from a file. NULL: `error`. */
struct lab *lab_open(const char *piece, const struct lab_observer *observer, char *error, size_t error_size);
void lab_close(struct lab *lab);
bool lab_has(const struct lab *lab, enum handler handler);
/* Asks the handler, which answers in *question. False: lab_failure says what it did. */
bool lab_ask(struct lab *lab, enum handler handler, const struct insn *insn, const uint8_t *bytes, struct lab_classify *question);

#endif
