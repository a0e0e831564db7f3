/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/keeper.h - a reader that keeps the first events of a VM, to be asked afterwards.
 */
#ifndef RINGSIDE_TESTS_TRAP_KEEPER_H
#define RINGSIDE_TESTS_TRAP_KEEPER_H

#include "core/vm.h"

enum { KEPT = 512 };
struct keeper {
	struct event_reader reader;
	struct event event[KEPT];
	unsigned count;
};

/* The keeper is the caller's and must live as long as the VM. */
void keeper_listen(struct vm *vm, struct keeper *keeper, uint64_t kinds);
/* How many events have this reason (NULL: any), and the first of them; NULL: none. */
unsigned keeper_count(const struct keeper *keeper, const char *reason);
const struct event *keeper_find(const struct keeper *keeper, const char *reason);

#endif
