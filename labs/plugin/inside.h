/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/inside.h - for this folder: what a lab is made of. lab.c attaches; exchange.c makes one call; the parts (trap_part.c, ...)
 * are the VMM's side of one table each; services.c has the table of what a piece may ask for.
 */
#ifndef RINGSIDE_LABS_PLUGIN_INSIDE_H
#define RINGSIDE_LABS_PLUGIN_INSIDE_H

#include "labs/plugin/lab.h"
#include "labs/plugin/process.h"

struct lab {
	struct vmm_pieces table; /* what vm->pieces points to */
	struct vm *vm;     /* NULL: there is no machine (classify_part.c) */
	uint64_t handlers; /* mask of those that go through the table */
	int file;          /* the shared object; -1: the VMM's own are looked at */
	struct lab_process process;
	bool acknowledged; /* assist: an interrupt, during the call of inject */
	struct cpu_state pending; /* trap: while a handler works, what it has made of the virtual CPU by services */
	uint64_t calls;
	bool stopped;
	bool declined; /* during the call that is observed */
	bool calling;  /* a handler is at work */
	struct shadow *shadow; /* pager: whose tables are asked about; NULL: no handler of it is at work */
	uint64_t pager_calls;  /* pager: made to this process */
	struct lab_observer observer;
	uint64_t cache_asked; /* cache: questions that its piece has seen (cache_part.c) */
	char failure[LAB_WHY];
	bool sealed; /* the handler at work gets no services but log and allocate */
	struct hypercall_work *hypercall; /* the call that a piece is at work on (hypercall_part.h); NULL: none */
	unsigned soon; /* device: how many times in a row its deadline was only some cycles away */
};

/* ---- lab.c ---- */

/* Is the handler one that this run is about? */
bool goes_through(const struct lab *lab, enum handler handler);
/* Does the piece do it? False: the VMM's own does. */
bool piece_does(const struct lab *lab, enum handler handler);
/* A call is done: tells the observer. */
void observe(struct lab *lab, struct lab_call *call);

/* ---- exchange.c: one call of a handler of the piece ---- */

struct exchange {
	enum handler handler;
	struct call_frame given; /* what the part has filled in, after exchange_begin */
	struct call_frame back;  /* what came back; only guards have been looked at */
	enum lab_result result;
};
/* An empty frame for the handler. */
void exchange_begin(struct exchange *exchange, enum handler handler);
/* Makes the call, and serves what it asks for. False: it has failed, lab->failure. */
bool exchange_call(struct lab *lab, struct exchange *exchange);
/* Has the handler changed what it may only look at? `what` names it. False: that is its failure. */
bool exchange_same(struct lab *lab, const struct exchange *exchange, const void *given, const void *back, size_t size, const char *what);
/* The fault that goes with LAB_FAULT, checked. False: no instruction raises such a one. */
bool exchange_fault(struct lab *lab, const struct exchange *exchange, struct cpu_event *fault);
/* Notes the first failure, and stops the machine. Gives false. */
bool lab_fails(struct lab *lab, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- services.c ---- */

/* Does what the message asks for, and answers. False: it was nonsense, or the process is dead. */
bool serve(struct lab *lab, struct message *message);
/* Services do what the message asks for and leave the answer in it. False: it asks for what cannot be. */
typedef bool service(struct lab *lab, struct message *message);

service assist_service; /* assist_services.c */

/* ---- the parts: each puts its functions into lab->table ---- */

void trap_part(struct lab *lab);
void pager_part(struct lab *lab);
void translator_part(struct lab *lab);
void hypercall_part(struct lab *lab);
void cache_part(struct lab *lab);

/* ---- hypercall_services.c ---- */

service hypercall_copy, hypercall_writable, hypercall_frame_type, hypercall_read_frame, hypercall_carry_out;
void assist_part(struct lab *lab);

/* ---- trap_part.c: what a handler has made of the virtual CPU ---- */

/* Puts it into lab->pending. False: no processor can hold it. */
bool take_cpu(struct lab *lab, enum handler handler, const struct lab_cpu *cpu);
void device_part(struct lab *lab);

/* ---- pager_services.c ---- */

service pager_service;

/* ---- frame.c: the VMM's structures as a piece sees them ---- */

struct lab_segment lab_segment_of(const struct segment *segment);
struct lab_event lab_event_of(const struct cpu_event *event);
void lab_cpu_of(struct lab_cpu *cpu, const struct cpu_state *state);
/* What decoding alone says: neither bytes nor an address. */
void lab_decoded_of(struct lab_instruction *told, const struct insn *insn);
/* The instruction at the virtual CPU's EIP. */
void lab_instruction_of(struct lab_instruction *told, const struct insn *insn, const struct vm *vm);

#endif
