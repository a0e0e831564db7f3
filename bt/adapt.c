/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/adapt.c - adaptive binary translation: an instruction that keeps hitting traced pages, mostly a store to a page
 * table, or registers of a device that are memory (an APIC's), costs a whole exception each time. After a few its unit is
 * made again with a callout in its place, which costs a fraction; once the callout meets neither many times in a row the
 * instruction becomes identical again. (Adams and Agesen 2006, section 4.)
 *
 * Instructions are remembered by where their first byte lies in guest memory, so that a unit made again finds them.
 */
#include "bt/policy.h"
#include "bt/translator.h"

#include <stdlib.h>

#ifdef RINGSIDE_HOSTILE
enum { ADAPTED_MAX = 4 };
#else
enum { ADAPTED_MAX = 1024 };
#endif
enum {
	PATIENCE = 3, /* faults of one instruction */
	QUIET = 16,   /* executions in a row without any */
	NO_GPA = -1,
};

/* A table of as many places: an instruction has one, and takes it from the one that was there. */
struct adapted {
	int64_t gpa[ADAPTED_MAX];
};

bool adapt_begin(struct translator *translator)
{
	struct adapted *adapted = arena_take(translator->vm->arena, sizeof *adapted);

	translator->adapted = adapted;
	for (unsigned i = 0; adapted && i < ADAPTED_MAX; i++)
		adapted->gpa[i] = NO_GPA;
	return adapted != NULL;
}

void adapt_end(struct translator *translator)
{
	arena_give(translator->vm->arena, translator->adapted);
	translator->adapted = NULL;
}

static int64_t *place_of(const struct translator *translator, uint64_t gpa)
{
	return &translator->adapted->gpa[(gpa ^ gpa >> PAGE_SHIFT) % ADAPTED_MAX];
}

bool adapt_wanted(const struct translator *translator, uint64_t gpa)
{
	return *place_of(translator, gpa) == (int64_t)gpa;
}

/* All instructions of a unit begin in its first page. */
static uint64_t gpa_of(const struct unit *unit, const struct record *record)
{
	return unit->gfn[0] << PAGE_SHIFT | ((unit->key.cs_base + unit->key.eip + record->offset) & PAGE_MASK);
}

/* Drops the unit, for it is to be made again in another way. */
static void make_again(struct translator *translator, struct unit *unit, const char *why)
{
	struct vm *vm = translator->vm;
	struct event event;

	story_begin(vm, &event, EV_INVALIDATE);
	event.address = unit->key.cs_base + unit->key.eip;
	event.reason = "adapt";
	event.action = why;
	policy_given_up(translator, unit);
	unit_drop(translator, unit);
	story_charge(vm, &event, "drop and unchain", COST_unit_drop);
	story_tell(vm, &event, cpu_state_const(vm->vcpu));
}

/* A repeated string instruction is emulated as long as it meets traced pages, whose exception is paid once; and the next
 * time it may be ordinary memory that it fills, which it should not do by one callout each. */
static bool pays(const struct insn *insn)
{
	return !(insn->repeat && insn->row->flags & INSN_STRING);
}

void adapt_faulted(struct translator *translator, struct unit *unit, struct record *record, enum met met)
{
	uint64_t gpa = gpa_of(unit, record);

	if (++record->trace_faults < PATIENCE || !translator->vm->config.adapt || !pays(&record->insn))
		return;
	*place_of(translator, gpa) = (int64_t)gpa;
	translator->counters.adapted++;
	make_again(translator, unit,
	           met == MET_DEVICE ? "an instruction that keeps hitting a device's registers becomes a callout"
	                             : "an instruction that keeps hitting traced pages becomes a callout");
}

void adapt_called(struct translator *translator, struct unit *unit, struct record *record, enum met met)
{
	uint64_t gpa = gpa_of(unit, record);

	record->quiet = met ? 0 : record->quiet + 1;
	if (record->quiet < QUIET)
		return;
	if (*place_of(translator, gpa) == (int64_t)gpa)
		*place_of(translator, gpa) = NO_GPA;
	translator->counters.unadapted++;
	make_again(translator, unit, "an adapted instruction meets no traced pages or devices any more");
}
