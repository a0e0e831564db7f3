/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/history.h - a machine that can go back. A run is a pure function of images, configuration and input, so a moment
 * in the past is the nearest snapshot before it and a replay from there, with the input that came meanwhile.
 *
 * A moment is a value of the model clock at an instruction boundary: each step takes at least a cycle. The known history
 * reaches from the first moment to the last one (history_end). Inside it the machine only repeats what was; a change
 * made there (input, a register, another technique) drops what came after it and begins a new branch.
 */
#ifndef RINGSIDE_CORE_HISTORY_H
#define RINGSIDE_CORE_HISTORY_H

#include "core/breakpoint.h"
#include "core/vm.h"

struct history;

struct history_options {
	size_t memory;     /* bytes for snapshots, about; 0: usual (256 MiB) */
	uint64_t interval; /* cycles between two snapshots; 0: by the host's time, so that going back takes < 100 ms */
	const struct technique *const *techniques; /* that a switch may name; ends with NULL */
};

/* What came from outside, and when. Everything that changes a machine must be one of these. */
enum input_kind {
	INPUT_KEYBOARD, /* bytes for the keyboard controller (scan codes) */
	INPUT_SERIAL,   /* bytes for the first serial port */
	INPUT_SWITCH,   /* text: a mode (core/mode.h) */
	INPUT_REGISTER, /* text "eax=12" of the guest's state: core/poke.h */
	INPUT_MEMORY,   /* bytes for guest-linear address `address` */
	INPUT_KINDS
};

enum { INPUT_BYTES = 64 };

struct input {
	uint64_t clock; /* when */
	uint8_t kind;   /* enum input_kind */
	uint8_t size;
	bool planned;   /* said beforehand (a file of keys): it comes in every branch */
	uint32_t address;
	uint8_t bytes[INPUT_BYTES];
};

/* Takes over a VM (which it does not free) that has not begun to run, made with vm_options.history. NULL: `error`. */
struct history *history_new(struct vm *vm, const struct history_options *options, char *error,
			    size_t error_size);
/* The same for a run that is known already: `input` is its journal in the order of time, which is copied, and `end` the
 * moment that it reached. Nobody has heard it: readers are told when the machine first comes by. */
struct history *history_open(struct vm *vm, const struct history_options *options, const struct input *input,
			     size_t inputs, uint64_t end, char *error, size_t error_size);
void history_free(struct history *history);

/* ---- forward ---- */

/* Like vm_run and vm_step, taking snapshots on the way; input of the known history arrives again when it did. Inside the
 * known history a run stops at its end (VM_RUNNING with the clock there), so that one notices. */
enum vm_end history_run(struct history *history, uint64_t limit);
enum vm_end history_step(struct history *history);

/* Something from outside, now; gets its clock, and its size as far as it was taken. In the past: what came later is
 * forgotten and a branch begins. False: `vm->message` says why not, and nothing changed. */
bool history_input(struct history *history, struct input *input);
/* The same at a moment still to come (input->clock), before the run begins or in the present. False: no memory. */
bool history_plan(struct history *history, const struct input *input);
/* Stops (breakpoint.h) that stay set when the machine is put back. False: vm->message. */
bool history_set_stops(struct history *history, const struct stop_place *place, size_t count);

/* ---- to any moment ---- */

/* To the boundary at `clock` exactly, or the first one after it; forward beyond the known history too. How the machine
 * stood there, devices and caches included. What vm_end the guest came to on the way. */
enum vm_end history_go(struct history *history, uint64_t clock);
/* `count` boundaries back. Gives how many there were. */
uint64_t history_back(struct history *history, uint64_t count);
/* Moment of the latest snapshot that is earlier than `clock`: where a search backward may begin. The first moment, if
 * there is none. */
uint64_t history_before(const struct history *history, uint64_t clock);

/* ---- what is known ---- */

uint64_t history_begin(const struct history *history);
uint64_t history_end(const struct history *history);
/* Is the machine repeating what is known? Console and recorders have heard it then. */
bool history_past(const struct history *history);
/* 1, and one more each time that the past was changed. */
unsigned history_branch(const struct history *history);
/* All input so far, in order; NULL past the end. */
const struct input *history_input_at(const struct history *history, size_t index);
struct history_use {
	size_t snapshots, bytes;
};
struct history_use history_use(const struct history *history);

#endif
