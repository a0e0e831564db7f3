/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/lookup.c - the lookup cache, by which returns and indirect jumps find their unit without the VMM. It lies in
 * the virtual page, where translated code reads it: an entry serves guest EIP e at lookup_index(e, shift) when
 * its tag and e add up to nothing, which the code finds out without touching a flag that it could not put back.
 * (Adams and Agesen 2006, section 3: indirect transfers go by a hash table.)
 */
#include "bt/translator.h"

/* The tag of an EIP that belongs to another index, whatever the shift: 0 belongs to 0, and 1 to 1. */
static struct lookup_entry empty_entry(uint32_t index)
{
	return (struct lookup_entry){.tag = index == 0 ? 0u - 1 : 0};
}

static uint32_t index_of(const struct translator *translator, uint32_t eip)
{
	return lookup_index(eip, translator->lookup_shift);
}

void lookup_insert(struct translator *translator, const struct unit *unit, uint32_t slot)
{
	if (slot < LOOKUP_ENTRIES)
		translator->virtual->lookup[slot] = (struct lookup_entry){.tag = 0u - unit->key.eip, .code = unit_address(unit)};
}

void lookup_remove(struct translator *translator, const struct unit *unit)
{
	uint32_t eip = unit->key.eip, index = index_of(translator, eip);
	struct lookup_entry *entry = &translator->virtual->lookup[index];

	if (entry->tag == 0u - eip && entry->code == unit_address(unit))
		*entry = empty_entry(index);
}

void lookup_clear(struct translator *translator)
{
	for (uint32_t index = 0; index < LOOKUP_ENTRIES; index++)
		translator->virtual->lookup[index] = empty_entry(index);
}

void lookup_begin(struct translator *translator, const struct unit_key *key)
{
	struct unit_key *now = &translator->looked_up;

	if (now->cs_base == key->cs_base && now->cs_limit == key->cs_limit && now->stack_big == key->stack_big)
		return;
	*now = *key;
	lookup_clear(translator);
}
