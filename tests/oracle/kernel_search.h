/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_search.h - running random programs over all machines, and what is said when two of them
 * do not agree: the program reduced to the slots that matter, and the first state that differs.
 */
#ifndef RINGSIDE_TESTS_ORACLE_KERNEL_SEARCH_H
#define RINGSIDE_TESTS_ORACLE_KERNEL_SEARCH_H

#include "tests/oracle/kernel_machine.h"

/* How a program's machines are to be driven. */
enum drive program_drive(const struct program *program);

/* Runs the program in every machine. NULL: all agree with native, or native has gone astray (for ever, or to where
 * tables and data are code, or is what its TLB makes of it), which `astray` then says. Else the first machine that does not. */
struct machine *program_disagrees(struct machines *machines, const struct program *program, bool *astray);

/* Runs it in the machine of the first mode but native, moved at random among all of them. False: it does not come to
 * what native comes to, and that has been printed. */
bool program_moved_agrees(struct machines *machines, const struct program *program, bool *astray);

/* Reduces the program and prints what there is to know. */
void program_report(struct machines *machines, struct program *program, struct machine *machine);

#endif
