/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/code_units.c - guest code and the translation units that hold it (bt/unit.h): see code_lines.h.
 */
#include "bt/bt.h"
#include "bt/translator.h"
#include "trap/techniques.h"
#include "visualizer/screen/code_lines.h"

/* NULL under another technique. */
static const struct translator *translator_now(const struct vm *vm)
{
	return vm->technique == &technique_bt ? translator(vm) : NULL;
}

static uint32_t unit_begin(const struct unit *unit)
{
	return unit->key.cs_base + unit->key.eip;
}

int code_record(const struct unit *unit, uint32_t address)
{
	for (unsigned i = 0; i < unit->count; i++)
		if (unit_begin(unit) + unit->record[i].offset == address)
			return (int)i;
	return -1;
}

static bool is_chained(const struct unit *unit)
{
	bool chained = unit->incoming;

	for (unsigned i = 0; i < unit->exits; i++)
		chained = chained || unit->exit[i].chained;
	return chained;
}

static void mark(const struct unit *unit, const uint32_t *address, uint8_t *state, unsigned count)
{
	enum code_state now = unit->dropped      ? CODE_INVALIDATED
			      : is_chained(unit) ? CODE_CHAINED
						 : CODE_TRANSLATED;

	for (unsigned i = 0; i < count; i++) {
		/* A unit that is there counts for more than one that was thrown out. */
		bool better =
			state[i] == CODE_UNTRANSLATED || state[i] == CODE_INVALIDATED || now == CODE_CHAINED;

		if (better && address[i] - unit_begin(unit) < unit->bytes &&
		    code_record(unit, address[i]) >= 0 &&
		    (now != CODE_INVALIDATED || state[i] == CODE_UNTRANSLATED))
			state[i] = (uint8_t)now;
	}
}

void code_states(const struct debugger *debugger, const uint32_t *address, uint8_t *state, unsigned count)
{
	const struct translator *translator = translator_now(debugger->vm);
	uint32_t first, last;

	for (unsigned i = 0; i < count; i++)
		state[i] = CODE_UNTRANSLATED;
	if (!translator || count == 0)
		return;
	first = address[0];
	last = address[count - 1];
	for (unsigned i = 0; i < translator->units_used; i++) {
		const struct unit *unit = &translator->unit[i];

		/* Addresses may wrap, so distances are compared. */
		if (unit_begin(unit) - first <= last - first || first - unit_begin(unit) < unit->bytes)
			mark(unit, address, state, count);
	}
}

/* Where the VMM goes on comes first; then a unit that begins there, then the latest one that was made. */
const struct unit *code_unit(const struct debugger *debugger, uint32_t address)
{
	const struct vm *vm = debugger->vm;
	const struct translator *translator = translator_now(vm);
	const struct unit *best = NULL, *unit = NULL;

	if (!translator)
		return NULL;
	unit = translator->resume.generation == translator->generation ? translator->resume.unit : NULL;
	if (unit && !unit->dropped && code_record(unit, address) >= 0)
		return unit;
	for (unit = NULL; (unit = translator_next_unit(vm, unit));) {
		if (address - unit_begin(unit) >= unit->bytes || code_record(unit, address) < 0)
			continue;
		if (unit_begin(unit) == address)
			return unit;
		best = unit;
	}
	return best;
}
