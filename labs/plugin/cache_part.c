/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/cache_part.c - the table `cache`: what the translation cache's policy is asked (bt/policy.h) goes to the piece, and what
 * comes back is held against the VMM's own tables. Only decisions are obeyed (chain, slot, shift); a unit, a chain or an EIP that is not
 * the right one would be stale code or a lost fault, and is the piece's failure.
 */
#include "bt/policy.h"
#include "bt/bt.h"
#include "bt/translator.h"
#include "labs/plugin/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const enum handler handlers[] = {
	[CACHE_BEGIN] = HANDLER_cache_begin, [CACHE_FIND] = HANDLER_cache_find, [CACHE_MADE] = HANDLER_cache_made,
	[CACHE_CHAIN] = HANDLER_cache_chain, [CACHE_LOOKUP] = HANDLER_cache_lookup,
	[CACHE_INVALIDATE] = HANDLER_cache_invalidate, [CACHE_FAULT] = HANDLER_cache_fault,
};

/* For lab->cache_asked: something has changed that the piece was not asked about. */
#define NOT_TOLD (UINT64_MAX - 1)

/* ---- there ---- */

static struct lab_unit_key key_as_told(const struct unit_key *key)
{
	return (struct lab_unit_key){key->eip, key->cs_base, key->cs_limit, key->stack_big};
}

static uint64_t page_of(const struct unit *unit, unsigned part)
{
	return unit->gfn[part] == NO_GFN ? LAB_NO_PAGE : unit->gfn[part] << PAGE_SHIFT;
}

static struct lab_unit unit_as_told(const struct unit *unit)
{
	struct lab_unit told = {
		.id = unit->sequence,
		.key = key_as_told(&unit->key),
		.linear = unit->key.cs_base + unit->key.eip,
		.bytes = unit->bytes,
		.page = {page_of(unit, 0), page_of(unit, 1)},
		.code = unit_address(unit),
		.code_size = unit->code_size,
		.insns = unit->count,
	};

	_Static_assert((int)LAB_UNIT_INSNS == (int)UNIT_INSNS && (int)LAB_SLOTS == (int)LOOKUP_ENTRIES, "what the header says is so");
	for (unsigned i = 0; i < unit->count; i++) {
		const struct record *record = &unit->record[i];

		told.insn[i] = (struct lab_cache_insn){record->offset, record->insn.length, record->code, record->code_size};
	}
	return told;
}

static uint32_t exit_number(const struct lab *lab, const struct unit_exit *exit)
{
	return (uint32_t)(exit - translator(lab->vm)->exit);
}

static void tell(const struct lab *lab, const struct cache_question *question, struct lab_cache *cache)
{
	const struct unit *unit = question->unit;

	/* What is asked for is not told. */
	if (unit && question->moment != CACHE_FIND && question->moment != CACHE_FAULT)
		cache->unit = unit_as_told(unit);
	if (question->key)
		cache->key = key_as_told(question->key);
	if (question->exit) {
		cache->exit = exit_number(lab, question->exit);
		cache->from = question->exit->unit->sequence;
	}
	cache->reason = question->reason; /* the same numbers: see names_of */
	cache->gpa = question->gpa;
	cache->size = question->size;
	cache->linear = question->linear;
	cache->address = question->address;
	cache->behind = question->behind;
}

/* ---- back ---- */

static bool call(struct lab *lab, const struct cache_question *question, struct exchange *exchange)
{
	const struct lab_cache *given = &exchange->given.request.cache, *back = &exchange->back.request.cache;

	exchange_begin(exchange, handlers[question->moment]);
	tell(lab, question, &exchange->given.request.cache);
	if (!exchange_call(lab, exchange) ||
	    !exchange_same(lab, exchange, given, back, offsetof(struct lab_cache, shift), "what `cache` only shows"))
		return false;
	if (exchange->result == LAB_FAULT)
		return lab_fails(lab, "%s gave LAB_FAULT; handlers of this table give LAB_DONE or LAB_DECLINE",
		                 lab_handler_name(exchange->handler));
	lab->declined = exchange->result == LAB_DECLINE;
	return true;
}

/* The unit of this number, be it dropped. NULL: the cache holds none. */
static const struct unit *unit_numbered(const struct lab *lab, uint32_t id)
{
	const struct translator *state = translator(lab->vm);

	for (unsigned i = 0; i < state->units_used; i++)
		if (state->unit[i].sequence == id)
			return &state->unit[i];
	return NULL;
}

/* "unit 12 (guest EIP 00101230 to 00101241)" */
struct unit_text {
	char text[80];
};

static struct unit_text text_of(const struct unit *unit, uint32_t id)
{
	struct unit_text text;

	if (!unit)
		snprintf(text.text, sizeof text.text, id ? "unit %" PRIu32 ", which there is not" : "no unit", id);
	else
		snprintf(text.text, sizeof text.text, "unit %" PRIu32 " (guest EIP %08" PRIx32 " to %08" PRIx32 "%s)", unit->sequence,
		         unit->key.eip, unit->key.eip + unit->bytes - 1, unit->dropped ? ", invalidated before" : "");
	return text;
}

/* ---- begin, find, lookup, fault ---- */

static bool take_begin(struct lab *lab, struct cache_question *question, const struct lab_cache *cache)
{
	if (cache->shift < 1 || cache->shift > 31)
		return lab_fails(lab, "begin: the shift is 1 to 31; got %" PRIu32, cache->shift);
	question->shift = cache->shift;
	return true;
}

static bool take_find(struct lab *lab, struct cache_question *question, const struct lab_cache *cache)
{
	const struct unit_key *key = question->key;
	uint32_t expected = question->unit ? question->unit->sequence : 0;
	const struct unit *got = unit_numbered(lab, cache->found);

	return cache->found == expected ||
	       lab_fails(lab, "find: the guest is at EIP %08" PRIx32 " (CS base %08" PRIx32 "): expected %s, got %s%s", key->eip,
	                 key->cs_base, text_of(question->unit, expected).text, text_of(got, cache->found).text,
	                 got && got->dropped ? ": stale code would run" : got && got->key.cs_base != key->cs_base
	                                                                        ? ", made for another CS base" : "");
}

static bool take_lookup(struct lab *lab, struct cache_question *question, const struct lab_cache *cache)
{
	if (cache->slot != question->slot && cache->slot != LAB_NO_SLOT)
		return lab_fails(lab, "lookup: %s: the routine looks for it in slot %" PRIu32 " (shift %u); expected that or LAB_NO_SLOT, "
		                 "got %" PRIu32, text_of(question->unit, 0).text, question->slot, translator(lab->vm)->lookup_shift,
		                 cache->slot);
	question->slot = cache->slot;
	return true;
}

static bool take_fault(struct lab *lab, const struct cache_question *question, const struct lab_cache *cache)
{
	const struct unit *unit = question->unit;

	if (cache->found != unit->sequence)
		return lab_fails(lab, "fault at cache address %08" PRIx32 ": expected %s, got %s", question->address,
		                 text_of(unit, 0).text, text_of(unit_numbered(lab, cache->found), cache->found).text);
	return cache->eip == question->eip ||
	       lab_fails(lab, "fault at cache address %08" PRIx32 ", %u bytes into the code of %s%s: guest EIP expected %08" PRIx32
	                 ", got %08" PRIx32, question->address, question->address - unit_address(unit), text_of(unit, 0).text,
	                 question->behind ? ", a trap" : "", question->eip, cache->eip);
}

static bool take_chain(struct lab *lab, struct cache_question *question, const struct lab_cache *cache)
{
	if (cache->chain > 1)
		return lab_fails(lab, "chain: it is 0 or 1; got %" PRIu32, cache->chain);
	question->chain = cache->chain;
	return true;
}

/* ---- invalidate: all that go and only those ---- */

struct naming {
	struct lab *lab;
	const struct cache_question *question;
	const struct translator *state;
	uint8_t *unit, *exit; /* by index: named already */
};

static const char *names_of(enum invalidate_reason reason)
{
	static const char *const names[] = {
		[INVALIDATE_STORED] = "stored", [INVALIDATE_REMAPPED] = "remapped", [INVALIDATE_GIVEN_UP] = "given up",
	};

	_Static_assert((int)LAB_STORED == (int)INVALIDATE_STORED && (int)LAB_REMAPPED == (int)INVALIDATE_REMAPPED &&
	               (int)LAB_GIVEN_UP == (int)INVALIDATE_GIVEN_UP, "the same numbers");
	return names[reason];
}

static bool goes(const struct naming *naming, const struct unit *unit)
{
	return unit && !unit->dropped && cache_question_drops(naming->question, unit);
}

static bool leads_there(const struct naming *naming, const struct unit_exit *exit)
{
	return exit->unit && !exit->unit->dropped && exit->chained && goes(naming, exit->chained);
}

/* What the message begins with. */
static struct unit_text occasion(const struct naming *naming)
{
	const struct cache_question *question = naming->question;
	struct unit_text text;

	if (question->reason == INVALIDATE_GIVEN_UP)
		snprintf(text.text, sizeof text.text, "invalidate, a unit is given up");
	else if (question->reason == INVALIDATE_REMAPPED)
		snprintf(text.text, sizeof text.text, "invalidate, linear page %08" PRIx32 " left page %08" PRIx64, question->linear,
		         question->gpa);
	else
		snprintf(text.text, sizeof text.text, "invalidate, %" PRIu32 " bytes %s at gpa %08" PRIx64, question->size,
		         names_of(question->reason), question->gpa);
	return text;
}

static bool name_unit(struct naming *naming, uint32_t id)
{
	const struct unit *unit = unit_numbered(naming->lab, id);
	uint8_t *mark = unit ? &naming->unit[unit - naming->state->unit] : NULL;

	if (!goes(naming, unit))
		return lab_fails(naming->lab, "%s: expected only units that this concerns, got %s", occasion(naming).text,
		                 text_of(unit, id).text);
	if ((*mark)++)
		return lab_fails(naming->lab, "%s: %s is named twice", occasion(naming).text, text_of(unit, id).text);
	return true;
}

static bool name_exit(struct naming *naming, uint32_t number)
{
	const struct unit_exit *exit = number < naming->state->exits_used ? &naming->state->exit[number] : NULL;

	if (!exit || !leads_there(naming, exit))
		return lab_fails(naming->lab, "%s: expected only chains to units that go, got exit %" PRIu32 "%s%s", occasion(naming).text,
		                 number, exit && exit->unit ? " of " : ", which there is not",
		                 exit && exit->unit ? text_of(exit->unit, 0).text : "");
	if (naming->exit[number]++)
		return lab_fails(naming->lab, "%s: exit %" PRIu32 " is named twice", occasion(naming).text, number);
	return true;
}

static bool all_named(const struct naming *naming)
{
	const struct translator *state = naming->state;

	for (unsigned i = 0; i < state->units_used; i++)
		if (goes(naming, &state->unit[i]) && !naming->unit[i])
			return lab_fails(naming->lab, "%s: expected %s, got it left out: stale code would run", occasion(naming).text,
			                 text_of(&state->unit[i], 0).text);
	if (!goes_through(naming->lab, HANDLER_cache_chain))
		return true;
	for (unsigned i = 0; i < state->exits_used; i++)
		if (leads_there(naming, &state->exit[i]) && !naming->exit[i])
			return lab_fails(naming->lab, "%s: expected exit %u of %s, which is chained to unit %" PRIu32
			                 ", got it left out: a chain to a dead unit", occasion(naming).text, i,
			                 text_of(state->exit[i].unit, 0).text, state->exit[i].chained->sequence);
	return true;
}

static bool take_names(struct naming *naming, const struct lab_cache *cache)
{
	if (cache->units > LAB_NAMED || cache->exits > LAB_NAMED)
		return lab_fails(naming->lab, "invalidate: %d can be named in a call; got %" PRIu32 " units, %" PRIu32 " exits", LAB_NAMED,
		                 cache->units, cache->exits);
	for (uint32_t i = 0; i < cache->units; i++)
		if (!name_unit(naming, cache->named_unit[i]))
			return false;
	for (uint32_t i = 0; i < cache->exits; i++)
		if (!name_exit(naming, cache->named_exit[i]))
			return false;
	return true;
}

/* The first call has been made. None is named twice, so there is an end. */
static bool take_invalidate(struct naming *naming, struct exchange *exchange)
{
	const struct lab_cache *cache = &exchange->back.request.cache;

	for (;;) {
		if (!take_names(naming, cache))
			return false;
		if (cache->units < LAB_NAMED && cache->exits < LAB_NAMED)
			return all_named(naming);
		if (!call(naming->lab, naming->question, exchange))
			return false;
	}
}

static bool invalidate(struct lab *lab, const struct cache_question *question, struct exchange *exchange)
{
	const struct translator *state = translator(lab->vm);
	struct naming naming = {
		lab, question, state, calloc(state->units_used + 1, 1), calloc(state->exits_used + 1, 1),
	};
	bool done = naming.unit && naming.exit ? take_invalidate(&naming, exchange)
	                                       : lab_fails(lab, "not enough memory; close other programs");

	free(naming.unit);
	free(naming.exit);
	return done;
}

/* ---- one question ---- */

static bool ask(struct lab *lab, struct cache_question *question)
{
	struct exchange exchange;
	const struct lab_cache *cache = &exchange.back.request.cache;

	if (!call(lab, question, &exchange))
		return false;
	if (lab->declined)
		return true;
	switch (question->moment) {
	case CACHE_BEGIN: return take_begin(lab, question, cache);
	case CACHE_FIND: return take_find(lab, question, cache);
	case CACHE_MADE: return true;
	case CACHE_CHAIN: return take_chain(lab, question, cache);
	case CACHE_LOOKUP: return take_lookup(lab, question, cache);
	case CACHE_INVALIDATE: return invalidate(lab, question, &exchange);
	case CACHE_FAULT: return take_fault(lab, question, cache);
	}
	return true;
}

static void retell(struct lab *lab, struct cache_question question)
{
	struct exchange exchange;

	if (piece_does(lab, handlers[question.moment]))
		call(lab, &question, &exchange);
}

/* The machine has gone back in time, or units are gone by an `invalidate` that is not the piece's: what is left is told anew. */
static void tell_again(struct lab *lab, const struct cache_question *next)
{
	const struct vm *vm = lab->vm;

	retell(lab, (struct cache_question){.moment = CACHE_BEGIN});
	for (const struct unit *unit = translator_next_unit(vm, NULL); unit; unit = translator_next_unit(vm, unit))
		if (next->moment != CACHE_MADE || unit != next->unit)
			retell(lab, (struct cache_question){.moment = CACHE_MADE, .unit = unit});
	for (const struct unit *unit = translator_next_unit(vm, NULL); unit; unit = translator_next_unit(vm, unit))
		for (unsigned i = 0; i < unit->exits; i++)
			if (unit->exit[i].chained)
				retell(lab, (struct cache_question){.moment = CACHE_CHAIN, .exit = &unit->exit[i],
				                                    .unit = unit->exit[i].chained});
}

static void keep_up(struct lab *lab, const struct cache_question *next)
{
	uint64_t asked = translator(lab->vm)->asked;

	if (lab->cache_asked + 1 != asked && next->moment != CACHE_BEGIN && lab->file >= 0)
		tell_again(lab, next);
	lab->cache_asked = asked;
}

static void cache(void *owner, struct vm *vm, struct cache_question *question)
{
	struct lab *lab = owner;
	enum handler handler = handlers[question->moment];
	struct lab_call done = {.cycle = vm->clock, .handler = handler, .before = cpu_state_const(vm->vcpu)};

	keep_up(lab, question);
	lab->declined = false;
	if (piece_does(lab, handler))
		ask(lab, question);
	else if (question->moment == CACHE_INVALIDATE)
		lab->cache_asked = NOT_TOLD;
	if (goes_through(lab, handler))
		observe(lab, &done);
}

void cache_part(struct lab *lab)
{
	lab->table.cache = cache;
}
