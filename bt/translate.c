/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/translate.c - the translator's driver: four passes, one behind the other, and what becomes of a unit that finds
 * no room: the cache is flushed, and where that is not enough the unit made shorter.
 */
#include "bt/operation.h"
#include "bt/policy.h"

#include <assert.h>
#include <string.h>

struct unit_key key_of(const struct cpu_state *guest)
{
	return (struct unit_key){
		.eip = guest->eip,
		.cs_base = guest->segment[CS].base,
		.cs_limit = guest->segment[CS].limit,
		.stack_big = guest->segment[SS].access & ACCESS_BIG,
	};
}

/* ---- telling ---- */

static void tell_flush(struct vm *vm, unsigned units, uint32_t cycles)
{
	struct event event;

	if (!event_wanted(&vm->events, EV_INVALIDATE))
		return;
	vm_event_begin(vm, &event, EV_INVALIDATE);
	event.cycle = vm->clock - cycles;
	event.reason = "cache-full";
	event.action = "flushed the translation cache";
	event_add_change(&event, "units", units, 0);
	event_add_phase(&event, "drop units", cycles);
	event_emit(&vm->events, &event);
}

static void flush_full_cache(struct translator *translator)
{
	struct vm *vm = translator->vm;
	unsigned units = translator->units_used;
	uint32_t cycles = units * vm->costs.cycles[COST_unit_drop];

	cache_flush(translator);
	vm_charge(vm, COST_unit_drop, units);
	tell_flush(vm, units, cycles);
}

static void tell_unit(struct translator *translator, const struct unit *unit, uint32_t cycles, uint32_t used_before)
{
	struct vm *vm = translator->vm;
	const struct record *first = unit->record;
	struct event event;

	if (!event_wanted(&vm->events, EV_TRANSLATE))
		return;
	vm_event_begin(vm, &event, EV_TRANSLATE);
	event.cycle = vm->clock - cycles;
	event.eip = unit->key.eip;
	event.linear = unit->key.cs_base + unit->key.eip;
	event.byte_count = first->insn.length;
	memcpy(event.bytes, first->bytes, first->insn.length);
	event.mnemonic = first->insn.row->mnemonic;
	event.insn_class = first->insn.row->insn_class;
	event.address = unit_address(unit);
	event.reason = "translate";
	event.action = "made a translation unit";
	event_add_change(&event, "unit", 0, unit->sequence);
	event_add_change(&event, "instructions", 0, unit->count);
	event_add_change(&event, "cache bytes", used_before, translator->cache_used);
	event_add_phase(&event, "read, classify, transform and place", cycles);
	event_emit(&vm->events, &event);
}

/* ---- the passes ---- */

static struct unit *transform_and_place(struct translator *translator, struct unit *unit)
{
	struct operation operation[UNIT_OPERATIONS];
	struct unit_exit exit[UNIT_EXITS];
	struct unit *placed;
	unsigned operations;

	unit->exit = exit;
	operations = transform_unit(translator, unit, operation);
	placed = place_unit(translator, unit, operation, operations);
	unit->exit = NULL;
	return placed;
}

/* In a cache that holds nothing else a unit may still be too long. */
static struct unit *place_somehow(struct translator *translator, struct unit *unit)
{
	struct unit *placed = transform_and_place(translator, unit);

	if (!placed && translator->units_used) {
		flush_full_cache(translator);
		placed = transform_and_place(translator, unit);
	}
	while (!placed && unit->count > 1) {
		cut_unit(unit, unit->count / 2u);
		classify_unit(translator, unit);
		placed = transform_and_place(translator, unit);
	}
	return placed;
}

static void enter_unit(struct translator *translator, struct unit *unit)
{
	unit->sequence = ++translator->sequence;
	unit_insert(translator, unit);
	watch_add(translator, unit);
	translator->counters.units_made++;
	translator->counters.insns_translated += unit->count;
	for (unsigned i = 0; i < unit->count; i++)
		translator->counters.treated[unit->record[i].treatment]++;
}

/*
 * tour 4.1: Nothing is translated before it is needed
 * The guest's kernel has come to an address for which there is no unit. Up to twelve of its instructions are read,
 * classified, transformed and placed in the cache; what lies behind them waits until the guest goes there.
 */
struct unit *translate(struct translator *translator, const struct unit_key *key)
{
	struct vm *vm = translator->vm;
	uint32_t cycles, used = translator->cache_used;
	struct unit unit, *placed;

	if (!read_unit(translator, key, &unit))
		return NULL;
	classify_unit(translator, &unit);
	placed = place_somehow(translator, &unit);
	if (!placed)
		return NULL;
	enter_unit(translator, placed);
	cycles = placed->count * vm->costs.cycles[COST_translate];
	vm_charge(vm, COST_translate, placed->count);
	policy_made(translator, placed);
	tell_unit(translator, placed, cycles, used < translator->cache_used ? used : translator->routine_size);
	return placed;
}

/* ---- what others may see (bt.h) ---- */

static const struct translator *translator_of(const struct vm *vm)
{
	return strcmp(vm->technique->name, "bt") == 0 ? translator(vm) : NULL;
}

const struct translator_counters *translator_counters(const struct vm *vm)
{
	const struct translator *translator = translator_of(vm);

	return translator ? &translator->counters : NULL;
}

const struct unit *translator_next_unit(const struct vm *vm, const struct unit *after)
{
	const struct translator *translator = translator_of(vm);
	const struct unit *unit, *end;

	if (!translator || !translator->unit)
		return NULL;
	end = translator->unit + translator->units_used;
	for (unit = after ? after + 1 : translator->unit; unit < end; unit++)
		if (!unit->dropped)
			return unit;
	return NULL;
}

const uint8_t *translator_code(const struct vm *vm, const struct unit *unit, uint32_t *address)
{
	const struct translator *translator = translator_of(vm);

	if (!translator)
		return NULL;
	*address = unit_address(unit);
	return translator->cache + unit->code;
}

bool translator_hits(const struct vm *vm, const struct unit *unit, uint32_t *hits)
{
	const struct translator *translator = translator_of(vm);

	if (!translator || !unit->count_at)
		return false;
	memcpy(hits, translator->cache + unit->count_at, sizeof *hits);
	return true;
}
