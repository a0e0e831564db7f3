/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/runtime.h - for the files of this room that run translated code. Read in this order: bt.c (the loop), world.c (into
 * the cache and back, and where in the guest's code an address of the cache is), callout.c (why translated code calls
 * the VMM), fault.c (exceptions in it), pages.c, lookup.c, adapt.c, check.c.
 */
#ifndef RINGSIDE_BT_RUNTIME_H
#define RINGSIDE_BT_RUNTIME_H

#include "bt/translator.h"

/* ---- world.c ---- */

/* Shows the virtual page, the doorway and the cache in the window, and makes their descriptors. */
void window_begin(struct translator *translator);
void window_end(struct translator *translator);

/* Where in the guest's code an address of the cache is. */
struct place {
	struct unit *unit;
	struct record *record; /* NULL: the unit's beginning, before the first one's code */
	uint32_t eip;          /* the guest's */
	uint8_t spilled;       /* registers to be put back */
};
enum side {
	SIDE_BEFORE, /* in the middle of an instruction's code the guest is before it: faults */
	SIDE_BEHIND, /* behind it: traps */
};
struct place place_at(struct translator *translator, uint32_t address, enum side side);
/* May the guest be stopped here? */
bool is_boundary(struct translator *translator, uint32_t address);

/* Loads the processor with the picture of a virtual CPU whose kernel runs translated, from this window address on. */
void cache_enter(struct translator *translator, uint32_t address);
/* Takes into the virtual CPU what the processor has changed. The guest is at `eip`. */
void cache_leave(struct translator *translator, uint32_t eip, uint8_t spilled);

/* ---- callout.c ---- */

/* The unit at the virtual CPU's EIP, made if need be; NULL: none can be made. Neither is charged for looking. */
struct unit *find_unit(struct translator *translator);
/* Where the next stretch begins: the unit's beginning, or one of its instructions, when the guest is there. */
void resume_at(struct translator *translator, struct unit *unit);
void resume_in(struct translator *translator, struct unit *unit, const struct record *record);
/* The processor has come to the doorway. */
void doorway(struct translator *translator);
/* Walks where translated code is mapped if something about mappings may have changed, and tells it. */
void check_mappings(struct translator *translator);

/* ---- fault.c ---- */

/* The processor came back with an event. */
void fault(struct translator *translator);

/* ---- escape.c ---- */

/* The processor came back from the cache: are its segment registers, the virtual page and its EIP such as translated code may leave
 * them? False: vm->message. */
bool translated_code_holds(struct translator *translator, enum cpu_stop stop);

/* ---- check.c ---- */

/* The test build's conscience: what is in the cache must agree with the guest and with itself, whenever vm_check_due.
 * False: vm->message. */
bool cache_agrees(struct translator *translator);

static inline struct emulation emulation_by(struct translator *translator)
{
	struct deprivileged *state = &translator->base;

	return (struct emulation){.vm = state->vm, .delivered = &state->delivered,
	                          .traces = &shadow_counters(state->shadow)->traces};
}

#endif
