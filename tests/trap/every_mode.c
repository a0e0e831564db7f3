/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/every_mode.c - see every_mode.h.
 */
#include "tests/trap/every_mode.h"

#include "tests/harness.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void in_modes_that(bool (*suit)(const struct vm_mode *mode), test_mode *test)
{
	enum { MODES = 16 };
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES);
	char name[24];

	CU_ASSERT_FATAL(count > 8 && count <= MODES);
	for (size_t i = 0; i < count; i++)
		if (suit(&modes[i]))
			test(&modes[i], mode_text(&modes[i], name, sizeof name));
}

static bool any(const struct vm_mode *mode)
{
	(void)mode;
	return true;
}

void in_every_mode(test_mode *test)
{
	in_modes_that(any, test);
}

/* What begins and ends a run is told by vm_run alone. */
static void add_to_digest(void *owner, const struct event *event)
{
	uint64_t *digest = owner;
	const uint64_t parts[] = {event->cycle, event->instruction, event->kind, event->eip, event->cycles, event->address, event->error,
		event->vector, event->phases, event->changes, event->changes ? event->change[0].after : 0};

	if (event->kind == EV_BEGIN || event->kind == EV_END)
		return;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		*digest = (*digest ^ parts[i]) * UINT64_C(0x100000001b3);
}

struct told told_in_slices(struct vm *vm, uint64_t limit, uint64_t slice)
{
	struct told told = {0};
	struct event_reader reader = {.owner = &told.stream, .kinds = EVENT_KINDS_ALL, .read = add_to_digest};
	enum vm_end end = VM_RUNNING;

	event_add_reader(&vm->events, &reader);
	while (end == VM_RUNNING && vm->clock < limit)
		end = slice ? vm_run(vm, slice > limit - vm->clock ? limit : vm->clock + slice) : vm_step(vm);
	CU_ASSERT_EQUAL(end, VM_EXITED);
	told.digest = vm_digest(vm);
	told.clock = vm->clock;
	told.instructions = vm_instructions(vm);
	vm_free(vm);
	return told;
}

void check_told(const struct told *cut, const struct told *whole, const char *mode, uint64_t slice)
{
	CU_ASSERT_EQUAL(cut->clock, whole->clock);
	CU_ASSERT_EQUAL(cut->digest, whole->digest);
	CU_ASSERT_EQUAL(cut->stream, whole->stream);
	CU_ASSERT_EQUAL(cut->instructions, whole->instructions);
	if (memcmp(cut, whole, sizeof *cut) != 0)
		printf("# %s: in slices of %" PRIu64 " cycles (0: steps) the run is another one: clock %" PRIu64 " for %" PRIu64 ", %" PRIu64
			" instructions for %" PRIu64 "\n", mode, slice, cut->clock, whole->clock, cut->instructions, whole->instructions);
}
