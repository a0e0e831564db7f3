/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/trap/keeper.c - see keeper.h. */
#include "tests/trap/keeper.h"

#include <string.h>

static void keep(void *owner, const struct event *event)
{
	struct keeper *keeper = owner;

	if (keeper->count < KEPT)
		keeper->event[keeper->count++] = *event;
}

void keeper_listen(struct vm *vm, struct keeper *keeper, uint64_t kinds)
{
	*keeper = (struct keeper){.reader = {.owner = keeper, .kinds = kinds, .read = keep}};
	event_add_reader(&vm->events, &keeper->reader);
}

static bool matches(const struct event *event, const char *reason)
{
	return !reason || (event->reason && !strcmp(event->reason, reason));
}

unsigned keeper_count(const struct keeper *keeper, const char *reason)
{
	unsigned count = 0;

	for (unsigned i = 0; i < keeper->count; i++)
		count += matches(&keeper->event[i], reason);
	return count;
}

const struct event *keeper_find(const struct keeper *keeper, const char *reason)
{
	for (unsigned i = 0; i < keeper->count; i++)
		if (matches(&keeper->event[i], reason))
			return &keeper->event[i];
	return NULL;
}
