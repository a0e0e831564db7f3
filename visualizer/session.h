/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/session.h - one run of a guest as the commands need it: made from the options, run in
 * slices between which input, screen and signals are looked after, ended in order.
 */
#ifndef RINGSIDE_VISUALIZER_SESSION_H
#define RINGSIDE_VISUALIZER_SESSION_H

#include "core/history.h"
#include "core/symbols.h"
#include "core/vm.h"
#include "visualizer/keys.h"
#include "visualizer/options.h"
#include "visualizer/record.h"
#include "visualizer/recorder.h"
#include "visualizer/switching.h"
#include "visualizer/terminal.h"

#include <signal.h>

enum console_kind { CONSOLE_NONE, CONSOLE_SERIAL, CONSOLE_VGA };

struct session {
	const struct options *options;
	struct config config;
	struct vm *vm;
	struct symbols *symbols; /* of the guest; NULL: none */
	enum console_kind console;
	FILE *console_out; /* what the guest writes to its serial port and to port 0xE9 */
	bool serial_input; /* standard input feeds the first serial port */
	bool paced;        /* model time runs no faster than real time */
	bool escape;       /* Ctrl-A was typed */
	bool visit;        /* Ctrl-A c was typed: the shell comes next */
	const struct history *history; /* of a visit by the shell; NULL: the guest runs by itself */
	bool quit;         /* the user, or a lost terminal, ends the run */
	bool wanted_more;  /* false: the command has seen enough (session_enough) */
	int signal;        /* that ended the run; 0 */
	struct terminal terminal;
	struct keys keys;
	struct recorder recorder;
	struct switching switching;
	struct run_record record;
	struct file_set *files; /* of the guest, held for a recording; NULL: none is made */
	sigset_t caught, saved_mask;
	bool signals_held;

	enum vm_end end;
	enum vm_end (*advance)(void *owner, struct vm *vm, uint64_t limit); /* in vm_run's place; NULL: vm_run */
	void *advance_owner;
	bool limited;   /* the limit was reached */
	size_t shown;   /* moments of --screen-at that have passed */
	uint64_t stop_at; /* a command's own end, BOARD_NEVER: none */
	double wall_begin, wall_seconds;
	double pace_host;    /* host and model time at which pacing (again) began */
	uint64_t pace_model;
	double drawn_at;     /* host time of the last frame */
	uint64_t halted_at;  /* instructions at the last slice's end */
};

/* Makes the machine. `guest_word`: which of the words is the guest. STATUS_OK, or a status after a message. */
int session_open(struct session *session, const struct options *options, int guest_word,
                 enum console_kind usual_console);
/* Runs to the end, the limit, or session->stop_at. */
void session_run(struct session *session);
/* For a reader: the command has what it wants, the run may stop. */
void session_enough(struct session *session);
/* Frees everything and restores the terminal; gives the exit status the run deserves. A signal that
 * ended the run is raised again, so that the caller's shell sees it. */
int session_close(struct session *session);

/* Why the guest stopped, as a sentence for people. */
void session_describe_end(const struct session *session, char *text, size_t size);
/* "halted", "limit", "exited"... for programs. */
const char *session_end_name(const struct session *session);

#endif
