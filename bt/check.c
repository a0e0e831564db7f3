/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/check.c - what must be true of the translation cache between any two exits. The hostile build looks after each
 * one, others with check-shadow: units say what the guest's memory says, chained exits and entries of the lookup cache
 * lead to units that are still there.
 */
#include "bt/bt.h"
#include "bt/runtime.h"
#include "core/refuse.h"

#include <string.h>

static bool is_live(const struct translator *translator, const struct unit *wanted)
{
	return unit_find(translator, &wanted->key) == wanted;
}

/* Offset of one of the unit's bytes in its page, and which page. */
static bool same_byte(const struct translator *translator, const struct unit *unit, unsigned offset, uint8_t byte)
{
	uint32_t at = ((unit->key.cs_base + unit->key.eip) & PAGE_MASK) + offset;
	const uint8_t *frame = memory_guest_frame(translator->vm->memory, unit->gfn[at >> PAGE_SHIFT]);

	return frame && frame[at & PAGE_MASK] == byte;
}

static bool same_bytes(const struct translator *translator, const struct unit *unit)
{
	for (unsigned i = 0; i < unit->count; i++) {
		const struct record *record = &unit->record[i];

		for (unsigned byte = 0; byte < record->insn.length; byte++)
			if (!same_byte(translator, unit, record->offset + byte, record->bytes[byte]))
				return false;
	}
	return true;
}

static bool chains_hold(const struct translator *translator, const struct unit *unit)
{
	for (unsigned i = 0; i < unit->exits; i++) {
		const struct unit_exit *exit = &unit->exit[i];

		if (exit->unit != unit)
			return false;
		if (exit->chained && (!is_live(translator, exit->chained) || exit->chained->key.eip != exit->target))
			return false;
	}
	return true;
}

static bool entry_holds(const struct translator *translator, uint32_t index)
{
	const struct lookup_entry *entry = &translator->virtual->lookup[index];
	uint32_t eip = 0u - entry->tag;
	const struct unit *unit;

	if (lookup_index(eip, translator->lookup_shift) != index)
		return true; /* empty */
	unit = unit_at(translator, entry->code);
	return unit && unit->key.eip == eip && unit_address(unit) == entry->code && is_live(translator, unit);
}

bool cache_agrees(struct translator *translator)
{
	struct vm *vm = translator->vm;

	for (const struct unit *unit = translator_next_unit(vm, NULL); unit; unit = translator_next_unit(vm, unit)) {
		if (!same_bytes(translator, unit))
			return refuse(vm->message, sizeof vm->message,
			              "the unit of %08x is not what the guest's memory holds: this is a bug in ringside", unit->key.eip);
		if (!is_live(translator, unit) || !chains_hold(translator, unit))
			return refuse(vm->message, sizeof vm->message,
			              "the unit of %08x is led to a unit that is gone: this is a bug in ringside", unit->key.eip);
	}
	for (uint32_t index = 0; index < LOOKUP_ENTRIES; index++)
		if (!entry_holds(translator, index))
			return refuse(vm->message, sizeof vm->message,
			              "the lookup cache leads to a unit that is gone: this is a bug in ringside");
	return true;
}
