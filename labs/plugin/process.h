/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/process.h - the VMM's end of a piece's process: start it, call, hear what it wants, notice when it ends.
 */
#ifndef RINGSIDE_LABS_PLUGIN_PROCESS_H
#define RINGSIDE_LABS_PLUGIN_PROCESS_H

#include "labs/plugin/message.h"

#include <sys/types.h>

enum { LAB_WHY = 512 };

struct lab_process {
	pid_t id;      /* 0: none */
	int socket;
	uint64_t has;  /* mask of the handlers that it has */
	uint64_t call_began; /* nanoseconds of its processor time */
	uint32_t asked;      /* requests in this call */
	char why[LAB_WHY]; /* what it died of; empty: it lives */
};

/* Starts a process with the shared object that `file` (a descriptor, the caller's) is open on. False: process->why. */
bool lab_process_start(struct lab_process *process, int file);
/* Kills it and waits for its end. None is fine. */
void lab_process_end(struct lab_process *process);

/* A call begins: its time is counted from now on. */
void lab_process_begin_call(struct lab_process *process);
/* False: it is dead, process->why says of what. */
bool lab_process_send(struct lab_process *process, const struct message *message);
bool lab_process_receive(struct lab_process *process, struct message *message);
/* It has done what no piece may: it is killed. Gives false. */
bool lab_process_condemn(struct lab_process *process, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
