/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/piece.c - asks a piece for its treatment of an instruction, and for its code, if there is one (core/pieces.h). It is asked for
 * ordinary units alone: flat code on a 32-bit stack, where no sequence has conditions but those of its instruction.
 */
#include "bt/piece.h"
#include "core/pieces.h"

static bool is_ordinary(const struct unit *unit)
{
	return unit->key.stack_big && unit->key.cs_limit == UINT32_MAX;
}

/* How RDTSC is done is a setting of the machine's. */
static bool is_asked(const struct translator *translator, const struct unit *unit)
{
	return translator->vm->pieces && is_ordinary(unit) && translator->clock <= CLOCK_TRAP;
}

void piece_classify(const struct translator *translator, const struct unit *unit, struct record *record)
{
	struct vm *vm = translator->vm;

	if (is_asked(translator, unit) && vm->pieces->classify)
		vm->pieces->classify(vm->pieces->owner, vm, unit, record);
}

bool piece_emit(const struct translator *translator, struct emission *emission)
{
	struct vm *vm = translator->vm;

	return is_asked(translator, emission->unit) && vm->pieces->emit &&
	       vm->pieces->emit(vm->pieces->owner, vm, emission);
}
