/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/fault.c - exceptions in translated code. The unit's records lead from the address in the cache to the guest's
 * instruction, so that the virtual CPU is just before it (behind it for a trap) with its own registers; from there an
 * exception is what it is in direct execution: hidden, true, or for the VMM to emulate (trap/exits.c). Afterwards the
 * guest goes on in the same unit where it can. (Adams and Agesen 2006, section 3.2.)
 */
#include "bt/operation.h"
#include "bt/policy.h"
#include "bt/runtime.h"
#include "core/breakpoint.h"

#include <assert.h>
#include <string.h>

/*
 * A sequence that begins again runs its first instructions again, so counting instructions does not show that the guest
 * makes none; the same registers at the same place do.
 */
static void note_progress(struct translator *translator)
{
	const struct cpu_state *guest = cpu_state_const(translator->vm->vcpu);
	uint32_t now[GPR_COUNT + 1];

	memcpy(now, guest->gpr, GPR_COUNT * sizeof *now);
	now[GPR_COUNT] = guest->eip;
	if (!memcmp(now, translator->fault_state, sizeof now))
		translator->base.patience.at = cpu_instructions(translator->vm->processor);
	memcpy(translator->fault_state, now, sizeof now);
}

/* A TF that a translated POPF has loaded; the interpreter runs with it, for each instruction is to trap by itself. */
static bool is_own(const struct place *place, const struct cpu_event *cause)
{
	enum { DR6_BS = 1u << 14 };

	return cause->vector == VECTOR_DB && cause->dr6 & DR6_BS && place->record->in_cache == SEQUENCE_POPF;
}

static enum side side_of(const struct cpu_event *cause)
{
	return cause->vector == VECTOR_DB || cause->vector == VECTOR_BP || cause->vector == VECTOR_OF ? SIDE_BEHIND
	                                                                                           : SIDE_BEFORE;
}

static void handle(struct translator *translator, const struct place *place)
{
	struct record *record = place->record;
	uint32_t generation = translator->generation;
	const uint64_t *traces = &shadow_counters(translator->base.shadow)->traces;
	uint64_t traces_before = *traces, accesses = translator->vm->device_accesses;
	enum met met;

	note_progress(translator);
	exit_event(&translator->base);
	if (cpu_state_const(translator->vm->vcpu)->eip == place->eip)
		stops_pass(translator->vm); /* it begins again for the hardware alone */
	if (generation != translator->generation)
		return;
	met = *traces != traces_before ? MET_TRACE : translator->vm->device_accesses != accesses ? MET_DEVICE : MET_NOTHING;
	if (met && record->treatment == TREAT_IDENTICAL)
		adapt_faulted(translator, place->unit, record, met);
	if (generation == translator->generation)
		resume_in(translator, place->unit, record);
}

/*
 * tour 4.7: An exception in translated code
 * The processor's EIP is an address of the cache, and a sequence may be half done. The unit's records say which of the
 * guest's instructions it belongs to and which registers were put aside: the guest gets its exception at its
 * own EIP with its own registers, or never learns of one that was the VMM's.
 */
void fault(struct translator *translator)
{
	struct vm *vm = translator->vm;
	const struct cpu_event *cause = cpu_stop_event(vm->processor);
	uint32_t address = cpu_state_const(vm->processor)->eip;
	enum side side = side_of(cause);
	struct place place = place_at(translator, address, side);

	assert(place.record); /* nothing else touches what is the guest's */
	policy_fault(translator, address, side == SIDE_BEHIND, &place);
	cache_leave(translator, place.eip, place.spilled);
	place.unit->faults++;
	if (is_own(&place, cause))
		exit_own(&translator->base, "popf", "TF is set: the interpreter goes on");
	else
		handle(translator, &place);
}
