/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/policy.c - asks another policy what the translation cache's own has decided: see policy.h. Costs are charged where the work is
 * done, so a policy that decides as the VMM's own does makes the same run.
 */
#include "bt/policy.h"
#include "bt/runtime.h"

static bool somebody_to_ask(const struct translator *translator)
{
	const struct vmm_pieces *pieces = translator->vm->pieces;

	return pieces && pieces->cache;
}

static void put(struct translator *translator, struct cache_question *question)
{
	const struct vmm_pieces *pieces = translator->vm->pieces;

	translator->asked++;
	pieces->cache(pieces->owner, translator->vm, question);
}

/* Before the first question about what is in an empty cache. */
static void begin(struct translator *translator)
{
	struct cache_question question = {.moment = CACHE_BEGIN, .shift = translator->lookup_shift};

	if (translator->begun)
		return;
	translator->begun = true;
	put(translator, &question);
	if (question.shift == translator->lookup_shift || question.shift < 1 || question.shift > 31)
		return;
	translator->lookup_shift = question.shift;
	translator->back->begin(translator, translator->cache, translator->cache_size); /* as long as it was */
	cache_written(translator, 0, translator->routine_size);
	lookup_clear(translator);
}

static void ask(struct translator *translator, struct cache_question *question)
{
	begin(translator);
	put(translator, question);
}

void policy_find(struct translator *translator, const struct unit_key *key, const struct unit *unit)
{
	struct cache_question question = {.moment = CACHE_FIND, .key = key, .unit = unit};

	if (somebody_to_ask(translator))
		ask(translator, &question);
}

void policy_made(struct translator *translator, const struct unit *unit)
{
	struct cache_question question = {.moment = CACHE_MADE, .unit = unit};

	if (somebody_to_ask(translator))
		ask(translator, &question);
}

bool policy_chain(struct translator *translator, const struct unit_exit *exit, const struct unit *to)
{
	struct cache_question question = {.moment = CACHE_CHAIN, .exit = exit, .unit = to, .chain = true};

	if (somebody_to_ask(translator) && !exit->unit->dropped) /* of one that has run for the last time nothing is asked */
		ask(translator, &question);
	return question.chain;
}

uint32_t policy_slot(struct translator *translator, const struct unit *unit)
{
	struct cache_question question = {
		.moment = CACHE_LOOKUP,
		.unit = unit,
		.slot = lookup_index(unit->key.eip, translator->lookup_shift),
	};

	if (somebody_to_ask(translator))
		ask(translator, &question);
	return question.slot;
}

/* ---- invalidation ---- */

static uint32_t linear_page(const struct unit *unit, unsigned part)
{
	return ((unit->key.cs_base + unit->key.eip) & ~(uint32_t)PAGE_MASK) + part * PAGE_SIZE;
}

static bool has_stored_bytes(const struct cache_question *question, const struct unit *unit)
{
	uint32_t first = (unit->key.cs_base + unit->key.eip) & PAGE_MASK, end = first + unit->bytes;
	uint32_t stored = (uint32_t)question->gpa & PAGE_MASK;

	for (unsigned part = 0; part < 2 && unit->gfn[part] != NO_GFN; part++) {
		uint32_t at = stored + part * PAGE_SIZE;

		if (unit->gfn[part] == question->gpa >> PAGE_SHIFT && first < at + question->size && at < end)
			return true;
	}
	return false;
}

static bool lies_in(const struct cache_question *question, const struct unit *unit)
{
	for (unsigned part = 0; part < 2 && unit->gfn[part] != NO_GFN; part++)
		if (unit->gfn[part] == question->gpa >> PAGE_SHIFT && linear_page(unit, part) == question->linear)
			return true;
	return false;
}

bool cache_question_drops(const struct cache_question *question, const struct unit *unit)
{
	switch (question->reason) {
	case INVALIDATE_STORED: return has_stored_bytes(question, unit);
	case INVALIDATE_REMAPPED: return lies_in(question, unit);
	case INVALIDATE_GIVEN_UP: return unit == question->unit;
	}
	return false;
}

static void invalidate(struct translator *translator, struct cache_question question)
{
	question.moment = CACHE_INVALIDATE;
	if (somebody_to_ask(translator))
		ask(translator, &question);
}

void policy_stored(struct translator *translator, uint64_t gpa, uint32_t size)
{
	invalidate(translator, (struct cache_question){.reason = INVALIDATE_STORED, .gpa = gpa, .size = size});
}

void policy_remapped(struct translator *translator, uint64_t gpa, uint32_t linear)
{
	invalidate(translator, (struct cache_question){.reason = INVALIDATE_REMAPPED, .gpa = gpa, .linear = linear, .size = PAGE_SIZE});
}

void policy_given_up(struct translator *translator, const struct unit *unit)
{
	invalidate(translator, (struct cache_question){.reason = INVALIDATE_GIVEN_UP, .unit = unit});
}

/* ---- faults ---- */

void policy_fault(struct translator *translator, uint32_t address, bool behind, const struct place *place)
{
	struct cache_question question = {
		.moment = CACHE_FAULT,
		.unit = place->unit,
		.address = address,
		.behind = behind,
		.eip = place->eip,
	};

	if (somebody_to_ask(translator) && !place->unit->dropped)
		ask(translator, &question);
}
