/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/spending.h - where a machine's model time went: every cycle of the clock belongs to one part, so that the parts
 * add up to the clock. What processors run is counted by them; whatever a VMM does has a price (cpu/cost.h), and each
 * price belongs to a part.
 */
#ifndef RINGSIDE_CORE_SPENDING_H
#define RINGSIDE_CORE_SPENDING_H

#include "core/vm.h"

/* SPENDING(identifier, name in JSON and CSV, what people read) */
#define SPENDING_LIST(SPENDING)                                                                                   \
	SPENDING(GUEST, "guest", "guest: its instructions on the processor, translated ones and deliveries too")        \
	SPENDING(WALK, "page-walks", "page walks: references of the processor to page tables, where the TLB had nothing") \
	SPENDING(INTERPRETER, "interpreter", "interpreter: guest code run against the virtual CPU in software")         \
	SPENDING(VMM, "vmm", "VMM: the ways in and out, decoding, emulating, injecting, hypercalls")                    \
	SPENDING(MEMORY, "memory", "memory management: shadow and nested tables, tracing, validation")                  \
	SPENDING(TRANSLATION, "translation", "translation: making, finding, chaining and dropping units")               \
	SPENDING(IDLE, "idle", "idle: the guest had halted")

enum spending_part {
#define SPENDING(identifier, name, text) SPENDING_##identifier,
	SPENDING_LIST(SPENDING)
#undef SPENDING
	SPENDING_COUNT
};

const char *spending_name(enum spending_part part);
const char *spending_text(enum spending_part part);

/* The part of a price that a VMM pays. */
enum spending_part spending_of_cost(enum cost cost);

struct spending {
	uint64_t cycles[SPENDING_COUNT];
};

/* Since the machine was made. */
struct spending spending_of(const struct vm *vm);

#endif
